"""The acts `pardus exchange open` and `accept`: verify, show the difference, keep aside, and only then take in."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from pardus.app.camtrapdp import import_package
from pardus.app.exchange_state import (
    known,
    last_of,
    load_agreement,
    logged,
    place_of,
    stale_fits,
    trusted,
)
from pardus.app.saying import Sayer
from pardus.app.survey_folder import DATABASE, QUARANTINE, new_survey, open_survey, survey_config
from pardus.camtrapdp.read import read_package
from pardus.exchange import payload
from pardus.exchange.archive import MANIFEST, SIGNATURE, Archive, Limits
from pardus.exchange.history import HISTORY, Told, read_history
from pardus.exchange.keys import PrivateKeys, decrypt_file, is_encrypted
from pardus.exchange.manifest import Manifest
from pardus.exchange.merge import Difference, Row, Taken, difference, row_faults
from pardus.exchange.trust import check, manifest_hash
from pardus.model.errors import Finding, PackageError
from pardus.model.language import N_, _, ngettext
from pardus.model.lookalike import look_alikes, shown
from pardus.model.package import PackageRecord
from pardus.model.record import to_record
from pardus.model.survey import SurveyConfig

SURVEY = "survey"
MANY_CHANGES = 50
TABLES = {
    "deployments": N_("cameras deployed"), "media": N_("media"), "observations": N_("records"),
    "individuals": N_("individuals"), "plates": N_("flanks by season"), "links": N_("answers across catalogues"),
}  # fmt: skip
"""Tables of packages, as people call them."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A package that may be trusted, kept aside. hash: give it to `accept`. findings: what a person should look at."""

    manifest: Manifest
    hash: str
    place: Path
    difference: Difference
    tables: dict[str, int]
    withdraws: tuple[str, ...]
    reason: str
    findings: tuple[Finding, ...]

    def sentences(self) -> list[str]:
        """Say it to a person."""
        m, d = self.manifest, self.difference
        said = [
            _("{tier} from {origin}, number {n}, made {day}, for: {purpose}").format(
                tier=m.tier, origin=m.origin, n=m.sequence, day=m.created[:10], purpose=m.purpose
            ),
            _("The signature is that of {origin}: {key}").format(origin=m.origin, key=m.key),
        ]
        for table, (new, moved, gone) in d.counts.items():
            if new or moved or gone:
                said.append(
                    _("{table}: {new} new, {moved} changed, {gone} gone").format(
                        table=_table(table), new=new, moved=moved, gone=gone
                    )
                )
        said += [
            ngettext("{table}: {n} row", "{table}: {n} rows", n).format(table=_table(t), n=n)
            for t, n in self.tables.items()
        ]
        if self.withdraws:
            said.append(
                _("It takes back {n} packages: {reason}").format(n=len(self.withdraws), reason=self.reason)
            )
        if d.again:
            said.append(_("It was taken already; taking it again changes nothing."))
        said.append(
            _("It lies aside. Take it in with `pardus exchange accept SURVEY {hash}`.").format(
                hash=self.hash[:16]
            )
        )
        return said


def _table(name: str) -> str:
    return _(TABLES[name]) if name in TABLES else name


def open_package(
    folder: Path, package: Path, *, keys: PrivateKeys, sayer: Sayer, limits: Limits | None = None
) -> Opened:
    """Verify a package and put it aside; nothing of the survey changes.

    Raises PackageError, naming every reason, if it is refused; then nothing of it is left.
    """
    limits = limits or Limits()
    agreement = load_agreement(folder)
    me = agreement.partner(keys.organisation).id
    try:
        size = package.stat().st_size
    except OSError as error:
        raise PackageError(
            _("{file} can't be read: {reason}.").format(file=package.name, reason=error)
        ) from error
    if size > limits.total * 1.01 + 2**20:
        raise PackageError(
            _("{file} is refused; nothing was opened.").format(file=package.name),
            [Finding("too-large", package.name, _("{n} bytes.").format(n=size))],
        )
    aside = folder / QUARANTINE / f".opening-{sayer.new_id()}"
    aside.mkdir(parents=True)
    try:
        source = package
        if is_encrypted(package):
            source = aside / "plain"
            decrypt_file(keys, package, source)
        with open_survey(folder) as store:
            with Archive(source, limits) as archive:
                data, signature = archive.manifest()
                manifest = check(data, signature, trusted(store, me, agreement), sayer.clock())
                _refuse(payload.file_faults(manifest), manifest)
                if manifest.tier in ("T2", "T3") and source is package:
                    _refuse(
                        [
                            Finding(
                                "not-encrypted",
                                package.name,
                                _("Tier {t} travels encrypted only.").format(t=manifest.tier),
                            )
                        ],
                        manifest,
                    )
                archive.extract(manifest, aside / "payload")
            inside = aside / "payload"
            (inside / MANIFEST).write_bytes(data)
            (inside / SIGNATURE).write_bytes(signature)
            rows, tables, withdraws, reason, findings = _inspect(folder, inside, manifest)
            digest = manifest_hash(data)
            taken = Taken(
                manifest.origin,
                digest,
                manifest.sequence,
                manifest.tier,
                frozenset(rows),
                frozenset(withdraws),
            )
            sent_by = {p.record.hash for p in logged(store) if p.record.origin == manifest.origin}
            findings += [
                Finding(
                    "withdraws-unknown",
                    h[:16],
                    _("It takes back a package that is not here."),
                    severity="warning",
                )
                for h in withdraws
                if h not in sent_by
            ]
            diff = difference(known(folder, store), taken)
            if len(diff.changed) > MANY_CHANGES:
                findings.append(
                    Finding(
                        "many-changes",
                        manifest.origin,
                        _("It changes {n} rows that were taken before.").format(n=len(diff.changed)),
                        _("Ask the partner why before you accept."),
                        "warning",
                    )
                )
        place = folder / QUARANTINE / f"{manifest.origin}-{digest[:16]}"
        if place.exists():
            shutil.rmtree(place)
        inside.replace(place)
        return Opened(manifest, digest, place, diff, tables, withdraws, reason, tuple(sorted(findings)))
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _refuse(findings: list[Finding], manifest: Manifest) -> None:
    if findings:
        raise PackageError(_("The package of {origin} is refused.").format(origin=manifest.origin), findings)


