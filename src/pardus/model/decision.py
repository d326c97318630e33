"""A decision: what a named person (or the park's own software) said about one observation, reversible."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

ABOUT = ("individual", "species", "flank", "quality")
QUALITIES = ("good", "fair", "poor")
OUTCOMES = ("same", "different", "cannot-tell", "new")


@dataclass(frozen=True, slots=True)
class Decision:
    """One statement on one observation (an animal in a picture: box and flank), never on a file.

    about: one of ABOUT. value: individual id, scientific name, flank (one of `observation.FLANKS`) or quality (one of
    QUALITIES); "" withdraws what was known.
    outcome: "same" / "new": this observation is that individual; "different": it is not; "cannot-tell".
    Individuals are derived by folding decisions in log order: the last one that counts wins. by: the author
    (`organisation:person`, or the name that came with the files). basis: where it came from ("tag", "folder", "table",
    "review", "answers": it follows from answers to questions). media: the pictures it was made on. at: when it was
    made, where that is known and not the time of the log entry (decisions that came in a partner's package).
    """

    observation: str
    about: str
    value: str
    outcome: str = "same"
    by: str = ""
    basis: str = ""
    media: tuple[str, ...] = ()
    at: datetime | None = None
