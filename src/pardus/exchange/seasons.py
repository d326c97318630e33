"""The season of a record, named by its years: the finest time that leaves at T2."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, tzinfo

from pardus.model.clock import parse_zone
from pardus.model.deployment import Deployment
from pardus.model.media import DATE_FAULTS
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey


def season_label(moment: datetime, sessions: Sequence[Session], zone: tzinfo) -> str:
    """Return the years of the session that holds a moment ("2014-2015"), else its year. Never finer than a season."""
    day = moment.astimezone(zone).date()
    for s in sessions:
        if s.start <= day <= s.end:
            return _years(s.start, s.end)
    return str(day.year)


def season_finder(survey: Survey) -> Callable[[Observation], str]:
    """Return the function that says in which season a record of a survey was made, "" if that is not known.

    A record whose media all have a wrong date (a clock that was reset and never put right) was made while its camera
    stood there: in the season of its deployment, if that lies in one.
    """
    sessions, zone = survey.config.sessions, parse_zone(survey.config.zone)
    deployments = {d.id: d for d in survey.deployments}
    misdated = {m.id for m in survey.media if set(m.faults) & set(DATE_FAULTS)}

    def of(o: Observation) -> str:
        if not o.media or not misdated.issuperset(o.media):
            return season_label(o.start, sessions, zone)
        d = deployments.get(o.deployment)
        return "" if d is None else _of_deployment(d, sessions, zone)

    return of


def _of_deployment(d: Deployment, sessions: Sequence[Session], zone: tzinfo) -> str:
    if d.end is None:
        return ""
    first, last = d.start.astimezone(zone).date(), d.end.astimezone(zone).date()
    held = {_years(s.start, s.end) for s in sessions if first <= s.end and s.start <= last}
    found = held or {str(first.year), str(last.year)}
    return found.pop() if len(found) == 1 else ""


def _years(first: date, last: date) -> str:
    return str(first.year) if first.year == last.year else f"{first.year}-{last.year}"
