"""Individuals and the dated statements about them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Statement:
    """A dated statement about an individual: sex, life stage, name, status, birth year.

    about: "sex", "lifeStage", "name", "alias", "status", "birthYear". on: the date it holds from.
    """

    individual: str
    about: str
    value: str
    on: date
    by: str = ""
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link between two individuals: "motherOf", "siblingOf", "seenWith"."""

    individual: str
    related: str
    kind: str
    certainty: str = ""
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Individual:
    """An animal that a person has confirmed. Its id never says anything about it."""

    id: str
    statements: tuple[Statement, ...] = ()
    relationships: tuple[Relationship, ...] = ()

    def at(self, about: str, on: date) -> str:
        """Return the last value stated about something that holds on a date, or "".

        A correction carries the date of the statement it corrects, so the last one stated wins among equals.
        """
        known = [s for s in self.statements if s.about == about and s.on <= on]
        value = ""
        for statement in sorted(known, key=lambda s: s.on):  # stable: the last stated of equals wins
            value = statement.value
        return value
