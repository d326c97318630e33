"""Effort: how long each station worked, by day and by occasion, from what the field recorded."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from pardus.history.occasions import Calendar, calendar, date_of, day_start, micros
from pardus.model.config import PART_DAYS
from pardus.model.deployment import Deployment
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.survey import CAMERA_RULES, Session, Survey

Floats = NDArray[np.float64]

WEIGHTS: Mapping[str, float] = {"failed": 0.0, "unknown": 0.0, "partial": 0.5}
"""What an hour counts in a problem period of each state; an hour without a problem counts 1."""

_NOON = time(12)
_INSTANT = timedelta(microseconds=1)
_DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Effort:
    """How long each station worked in one session.

    stations: those with a camera deployed at some moment of the session, in the survey's order.
    operation: (station, day) nan = no camera set up, 0 = none worked, else the share of the day by the
    camera rule (above 1 only under "sum"). nominal: (station,) days as if nothing had failed, by the same rule.
    lost: cause -> camera-days that problem periods cost.
    """

    calendar: Calendar
    stations: tuple[str, ...]
    operation: Floats
    nominal: Floats
    lost: Mapping[str, float]

    def usage(self) -> Floats:
        """Return days worked by (station, occasion); 0 where no camera was set up."""
        usage = np.zeros((len(self.stations), self.calendar.n_occasions))
        np.add.at(usage.T, self.calendar.occasion, np.nan_to_num(self.operation).T)
        return usage

    def worked(self, station: str, day: int) -> bool:
        """Say whether a station has any effort on a day."""
        if station not in self.stations:
            return False
        return bool(self.operation[self.stations.index(station), day] > 0)

    @property
    def total(self) -> float:
        """Days worked by all stations together."""
        return float(np.nansum(self.operation))


def sessions_of(survey: Survey) -> tuple[Session, ...]:
    """Return the survey's sessions; without any in survey.toml, one that holds every deployment."""
    if survey.config.sessions:
        return survey.config.sessions
    last = known_until(survey)
    periods = [period(d, survey.config.part_days, last) for d in survey.deployments]
    periods = [(start, end) for start, end in periods if start < end]
    if not periods:
        return ()
    first = date_of(min(start for start, _end in periods), survey.config)
    final = date_of(max(end for _start, end in periods) - _INSTANT, survey.config)
    return (Session(survey.config.name, first, final),)


def period(
    deployment: Deployment, part_days: str, last: Mapping[str, datetime] | None = None
) -> tuple[datetime, datetime]:
    """Return from when to when a deployment counts, problems apart.

    "half": from noon of the setup day to noon of the retrieval day, so that each counts half a day.
    "exact": by the hour; where the field recorded only the day, noon as under "half".
    A camera that is still out counts to the end of the day of its last record (`last`, from `known_until`).
    """
    if part_days not in PART_DAYS:
        raise ParameterError(
            _("Part days: expected one of {rules}, found {found!r}.").format(
                rules=", ".join(PART_DAYS), found=part_days
            )
        )
    start = deployment.start
    if part_days == "half" or deployment.start_is_day:
        start = datetime.combine(start.date(), _NOON, tzinfo=start.tzinfo)
    end = deployment.end
    if end is None:
        return start, max((last or {}).get(deployment.id, start), start)
    if deployment.end_is_day:
        end = datetime.combine((end - _INSTANT).date(), _NOON, tzinfo=end.tzinfo)
    elif part_days == "half":
        end = datetime.combine(end.date(), _NOON, tzinfo=end.tzinfo)
    return start, max(start, end)


def known_until(survey: Survey) -> dict[str, datetime]:
    """Return deployment id -> the end of the day of its last dated medium or observation, for cameras still out."""
    out = {d.id for d in survey.deployments if d.end is None}
    last: dict[str, datetime] = {}
    dated = [(m.deployment, m.timestamp) for m in survey.media if m.timestamp is not None]
    for deployment, at in [*dated, *((o.deployment, o.end) for o in survey.observations)]:
        if deployment in out and (deployment not in last or last[deployment] < at):
            last[deployment] = at
    config = survey.config
    return {
        deployment: day_start(
            date_of(at, config) + timedelta(days=1), config.occasion_start_hour, config.zone
        )
        for deployment, at in last.items()
    }


