"""What to ask next: the questions that are worth most, with blind controls among them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pardus.identify.groups import FIRST, Groups, ordered
from pardus.identify.resolve import Resolution

CONTROL_SHARE = 0.07


@dataclass(frozen=True, slots=True)
class Question:
    """Are these two events one animal? log_odds: as known now. why: "confirm", "contradiction", "likely" or "control".

    truth: of a control, never shown. a and b are names of events; which pictures to show is for the caller,
    who must not show the same two to the same person twice.
    """

    a: str
    b: str
    log_odds: float
    why: str
    truth: str = ""


def questions(resolution: Resolution, count: int) -> list[Question]:
    """Return the questions worth most, best first.

    First merges that need a second pair of pictures, then contradictions, then pairs of groups by what they are
    worth (`Groups.worth`): a likely yes joins all their events at once and answers every question between them.
    """
    groups = resolution.groups
    found = []
    for a, b, link in groups.links():
        worth = groups.worth(a, b, link)
        if worth >= FIRST / 2:
            found.append((0, -worth, Question(a, b, link.log_odds, "confirm")))
        elif worth > -math.inf:
            found.append((2, -worth, Question(a, b, link.log_odds, "likely")))
    for contradiction in resolution.contradictions:
        a, b = contradiction.events
        if a != b:
            found.append((1, 0.0, Question(a, b, groups.link(a, b).log_odds, "contradiction")))
    found.sort(key=lambda item: (item[0], item[1], item[2].a, item[2].b))
    return [question for _kind, _odds, question in found[:count]]


def next_question(groups: Groups) -> tuple[str, str] | None:
    """Return the best pair of groups to ask about, or None when the queue is empty."""
    best: tuple[float, str, str] | None = None
    for a, b, link in groups.links():
        key = (-groups.worth(a, b, link), *ordered(a, b))
        if key[0] < math.inf and (best is None or key < best):
            best = key
    return None if best is None else (best[1], best[2])


def with_controls(
    asked: Sequence[Question],
    known_same: Sequence[tuple[str, str]],
    known_different: Sequence[tuple[str, str]],
    rng: np.random.Generator,
    share: float = CONTROL_SHARE,
) -> list[Question]:
    """Mix in pairs whose answer is known, at random places, half of each kind; they look like any other."""
    mixed = list(asked)
    kinds = [("same", known_same), ("different", known_different)]
    for i in range(round(share * len(asked))):
        truth, known = kinds[i % 2]
        if known:
            a, b = known[int(rng.integers(len(known)))]
            control = Question(*ordered(a, b), 0.0, "control", truth)
            mixed.insert(int(rng.integers(len(mixed) + 1)), control)
    return [replace(q) for q in mixed]
