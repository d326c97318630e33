"""Visits and effort to capture histories, with every record either in one or counted by the reason why not."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from pardus.history.ages import Ages
from pardus.history.checks import check_movements
from pardus.history.effort import WEIGHTS, Effort, effort, sessions_of
from pardus.history.events import Independence, Visit, visits
from pardus.history.families import Families, families
from pardus.history.flanks import FlankRule, flank_findings, flank_rule
from pardus.history.individuals import column, covariates, gone_on
from pardus.history.occasions import Calendar, check_sessions, shown
from pardus.history.records import REASONS, Record, decision_date, records
from pardus.model.capture import CaptureHistory, Column, Detectors, Ints
from pardus.model.errors import Finding, HistoryError, ParameterError
from pardus.model.event import Event
from pardus.model.language import _
from pardus.model.survey import OCCASION_OUTPUTS, Survey

USED = "used"


@dataclass(frozen=True, slots=True, eq=False)
class Histories:
    """Everything that a survey's records come to.

    sessions: one history each. effort: one each, same order. visits: all events of the species, in and out of
    histories. reasons: event id -> USED or a key of REASONS. records: reason (or USED) -> number of records;
    the values add up to the number of observations. flank: what the flank rule did. findings: what a person
    must know.
    """

    sessions: tuple[CaptureHistory, ...]
    effort: tuple[Effort, ...]
    visits: tuple[Visit, ...]
    reasons: Mapping[str, str]
    records: Mapping[str, int]
    families: Families
    flank: FlankRule
    findings: tuple[Finding, ...]

    @property
    def events(self) -> tuple[Event, ...]:
        """All independent events, in order of time."""
        return tuple(v.event for v in self.visits)

    def unidentified(self) -> tuple[int, int]:
        """Return the visits inside sessions of animals not identified, and how many of these had company.

        Company is an identified animal within two minutes or in the same group: most likely the same cat.
        """
        nobody = [v.event for v in self.visits if self.reasons[v.event.id] == "unidentified"]
        return len(nobody), sum(bool(e.companions) for e in nobody)


def build(
    survey: Survey, independence: Independence | None = None, weights: Mapping[str, float] = WEIGHTS
) -> Histories:
    """Build the capture histories of all sessions of a survey.

    independence: default the survey's `independence_minutes`, compared to the last record. weights: see
    `effort`. Raises HistoryError if sessions overlap, ParameterError for an unknown rule.
    """
    sessions = sessions_of(survey)
    findings = check_sessions(sessions)
    if any(f.severity == "error" for f in findings):
        raise HistoryError(_("The sessions of this survey overlap."), findings)
    if survey.config.output not in OCCASION_OUTPUTS:
        raise ParameterError(
            _("Output: expected one of {rules}, found {found!r}.").format(
                rules=", ".join(OCCASION_OUTPUTS), found=survey.config.output
            )
        )
    unknown = sorted({d.station for d in survey.deployments} - {s.id for s in survey.stations})
    if unknown:
        raise HistoryError(
            _("Cameras were deployed at stations that the survey does not know."),
            [
                Finding("station-unknown", name, _("No such station."), _("Add it to the station table."))
                for name in unknown
            ],
        )
    efforts = tuple(effort(survey, session, weights) for session in sessions)
    every = records(survey)
    rule = independence or Independence(survey.config.independence_minutes)
    seen = visits(every, rule, survey.config.organisation)
    reasons = {v.event.id: _reason(v, efforts) for v in seen}
    candidates = {v.event.individual for v in seen if not reasons[v.event.id]}
    flank = flank_rule(survey, candidates)
    for visit in seen:
        if not reasons[visit.event.id]:
            reasons[visit.event.id] = "flank" if visit.event.individual in flank.excluded else USED
    counts = _count(every, seen, reasons)
    histories = tuple(_history(survey, efforts[n], n, seen, reasons) for n in range(len(sessions)))
    findings += flank_findings(flank) + _outside(survey, seen, reasons, efforts) + _after_death(histories)
    findings += check_movements(survey, seen)
    for session in sessions:
        findings += Ages(survey, decision_date(survey, session), session).conflicts()
    if survey.config.decided_on and len(sessions) > 1:
        findings.append(
            Finding(
                "decided-on-many-sessions",
                "survey.toml, decided_on",
                _("Age classes of {count} sessions are all decided on {date}.").format(
                    count=len(sessions), date=survey.config.decided_on
                ),
                _("Leave decided_on out to decide them on the first day of each session."),
                "warning",
            )
        )
    named = families(seen, survey, tuple(s.name for s in sessions))
    return Histories(histories, efforts, seen, reasons, counts, named, flank, tuple(sorted(findings)))


def _reason(visit: Visit, efforts: tuple[Effort, ...]) -> str:
    """Return the reason of a visit before the flank rule: that of its first record, or the camera was off."""
    first = visit.first
    if first.reason:
        return first.reason
    return "" if efforts[first.session].worked(visit.event.station, first.day) else "outside-operation"


def _count(every: Iterable[Record], seen: Iterable[Visit], reasons: Mapping[str, str]) -> dict[str, int]:
    """Count each record once: by the reason of the visit it begins or repeats, or by its own."""
    of_visit = {r.observation.id: reasons[v.event.id] for v in seen for r in v.records}
    found: Counter[str] = Counter()
    for record in every:
        own = record.reason if record.cub else of_visit.get(record.observation.id, record.reason)
        found[own] += 1
    return {reason: found[reason] for reason in (USED, *REASONS) if found[reason]}


def _history(
    survey: Survey, worked: Effort, session: int, seen: Iterable[Visit], reasons: Mapping[str, str]
) -> CaptureHistory:
    days = worked.calendar
    inside = [v for v in seen if v.first.session == session]
    used = [v for v in inside if reasons[v.event.id] == USED]
    animals = tuple(sorted({v.event.individual for v in used}))
    row = {name: i for i, name in enumerate(animals)}
    place = {name: k for k, name in enumerate(worked.stations)}
    cells: Counter[tuple[int, int, int]] = Counter(
        (row[v.event.individual], int(days.occasion[v.first.day]), place[v.event.station]) for v in used
    )
    keys = np.array(sorted(cells), dtype=np.int64).reshape(-1, 3)
    many = survey.config.output == "count"
    sexes: dict[str, set[str]] = defaultdict(set)
    for visit in used:
        sexes[visit.event.individual] |= {r.observation.sex for r in visit.records} - {""}
    left_out = Counter(reasons[v.event.id] for v in inside for _record in v.records)
    left_out.update(r.reason for v in seen for r in v.cubs if r.session == session)
    return CaptureHistory(
        session=days.session.name,
        animals=animals,
        detectors=_detectors(survey, worked),
        animal=keys[:, 0].copy(),
        occasion=keys[:, 1].copy(),
        detector=keys[:, 2].copy(),
        count=np.array([cells[a, o, k] if many else 1 for a, o, k in keys.tolist()], dtype=np.int64),
        kind="count" if many else "proximity",
        covariates=covariates(survey, animals, days.session.end, sexes),
        removed=_removed(survey, animals, days),
        not_used={reason: left_out[reason] for reason in REASONS if left_out[reason]},
    )


def _detectors(survey: Survey, worked: Effort) -> Detectors:
    stations = {s.id: s for s in survey.stations}
    chosen = [stations[name] for name in worked.stations]
    names = sorted({key for s in chosen for key in s.covariates})
    covariates: dict[str, Column] = {
        name: column([s.covariates.get(name, "") for s in chosen]) for name in names
    }
    xy = np.array([(s.x, s.y) for s in chosen], dtype=np.float64).reshape(-1, 2)
    return Detectors(worked.stations, xy, worked.usage(), covariates)


def _removed(survey: Survey, animals: tuple[str, ...], days: Calendar) -> Ints | None:
    """Return (animal,) the occasion in which an animal was stated dead or removed, -1 for none."""
    known = {i.id: i for i in survey.individuals}
    removed = np.full(len(animals), -1, dtype=np.int64)
    for row, name in enumerate(animals):
        gone = gone_on(known[name], days.session.start, days.session.end) if name in known else None
        if gone is not None:
            removed[row] = days.occasion[days.dates.index(gone)]
    return removed if (removed >= 0).any() else None


def _outside(
    survey: Survey, seen: tuple[Visit, ...], reasons: Mapping[str, str], efforts: tuple[Effort, ...]
) -> list[Finding]:
    """Name every visit of an identified animal to a station that did not work."""
    found = []
    for visit in seen:
        event = visit.event
        if reasons[event.id] != "outside-operation":
            continue
        worked = efforts[visit.first.session]
        there = event.station in worked.stations
        off = there and worked.operation[worked.stations.index(event.station), visit.first.day] == 0
        message = (
            _("{animal} was recorded at {time}, but the camera is stated as not working that day.")
            if off
            else _("{animal} was recorded at {time}, but no camera was set up there that day.")
        )
        found.append(
            Finding(
                "detection-outside-operation",
                event.station,
                message.format(animal=event.individual, time=shown(event.start, survey.config)),
                _(
                    "Correct the setup, retrieval or problem dates, the camera's clock, or the station of the card."
                ),
                "warning",
            )
        )
    return found


def _after_death(histories: Iterable[CaptureHistory]) -> list[Finding]:
    found = []
    for history in histories:
        if history.removed is None:
            continue
        late = (history.removed[history.animal] >= 0) & (history.occasion > history.removed[history.animal])
        for row in np.unique(history.animal[late]):
            found.append(
                Finding(
                    "seen-after-death",
                    history.animals[row],
                    _(
                        "Recorded in session {session} after the date on which it is stated dead or removed."
                    ).format(session=history.session),
                    _("Correct the date of its status, or the identification."),
                    "warning",
                )
            )
    return found
