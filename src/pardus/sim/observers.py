"""Observers: people who name animals in pictures and are sometimes wrong.

Eight observers of snow leopards misnamed 12.5 % of captures, mostly by splitting one animal in two
(Johansson et al. 2020, doi:10.1038/s41598-020-63367-z); the defaults are theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from pardus.sim.parameters import ObserverParameters

SAME, DIFFERENT, CANNOT_TELL = "same", "different", "cannot-tell"


@dataclass(slots=True)
class Observer:
    """One person with an own error rate. Named captures build a catalogue, as in a park's own software."""

    rng: np.random.Generator
    rates: ObserverParameters
    sexes: dict[int, str]
    label: str = "Leo {number}{sex}"
    names: dict[int, list[str]] = field(default_factory=dict)
    owner: dict[str, int] = field(default_factory=dict)

    def name(self, animal: int) -> str:
        """Return the name given to a capture of an animal, "" for cannot tell.

        A split gives a new name to an animal that has one already; a merge gives another animal's name.
        """
        draw = float(self.rng.random())
        known = self.names.get(animal)
        if draw < self.rates.cannot_tell:
            return ""
        draw -= self.rates.cannot_tell
        others = [name for name, who in self.owner.items() if who != animal]
        if draw < self.rates.false_merge and others:
            return others[int(self.rng.integers(len(others)))]
        draw -= self.rates.false_merge
        if known and not 0 <= draw < self.rates.false_split:
            return known[int(self.rng.integers(len(known)))] if len(known) > 1 else known[0]
        new = self.label.format(number=len(self.owner) + 1, sex=self.sexes[animal])
        self.names.setdefault(animal, []).append(new)
        self.owner[new] = animal
        return new

    def answer(self, first: int, second: int) -> str:
        """Return the answer to "is this the same animal?" for two pictures of the true animals given.

        One capture in false_split + false_merge is misnamed, which is the chance that a yes is not seen, and
        false_merge the chance that two animals are taken for one.
        """
        draw = float(self.rng.random())
        if draw < self.rates.cannot_tell:
            return CANNOT_TELL
        draw = float(self.rng.random())
        if first == second:
            return DIFFERENT if draw < self.rates.false_split else SAME
        return SAME if draw < self.rates.false_merge else DIFFERENT

    def answers(self, pairs: Sequence[tuple[int, int]]) -> list[str]:
        """Answer a whole queue, in order."""
        return [self.answer(first, second) for first, second in pairs]
