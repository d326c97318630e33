"""The record table: who was seen when and where, as observations, and what its author decided about them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from pardus.ingest.tables.cameras import find_station
from pardus.ingest.tables.grid import Columns, Row
from pardus.ingest.tables.passports import tell_look_alikes
from pardus.ingest.tables.times import Clock
from pardus.ingest.tables.values import CellError, number_in, read_word
from pardus.ingest.tables.words import FLANK_WORDS, SEX_WORDS, STAGE_WORDS, TYPE_WORDS
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.ids import derived, qualify
from pardus.model.language import _, ngettext
from pardus.model.lookalike import clean
from pardus.model.observation import Observation


@dataclass(frozen=True, slots=True)
class Records:
    """What a record table says: observations without names, and the decisions that name them."""

    observations: tuple[Observation, ...] = ()
    decisions: tuple[Decision, ...] = ()


@dataclass(frozen=True, slots=True)
class _Said:
    row: Row
    observation: Observation
    species: str
    individual: str
    author: str


def read_records(
    columns: Columns,
    organisation: str,
    stations: Mapping[str, str],
    deployments: Sequence[Deployment],
    zone: tzinfo,
) -> Records:
    """Return the observations of a table and the decisions that came with it.

    Species and individual are decisions by the row's author (column, then `author` of the mapping, then the
    file's name), never part of the observation, so that each can be taken back. A machine's species label
    stays on the observation too, as what the machine said. A record outside every deployment of its station
    is kept, put to the nearest one, and counted in a warning.
    """
    if not columns.require("station") or not (columns.has("time") or columns.require("date")):
        return Records()
    clock = Clock(columns, zone)
    by_station: dict[str, list[Deployment]] = defaultdict(list)
    for deployment in deployments:
        by_station[deployment.station].append(deployment)
    finder = _Finder(columns, by_station)
    said = [
        s
        for row in columns.grid.rows
        if (s := _read(columns, row, organisation, stations, finder, clock)) is not None
    ]
    clock.report()
    finder.report()
    said = _with_ids(columns, organisation, said)
    _check_individuals(columns, said)
    return Records(
        tuple(s.observation for s in said),
        tuple(decision for s in said for decision in _decisions(organisation, s)),
    )


def _read(
    columns: Columns,
    row: Row,
    organisation: str,
    stations: Mapping[str, str],
    finder: _Finder,
    clock: Clock,
) -> _Said | None:
    station = find_station(columns, row, stations)
    date_column = "time" if columns.has("time") else "date"
    cell = columns.raw(row, date_column)
    if cell is None:
        columns.fault("cell-missing", row, date_column, _("expected the date and time of the record."))
    at = clock.at(row, date_column, cell, columns.raw(row, "time_of_day") if date_column == "date" else None)
    if at is not None and at[1]:
        message = _("expected a time of day, found only a date.")
        columns.fault(
            "time-missing", row, date_column, message, _("Map the column with the time as time_of_day.")
        )
        at = None
    until = clock.at(row, "end", columns.raw(row, "end"))
    words = {
        name: _word(columns, row, name, table)
        for name, table in (
            ("flank", FLANK_WORDS),
            ("sex", SEX_WORDS),
            ("life_stage", STAGE_WORDS),
            ("type", TYPE_WORDS),
        )
    }
    count, probability = _count(columns, row), _probability(columns, row)
    species, individual = columns.text(row, "species"), clean(columns.text(row, "individual"))
    if not station or at is None or None in words.values() or count is None:
        return None
    start = at[0]
    end = until[0] if until else start
    if end < start:
        columns.fault("record-dates", row, "end", _("the record ends before it starts."))
        return None
    deployment = finder.find(row, station, clean(columns.text(row, "camera")), start)
    if deployment is None:
        return None
    machine = columns.mapping.method == "machine"
    author = columns.text(row, "author") or columns.mapping.author or columns.grid.file
    mother = clean(columns.text(row, "mother"))
    group = clean(columns.text(row, "group"))
    extra = columns.rest(row)
    if file := columns.text(row, "file"):
        extra["file"] = file
    observation = Observation(
        id=clean(columns.text(row, "record")),
        deployment=deployment.id,
        start=start,
        end=end,
        type=words["type"] or ("animal" if species or individual else "unclassified"),
        scientific_name=species if machine else "",
        count=count,
        flank=words["flank"] or "unknown",
        sex=words["sex"] or "",
        life_stage=words["life_stage"] or "",
        behaviour=columns.text(row, "behaviour"),
        group=qualify(organisation, group) if group else "",
        mother=qualify(organisation, mother) if mother else "",
        method=columns.mapping.method,
        classified_by=author,
        probability=probability,
        comments=columns.text(row, "comments"),
        extra=extra,
    )
    return _Said(row, observation, species, individual, author)


def _word(columns: Columns, row: Row, ours: str, words: dict[str, tuple[str, ...]]) -> str | None:
    try:
        return read_word(columns.text(row, ours), words)
    except CellError as error:
        columns.fault(error.code, row, ours, error.message, error.remedy)
        return None


def _count(columns: Columns, row: Row) -> int | None:
    if columns.raw(row, "count") is None:
        return 1
    expected = _("expected a whole number from 1, found {found}.")
    found = number_in(columns, row, "count", lambda n: n >= 1 and n.is_integer(), expected)
    return None if found is None else int(found)


def _probability(columns: Columns, row: Row) -> float | None:
    return number_in(columns, row, "probability", lambda p: 0 <= p <= 1, _("expected 0 to 1, found {found}."))


class _Finder:
    """Finds the deployment a record belongs to; remembers the records for which there was none or more than one."""

    def __init__(self, columns: Columns, by_station: Mapping[str, Sequence[Deployment]]) -> None:
        self.columns, self.by_station = columns, by_station
        self.outside: list[str] = []
        self.either: list[str] = []

    def find(self, row: Row, station: str, camera: str, at: datetime) -> Deployment | None:
        here = self.by_station.get(station, ())
        if not here:
            message = _("{station} has no deployment.").format(station=station)
            self.columns.fault(
                "station-without-camera", row, "station", message, _("Add it to the camera table.")
            )
            return None
        if camera:
            cameras = {d.camera for d in here}
            here = [d for d in here if d.camera == camera]
            if not here:
                message = _("{station} has no camera {camera!r}; it has {names}.").format(
                    station=station, camera=camera, names=", ".join(sorted(cameras)) or "-"
                )
                self.columns.fault("camera-unknown", row, "camera", message)
                return None
        out = [d for d in here if d.start <= at and (d.end is None or at < d.end)]
        if not out:
            self.outside.append(self.columns.where(row))
            return min(here, key=lambda d: _gap(d, at))
        if len({d.camera for d in out}) > 1:
            self.either.append(self.columns.where(row))
        return out[0]

    def report(self) -> None:
        name = self.columns.grid.file
        if self.outside:
            message = ngettext(
                "{count} record is outside every deployment of its station; kept, and not used in histories.",
                "{count} records are outside every deployment of their station; kept, and not used in histories.",
                len(self.outside),
            ).format(count=len(self.outside))
            self.columns.findings.append(
                Finding("record-outside-deployment", name, message, _rows(self.outside), "warning")
            )
        if self.either:
            message = ngettext(
                "{count} record does not say which of the station's cameras took it; put to the first.",
                "{count} records do not say which of the station's cameras took them; put to the first.",
                len(self.either),
            ).format(count=len(self.either))
            self.columns.findings.append(
                Finding("camera-not-stated", name, message, _rows(self.either), "warning")
            )


def _rows(places: Sequence[str]) -> str:
    shown_rows = [place.rpartition(", ")[2] for place in places[:30]]
    return ", ".join(shown_rows) + (" ..." if len(places) > 30 else "")


def _gap(deployment: Deployment, at: datetime) -> timedelta:
    if at < deployment.start:
        return deployment.start - at
    return at - (deployment.end or at)


def _with_ids(columns: Columns, organisation: str, said: Sequence[_Said]) -> list[_Said]:
    """Return the same with ids: the table's own, or made from the row's content; twins are counted and kept."""
    seen: Counter[tuple[str, ...]] = Counter()
    named: dict[str, int] = {}
    twins, out = [], []
    for one in said:
        o = one.observation
        if o.id:
            if o.id in named:
                message = _("the record {name!r} is in row {row} too.").format(name=o.id, row=named[o.id])
                columns.fault(
                    "record-twice", one.row, "record", message, _("Give each record a name of its own.")
                )
            named[o.id] = one.row.number
            out.append(replace(one, observation=replace(o, id=qualify(organisation, o.id))))
            continue
        at = f"{o.start.timestamp():.0f}-{o.end.timestamp():.0f}"
        content = (
            "record",
            o.deployment,
            at,
            one.species,
            one.individual,
            o.flank,
            o.extra.get("file", ""),
            one.author,
        )
        seen[content] += 1
        if seen[content] > 1:
            twins.append(columns.where(one.row))
        out.append(
            replace(one, observation=replace(o, id=derived(organisation, *content, str(seen[content]))))
        )
    if twins:
        message = ngettext(
            "{count} record says the same as one before it; both are kept.",
            "{count} records say the same as ones before them; all are kept.",
            len(twins),
        ).format(count=len(twins))
        columns.findings.append(
            Finding("record-repeated", columns.grid.file, message, _rows(twins), "warning")
        )
    return out


def _decisions(organisation: str, said: _Said) -> list[Decision]:
    """Return what the author decided: the species, then the individual."""
    o = said.observation
    found = []
    if said.species:
        found.append(Decision(o.id, "species", said.species, by=said.author, basis="table", media=o.media))
    if said.individual:
        name = qualify(organisation, said.individual)
        found.append(Decision(o.id, "individual", name, by=said.author, basis="table", media=o.media))
    return found


def _check_individuals(columns: Columns, said: Sequence[_Said]) -> None:
    names = [s.individual for s in said if s.individual]
    tell_look_alikes(columns, names)
    raw = {columns.text(s.row, "individual") for s in said} - set(names) - {""}
    if raw:
        columns.fault_at(
            "id-trimmed",
            _("blanks or invisible characters were taken out of {names}.").format(
                names=", ".join(map(repr, sorted(raw)))
            ),
            "",
            "warning",
        )
    sexes: dict[str, Counter[str]] = defaultdict(Counter)
    for s in said:
        if s.individual and s.observation.sex:
            sexes[s.individual][s.observation.sex] += 1
    for name, found in sorted(sexes.items()):
        if len(found) > 1:
            columns.fault_at(
                "sex-contradicts",
                _("{name} is female in {female} records and male in {male}.").format(
                    name=name, female=found["female"], male=found["male"]
                ),
                _("State its sex in the table of individuals; a statement there comes before the records."),
                "warning",
            )
