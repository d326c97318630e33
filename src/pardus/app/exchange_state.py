"""What a survey knows of its partners: the agreement, packages sent and taken, and what holds of them now."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pardus.app.survey_folder import QUARANTINE
from pardus.exchange.agreement import Agreement, read_agreement
from pardus.exchange.archive import MANIFEST
from pardus.exchange.manifest import Manifest, read_manifest, stream
from pardus.exchange.merge import Known, Row, Taken
from pardus.exchange.payload import ROWS, read_rows
from pardus.exchange.trust import Known as Trusted
from pardus.model.errors import Finding, SurveyError
from pardus.model.language import _
from pardus.model.link import Link
from pardus.model.package import PackageRecord
from pardus.model.record import from_record
from pardus.store.protocol import Store

AGREEMENT = "agreement.toml"
PARTNERS = "partners"


@dataclass(frozen=True, slots=True)
class Logged:
    """A package in the log. direction: "sent" or "accepted". at: when that was said."""

    direction: str
    at: datetime
    record: PackageRecord


def load_agreement(folder: Path) -> Agreement:
    """Return the agreement of a survey. Raises SurveyError if there is none, PackageError if it is wrong."""
    try:
        text = (folder / AGREEMENT).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SurveyError(
            _("There is no agreement in {folder}. Make one with `pardus exchange agree`.").format(
                folder=folder
            )
        ) from error
    return read_agreement(text, str(folder / AGREEMENT))


def logged(store: Store, as_of: datetime | None = None) -> list[Logged]:
    """Return packages sent and accepted, in log order; as_of: those until a moment."""
    out = []
    for _key, record in store.present("packages"):
        fields = dict(record)
        at = datetime.fromisoformat(fields.pop("at"))
        direction = str(fields.pop("direction"))
        if as_of is None or at <= as_of:
            out.append(Logged(direction, at, from_record(PackageRecord, fields)))
    return out


def last_of(packages: list[Logged], direction: str) -> dict[str, tuple[int, str]]:
    """Return stream -> (sequence, hash) of the newest package that went one way."""
    out: dict[str, tuple[int, str]] = {}
    for p in packages:
        if p.direction == direction:
            key = stream(p.record.origin, p.record.recipients)
            if p.record.sequence > out.get(key, (0, ""))[0]:
                out[key] = (p.record.sequence, p.record.hash)
    return out


def trusted(store: Store, me: str, agreement: Agreement) -> Trusted:
    """Return what is known before a package is opened."""
    return Trusted(
        me=me,
        partners={p.id: p.keys for p in agreement.partners if p.id != me},
        last=last_of(logged(store), "accepted"),
        tiers={p.id: agreement.tier(p.id, me) for p in agreement.partners if p.id != me},
        agreement=agreement.hash,
    )


def place_of(folder: Path, origin: str, digest: str) -> Path:
    """Return where an accepted package lies."""
    return folder / PARTNERS / origin / digest[:16]


def aside(folder: Path) -> list[tuple[str, str]]:
    """Return the packages that were opened and lie aside: (origin, beginning of the hash, which `accept` takes)."""
    place = folder / QUARANTINE
    found = []
    for path in sorted(place.iterdir()) if place.is_dir() else ():
        origin, _dash, digest = path.name.rpartition("-")
        if (path / MANIFEST).is_file() and origin and not path.name.startswith("."):
            found.append((origin, digest))
    return found


def known(folder: Path, store: Store, as_of: datetime | None = None) -> Known:
    """Return everything taken from partners, or what had been at a moment.

    Raises SurveyError if what lies in `partners/` is not what was accepted.
    """
    return Known(
        frozenset(taken(folder, p.record) for p in logged(store, as_of) if p.direction == "accepted")
    )


def taken(folder: Path, record: PackageRecord) -> Taken:
    """Return an accepted package with its rows."""
    place = place_of(folder, record.origin, record.hash)
    return Taken(
        record.origin,
        record.hash,
        record.sequence,
        record.tier,
        frozenset(accepted_rows(place, record.hash)),
        frozenset(record.withdrawn),
    )


def accepted_rows(place: Path, digest: str) -> tuple[Row, ...]:
    """Return the rows of an accepted package after checking that nobody changed them since."""
    manifest = accepted_manifest(place, digest)
    entry = next((f for f in manifest.files if f.path == ROWS), None)
    if entry is None:
        return ()
    data = _read(place / ROWS)
    if hashlib.sha256(data).hexdigest() != entry.sha256:
        raise _changed(place / ROWS)
    return read_rows(data)


def accepted_manifest(place: Path, digest: str) -> Manifest:
    """Return the manifest of an accepted package."""
    data = _read(place / MANIFEST)
    if hashlib.sha256(data).hexdigest() != digest:
        raise _changed(place / MANIFEST)
    return read_manifest(data)


def links(store: Store, partners: Known, as_of: datetime | None = None) -> list[Link]:
    """Return every answer across catalogues: our own in log order, then those of partners.

    as_of: our own that were said until a moment (those of partners come with `partners`).
    """
    rows = list(store.present("links"))
    told = store.told("links", [key for key, _record in rows])
    out = []
    moments: dict[str, datetime] = {}
    for key, record in rows:
        entry_id = told[key]
        if entry_id not in moments:
            entry = store.entry(entry_id)
            assert entry is not None
            moments[entry_id] = datetime.fromisoformat(entry.at)
        if as_of is None or moments[entry_id] <= as_of:
            out.append(from_record(Link, record).ordered())
    for _origin, row in partners.rows("links"):
        out.append(from_record(Link, {**json.loads(row.record)}).ordered())
    return out


def stale_fits(store: Store) -> dict[str, tuple[str, ...]]:
    """Return fit name -> hashes of packages that it used and that were withdrawn or expired since."""
    gone = {h for p in logged(store) if p.direction == "accepted" for h in p.record.withdrawn}
    out = {}
    for name, fit in store.present("fits"):
        used = set(fit.get("provenance", {}).get("packages", ()))
        if used & gone:
            out[name] = tuple(sorted(used & gone))
    return out


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _changed(path) from error


def _changed(path: Path) -> SurveyError:
    return SurveyError(
        _("What a partner sent was changed after it was accepted."),
        [
            Finding(
                "accepted-package-changed",
                str(path),
                _("It is not what was accepted, or it is gone."),
                _("Put the folder back from a backup, or undo the acceptance and open the package again."),
            )
        ],
    )
