"""The content of a report from a survey: what was surveyed, who was seen, what was left out and why."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import numpy as np

import pardus
from pardus.app.content import (
    AnimalRow,
    CoarseCell,
    Content,
    EventRow,
    FamilyRow,
    Files,
    MinimumKnown,
    Operation,
    SessionEffort,
    StationEffort,
)
from pardus.history.build import USED, Histories
from pardus.history.flanks import known_sides
from pardus.history.individuals import sex_of
from pardus.history.records import REASONS, reason_text
from pardus.model.capture import CaptureHistory
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.event import Event
from pardus.model.fit import Fit
from pardus.model.survey import Survey

__all__ = ["CELL_DEGREES", "REASONS", "RULES", "content_of_survey"]

RULES = ("left+both", "right+both", "all")
CELL_DEGREES = 0.2
"""Width of the cells of tier T1, and so of a public map, where no agreement says another."""


def content_of_survey(
    survey: Survey,
    histories: Histories,
    fits: Sequence[Fit] = (),
    files: Files | None = None,
    findings: Sequence[Finding] = (),
    cell_degrees: float = CELL_DEGREES,
) -> Content:
    """Return everything a report says of a survey at the state it is in.

    files: what became of every file (from the log). findings: those of the ingest, joined to the histories'.
    cell_degrees: width of the coarse cells; always the same for one survey, since two grids tell more than one.
    """
    config = survey.config
    return Content(
        title=config.name,
        organisation=config.organisation,
        species=config.species,
        config=config,
        as_of=survey.as_of,
        head=survey.head,
        program=f"pardus {pardus.__version__}",
        sessions=_sessions(histories),
        stations=_stations(survey, histories),
        minimum_known=tuple(_known(history, histories) for history in histories.sessions),
        animals=_animals(survey, histories),
        families=_families(histories),
        operation=_operation(survey, histories),
        files=files,
        known_by_rule={rule: histories.flank.known(rule) for rule in RULES},
        classes=config.life_stages,
        events=dict(Counter(histories.reasons.values())),
        not_used={reason_text(key): n for key, n in histories.records.items() if key != USED},
        findings=(*findings, *histories.findings),
        fits=tuple(fits),
        rows=_rows(histories),
        cells=_cells(survey, histories, cell_degrees),
        cell_degrees=cell_degrees,
        remarks=len(findings) + len(histories.findings),
    )


def _sessions(histories: Histories) -> tuple[SessionEffort, ...]:
    return tuple(
        SessionEffort(
            session=effort.calendar.session.name,
            start=effort.calendar.session.start,
            end=effort.calendar.session.end,
            occasions=effort.calendar.n_occasions,
            stations=len(effort.stations),
            nominal_days=float(effort.nominal.sum()),
            operating_days=effort.total,
            lost_by_cause={cause: days for cause, days in effort.lost.items() if days > 0},
        )
        for effort in histories.effort
    )


def _events_by_session(histories: Histories) -> dict[str, list[Event]]:
    """Return session name -> the events of identified animals that entered its history."""
    names = [effort.calendar.session.name for effort in histories.effort]
    found: dict[str, list[Event]] = {name: [] for name in names}
    for visit in histories.visits:
        if histories.reasons[visit.event.id] == USED:
            found[names[visit.first.session]].append(visit.event)
    return found


def _stations(survey: Survey, histories: Histories) -> tuple[StationEffort, ...]:
    places = {station.id: station for station in survey.stations}
    events = _events_by_session(histories)
    rows = []
    for effort in histories.effort:
        name = effort.calendar.session.name
        worked = np.nansum(effort.operation, axis=1)
        at: dict[str, list[Event]] = defaultdict(list)
        for event in events[name]:
            at[event.station].append(event)
        for k, station in enumerate(effort.stations):
            place = places[station]
            rows.append(
                StationEffort(
                    session=name,
                    station=station,
                    x=place.x,
                    y=place.y,
                    operating_days=float(worked[k]),
                    nominal_days=float(effort.nominal[k]),
                    events=len(at[station]),
                    animals=len({event.individual for event in at[station]}),
                )
            )
    return tuple(rows)


def _rows(histories: Histories) -> tuple[EventRow, ...]:
    names = [effort.calendar.session.name for effort in histories.effort]
    return tuple(
        EventRow(
            event=v.event.id,
            session=names[v.first.session] if v.first.session >= 0 else "",
            station=v.event.station,
            individual=v.event.individual,
            start=v.event.start,
            end=v.event.end,
            flanks=v.event.flanks,
            cubs=v.event.cubs,
            reason=histories.reasons[v.event.id],
        )
        for v in histories.visits
    )


def _cells(survey: Survey, histories: Histories, step: float) -> tuple[CoarseCell, ...]:
    """Return effort and events by cell of a grid that starts at 0 degrees, as tier T1 tells them."""
    cell = {
        s.id: (math.floor(s.latitude / step), math.floor(s.longitude / step))
        for s in survey.stations
        if math.isfinite(s.latitude) and math.isfinite(s.longitude)
    }
    events = _events_by_session(histories)
    found = []
    for effort in histories.effort:
        name = effort.calendar.session.name
        worked = np.nansum(effort.operation, axis=1)
        seen = Counter(cell.get(e.station) for e in events[name])
        at: dict[tuple[int, int], list[float]] = defaultdict(list)
        for k, station in enumerate(effort.stations):
            if station in cell:
                at[cell[station]].append(float(worked[k]))
        found += [
            CoarseCell(name, row, column, len(days), sum(days), seen[row, column])
            for (row, column), days in sorted(at.items())
        ]
    return tuple(found)


def _known(history: CaptureHistory, histories: Histories) -> MinimumKnown:
    sex = [str(value) for value in history.covariates.get("sex", np.array([""] * history.n_animals))]
    flank, animals = histories.flank, set(history.animals)
    visits = Counter(event.individual for event in _events_by_session(histories)[history.session])
    left_out = {
        visit.event.individual
        for visit in histories.visits
        if histories.reasons[visit.event.id] == "flank"
        and histories.effort[visit.first.session].calendar.session.name == history.session
    }
    return MinimumKnown(
        session=history.session,
        rule=flank.rule,
        animals=history.n_animals,
        females=sex.count("F"),
        males=sex.count("M"),
        unknown_sex=sex.count(""),
        left_only=len(animals & set(flank.left_only)),
        right_only=len(animals & set(flank.right_only)),
        excluded=len(left_out),
        seen_once=sum(1 for n in visits.values() if n == 1),
    )


def _animals(survey: Survey, histories: Histories) -> tuple[AnimalRow, ...]:
    seen: dict[str, list[Event]] = defaultdict(list)
    used: dict[str, Counter[str]] = defaultdict(Counter)
    for visit in histories.visits:
        if visit.event.individual:
            seen[visit.event.individual].append(visit.event)
    for session, events in _events_by_session(histories).items():
        for event in events:
            used[event.individual][session] += 1
    inside = {v.event.id for v in histories.visits if v.first.session >= 0}
    sexes = _sexes(histories)
    sides, known = known_sides(survey), {i.id: i for i in survey.individuals}
    rows = []
    for name in sorted(seen):
        events = sorted(seen[name], key=lambda event: event.start)
        dated = [e for e in events if e.id in inside] or events
        last = dated[-1].end
        stated = sex_of(known[name], last.date()) if name in known else ""
        rows.append(
            AnimalRow(
                individual=name,
                sex=stated or sexes.get(name, ""),
                life_stage=known[name].at("lifeStage", last.date()) if name in known else "",
                first=dated[0].start,
                last=last,
                events=len(events),
                stations=len({event.station for event in events}),
                flanks=tuple(sorted(sides.get(name, frozenset()))),
                by_session=dict(used[name]),
                in_history=bool(used[name]),
            )
        )
    return tuple(rows)


def _sexes(histories: Histories) -> dict[str, str]:
    words = {"F": "female", "M": "male"}
    found: dict[str, str] = {}
    for history in histories.sessions:
        for animal, letter in zip(history.animals, history.covariates.get("sex", np.array([])), strict=False):
            if str(letter):
                found[animal] = words.get(str(letter), "")
    return found


def _families(histories: Histories) -> tuple[FamilyRow, ...]:
    litters = [
        FamilyRow(x.session, "litter", (x.mother,), x.cubs, len(x.visits), x.first, x.last)
        for x in histories.families.litters
    ]
    together = [
        FamilyRow(x.session, x.kind, (x.one, x.other), 0, x.times, x.first, x.last)
        for x in histories.families.associations
    ]
    return (*litters, *together)


def _operation(survey: Survey, histories: Histories) -> tuple[Operation, ...]:
    """Return one bar per deployment, with the detections of identified animals at its station on the first."""
    at: dict[str, list[datetime]] = defaultdict(list)
    for visit in histories.visits:
        if visit.event.individual:
            at[visit.event.station].append(visit.event.start)
    last = max((d.end for d in survey.deployments if d.end is not None), default=survey.as_of)
    return operation_of(survey.deployments, at, last)


def operation_of(
    deployments: Iterable[Deployment], at: Mapping[str, Sequence[datetime]], last: datetime | None
) -> tuple[Operation, ...]:
    """Return one bar per deployment. at: station -> when animals were seen. last: end of cameras still out."""
    rows = []
    for deployment in sorted(deployments, key=lambda d: (d.station, d.camera, d.start)):
        end = deployment.end or last
        if end is None or end <= deployment.start:
            continue
        rows.append(
            Operation(
                station=deployment.station,
                camera=deployment.camera,
                start=deployment.start,
                end=end,
                failures=tuple((p.start, p.end, p.state) for p in deployment.problems),
                detections=tuple(
                    t for t in sorted(at.get(deployment.station, ())) if deployment.start <= t < end
                ),
            )
        )
    return tuple(rows)
