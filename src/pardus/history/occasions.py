"""Occasions: the days of a session and the slices they are counted in, cut in one programme zone."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import numpy as np
from numpy.typing import NDArray

from pardus.model.clock import parse_zone
from pardus.model.errors import Finding, ParameterError
from pardus.model.language import _
from pardus.model.survey import Session, SurveyConfig

LONG_SESSION_DAYS = 100

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """Return whole microseconds since 1970 UTC: exact, so sums of effort do not depend on their order."""
    return (instant - _EPOCH) // _MICROSECOND


@dataclass(frozen=True, slots=True, eq=False)
class Calendar:
    """The days of one session.

    A day begins on its date at `start_hour` of the zone's wall clock and ends when the next begins, so it has
    23 or 25 hours where the clock changes. dates: (day,) on which each begins. edges: (day + 1,) microseconds.
    occasion: (day,) index of the occasion each day belongs to; the last occasion may be shorter.
    """

    session: Session
    zone: str
    start_hour: int
    occasion_days: int
    dates: tuple[date, ...]
    edges: NDArray[np.int64]
    occasion: NDArray[np.int64]

    @property
    def n_days(self) -> int:
        """Number of days."""
        return len(self.dates)

    @property
    def n_occasions(self) -> int:
        """Number of occasions."""
        return int(self.occasion[-1]) + 1

    def day_of(self, instant: datetime) -> int:
        """Return the index of the day that holds an instant, or -1 if the session does not."""
        at = micros(instant)
        if not self.edges[0] <= at < self.edges[-1]:
            return -1
        return int(np.searchsorted(self.edges, at, side="right")) - 1

    def first_dates(self) -> tuple[date, ...]:
        """Return the date on which each occasion begins."""
        return tuple(self.dates[:: self.occasion_days])


def calendar(session: Session, config: SurveyConfig) -> Calendar:
    """Cut a session into days and occasions.

    Both the first and the last date begin a day: with start hour 12 the last day ends at noon of the date
    after `session.end`. Raises ParameterError for an empty session, an hour outside 0-23 or a length below 1.
    """
    n = (session.end - session.start).days + 1
    if n < 1:
        raise ParameterError(
            _("Session {session!r}: the end {end} is before the start {start}.").format(
                session=session.name, start=session.start, end=session.end
            )
        )
    hour, length = config.occasion_start_hour, config.occasion_days
    if not 0 <= hour <= 23 or length < 1:
        raise ParameterError(
            _(
                "Occasions: expected a start hour of 0 to 23 and at least 1 day, found {hour} and {days}."
            ).format(hour=hour, days=length)
        )
    dates = [session.start + timedelta(days=k) for k in range(n + 1)]
    edges = np.array([micros(day_start(d, hour, config.zone)) for d in dates], dtype=np.int64)
    occasion = np.arange(n, dtype=np.int64) // length
    for array in (edges, occasion):
        array.setflags(write=False)
    return Calendar(session, config.zone, hour, length, tuple(dates[:-1]), edges, occasion)


def day_start(on: date, hour: int, zone: str) -> datetime:
    """Return the instant at which a day begins; an hour that a clock change skips begins just after it."""
    return datetime.combine(on, time(hour), tzinfo=parse_zone(zone)).astimezone(UTC)


def date_of(instant: datetime, config: SurveyConfig) -> date:
    """Return the date on which the day that holds an instant begins (before noon: the date before)."""
    local = instant.astimezone(parse_zone(config.zone))
    on = local.date()
    return on if day_start(on, config.occasion_start_hour, config.zone) <= instant else on - timedelta(days=1)


def shown(moment: datetime, config: SurveyConfig) -> str:
    """Return a time as messages show it: in the programme's zone, to the minute."""
    local = moment.astimezone(parse_zone(config.zone)).replace(tzinfo=None)
    return local.isoformat(sep=" ", timespec="minutes")


def check_sessions(sessions: tuple[Session, ...]) -> list[Finding]:
    """Return what is wrong with a set of sessions: two that overlap, one too long to be called closed."""
    found: list[Finding] = []
    ordered = sorted(sessions, key=lambda s: (s.start, s.end, s.name))
    for before, after in itertools.pairwise(ordered):
        if after.start <= before.end:
            found.append(
                Finding(
                    "sessions-overlap",
                    after.name,
                    _("It starts on {start}, before session {other!r} ends on {end}.").format(
                        start=after.start, other=before.name, end=before.end
                    ),
                    _("A record can belong to one session only: change the dates in survey.toml."),
                )
            )
    for session in ordered:
        days = (session.end - session.start).days + 1
        if days > LONG_SESSION_DAYS:
            found.append(
                Finding(
                    "session-too-long",
                    session.name,
                    _("{days} days: births, deaths and moves are no longer few enough to ignore.").format(
                        days=days
                    ),
                    _("Choose a season of at most about {limit} days.").format(limit=LONG_SESSION_DAYS),
                    "warning",
                )
            )
    return found
