"""Plausible catalogues: draws from the posterior over partitions, given what the machine and people say of pairs.

Prior: the Chinese restaurant process, whose one number is the chance that two events show one animal (Aldous 1985).
Evidence: log likelihood ratios of pairs, added up within an animal. Pairs that share a picture are not independent, so
what the machine says of the n pairs of two groups counts as n to some power. The power is chosen so that the draws
hold as many pairs of one animal as the calibrated probabilities of all pairs add up to. Measured without any answer:
143 encounters of 49 nyala give 44 to 53 animals, 87 clips of 60 tiger flanks 48 to 59; counted in full, 13 to 16 and
15 to 25.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from pardus.identify.partitions import Partition

Floats = NDArray[np.float64]

UNKEPT = -1.3
"""Log likelihood ratio of a pair that the machine compared and did not keep among the likest of either event."""

SWEEPS = 40
STEPS = 6
THINNING = 4


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Groups that are never taken apart. names; units: of each group; size: (block,) events in each.

    machine, votes: (block, block) summed log likelihood ratios of "one animal". apart: (block, block) bool: can't be
    one. same: chance that two events of the survey show one animal. expected: number of pairs of events of one animal,
    by the probabilities of all pairs; None: evidence counts in full.
    """

    names: tuple[str, ...]
    units: tuple[tuple[str, ...], ...]
    size: NDArray[np.int64]
    machine: NDArray[np.float32]
    votes: NDArray[np.float32]
    apart: NDArray[np.bool_]
    same: float
    expected: float | None = None


def plausible_catalogues(blocks: Blocks, count: int, rng: np.random.Generator) -> list[Partition]:
    """Draw catalogues by Gibbs sampling: one group at a time is taken out and put to another animal, or alone.

    Returns partitions of units, each sorted. Thinned by THINNING sweeps after SWEEPS to begin with.
    """
    n = len(blocks.names)
    if not n:
        return [() for _ in range(count)]
    power = 1.0 if blocks.expected is None else fitted_power(blocks, rng)
    animal = np.arange(n)
    out: list[Partition] = []
    for sweep in range(SWEEPS + THINNING * count):
        _sweep(blocks, animal, power, rng)
        if sweep >= SWEEPS and (sweep - SWEEPS) % THINNING == 0:
            out.append(_partition(blocks, animal))
    return out[:count]


def fitted_power(blocks: Blocks, rng: np.random.Generator) -> float:
    """Return the power, 0 to 1, under which draws hold as many pairs of one animal as are expected."""
    low, high = 0.0, 1.0
    for _step in range(STEPS):
        power = (low + high) / 2
        animal = np.arange(len(blocks.names))
        pairs = []
        for sweep in range(SWEEPS):
            _sweep(blocks, animal, power, rng)
            if sweep >= SWEEPS // 2:
                events = np.bincount(animal, weights=blocks.size)
                pairs.append(float((events * (events - 1) / 2).sum()))
        low, high = (power, high) if np.mean(pairs) < (blocks.expected or 0.0) else (low, power)
    return (low + high) / 2


def _sweep(blocks: Blocks, animal: NDArray[np.int64], power: float, rng: np.random.Generator) -> None:
    """Take every group out once and put it back in proportion to prior and evidence. Changes `animal`."""
    n = len(animal)
    log_alpha = float(np.log(max(1 / min(max(blocks.same, 1e-6), 0.999) - 1, 1e-3)))
    own = gammaln(blocks.size)
    for k in rng.permutation(n):
        animal[k] = n
        events = np.bincount(animal, weights=blocks.size, minlength=n + 1)[:n]
        there = np.flatnonzero(events)
        machine = np.bincount(animal, weights=blocks.machine[k], minlength=n + 1)[there]
        votes = np.bincount(animal, weights=blocks.votes[k], minlength=n + 1)[there]
        never = np.bincount(animal, weights=blocks.apart[k], minlength=n + 1)[there] > 0
        pairs = events[there] * blocks.size[k]
        join = gammaln(events[there] + blocks.size[k]) - gammaln(events[there]) - own[k] - log_alpha
        weight = np.append(np.where(never, -np.inf, join + machine * pairs ** (power - 1) + votes), 0.0)
        chance = np.exp(weight - weight.max())
        pick = int(np.searchsorted(np.cumsum(chance), rng.random() * chance.sum()))
        animal[k] = there[pick] if pick < len(there) else np.setdiff1d(np.arange(n), there)[0]


def _partition(blocks: Blocks, animal: NDArray[np.int64]) -> Partition:
    found = []
    for a in np.unique(animal):
        found.append(tuple(sorted(u for i in np.flatnonzero(animal == a) for u in blocks.units[i])))
    return tuple(sorted(found))
