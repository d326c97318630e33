"""The act `pardus exchange pack`: what leaves, to whom, at which tier; scanned before it leaves."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any

import pyproj

import pardus
from pardus.app.camtrapdp import beneath
from pardus.app.exchange_state import known as known_partners
from pardus.app.exchange_state import last_of, links, load_agreement, logged
from pardus.app.flank_pictures import checked_pictures, lies_checked, unchecked
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.camtrapdp.contents import Beneath
from pardus.camtrapdp.write import write_package
from pardus.exchange import payload
from pardus.exchange.agreement import Agreement
from pardus.exchange.archive import write
from pardus.exchange.crops import cut
from pardus.exchange.history import HISTORY, write_history
from pardus.exchange.history import KINDS as HISTORY_KINDS
from pardus.exchange.history import history as told_history
from pardus.exchange.keys import PrivateKeys, encrypt_file
from pardus.exchange.manifest import TIERS, Manifest, PackedFile, stream
from pardus.exchange.pictures import SIDES
from pardus.exchange.redact import Catalogue, catalogue, coarse, exact, exact_beneath, pseudonym
from pardus.exchange.scan import Scanner, Truth, truth_of
from pardus.exchange.trust import manifest_hash
from pardus.history.build import Histories, build
from pardus.model.clock import parse_zone
from pardus.model.errors import Finding, MediaError, PackageError, ParameterError
from pardus.model.language import _
from pardus.model.package import PackageRecord
from pardus.model.record import to_record
from pardus.model.survey import Survey
from pardus.store.protocol import Store

ENCRYPTED = ("T2", "T3")
SYSTEMS = ("EPSG:4326", "EPSG:32652", "EPSG:32653", "EPSG:4284", "EPSG:28422", "EPSG:28423", "EPSG:4490",
           "EPSG:4531", "EPSG:4532", "EPSG:4510", "EPSG:3857")  # fmt: skip
"""Coordinate systems in which a station could be written in this region."""


@dataclass(frozen=True, slots=True)
class Packed:
    """What left, or (preview) would leave. contents: table or kind -> count. left_out: what stayed, and why."""

    path: Path | None
    manifest: Manifest
    hash: str
    contents: dict[str, int]
    left_out: dict[str, int]
    findings: tuple[Finding, ...] = ()
    example: tuple[str, ...] = field(default=())

    def sentences(self) -> list[str]:
        """Say it to a person."""
        m = self.manifest
        said = [
            _("{tier} from {origin} to {names}, number {n}, {files} files, {bytes} bytes.").format(
                tier=m.tier, origin=m.origin, names=", ".join(m.recipients), n=m.sequence, files=len(m.files),
                bytes=sum(f.bytes for f in m.files),
            ),
            *(_("Leaves: {n} {what}.").format(n=n, what=what) for what, n in self.contents.items()),
            *(_("Stays: {n} {what}.").format(n=n, what=what) for what, n in self.left_out.items()),
            *(_("For example: {text}").format(text=text) for text in self.example),
        ]  # fmt: skip
        if m.not_before:
            said.append(_("It can't be opened before {day}.").format(day=m.not_before[:10]))
        said.append(_("Wrote {path}.").format(path=self.path) if self.path else _("Nothing was written."))
        return said


def pack(
    folder: Path,
    target: Path | None,
    tier: str,
    recipients: Sequence[str],
    *,
    keys: PrivateKeys,
    sayer: Sayer,
    not_before: datetime | None = None,
    preview: bool = False,
    progress: Callable[[int, int | None], None] | None = None,
) -> Packed:
    """Make a package of a survey for partners and say so in the log.

    preview: show what would leave and write nothing. Raises PackageError if the agreement does not allow it, or if the
    scanner finds a place or a time in what would leave (tiers T0 and T2; at T1 names and instants).
    """
    agreement, to, now = _allowed(folder, tier, recipients, keys, sayer)
    with (
        open_survey(folder, write=not preview) as store,
        tempfile.TemporaryDirectory(
            prefix=".pardus-pack-", dir=None if target is None else _parent(target)
        ) as aside,
    ):
        survey = store.survey()
        inside = Path(aside) / "payload"
        inside.mkdir()
        made = _payload(folder, store, survey, agreement, tier, keys, inside, progress)
        return _seal(
            store, inside, made, agreement, tier, to, keys, now, not_before, sayer,
            None if preview else target,
        )  # fmt: skip


def withdraw(
    folder: Path, target: Path, hashes: Sequence[str], reason: str, *, keys: PrivateKeys, sayer: Sayer
) -> Packed:
    """Take packages back that were sent: a package that says so, to the same recipients.

    hashes: of sent packages, or the beginning of them (8 characters or more). Raises PackageError if none was sent, or
    they went to different recipients.
    """
    agreement = load_agreement(folder)
    with (
        open_survey(folder, write=True) as store,
        tempfile.TemporaryDirectory(prefix=".pardus-pack-", dir=_parent(target)) as aside,
    ):
        sent = [p.record for p in logged(store) if p.direction == "sent"]
        chosen = []
        for wanted in hashes:
            found = [r for r in sent if len(wanted) >= 8 and r.hash.startswith(wanted)]
            if len(found) != 1:
                raise PackageError(
                    _("No single package that was sent begins with {hash}.").format(hash=wanted)
                )
            chosen += found
        recipients = {r.recipients for r in chosen}
        if len(recipients) != 1:
            raise PackageError(_("These packages went to different partners; withdraw them one by one."))
        inside = Path(aside) / "payload"
        inside.mkdir()
        text = json.dumps({"hashes": sorted(r.hash for r in chosen), "reason": reason}, ensure_ascii=False)
        (inside / payload.WITHDRAWN).write_text(text + "\n", encoding="utf-8", newline="\n")
        made = _Made(
            {_("packages taken back"): len(chosen)}, {}, withdrawn=tuple(sorted(r.hash for r in chosen))
        )
        made.reason = reason
        return _seal(
            store, inside, made, agreement, "T0", recipients.pop(), keys, sayer.clock(), None, sayer, target
        )


@dataclass(slots=True)
class _Made:
    contents: dict[str, int]
    left_out: dict[str, int]
    findings: list[Finding] = field(default_factory=list)
    example: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    reason: str = ""


def _allowed(
    folder: Path, tier: str, recipients: Sequence[str], keys: PrivateKeys, sayer: Sayer
) -> tuple[Agreement, tuple[str, ...], datetime]:
    agreement = load_agreement(folder)
    me = agreement.partner(keys.organisation)
    now = sayer.clock()
    if tier not in TIERS:
        raise ParameterError(
            _("Tier {tier!r}: expected one of {tiers}.").format(tier=tier, tiers=", ".join(TIERS))
        )
    found = []
    if me.keys != keys.public():
        found.append(
            Finding("other-keys", me.id, _("The agreement names other keys than those of this person."))
        )
    if now.date() > agreement.until:
        found.append(Finding("agreement-over", str(agreement.until), _("The agreement has ended.")))
    to = tuple(sorted(set(recipients)))
    if not to:
        found.append(Finding("no-recipient", "", _("Say to whom it goes with --to.")))
    for name in to:
        most = agreement.tier(me.id, name)
        if name == me.id or tier > most or not most:
            found.append(
                Finding("tier", name, _("{name} may see {most} of {me}, not {tier}.").format(
                    name=name, most=most or _("nothing"), me=me.id, tier=tier))
            )  # fmt: skip
    if found:
        raise PackageError(_("The agreement does not allow this package."), found)
    return agreement, to, now


def _payload(
    folder: Path, store: Store, survey: Survey, agreement: Agreement, tier: str, keys: PrivateKeys, inside: Path,
    progress: Callable[[int, int | None], None] | None,
) -> _Made:  # fmt: skip
    zone = parse_zone(agreement.zone)
    truth = truth_of(survey, systems, zone)
    if tier == "T0":
        return _totals(survey, inside, Scanner(truth))
    if tier == "T1":
        return _coarse(survey, agreement, keys, inside, truth)
    scanner = Scanner(truth)
    own = links(store, known_partners(folder, store))
    read = lies_checked(folder)
    names = checked_pictures(folder)
    pictured = frozenset(
        o.id for o in survey.observations if f"{o.id.partition(':')[2]}.png" in names and o.flank in SIDES
    )
    found = catalogue(survey, keys.secret("pseudonyms"), scanner.tells, own, pictured)
    made = _catalogue(found, read, inside, scanner, progress, check=tier == "T2")
    waiting = unchecked(folder)
    made.left_out |= {
        what: n
        for what, n in (
            (_("pictures cut out that nobody looked at"), waiting["proposed"]),
            (_("pictures beside the others that nobody accepted"), waiting["strange"]),
        )
        if n
    }
    if tier == "T3":
        _tables(store, survey, keys, inside, made)
    return made


def systems(latitude: float, longitude: float) -> Iterable[tuple[float, float]]:
    """Yield a place in each of `SYSTEMS`, as the tables of the field write it."""
    for system in SYSTEMS:
        yield _transformer(system).transform(longitude, latitude)


def _transformer(system: str, made: dict[str, Any] = {}) -> Any:  # noqa: B006 - a cache of pure objects
    if system not in made:
        made[system] = pyproj.Transformer.from_crs("EPSG:4326", system, always_xy=True)
    return made[system]


def _totals(survey: Survey, inside: Path, scanner: Scanner) -> _Made:
    histories = build(survey)
    totals = totals_of(survey, histories)
    data = (json.dumps(totals, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    (inside / payload.TOTALS).write_bytes(data)
    leaks = scanner.scan(payload.TOTALS, data)
    if leaks:
        raise PackageError(_("The package would tell places or times; nothing was written."), leaks)
    return _Made(
        {_("sessions with totals"): len(totals["sessions"])},
        {},
        example=(json.dumps(totals["sessions"][:1]),),
    )


def totals_of(survey: Survey, histories: Histories) -> dict[str, Any]:
    """Return the public totals of a survey: counts by year, with what each counts."""
    sessions = []
    for history, effort in zip(histories.sessions, histories.effort, strict=True):
        s = effort.calendar.session
        sessions.append(
            {
                "years": sorted({s.start.year, s.end.year}),
                "stations": len(effort.stations),
                "camera_days": round(effort.total),
                "minimum_known_alive": history.n_animals,
                "classes": [c or "not stated" for c in survey.config.life_stages],
                "detections": history.n_detections,
            }
        )
    return {
        "species": survey.config.species,
        "organisation": survey.config.organisation,
        "sessions": sessions,
    }


def _coarse(survey: Survey, agreement: Agreement, keys: PrivateKeys, inside: Path, truth: Truth) -> _Made:
    to_metres = pyproj.Transformer.from_crs("EPSG:4326", survey.config.crs, always_xy=True)

    def project(latitude: float, longitude: float) -> tuple[float, float]:
        x, y = to_metres.transform(longitude, latitude)
        return float(x), float(y)

    less = coarse(survey, keys.secret("pseudonyms"), agreement.cell_degrees, project, agreement.name)
    write_package(less, Beneath(), inside / payload.TABLES, program=f"pardus {pardus.__version__}")
    scanner = Scanner(replace(truth, places=truth.places[:0], metres=(), days=frozenset()))
    leaks = [
        leak
        for path in sorted(inside.rglob("*"))
        if path.is_file()
        for leak in scanner.scan(path.relative_to(inside).as_posix(), path.read_bytes())
    ]
    if leaks:
        raise PackageError(_("The package would tell names or times; nothing was written."), leaks)
    return _Made(
        {
            _("coarse cells"): len(less.stations),
            _("deployments by cell"): len(less.deployments),
            _("records by day"): len(less.observations),
        },
        {
            _("exact places"): len(survey.stations),
            _("individuals"): len(survey.individuals),
            _("media"): len(survey.media),
            _("records that are no animal of a named species"): len(survey.observations)
            - len(less.observations),
        },
        example=tuple(
            f"{s.name} {s.latitude:g} {s.longitude:g} ± {s.uncertainty_m:g} m" for s in less.stations[:3]
        ),
    )


def _catalogue(
    found: Catalogue,
    read: Callable[[str], bytes | None],
    inside: Path,
    scanner: Scanner,
    progress: Callable[[int, int | None], None] | None,
    *,
    check: bool,
) -> _Made:
    rows = {r.key: r for r in found.rows if r.table == "plates"}
    findings = list(found.findings)
    leaks: list[Finding] = []
    left = Counter(found.left_out)
    crops = 0
    (inside / "catalogue").mkdir()
    (inside / "crops").mkdir()
    wanted = [p for p in found.plates if p.observation]
    dropped = set()
    for n, plate in enumerate(wanted, 1):
        name = str(rows[plate.key].fields()["crop"])
        try:
            data = read(plate.observation)
            if data is None:
                raise MediaError(_("It is gone, or was changed after somebody looked at it."))
            crop = cut(data)
        except MediaError as error:
            findings.append(Finding("crop-left-out", plate.observation, str(error), severity="warning"))
            left[_("pictures without a usable silhouette")] += 1
            dropped.add(plate.key)
            continue
        for path, part in ((name, crop.picture), (payload.outline_of(name), crop.outline)):
            if check:
                leaks += scanner.scan(path, part)
            (inside / path).write_bytes(part)
        crops += 1
        if progress:
            progress(n, len(wanted))
    kept = tuple(_without_crop(r) if r.key in dropped else r for r in found.rows)
    data = payload.write_rows(kept)
    (inside / payload.ROWS).write_bytes(data)
    if check:
        leaks += scanner.scan(payload.ROWS, data)
    if leaks:
        raise PackageError(_("The package would tell places or times; nothing was written."), leaks)
    counts = Counter(r.table for r in kept)
    contents = {
        _("individuals"): counts["individuals"],
        _("flanks by season"): counts["plates"],
        _("answers on partners' animals"): counts["links"],
        _("flank pictures"): crops,
    }
    example = tuple(f"{r.key} {r.record}" for r in kept if r.table == "individuals")[:2]
    return _Made(contents, dict(left), findings, example)


def _without_crop(row: Any) -> Any:
    from pardus.model.entry import canonical

    return replace(row, record=canonical({k: v for k, v in row.fields().items() if k != "crop"}))


def _tables(store: Store, survey: Survey, keys: PrivateKeys, inside: Path, made: _Made) -> None:
    """Write the exact tables, with the decisions beneath them, and the entries of the log that they came from."""
    secret = keys.secret("pseudonyms")
    org = survey.config.organisation

    def author(name: str) -> str:
        return f"{org}:{pseudonym(secret, 'author', name)}"

    out = exact(survey, author)
    below = exact_beneath(beneath(store, survey), out, author)
    written = write_package(out, below, inside / payload.TABLES, program=f"pardus {pardus.__version__}")
    made.contents |= {f"{table} (exact)": n for table, n in written.rows.items() if n}
    made.left_out |= {
        _("records of people, vehicles or nothing"): len(survey.observations) - len(out.observations),
        _("media without an animal, or with people"): len(survey.media) - len(out.media),
    }
    told = list(told_history(store.entries(HISTORY_KINDS), org, {o.id for o in out.observations}, author))
    (inside / HISTORY).write_bytes(write_history(told))
    made.contents[_("entries of the decision history")] = len(told)


def _seal(
    store: Store, inside: Path, made: _Made, agreement: Agreement, tier: str, to: tuple[str, ...], keys: PrivateKeys,
    now: datetime, not_before: datetime | None, sayer: Sayer, target: Path | None,
) -> Packed:  # fmt: skip
    paths = sorted((p.relative_to(inside).as_posix(), p) for p in inside.rglob("*") if p.is_file())
    sequence, previous = last_of(logged(store), "sent").get(stream(keys.organisation, to), (0, ""))
    embargo = not_before or (
        datetime.combine(agreement.embargo, time(), UTC) if agreement.embargo is not None else None
    )
    manifest = Manifest(
        package=sayer.new_id(),
        origin=keys.organisation,
        key=keys.public().fingerprint,
        sequence=sequence + 1,
        previous=previous,
        created=now.astimezone(UTC).isoformat(timespec="seconds"),
        tier=tier,
        recipients=to,
        purpose=agreement.purpose,
        agreement=agreement.hash,
        files=tuple(PackedFile(name, path.stat().st_size, _hash(path)) for name, path in paths),
        expires=datetime.combine(agreement.until, time(23, 59, 59), UTC).isoformat(),
        not_before=embargo.isoformat() if embargo and embargo > now and not made.withdrawn else "",
        program=f"pardus {pardus.__version__}",
    )
    wrong = payload.file_faults(manifest)
    if wrong:
        raise PackageError(_("The package would hold files that its tier must not."), wrong)
    data = manifest.to_bytes()
    digest = manifest_hash(data)
    packed = Packed(
        target, manifest, digest, made.contents, made.left_out, tuple(made.findings), made.example
    )
    if target is None:
        return packed
    if target.exists():
        raise PackageError(_("{path} is there already; give a new name.").format(path=target))
    plain = inside.parent / "plain"
    write(plain, data, keys.sign(data), paths)
    if tier in ENCRYPTED:
        readers = tuple(agreement.partner(name).keys for name in to)
        encrypt_file(plain, inside.parent / "sealed", readers)
        plain = inside.parent / "sealed"
    with store.transaction():
        record = PackageRecord(
            manifest.package, manifest.origin, manifest.sequence, digest, tier, to, manifest.created,
            manifest.expires, len(paths), made.withdrawn, made.reason,
        )  # fmt: skip
        sayer.say(store, "package-sent", to_record(record))
        shutil.move(plain, target)
    return packed


def _parent(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.parent


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
