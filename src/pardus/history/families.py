"""Families: litters, breeding females and who was seen with whom. Cubs prove breeding and are never counted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pardus.history.events import Visit
from pardus.history.individuals import mothers_of
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class Litter:
    """The cubs of one mother in one session.

    mother: individual id, "" if she is not identified (then one litter per visit at most is certain, and
    `cubs` is the most seen at once). cubs: the named ones, or the most seen at once if that is more.
    names: ids of the cubs that have one. visits: ids of the events that show them.
    """

    session: str
    mother: str
    cubs: int
    names: tuple[str, ...]
    visits: tuple[str, ...]
    stations: tuple[str, ...]
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Association:
    """Two identified grown animals that were seen together in one session.

    kind: "pair" (a male and a female), "mother-young" (a stated mother and her grown young), "same-sex" or
    "unknown".
    """

    session: str
    one: str
    other: str
    kind: str
    times: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Families:
    """All litters and associations of a survey."""

    litters: tuple[Litter, ...]
    associations: tuple[Association, ...]

    def breeding_females(self) -> tuple[str, ...]:
        """Return the identified mothers of at least one cub."""
        return tuple(sorted({x.mother for x in self.litters if x.mother}))

    def cubs(self) -> int:
        """Return how many cubs identified mothers had; the same litter in two sessions counts in each."""
        return sum(x.cubs for x in self.litters if x.mother)


def families(visits: Iterable[Visit], survey: Survey, sessions: tuple[str, ...]) -> Families:
    """Return the litters and associations of every session from visits in order of time."""
    inside = [v for v in visits if v.first.session >= 0]
    return Families(_litters(inside, sessions), _associations(inside, survey, sessions))


def _litters(visits: list[Visit], sessions: tuple[str, ...]) -> tuple[Litter, ...]:
    mothers = {
        c.observation.individual: v.event.individual or c.mother
        for v in visits
        for c in v.cubs
        if c.observation.individual and (v.event.individual or c.mother)
    }
    groups: dict[tuple[int, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.cubs:
            named = (mothers.get(c.observation.individual, c.mother) for c in visit.cubs)
            mother = visit.event.individual or next((m for m in named if m), "")
            groups[visit.first.session, mother].append(visit)
    found = []
    for (session, mother), group in sorted(groups.items()):
        names = {c.observation.individual for v in group for c in v.cubs} - {""}
        found.append(
            Litter(
                session=sessions[session],
                mother=mother,
                cubs=max(len(names), *(v.event.cubs for v in group)),
                names=tuple(sorted(names)),
                visits=tuple(v.event.id for v in group),
                stations=tuple(sorted({v.event.station for v in group})),
                first=min(v.event.start for v in group),
                last=max(v.event.end for v in group),
            )
        )
    return tuple(found)


def _associations(visits: list[Visit], survey: Survey, sessions: tuple[str, ...]) -> tuple[Association, ...]:
    mothers = mothers_of(survey)
    sexes: dict[str, set[str]] = defaultdict(set)
    moments: dict[tuple[int, str, str], list[Visit]] = defaultdict(list)
    for visit in visits:
        event = visit.event
        if not event.individual:
            continue
        sexes[event.individual] |= {r.sex for r in visit.records} - {""}
        for other in event.companions:
            if event.individual < other:
                moments[visit.first.session, event.individual, other].append(visit)
    return tuple(
        Association(
            session=sessions[session],
            one=one,
            other=other,
            kind=_kind(one, other, sexes, mothers),
            times=len(group),
            first=min(v.event.start for v in group),
            last=max(v.event.end for v in group),
        )
        for (session, one, other), group in sorted(moments.items())
    )


def _kind(one: str, other: str, sexes: dict[str, set[str]], mothers: dict[str, str]) -> str:
    if mothers.get(one) == other or mothers.get(other) == one:
        return "mother-young"
    found = [sexes.get(one, set()), sexes.get(other, set())]
    if any(len(s) != 1 for s in found):
        return "unknown"
    return "pair" if found[0] != found[1] else "same-sex"