def _inspect(
    folder: Path, inside: Path, manifest: Manifest
) -> tuple[tuple[Row, ...], dict[str, int], tuple[str, ...], str, list[Finding]]:
    """Read everything of an extracted package as what it must be."""
    paths = {f.path for f in manifest.files}
    rows: tuple[Row, ...] = ()
    tables: dict[str, int] = {}
    withdraws: tuple[str, ...] = ()
    reason = ""
    findings: list[Finding] = []
    if payload.ROWS in paths:
        rows = payload.read_rows((inside / payload.ROWS).read_bytes())
        _refuse(row_faults(manifest.origin, rows), manifest)
        findings += _crop_references(rows, paths)
        _refuse([f for f in findings if f.severity == "error"], manifest)
        findings += _look_alikes(rows)
    _refuse(payload.crop_faults(inside, manifest), manifest)
    if HISTORY in paths:
        tables[_("entries of the decision history")] = len(
            read_history((inside / HISTORY).read_bytes(), manifest.origin)
        )
    if payload.TOTALS in paths:
        _refuse(_json_faults(inside / payload.TOTALS), manifest)
    if payload.WITHDRAWN in paths:
        withdraws, reason = payload.withdrawn_of((inside / payload.WITHDRAWN).read_bytes())
    if any(p.startswith(f"{payload.TABLES}/") for p in paths):
        config, _warnings = survey_config(folder)
        contents = read_package(inside / payload.TABLES, manifest.origin, config.crs)
        tables |= contents.counts
        foreign = sorted(
            {
                x.id
                for several in (
                    contents.stations,
                    contents.deployments,
                    contents.media,
                    contents.observations,
                )
                for x in several
                if x.id.partition(":")[0] != manifest.origin
            }
        )
        _refuse(
            [
                Finding("forged-authorship", ascii(i), _("A row of another organisation."))
                for i in foreign[:50]
            ],
            manifest,
        )
        _refuse(
            [replace(f, severity="error") for q in contents.quarantine for f in q.findings][:50], manifest
        )
        findings += contents.findings
    return rows, tables, withdraws, reason, findings


def _crop_references(rows: tuple[Row, ...], paths: set[str]) -> list[Finding]:
    named = {str(r.fields()["crop"]) for r in rows if r.table == "plates" and "crop" in r.fields()}
    there = {p for p in paths if p.startswith("crops/") and p.endswith(".jpg")}
    found = [
        Finding("crop-missing", ascii(p), _("Named in the rows, not in the package."))
        for p in sorted(named - there)
    ]
    found += [
        Finding("crop-of-nobody", p, _("In the package, not named in the rows."))
        for p in sorted(there - named)
    ]
    return found


def _look_alikes(rows: tuple[Row, ...]) -> list[Finding]:
    ids = [r.key for r in rows if r.table == "individuals"]
    return [
        Finding(
            "look-alike-ids",
            ", ".join(shown(i) for i in group),
            _("These ids look the same: blanks, case or letters of another script."),
            _("Ask the partner whether they are one animal; nothing is merged."),
            "warning",
        )
        for group in look_alikes(ids, {})
    ]


def _json_faults(path: Path) -> list[Finding]:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or path.stat().st_size > 2**20:
            raise ValueError("shape")
    except (ValueError, RecursionError):
        return [Finding("not-totals", path.name, _("Not a table of totals."))]
    return []


