"""Age classes, decided on a date: a cub of one year is an adult of a later one and keeps its track."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from pardus.history.occasions import date_of
from pardus.model.errors import Finding
from pardus.model.individual import Individual
from pardus.model.language import _
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey


class Ages:
    """The life stage of every animal for one session.

    on: the date on which age classes are decided; None: the date of each record. The first of these decides:
    1. the last `lifeStage` statement about the animal that holds on that date;
    2. what its records of this session say: juvenile if any of them does or names its mother, else the last
       stage said;
    3. the record itself (animals that are not identified).
    """

    def __init__(self, survey: Survey, on: date | None, session: Session | None) -> None:
        self._on = on
        self._config = survey.config
        self._individuals: dict[str, Individual] = {i.id: i for i in survey.individuals}
        self._said: dict[str, list[str]] = defaultdict(list)
        if session is None:
            return
        staged = [o for o in survey.observations if o.individual and own_stage(o)]  # few of many
        for o in sorted(staged, key=lambda o: (o.start, o.id)):
            if session.start <= date_of(o.start, survey.config) <= session.end:
                self._said[o.individual].append(own_stage(o))

    def stage(self, observation: Observation) -> str:
        """Return the life stage that counts for a record: adult, subadult, juvenile or "" (nobody said)."""
        name = observation.individual
        if not name:
            return own_stage(observation)
        individual = self._individuals.get(name)
        stated = ""
        if individual and individual.statements:
            stated = individual.at("lifeStage", self._on or date_of(observation.start, self._config))
        if stated:
            return stated
        said = self._said.get(name) or [own_stage(observation)]
        return "juvenile" if "juvenile" in said else said[-1]

    def conflicts(self) -> list[Finding]:
        """Return the animals whose records call them a cub and something else, with no statement to decide it."""
        found = []
        for name, said in sorted(self._said.items()):
            individual = self._individuals.get(name)
            stated = individual.at("lifeStage", self._on) if individual and self._on else ""
            if not stated and "juvenile" in said and set(said) != {"juvenile"}:
                found.append(
                    Finding(
                        "life-stage-conflict",
                        name,
                        _(
                            "Its records of one session say {stages}; it was taken as a cub and not counted."
                        ).format(stages=", ".join(sorted(set(said)))),
                        _("State its life stage with a date, or correct the records."),
                        "warning",
                    )
                )
        return found


def own_stage(observation: Observation) -> str:
    """Return what a record itself says: juvenile if it names a mother, else its life stage."""
    return "juvenile" if observation.mother else observation.life_stage
