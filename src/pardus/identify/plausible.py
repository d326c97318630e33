"""Plausible catalogues: draws from the posterior over partitions, given what the machine and people say of pairs.

- Prior: so many animals, each with its own share of the events. Their number and how uneven the shares are is learned
  with the rest (Miller and Harrison 2018; Dirichlet of K animals and concentration G, drawn on a grid). A Chinese
  restaurant process would have a few animals with most events and many with one.
- Machine: log likelihood ratios of pairs. The pairs of two animals have a part in common, so n of them count as
  n / (1 + (n - 1) ALIKE). A pair that was compared and not kept says UNKEPT.
- People: every answer, by how often its observer errs. The rates are drawn too, from blind controls and from how the
  answers agree with the animals drawn (Dawid and Skene 1979): nobody's word is taken for better known than it is.

Nothing is held for settled: events that answers joined may come apart in a draw, if their number allows it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from pardus.identify.observers import PRIOR_ERRORS, PRIOR_RIGHT, Observer
from pardus.identify.partitions import Partition

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKEPT = -1.0
"""Log likelihood ratio of a pair that the machine compared and did not keep among the likest of either event: -0.8 to
-1.2 in ten simulated surveys of 160 to 290 events."""

ALIKE = 0.31
"""Share of the variance of a pair's log likelihood ratio that all pairs of the same two animals have in common,
measured on nyala."""

CHAINS = 4
SWEEPS = 500
"""Of each chain before its first draw."""

THINNING = 25
SHARES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
"""Concentrations G that are tried: how evenly events fall to animals."""

LEAST_RATE, MOST_RATE = 1e-3, 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """Answers "same" and "different" about two units.

    one, other: (answer,) units. yes: (answer,) whether it said "same". by: (answer,) observers.
    controls: for each observer errors and number of controls on different pairs, then on pairs of one animal.
    """

    one: Ints
    other: Ints
    yes: NDArray[np.bool_]
    by: Ints
    controls: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of units: events, or named animals with all their events.

    names, size: (unit,) and events in each. compared: (unit,) whether the machine compared it. named: (unit,) whether
    people named it: two names were said once to be two animals. a, b: (pair,) units a < b. kept: (pair,) pairs of
    events that the machine kept. ratio: (pair,) their summed log likelihood ratios. apart: (pair,) whether they can't
    be one.
    """

    names: tuple[str, ...]
    size: Ints
    compared: NDArray[np.bool_]
    named: NDArray[np.bool_]
    a: Ints
    b: Ints
    kept: Ints
    ratio: Floats
    apart: NDArray[np.bool_]
    answers: Answers


def plausible_catalogues(evidence: Evidence, count: int, rng: np.random.Generator) -> list[Partition]:
    """Draw catalogues by Gibbs sampling: one unit at a time is taken out and put to another animal, or alone.

    Returns partitions of units, each sorted. CHAINS chains that each begin with every unit alone, SWEEPS sweeps to
    begin with, a draw after every THINNING.
    """
    if not evidence.names:
        return [() for _ in range(count)]
    out: list[Partition] = []
    for chain in range(CHAINS):
        wanted = count * (chain + 1) // CHAINS - count * chain // CHAINS
        out += _chain(evidence, wanted, rng) if wanted else []
    return out


def _chain(evidence: Evidence, count: int, rng: np.random.Generator) -> list[Partition]:
    n = len(evidence.names)
    place = _Neighbours(evidence)
    animal = np.arange(n)
    size = evidence.size.astype(float)
    animals, share = n, 1.0
    out = []
    for sweep in range(SWEEPS + THINNING * count):
        votes = place.votes(drawn_rates(evidence.answers, animal, rng))
        _sweep(
            rng.permutation(n),
            rng.random(n),
            animal,
            size,
            evidence.compared.astype(float),
            evidence.named.astype(float),
            place.start,
            place.other,
            place.kept,
            place.ratio,
            place.apart,
            votes,
            animals,
            share,
        )
        events = np.bincount(animal, weights=size).astype(np.float64)
        animals, share = drawn_prior(events[events > 0], rng)
        if sweep >= SWEEPS and (sweep - SWEEPS) % THINNING == THINNING - 1:
            out.append(_partition(evidence.names, animal))
    return out


def drawn_rates(answers: Answers, animal: Ints, rng: np.random.Generator) -> Floats:
    """Draw how often each observer errs, given who is who: (observer, 2), on pairs of two animals and of one."""
    same = animal[answers.one] == animal[answers.other]
    rates = np.empty((len(answers.controls), 2))
    for o, controls in enumerate(answers.controls):
        own = answers.by == o
        for column, wrong in ((0, own & ~same & answers.yes), (1, own & same & ~answers.yes)):
            all_ = own & (same if column else ~same)
            errors, asked = controls[2 * column : 2 * column + 2]
            bad, good = errors + int(wrong.sum()), asked - errors + int(all_.sum() - wrong.sum())
            rates[o, column] = rng.beta(PRIOR_ERRORS + bad, PRIOR_RIGHT + good)
    return np.clip(rates, LEAST_RATE, MOST_RATE)


def log_prior(events: Floats, animals: Ints, share: float) -> Floats:
    """Log prior of a partition for each number of animals.

    events: (drawn animal,). animals: (number,), at least as many. K animals with shares of a Dirichlet of concentration
    s = `share`: K! / (K - t)! G(K s) / G(K s + n) prod G(s + n_a) / G(s), and 1 / K for the number itself.
    """
    t, n = len(events), events.sum()
    k = animals.astype(float)
    own = float((gammaln(share + events) - gammaln(share)).sum())
    found: Floats = (
        gammaln(k + 1) - gammaln(k - t + 1) + gammaln(k * share) - gammaln(k * share + n) + own - np.log(k)
    )
    return found


