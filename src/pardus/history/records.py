"""Records: every observation with its place, time and session, and the reason if it can't enter a history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from pardus.history.ages import Ages
from pardus.history.effort import sessions_of
from pardus.history.individuals import mothers_of, sex_of
from pardus.history.occasions import Calendar, calendar, micros
from pardus.model.language import N_, _
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey, SurveyConfig

REASONS: dict[str, str] = {
    "not-animal": N_("no animal (empty, human, vehicle, not classified)"),
    "other-species": N_("another species"),
    "no-species": N_("an animal whose species nobody has said"),
    "no-date": N_("no date that can be trusted"),
    "no-station": N_("a deployment or station that the survey does not know"),
    "outside-sessions": N_("outside every session"),
    "cub": N_("a cub with its mother"),
    "unidentified": N_("the species, but not identified"),
    "life-stage": N_("an age class that this survey does not count"),
    "outside-operation": N_("at a station that did not work on that day"),
    "flank": N_("an animal known only from the side that the flank rule leaves out"),
}
"""Why a record is in no history. Each record has the first reason that applies, in this order."""


@dataclass(frozen=True, slots=True)
class Record:
    """One observation as histories see it.

    station: "" if unknown. session: index into the survey's sessions, -1 if in none. day: index of the
    session's day. stage: life stage on the day on which age classes are decided. cub: a dependent cub.
    mother: its mother as the record or a relationship says, or "". sex: as the record or a statement says.
    reason: a key of REASONS, or "" while nothing speaks against it (operation and flank are judged later,
    by event).
    """

    observation: Observation
    station: str
    session: int
    day: int
    stage: str
    cub: bool
    reason: str
    mother: str = ""
    sex: str = ""

    @property
    def target(self) -> bool:
        """Whether it is a dated animal of the species at a known station."""
        return self.reason not in ("not-animal", "other-species", "no-species", "no-date", "no-station")


def reason_text(reason: str) -> str:
    """Return a reason as people read it."""
    return _(REASONS[reason])


def decision_date(survey: Survey, session: Session) -> date:
    """Return the date on which the age classes of a session are decided."""
    return survey.config.decided_on or session.start


def records(survey: Survey) -> tuple[Record, ...]:
    """Return one Record per observation, in order of time (then id)."""
    sessions = sessions_of(survey)
    calendars = [calendar(session, survey.config) for session in sessions]
    ages = [Ages(survey, decision_date(survey, session), session) for session in sessions]
    outside = Ages(survey, None, None)
    places = {s.id for s in survey.stations}
    stations = {d.id: d.station for d in survey.deployments if d.station in places}
    undated = {m.id for m in survey.media if m.timestamp is None}
    known = {i.id: i for i in survey.individuals}
    mothers = mothers_of(survey)
    found = []
    ordered = sorted(survey.observations, key=lambda o: (o.start, o.id))
    for observation, session, day in zip(ordered, *_places_in_time(ordered, calendars), strict=True):
        station = stations.get(observation.deployment, "")
        judge = ages[session] if session >= 0 else outside
        stage = judge.stage(observation)
        name = observation.individual
        found.append(
            Record(
                observation,
                station,
                session,
                day,
                stage,
                cub=stage == "juvenile",
                reason=_reason(observation, station, session, stage, survey.config, undated),
                mother=observation.mother or mothers.get(name, ""),
                sex=observation.sex
                or (sex_of(known[name], observation.start.date()) if name in known else ""),
            )
        )
    return tuple(found)


def _places_in_time(
    observations: Sequence[Observation], calendars: Sequence[Calendar]
) -> tuple[list[int], list[int]]:
    """Return the session and the day of each observation, -1 outside all."""
    at = np.array([micros(o.start) for o in observations], dtype=np.int64)
    session, day = np.full(len(at), -1), np.full(len(at), -1)
    for index, days in enumerate(calendars):
        inside = (at >= days.edges[0]) & (at < days.edges[-1])
        session[inside] = index
        day[inside] = np.searchsorted(days.edges, at[inside], side="right") - 1
    return session.tolist(), day.tolist()


def _reason(
    o: Observation, station: str, session: int, stage: str, config: SurveyConfig, undated: set[str]
) -> str:
    if o.type != "animal":
        return "not-animal"
    if o.scientific_name and o.scientific_name.casefold() != config.species.casefold():
        return "other-species"
    if not o.scientific_name and not o.individual:
        return "no-species"
    if o.media and all(medium in undated for medium in o.media):
        return "no-date"
    if not station:
        return "no-station"
    if session < 0:
        return "outside-sessions"
    if stage == "juvenile":
        return "cub"
    if not o.individual:
        return "unidentified"
    return "" if stage in config.life_stages else "life-stage"