def accept(folder: Path, digest: str, *, sayer: Sayer) -> tuple[PackageRecord, dict[str, tuple[str, ...]]]:
    """Take in a package that was opened and lies aside; return its record and the estimates that became stale.

    digest: its hash or the beginning of it. Raises PackageError if none or several lie aside, or it was changed there.
    """
    found = [
        p
        for p in sorted((folder / QUARANTINE).glob("*-*"))
        if len(digest) >= 8 and _digest(p).startswith(digest)
    ]
    if len(found) != 1:
        raise PackageError(_("No single opened package begins with {hash}.").format(hash=digest))
    place = found[0]
    agreement = load_agreement(folder)
    config, _warnings = survey_config(folder)
    data, signature = (place / MANIFEST).read_bytes(), (place / SIGNATURE).read_bytes()
    with open_survey(folder, write=True) as store:
        manifest = check(data, signature, trusted(store, config.organisation, agreement), sayer.clock())
        whole = manifest_hash(data)
        _refuse(_changed(place, manifest), manifest)
        _rows, _tables, withdraws, reason, _findings = _inspect(folder, place, manifest)
        record = PackageRecord(
            manifest.package, manifest.origin, manifest.sequence, whole, manifest.tier, manifest.recipients,
            manifest.created, manifest.expires, len(manifest.files), withdraws, reason,
        )  # fmt: skip
        if any(p.direction == "accepted" and p.record.hash == whole for p in logged(store)):
            shutil.rmtree(place)
            return record, stale_fits(store)
        home = place_of(folder, manifest.origin, whole)
        home.parent.mkdir(parents=True, exist_ok=True)
        if home.exists():  # an acceptance that was undone, or stopped half way
            shutil.rmtree(home)
        place.replace(home)
        if manifest.tier == "T3" and (home / payload.TABLES).is_dir():
            _partner_survey(home, manifest.origin, config, sayer)
        with store.transaction():
            sayer.say(store, "package-accepted", to_record(record))
        return record, stale_fits(store)


def _digest(place: Path) -> str:
    try:
        return manifest_hash((place / MANIFEST).read_bytes())
    except OSError:
        return ""


def _changed(place: Path, manifest: Manifest) -> list[Finding]:
    found = []
    for f in manifest.files:
        path = place / f.path
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != f.sha256:
            found.append(Finding("altered-file", f.path, _("It was changed after it was opened.")))
    return found


def _partner_survey(home: Path, origin: str, own: SurveyConfig, sayer: Sayer) -> None:
    """Make a survey of a partner's exact tables, so that every command can read it."""
    contents = read_package(home / payload.TABLES, origin, own.crs)
    config = replace(
        own, organisation=origin, name=origin, sessions=contents.sessions, tables={}, tags={}, regions={},
        mask=replace(own.mask, habitat="", unsuitable=()), area=replace(own.area, study="", sea=(), country=""),
    )  # fmt: skip
    target = home / SURVEY
    if (target / DATABASE).exists():
        shutil.rmtree(target)
    new_survey(target, config, sayer)
    import_package(target, home / payload.TABLES, sayer=sayer, organisation=origin)


def partner_surveys(folder: Path) -> dict[str, Path]:
    """Return origin -> folder of the survey made of its newest exact package in force."""
    with open_survey(folder) as store:
        in_force = known(folder, store).in_force()
    out = {}
    for taken in in_force:
        path = place_of(folder, taken.origin, taken.hash) / SURVEY
        if taken.tier == "T3" and path.is_dir():
            out[taken.origin] = path
    return out


def partner_history(folder: Path, as_of: datetime | None = None) -> dict[str, tuple[Told, ...]]:
    """Return origin -> entries of its log that said who is who, from its newest exact package in force.

    as_of: those until a moment. Entries that a later one undid until then are left out.
    """
    with open_survey(folder) as store:
        in_force = [p for p in known(folder, store).in_force() if p.tier == "T3"]
    out = {}
    for p in in_force:
        path = place_of(folder, p.origin, p.hash) / HISTORY
        if not path.is_file():
            continue
        told = read_history(path.read_bytes(), p.origin)
        told = tuple(t for t in told if as_of is None or datetime.fromisoformat(t.at) <= as_of)
        undone: set[str] = set()
        for t in reversed(told):  # an undo may itself be undone later
            if t.kind == "entry-undone" and t.id not in undone:
                undone |= set(t.undoes)
        out[p.origin] = tuple(t for t in told if t.id not in undone and t.kind != "entry-undone")
    return out


def overview(folder: Path) -> dict[str, Any]:
    """Return every package that went out or came in, with what became of it, and stale estimates."""
    with open_survey(folder) as store:
        packages = logged(store)
        out = known(folder, store).withdrawn()
        taken_back = {h for p in packages if p.direction == "sent" for h in p.record.withdrawn}
        stale = stale_fits(store)
        newest = last_of(packages, "accepted")
    return {
        "packages": [
            {
                "direction": p.direction,
                "origin": p.record.origin,
                "to": list(p.record.recipients),
                "sequence": p.record.sequence,
                "tier": p.record.tier,
                "hash": p.record.hash,
                "created": p.record.created,
                "withdrawn": p.record.hash in out or p.record.hash in taken_back,
            }
            for p in packages
        ],
        "newest": {k: v[0] for k, v in newest.items()},
        "stale_estimates": {k: list(v) for k, v in stale.items()},
    }
