"""Passports of individuals: plates for each flank, names, dated statements, mother and cubs, where and when seen."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from pardus.app.individuals import Names
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.identify.animals import Seen, animals
from pardus.model.errors import ParameterError
from pardus.model.ids import qualify
from pardus.model.individual import Individual, Relationship, Statement
from pardus.model.language import _
from pardus.model.observation import LIFE_STAGES, SEXES
from pardus.model.record import to_record
from pardus.model.survey import Survey
from pardus.store.protocol import Store

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
        return tuple(sorted(f for f in self.plates if f in ("left", "right")))


def passports(folder: Path, on: date | None = None) -> tuple[Passport, ...]:
    """Return the passports of all individuals, by id. on: day for which sex, age and status hold (default: last)."""
    with open_survey(folder) as store:
        return passports_of(store, store.survey(media=False), on)


def passport(folder: Path, individual: str, on: date | None = None) -> Passport:
    """Return one passport, by id or alias. Raises ParameterError if nobody has it."""
    found = passports(folder, on)
    for p in found:
        if individual == p.id:
            return p
    named = [p for p in found if individual in p.aliases or individual == p.name]
    if len(named) == 1:
        return named[0]
    raise ParameterError(_("{id}: no animal of this survey, or several.").format(id=individual))


def passports_of(store: Store, survey: Survey, on: date | None = None) -> tuple[Passport, ...]:
    """Return the passports of a survey's individuals."""
    day = on or date.max
    said = Names(store).all_said()
    now = {o.id: o.individual for o in survey.observations}
    found = animals(survey)
    seen: dict[str, list[SeenAt]] = defaultdict(list)
    plates: dict[str, list[Seen]] = defaultdict(list)
    renamed: dict[str, set[str]] = defaultdict(set)
    for row, name in said.items():
        if name and now.get(row) and now[row] != name:
            renamed[now[row]].add(name)
    for event in found.events:
        who = next((s.name for s in event.seen if s.name), "")
        if not who:
            continue
        media = tuple(dict.fromkeys(s.media for s in event.seen))
        if event.station:
            seen[who].append(
                SeenAt(event.id, event.station, event.start, event.end, tuple(sorted(event.sides())), media)
            )
        plates[who] += event.seen
    present = {name for name in now.values() if name}
    absorbed = {name for names in renamed.values() for name in names} - present
    people = {i.id: i for i in survey.individuals}
    cubs = defaultdict(set)
    mothers = {}
    for individual in survey.individuals:
        for r in individual.relationships:
            if r.kind == MOTHER:
                cubs[r.individual].add(r.related)
                mothers[r.related] = r.individual
    for o in survey.observations:
        if o.mother and o.individual:
            cubs[o.mother].add(o.individual)
            mothers.setdefault(o.individual, o.mother)
    out = []
    for id_ in sorted(set(people) - absorbed):
        own = people[id_]
        others = [people[name] for name in sorted(renamed[id_]) if name in people]
        whole = Individual(id_, tuple(s for i in (*others, own) for s in i.statements))
        aliases = {s.value for s in whole.statements if s.about == "alias"} | renamed[id_]
        out.append(
            Passport(
                id=id_,
                name=whole.at("name", day),
                aliases=tuple(sorted(aliases - {id_})),
                sex=whole.at("sex", day)
                or _common(o.sex for o in survey.observations if o.individual == id_),
                life_stage=whole.at("lifeStage", day),
                birth_year=whole.at("birthYear", day),
                status=whole.at("status", day),
                mother=mothers.get(id_, ""),
                cubs=tuple(sorted(cubs[id_])),
                plates=_plates(plates[id_]),
                seen=tuple(sorted(seen[id_], key=lambda s: (s.start, s.event))),
                statements=whole.statements,
            )
        )
    return tuple(out)


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
        for flank in ("left", "right") if s.flank == "both" else (s.flank,):
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