def effort(survey: Survey, session: Session, weights: Mapping[str, float] = WEIGHTS) -> Effort:
    """Return the effort of a session under the survey's camera rule and part-day rule.

    weights: what an hour counts in a problem period of each state. Where several problem periods overlap,
    the least counts. Raises ParameterError for an unknown rule.
    """
    config = survey.config
    if config.camera_rule not in CAMERA_RULES:
        raise ParameterError(
            _("Camera rule: expected one of {rules}, found {found!r}.").format(
                rules=", ".join(CAMERA_RULES), found=config.camera_rule
            )
        )
    days = calendar(session, config)
    last = known_until(survey)
    begin, finish = int(days.edges[0]), int(days.edges[-1])
    by_station: dict[str, list[_Deployed]] = defaultdict(list)
    lost: dict[str, int] = defaultdict(int)
    for deployment in survey.deployments:
        deployed = _deployed(deployment, config.part_days, last, weights)
        if max(deployed.start, begin) < min(deployed.end, finish):
            by_station[deployment.station].append(deployed)
            for cause, loss in _losses(deployed, begin, finish).items():
                lost[cause] += loss
    known = [s.id for s in survey.stations if s.id in by_station]
    names = tuple(known + sorted(set(by_station) - set(known)))
    operation = np.full((len(names), days.n_days), np.nan)
    nominal = np.zeros(len(names))
    lengths = np.diff(days.edges)
    for row, name in enumerate(names):
        cameras = [d.clipped(begin, finish) for d in by_station[name]]
        out, worked = _curve(cameras, config.camera_rule).over(days.edges)
        operation[row] = np.where(out > 0, worked / lengths, np.nan)
        sound = [replace(d, problems=()) for d in cameras]
        nominal[row] = float((_curve(sound, config.camera_rule).over(days.edges)[1] / lengths).sum())
    operation.setflags(write=False)
    causes = {cause: micro / _DAY for cause, micro in sorted(lost.items())}
    return Effort(days, names, operation, nominal, causes)


@dataclass(frozen=True, slots=True)
class _Deployed:
    """A deployment in microseconds; problems: (start, end, weight, cause)."""

    camera: str
    start: int
    end: int
    problems: tuple[tuple[int, int, float, str], ...]

    def clipped(self, begin: int, finish: int) -> _Deployed:
        return replace(self, start=max(self.start, begin), end=min(self.end, finish))

    def edges(self) -> set[int]:
        inside = {at for start, end, *_rest in self.problems for at in (start, end)}
        return {self.start, self.end} | {at for at in inside if self.start < at < self.end}

    def weight(self, at: int) -> float:
        """What an instant of this deployment counts, problems considered."""
        return min((w for start, end, w, _cause in self.problems if start <= at < end), default=1.0)


def _deployed(
    deployment: Deployment, part_days: str, last: Mapping[str, datetime], weights: Mapping[str, float]
) -> _Deployed:
    start, end = period(deployment, part_days, last)
    problems = tuple(
        (micros(p.start), micros(p.end), weights[p.state], p.cause or p.state) for p in deployment.problems
    )
    return _Deployed(deployment.camera, micros(start), micros(end), problems)


def _losses(deployed: _Deployed, begin: int, finish: int) -> dict[str, int]:
    """Return cause -> microseconds lost; where problems overlap, the worst one is the cause."""
    clipped = deployed.clipped(begin, finish)
    lost: dict[str, int] = defaultdict(int)
    edges = sorted(clipped.edges())
    for start, end in itertools.pairwise(edges):
        worst = min(((w, cause) for a, b, w, cause in clipped.problems if a <= start < b), default=(1.0, ""))
        if worst[0] < 1:
            lost[worst[1]] += round((1 - worst[0]) * (end - start))
    return lost


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """What a station counts over time: constant between knots. out: cameras set up. value: by the rule."""

    knots: NDArray[np.int64]
    out: Floats
    value: Floats

    def over(self, edges: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return the integrals of `out` and `value` between edges, (len(edges) - 1,) microseconds."""
        return _integral(self.knots, self.out, edges), _integral(self.knots, self.value, edges)


def _integral(knots: NDArray[np.int64], level: Floats, edges: NDArray[np.int64]) -> Floats:
    lengths = np.diff(knots)
    total = np.concatenate(([0.0], np.cumsum(level * lengths)))
    inside = np.clip(edges, knots[0], knots[-1])
    piece = np.clip(np.searchsorted(knots, inside, side="right") - 1, 0, len(level) - 1)
    return np.diff(total[piece] + level[piece] * (inside - knots[piece]))


def _curve(deployed: list[_Deployed], rule: str) -> _Curve:
    """Join the cameras of a station by the rule.

    "any": the best camera of the moment. "all": with k places (the most cameras that are ever out at once),
    the k-th best, so the station counts only while all its cameras work. "sum": all cameras together.
    """
    knots = sorted({at for d in deployed for at in d.edges()})
    moments: list[list[float]] = []
    for at in knots[:-1]:
        cameras: dict[str, float] = {}
        for d in deployed:
            if d.start <= at < d.end:
                cameras[d.camera] = max(cameras.get(d.camera, 0.0), d.weight(at))
        moments.append(sorted(cameras.values(), reverse=True))
    places = max((len(m) for m in moments), default=0)
    if rule == "any":
        value = [m[0] if m else 0.0 for m in moments]
    elif rule == "all":
        value = [m[places - 1] if len(m) == places > 0 else 0.0 for m in moments]
    else:
        value = [sum(m) for m in moments]
    return _Curve(
        np.array(knots, dtype=np.int64),
        np.array([float(len(m)) for m in moments]),
        np.array(value, dtype=np.float64),
    )
