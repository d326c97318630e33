"""Passports of individuals: plates for each flank, names, dated statements, mother and cubs, where and when seen."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from operator import is_
from pathlib import Path

from pardus.app.following import Following
from pardus.app.individuals import Names
from pardus.app.known import Known
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.identify.animals import AnimalEvent, Seen, animals
from pardus.model.errors import ParameterError
from pardus.model.ids import qualify
from pardus.model.individual import Individual, Relationship, Statement
from pardus.model.language import _
from pardus.model.observation import LIFE_STAGES, PLATE, SEXES, SIDES, Observation
from pardus.model.record import to_record
from pardus.model.survey import Survey

ABOUT = ("sex", "lifeStage", "name", "alias", "status", "birthYear", "flank", "comment")
STATUSES = ("alive", "dead", "removed", "released", "collared")
MOTHER = "motherOf"
PLATES = 5
"""Pictures for each flank in a passport, best first."""


@dataclass(frozen=True, slots=True)
class Plate:
    """One picture of one flank. observation: the animal in it. at: None if it is not known when."""

    observation: str
    media: str
    frame: int | None
    flank: str
    quality: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class SeenAt:
    """One event of the animal."""

    event: str
    station: str
    start: datetime
    end: datetime
    flanks: tuple[str, ...]
    media: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Passport:
    """One individual. aliases: other ids and names it has or had. plates: best first, by flank.

    sex, life_stage, birth_year, status: as of `on` (the last value stated until then). statements: all, as said.
    """

    id: str
    name: str
    aliases: tuple[str, ...]
    sex: str
    life_stage: str
    birth_year: str
    status: str
    mother: str
    cubs: tuple[str, ...]
    plates: Mapping[str, tuple[Plate, ...]]
    seen: tuple[SeenAt, ...]
    statements: tuple[Statement, ...]

    @property
    def flanks(self) -> tuple[str, ...]:
        """Flanks that a plate shows, sorted."""
        return tuple(sorted(f for f in self.plates if f in SIDES))


def passports(folder: Path, on: date | None = None) -> tuple[Passport, ...]:
    """Return the passports of all individuals, by id. on: day for which sex, age and status hold (default: last)."""
    return Passports(Following(folder)).all(on)


def passport(folder: Path, individual: str) -> Passport:
    """Return one passport, by id or alias. Raises ParameterError if nobody has it."""
    return one_of(passports(folder), individual)


def one_of(found: Iterable[Passport], individual: str) -> Passport:
    """Return the passport with this id or alias. Raises ParameterError if nobody has it."""
    everybody = list(found)
    for p in everybody:
        if individual == p.id:
            return p
    named = [p for p in everybody if individual in p.aliases or individual == p.name]
    if len(named) == 1:
        return named[0]
    raise ParameterError(_("{id}: no animal of this survey, or several.").format(id=individual))


@dataclass(frozen=True, slots=True)
class _Visits:
    """The events of one animal, and what a passport says of them."""

    events: tuple[AnimalEvent, ...]
    seen: tuple[SeenAt, ...]
    plates: Mapping[str, tuple[Plate, ...]]


class Passports:
    """The passports of a survey that is followed: after a decision only the stations that it concerns are read again.

    Thread-safe.
    """

    def __init__(self, following: Following) -> None:
        self._following = following
        self._lock = threading.Lock()
        self._survey: Survey | None = None
        self._events: dict[str, tuple[AnimalEvent, ...]] = {}
        self._visits: dict[str, _Visits] = {}

    def all(self, on: date | None = None) -> tuple[Passport, ...]:
        """Return the passports of all individuals as they are now, by id; on: see `passports`."""
        with self._lock:
            known = self._following.known()
            survey = known.survey
            if survey is not self._survey:
                self._see(survey)
            return self._made(survey, self._renamed(known), on or date.max)

    def _see(self, survey: Survey) -> None:
        """Bring the events and what follows from them to this survey."""
        places = {s.id for s in survey.stations}
        station = {d.id: d.station for d in survey.deployments if d.station in places}

        def where(o: Observation) -> str:
            return "" if PLATE in o.extra else station.get(o.deployment, "")

        touched = self._touched(survey, where)
        wanted, kept = survey, dict[str, tuple[AnimalEvent, ...]]()
        if touched is not None:
            kept = {name: own for name, own in self._events.items() if name not in touched}
            wanted = replace(
                survey, observations=tuple(o for o in survey.observations if where(o) in touched)
            )
        events: dict[str, list[AnimalEvent]] = defaultdict(list)
        for event in animals(wanted).events:
            events[event.station].append(event)
        self._events = kept | {name: tuple(own) for name, own in events.items()}
        by_animal: dict[str, list[AnimalEvent]] = defaultdict(list)
        for event in (e for own in self._events.values() for e in own):
            if event.name:
                by_animal[event.name].append(event)
        before = self._visits
        self._visits = {
            who: _visits(tuple(sorted(own, key=lambda e: (e.start, e.id))), before.get(who))
            for who, own in by_animal.items()
        }
        self._survey = survey

    def _touched(self, survey: Survey, where: Callable[[Observation], str]) -> set[str] | None:
        """Return the stations whose observations changed ("": those at none), None if all must be read again."""
        known = self._survey
        if known is None or (known.stations, known.deployments) != (survey.stations, survey.deployments):
            return None
        if known.config != survey.config:
            return None
        at: dict[str, str] = {}
        for o in survey.observations:
            if o.media and at.setdefault(o.media[0], where(o)) != where(o):
                return None  # a file at two stations: what is seen at one bears on the other
        before = {o.id: o for o in known.observations}
        touched = set()
        for o in survey.observations:
            was = before.pop(o.id, None)
            if was is not o:
                touched |= {where(o)} if was is None else {where(o), where(was)}
        touched |= {where(o) for o in before.values()}
        return touched

    def _renamed(self, known: Known) -> dict[str, set[str]]:
        """Return individual -> names that people gave to observations of which answers say that they show it."""
        renamed: dict[str, set[str]] = defaultdict(set)
        if not known.answered:
            return renamed
        with open_survey(self._following.folder) as store:
            said = Names(store, known)
        for o in known.survey.observations:
            if o.id in known.answered and o.individual:
                name = said.said(o.id)
                if name and name != o.individual:
                    renamed[o.individual].add(name)
        return renamed

    def _made(self, survey: Survey, renamed: Mapping[str, set[str]], day: date) -> tuple[Passport, ...]:
        present = {o.individual for o in survey.observations if o.individual}
        absorbed = {name for names in renamed.values() for name in names} - present
        people = {i.id: i for i in survey.individuals}
        cubs = defaultdict(set)
        mothers = {}
        for individual in survey.individuals:
            for r in individual.relationships:
                if r.kind == MOTHER:
                    cubs[r.individual].add(r.related)
                    mothers[r.related] = r.individual
        sexes: dict[str, set[str]] = defaultdict(set)
        for o in survey.observations:
            if o.sex and o.individual:
                sexes[o.individual].add(o.sex)
            if o.mother and o.individual:
                cubs[o.mother].add(o.individual)
                mothers.setdefault(o.individual, o.mother)
        out = []
        for id_ in sorted(set(people) - absorbed):
            own = people[id_]
            others = [people[name] for name in sorted(renamed.get(id_, ())) if name in people]
            whole = Individual(id_, tuple(s for i in (*others, own) for s in i.statements))
            aliases = {s.value for s in whole.statements if s.about == "alias"} | set(renamed.get(id_, ()))
            visits = self._visits.get(id_, _NONE)
            out.append(
                Passport(
                    id=id_,
                    name=whole.at("name", day),
                    aliases=tuple(sorted(aliases - {id_})),
                    sex=whole.at("sex", day) or _common(sexes.get(id_, ())),
                    life_stage=whole.at("lifeStage", day),
                    birth_year=whole.at("birthYear", day),
                    status=whole.at("status", day),
                    mother=mothers.get(id_, ""),
                    cubs=tuple(sorted(cubs[id_])),
                    plates=visits.plates,
                    seen=visits.seen,
                    statements=whole.statements,
                )
            )
        return tuple(out)


_NONE = _Visits((), (), {})


def _visits(events: tuple[AnimalEvent, ...], before: _Visits | None) -> _Visits:
    """Return what a passport says of events; what was made of the same ones before is taken as it is."""
    if before is not None and len(before.events) == len(events) and all(map(is_, before.events, events)):
        return before
    seen = tuple(
        SeenAt(
            e.id,
            e.station,
            e.start,
            e.end,
            tuple(sorted(e.sides())),
            tuple(dict.fromkeys(s.media for s in e.seen)),
        )
        for e in events
        if e.station
    )
    return _Visits(events, seen, _plates(s for e in events for s in e.seen))


def state(
    folder: Path,
    individual: str,
    about: str,
    value: str,
    sayer: Sayer,
    *,
    on: date | None = None,
    basis: str = "",
) -> str:
    """State something dated about an individual; return the entry's id.

    A correction carries the date of what it corrects; the last one said wins. No history changes: sex and age are
    never part of an id. Raises ParameterError for an unknown animal, subject or value.
    """
    values = {"sex": SEXES[:-1], "lifeStage": LIFE_STAGES[:-1], "status": STATUSES}.get(about)
    if about not in ABOUT or (values is not None and value not in values):
        raise ParameterError(
            _("{about} {value!r}: expected {names}.").format(
                about=about, value=value, names=", ".join(values if about in ABOUT and values else ABOUT)
            )
        )
    if about == "birthYear" and not (value.isdigit() and len(value) == 4):
        raise ParameterError(_("Birth year {found!r}: expected four digits.").format(found=value))
    with open_survey(folder, write=True) as store:
        survey = store.survey(media=False)
        who = _known(survey, individual)
        made = Statement(who, about, value, on or sayer.clock().date(), sayer.actor, basis)
        with store.transaction():
            return sayer.say(store, "individuals-stated", {"statements": [to_record(made)]}).id


def state_mother(folder: Path, cub: str, mother: str, sayer: Sayer, *, evidence: str = "") -> str:
    """State whose cub an animal is; return the entry's id. Raises ParameterError if one is unknown, or they are one."""
    with open_survey(folder, write=True) as store:
        survey = store.survey(media=False)
        young, old = _known(survey, cub), _known(survey, mother)
        if young == old:
            raise ParameterError(_("{id} can't be its own mother.").format(id=young))
        made = Relationship(old, young, MOTHER, evidence=evidence)
        with store.transaction():
            return sayer.say(store, "relationships-stated", {"relationships": [to_record(made)]}).id


def _known(survey: Survey, individual: str) -> str:
    who = qualify(survey.config.organisation, individual)
    if who not in {i.id for i in survey.individuals}:
        raise ParameterError(_("{id}: no animal of this survey.").format(id=who))
    return who


def _plates(seen: Iterable[Seen]) -> dict[str, tuple[Plate, ...]]:
    """Best pictures of each flank that a person has said."""
    grade = {"good": 0, "fair": 1, "": 1, "poor": 2}
    by_flank: dict[str, list[Seen]] = defaultdict(list)
    for s in seen:
        for flank in SIDES if s.flank == "both" else (s.flank,):
            by_flank[flank].append(replace(s, flank=flank))

    def order(s: Seen) -> tuple[int, float, str]:
        return grade[s.quality], -(s.box.width * s.box.height if s.box else 0.0), s.id

    return {
        flank: tuple(
            Plate(s.id, s.media, s.frame, flank, s.quality, s.start) for s in sorted(own, key=order)[:PLATES]
        )
        for flank, own in sorted(by_flank.items())
    }


def _common(values: Iterable[str]) -> str:
    said = set(values) - {""}
    return said.pop() if len(said) == 1 else ""
