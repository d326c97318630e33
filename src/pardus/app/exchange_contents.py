"""What a package of each tier holds: made in a folder, scanned, counted."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import pyproj

import pardus
from pardus.app.camtrapdp import beneath
from pardus.app.exchange_state import known as known_partners
from pardus.app.exchange_state import links
from pardus.app.executor import Executor, Serial
from pardus.app.flank_pictures import Checked, checked_finder, checked_pictures, picture_name, unchecked
from pardus.app.telling import Tell
from pardus.camtrapdp.contents import Beneath
from pardus.camtrapdp.write import write_package
from pardus.exchange import payload
from pardus.exchange.agreement import Agreement
from pardus.exchange.crops import cut
from pardus.exchange.history import HISTORY, write_history
from pardus.exchange.history import KINDS as HISTORY_KINDS
from pardus.exchange.history import history as told_history
from pardus.exchange.keys import PrivateKeys
from pardus.exchange.redact import Catalogue, catalogue, coarse, exact, exact_beneath, pseudonym
from pardus.exchange.scan import Scanner, Truth, truth_of
from pardus.history.build import Histories, build
from pardus.model.clock import parse_zone
from pardus.model.entry import canonical
from pardus.model.errors import Finding, MediaError, PackageError
from pardus.model.language import _, current_language, speaking
from pardus.model.observation import SIDES
from pardus.model.survey import Survey
from pardus.store.protocol import Store

SYSTEMS = ("EPSG:4326", "EPSG:32652", "EPSG:32653", "EPSG:4284", "EPSG:28422", "EPSG:28423", "EPSG:4490",
           "EPSG:4531", "EPSG:4532", "EPSG:4510", "EPSG:3857")  # fmt: skip
"""Coordinate systems in which a station could be written in this region."""
CUTS_AT_ONCE = 100
"""Flank pictures that one process makes before it is told again what they must not tell."""


@dataclass(slots=True)
class Made:
    """What was made. contents: kind -> count. left_out: reason -> count. withdrawn, reason: of a withdrawal."""

    contents: dict[str, int]
    left_out: dict[str, int]
    findings: list[Finding] = field(default_factory=list)
    example: tuple[str, ...] = ()
    withdrawn: tuple[str, ...] = ()
    reason: str = ""


def make_payload(
    folder: Path, store: Store, survey: Survey, agreement: Agreement, tier: str, keys: PrivateKeys, inside: Path,
    tell: Tell, executor: Executor | None = None,
) -> Made:  # fmt: skip
    """Make what a package of a tier holds in the folder `inside`. Raises PackageError if the scanner finds a leak."""
    zone = parse_zone(agreement.zone)
    truth = truth_of(survey, systems, zone)
    if tier == "T0":
        return _totals(survey, inside, Scanner(truth))
    if tier == "T1":
        return _coarse(survey, agreement, keys, inside, truth)
    scanner = Scanner(truth)
    own = links(store, known_partners(folder, store))
    names = checked_pictures(folder)
    pictured = frozenset(
        o.id for o in survey.observations if picture_name(o.id) in names and o.flank in SIDES
    )
    found = catalogue(survey, keys.secret("pseudonyms"), scanner.tells, own, pictured)
    check = scanner if tier == "T2" else None
    made = _catalogue(found, checked_finder(folder), inside, check, tell, executor or Serial())
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


@cache
def _transformer(system: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs("EPSG:4326", system, always_xy=True)


def _totals(survey: Survey, inside: Path, scanner: Scanner) -> Made:
    histories = build(survey)
    totals = totals_of(survey, histories)
    data = (json.dumps(totals, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
    (inside / payload.TOTALS).write_bytes(data)
    leaks = scanner.scan(payload.TOTALS, data)
    if leaks:
        raise PackageError(_("The package would tell places or times; nothing was written."), leaks)
    return Made(
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


def _coarse(survey: Survey, agreement: Agreement, keys: PrivateKeys, inside: Path, truth: Truth) -> Made:
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
    return Made(
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


@dataclass(frozen=True, slots=True)
class _Cut:
    """A flank picture to be made. name: of its file. key, observation: of its plate. source: None if nobody checked."""

    name: str
    key: str
    observation: str
    source: Checked | None


def _cut_out(
    inside: Path, scanner: Scanner | None, language: str, cuts: Sequence[_Cut]
) -> list[tuple[str, list[Finding]]]:
    """Write flank pictures and outlines; return for each why it can't be made ("" if it was), and what it tells."""
    with speaking(language):
        return [_cut_one(inside, scanner, one) for one in cuts]


def _cut_one(inside: Path, scanner: Scanner | None, one: _Cut) -> tuple[str, list[Finding]]:
    try:
        data = one.source.read() if one.source else None
        if data is None:
            raise MediaError(_("It is gone, or was changed after somebody looked at it."))
        crop = cut(data)
    except MediaError as error:
        return str(error), []
    leaks = []
    for path, part in ((one.name, crop.picture), (payload.outline_of(one.name), crop.outline)):
        leaks += scanner.scan(path, part) if scanner else []
        (inside / path).write_bytes(part)
    return "", leaks


def _catalogue(
    found: Catalogue,
    checked: Callable[[str], Checked | None],
    inside: Path,
    scanner: Scanner | None,
    tell: Tell,
    executor: Executor,
) -> Made:
    """Write the catalogue. scanner: None if it may tell places and times."""
    rows = {r.key: r for r in found.rows if r.table == "plates"}
    findings = list(found.findings)
    leaks: list[Finding] = []
    left = Counter(found.left_out)
    (inside / "catalogue").mkdir()
    (inside / "crops").mkdir()
    wanted = [
        _Cut(str(rows[p.key].fields()["crop"]), p.key, p.observation, checked(p.observation))
        for p in found.plates
        if p.observation
    ]
    dropped = set()
    done = 0
    some = [wanted[at : at + CUTS_AT_ONCE] for at in range(0, len(wanted), CUTS_AT_ONCE)]
    made = executor.map(partial(_cut_out, inside, scanner, current_language()), some)
    for cuts, results in zip(some, made, strict=True):
        for one, (reason, tells) in zip(cuts, results, strict=True):
            leaks += tells
            if reason:
                findings.append(Finding("crop-left-out", one.observation, reason, severity="warning"))
                left[_("pictures without a usable silhouette")] += 1
                dropped.add(one.key)
        done += len(cuts)
        tell(done, len(wanted))
    kept = tuple(_without_crop(r) if r.key in dropped else r for r in found.rows)
    data = payload.write_rows(kept)
    (inside / payload.ROWS).write_bytes(data)
    if scanner:
        leaks += scanner.scan(payload.ROWS, data)
    if leaks:
        raise PackageError(_("The package would tell places or times; nothing was written."), leaks)
    counts = Counter(r.table for r in kept)
    contents = {
        _("individuals"): counts["individuals"],
        _("flanks by season"): counts["plates"],
        _("answers on partners' animals"): counts["links"],
        _("flank pictures"): len(wanted) - len(dropped),
    }
    example = tuple(f"{r.key} {r.record}" for r in kept if r.table == "individuals")[:2]
    return Made(contents, dict(left), findings, example)


def _without_crop(row: Any) -> Any:
    return replace(row, record=canonical({k: v for k, v in row.fields().items() if k != "crop"}))


def _tables(store: Store, survey: Survey, keys: PrivateKeys, inside: Path, made: Made) -> None:
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