def drawn_prior(events: Floats, rng: np.random.Generator) -> tuple[int, float]:
    """Draw the number of animals (seen or not) and how even their shares are, given the animals drawn."""
    numbers = np.arange(len(events), 3 * int(events.sum()) + 1)
    log = np.stack([log_prior(events, numbers, share) for share in SHARES])
    chance = np.cumsum(np.exp(log - log.max()).ravel())
    pick = min(int(np.searchsorted(chance, rng.random() * chance[-1])), chance.size - 1)
    return int(numbers[pick % len(numbers)]), float(SHARES[pick // len(numbers)])


class _Neighbours:
    """The pairs of `Evidence` as rows: of unit k, what lies from start[k] to start[k + 1]."""

    def __init__(self, evidence: Evidence) -> None:
        n, said = len(evidence.names), evidence.answers
        nothing = np.zeros(len(said.one))
        pair = np.concatenate([np.stack([evidence.a, evidence.b]), np.stack([said.one, said.other])], axis=1)
        key, where = np.unique(np.sort(pair, axis=0).T @ np.array([n, 1]), return_inverse=True)
        kept, ratio, apart = (
            np.bincount(where, np.concatenate([v.astype(float), nothing]), len(key))
            for v in (evidence.kept, evidence.ratio, evidence.apart)
        )
        one, other = key // n, key % n
        order = np.argsort(np.concatenate([one, other]), kind="stable")
        self.other = np.concatenate([other, one])[order]
        self.start = np.searchsorted(np.concatenate([one, other])[order], np.arange(n + 1))
        self.kept, self.ratio, self.apart = (np.tile(v, 2)[order] for v in (kept, ratio, apart))
        self._order, self._pairs, self._answer, self._said = order, len(key), where[len(evidence.a) :], said

    def votes(self, rates: Floats) -> Floats:
        """Return the summed weight of the answers of each row's pair, for these error rates."""
        said = self._said
        weight = [
            [Observer(float(r[0]), float(r[1])).weight(w) for w in ("different", "same")] for r in rates
        ]
        table = np.array(weight).reshape(-1, 2)
        found = np.bincount(self._answer, table[said.by, said.yes.astype(int)], self._pairs)
        votes: Floats = np.tile(found, 2)[self._order].astype(np.float64)
        return votes


NAMED_APART = Observer().weight("different")


@numba.njit(cache=True)
def _sweep(  # type: ignore[no-untyped-def]
    order, random, animal, size, compared, named, start, other, kept, ratio, apart, votes, animals, share
):
    """Take every unit out once and put it back in proportion to prior and evidence. Changes `animal`."""
    n = len(animal)
    events, seen, names = np.zeros(n), np.zeros(n), np.zeros(n)
    pairs, total, said, never = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(n):
        events[animal[k]] += size[k]
        seen[animal[k]] += size[k] * compared[k]
        names[animal[k]] += named[k]
    # the labels in use, then those that are free
    label, where = np.empty(n, np.int64), np.empty(n, np.int64)
    t, free = 0, n
    for a in range(n):
        if events[a] > 0:
            label[t] = a
            where[a] = t
            t += 1
        else:
            free -= 1
            label[free] = a
            where[a] = free
    weight = np.empty(n + 1)
    for step in range(n):
        k = order[step]
        a = animal[k]
        events[a] -= size[k]
        seen[a] -= size[k] * compared[k]
        names[a] -= named[k]
        if events[a] <= 0:
            t -= 1
            last, hole = label[t], where[a]
            label[hole], where[last] = last, hole
            label[t], where[a] = a, t
        for q in range(start[k], start[k + 1]):
            b = animal[other[q]]
            if other[q] != k:
                pairs[b] += kept[q]
                total[b] += ratio[q]
                said[b] += votes[q]
                never[b] += apart[q]
        top = -np.inf
        for i in range(t):
            b = label[i]
            w = -np.inf
            if never[b] == 0:
                w = math.lgamma(share + events[b] + size[k]) - math.lgamma(share + events[b])
                n_pairs = seen[b] * size[k] * compared[k]
                if n_pairs > 0:
                    w += (total[b] + UNKEPT * (n_pairs - pairs[b])) / (1 + (n_pairs - 1) * ALIKE)
                w += said[b] + NAMED_APART * names[b] * named[k]
            weight[i] = w
            top = max(top, w)
        weight[t] = -np.inf
        if animals > t or top == -np.inf:
            weight[t] = math.log(max(animals - t, 1)) + math.lgamma(share + size[k]) - math.lgamma(share)
            top = max(top, weight[t])
        whole = 0.0
        for i in range(t + 1):
            weight[i] = math.exp(weight[i] - top)
            whole += weight[i]
        pick, chosen = random[step] * whole, -1
        for i in range(t + 1):
            pick -= weight[i]
            if weight[i] > 0:
                chosen = i
                if pick < 0:
                    break
        b = label[chosen]
        for q in range(start[k], start[k + 1]):
            c = animal[other[q]]
            pairs[c] = total[c] = said[c] = never[c] = 0.0
        animal[k] = b
        events[b] += size[k]
        seen[b] += size[k] * compared[k]
        names[b] += named[k]
        t += chosen == t


def _partition(names: tuple[str, ...], animal: Ints) -> Partition:
    members: Mapping[int, list[str]] = {int(a): [] for a in np.unique(animal)}
    for name, a in zip(names, animal.tolist(), strict=True):
        members[a].append(name)
    return tuple(sorted(tuple(sorted(units)) for units in members.values()))
