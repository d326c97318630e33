"""A link: what a named person said about two individuals of two catalogues, reversible like any decision."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

OUTCOMES = ("same", "different", "cannot-tell")


@dataclass(frozen=True, slots=True)
class Link:
    """An answer to "are these two one animal?".

    one, other: individual ids of different (or, for a catalogue's own doubles, the same) organisations.
    outcome: one of OUTCOMES. flank: side that was compared, "" = both or not said. by: `organisation:person`.
    plates: the pictures it was made on. at: when it was made, where that is not the time of the log entry.
    Several answers on one pair by one author: the last one counts. Answers of different authors all count.
    """

    one: str
    other: str
    outcome: str
    by: str
    flank: str = ""
    basis: str = ""
    plates: tuple[str, ...] = ()
    at: datetime | None = None

    def ordered(self) -> Link:
        """Return the same answer with the ids in alphabetical order: a link has no direction."""
        return self if self.one <= self.other else replace(self, one=self.other, other=self.one)
