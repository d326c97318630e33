"""Plausible catalogues: draws from the posterior over partitions, given what the machine and people say of pairs.

- Prior: home ranges (`home_ranges`). Animals live somewhere, are seen near it, some more often than others; how many
  there are, how far they go and how uneven they are is learned with the rest.
- Machine: log likelihood ratios of pairs, by pictures alone (place is in the prior). The pairs of two animals have a
  part in common, so n of them count as n / (1 + (n - 1) ALIKE). A pair that was compared and not kept says UNKEPT.
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

from pardus.identify.home_ranges import NOWHERE, Ground, Process, drawn_density, first_guess, process, redrawn
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

LEAST_RATE, MOST_RATE = 1e-3, 0.5
NOT_PLACED = -1
START = "seq"


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
    be one. ground, unit_seen, station_seen: where animals may live, and for each event whose place is known its unit
    and its station (a plate of a catalogue has none).
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
    unit_seen: Ints
    station_seen: Ints
    ground: Ground = NOWHERE


def plausible_catalogues(evidence: Evidence, count: int, rng: np.random.Generator) -> list[Partition]:
    """Draw catalogues by Gibbs sampling: one unit at a time is taken out and put to another animal, or alone.

    Returns partitions of units, each sorted. CHAINS chains that put one unit after the other to begin with, SWEEPS
    sweeps before the first draw, a draw after every THINNING.
    """
    if not evidence.names:
        return [() for _ in range(count)]
    out: list[Partition] = []
    for chain in range(CHAINS):
        wanted = count * (chain + 1) // CHAINS - count * chain // CHAINS
        out += _chain(evidence, wanted, chain, rng) if wanted else []
    return out


def _chain(evidence: Evidence, count: int, chain, rng: np.random.Generator) -> list[Partition]:
    n, ground = len(evidence.names), evidence.ground
    near = _Neighbours(evidence)
    order = np.argsort(evidence.unit_seen, kind="stable")
    first = np.searchsorted(evidence.unit_seen[order], np.arange(n + 1))
    station = evidence.station_seen[order]
    squares = ground.square_distances()
    model = process(ground, squares, *first_guess(ground, len(station)))
    animal = np.full(n, NOT_PLACED) if START == "seq" else np.arange(n) if START == "alone" else TRUTH.copy()
    density = n / 4 / model.seen_area
    out = []
    unkept, shift, alike = UNKEPT, 0.0, ALIKE
    if MODE == "cut":
        from scipy.stats import norm
        alike = float(np.exp(np.log(LOW) + (np.log(HIGH) - np.log(LOW)) * (chain + 0.5) / CHAINS))
        unkept = UNK_MEAN + UNK_SD * norm.ppf(((chain * 7 + 3) % CHAINS + 0.5) / CHAINS)
        shift = shift_for(evidence, unkept)
    for sweep in range(SWEEPS + THINNING * count):
        votes = near.votes(drawn_rates(evidence.answers, animal if sweep else np.arange(n), rng))
        _sweep(
            rng.permutation(n),
            rng.random(n),
            animal,
            evidence.size.astype(float),
            evidence.compared.astype(float),
            evidence.named.astype(float),
            near.start,
            near.other,
            near.kept,
            near.ratio,
            near.apart,
            votes,
            first,
            station,
            *_weights(model, ground, evidence, animal),
            model.log_once,
            model.log_none,
            model.evenness,
            np.log(density),
            unkept,
            shift,
            alike,
        )
        if MODE == "learn":
            unkept, shift = drawn_kept(evidence, animal, rng)
        seen = _seen(evidence, animal)
        model = redrawn(ground, squares, model, seen, rng)
        density = drawn_density(model, len(seen), rng)
        if sweep >= SWEEPS and (sweep - SWEEPS) % THINNING == THINNING - 1:
            out.append(_partition(evidence.names, animal))
    return out


LOW, HIGH = 0.2, 0.6
MODE, UNK_MEAN, UNK_SD = "fixed", -1.05, 0.2


def share_for(evidence, unkept):
    from scipy.special import expit, logit
    n = float(evidence.size.sum())
    total = n * (n - 1) / 2
    k = evidence.kept > 0
    lo = evidence.ratio[k] + logit(SHARE0[0])
    s = 0.03
    for _ in range(100):
        s = min(max((expit(lo).sum() + (total - k.sum()) * expit(logit(s) + unkept)) / total, 1e-4), 0.5)
    return s


SHARE0 = [0.03]


def shift_for(evidence, unkept):
    from scipy.special import logit
    return float(logit(SHARE0[0]) - logit(share_for(evidence, unkept)))


def drawn_kept(evidence, animal, rng):
    from scipy.special import expit, logit
    k = evidence.kept > 0
    p = expit(evidence.ratio[k] + logit(SHARE0[0]))
    ks, kd = p.sum(), (1 - p).sum()
    n = len(animal)
    total = n * (n - 1) / 2
    c = np.bincount(animal).astype(float)
    same = (c * (c - 1) / 2).sum()
    inside = float((k & (animal[evidence.a] == animal[evidence.b])).sum())
    ps = rng.beta(1 + inside, 1 + max(same - inside, 0))
    out = k.sum() - inside
    pd = rng.beta(1 + out, 1 + max(total - same - out, 0))
    return float(np.log((1 - ps) / (1 - pd))), float(logit(SHARE0[0]) - np.log(ks / kd) + np.log(ps / pd))


def _seen(evidence: Evidence, animal: Ints) -> Floats:
    """Return (animal, station) numbers of events whose place is known, of animals that have one."""
    who = animal[evidence.unit_seen]
    labels, row = np.unique(who, return_inverse=True)
    seen = np.zeros((len(labels), len(evidence.ground.stations)))
    np.add.at(seen, (row, evidence.station_seen), 1)
    return seen


def _weights(model: Process, ground: Ground, evidence: Evidence, animal: Ints) -> tuple[Floats, Floats]:
    """Return, for each label, (label, cell) log weights of where its centre is, and the chances they make."""
    n = len(animal)
    placed = animal[evidence.unit_seen] != NOT_PLACED
    seen = np.zeros((n, len(ground.stations)))
    np.add.at(seen, (animal[evidence.unit_seen[placed]], evidence.station_seen[placed]), 1)
    log = model.log_none + seen @ model.log_once
    chance = np.exp(log - log.max(axis=1, keepdims=True))
    chance /= chance.sum(axis=1, keepdims=True)
    return log, chance


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
def _settle(log, chance):  # type: ignore[no-untyped-def]
    """Make `chance` of the log weights of one animal's cells."""
    top = log.max()
    whole = 0.0
    for c in range(len(log)):
        chance[c] = math.exp(log[c] - top)
        whole += chance[c]
    for c in range(len(log)):
        chance[c] /= whole


@numba.njit
def _sweep(  # type: ignore[no-untyped-def]
    order, random, animal, size, compared, named, start, other, kept, ratio, apart, votes,
    first, station, centre, chance, log_once, log_none, evenness, log_density, unkept, shift, alike,
):  # fmt: skip
    """Take every unit out once and put it back in proportion to prior and evidence. Changes `animal`.

    first, station: the stations of unit k's events are station[first[k]:first[k + 1]]. centre, chance: (label, cell),
    see `_weights`; both follow.
    """
    n, cells = len(animal), len(log_none)
    events, seen, names, placed = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    pairs, total, said, never = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(n):
        if animal[k] != NOT_PLACED:
            events[animal[k]] += size[k]
            seen[animal[k]] += size[k] * compared[k]
            names[animal[k]] += named[k]
            placed[animal[k]] += first[k + 1] - first[k]
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
    weight, own, here = np.empty(n + 1), np.empty(cells), np.empty(cells)
    for step in range(n):
        k = order[step]
        m = first[k + 1] - first[k]
        own[:] = 0.0
        for e in range(first[k], first[k + 1]):
            own += log_once[station[e]]
        a = animal[k]
        if a != NOT_PLACED:
            events[a] -= size[k]
            seen[a] -= size[k] * compared[k]
            names[a] -= named[k]
            placed[a] -= m
            if m:
                centre[a] -= own
                _settle(centre[a], chance[a])
            if events[a] <= 0:
                t -= 1
                last, hole = label[t], where[a]
                label[hole], where[last] = last, hole
                label[t], where[a] = a, t
                centre[a] = log_none
                _settle(centre[a], chance[a])
        for q in range(start[k], start[k + 1]):
            b = animal[other[q]]
            if other[q] != k and b != NOT_PLACED:
                pairs[b] += kept[q]
                total[b] += ratio[q]
                said[b] += votes[q]
                never[b] += apart[q]
        highest = own.max()
        for c in range(cells):
            here[c] = math.exp(own[c] - highest)
        top = -np.inf
        for i in range(t):
            b = label[i]
            w = -np.inf
            if never[b] == 0:
                w = 0.0
                if m:
                    w += math.lgamma(evenness + placed[b] + m) - math.lgamma(evenness + placed[b])
                    w += highest + math.log(np.dot(chance[b], here))
                n_pairs = seen[b] * size[k] * compared[k]
                if n_pairs > 0:
                    w += (total[b] + shift * pairs[b] + unkept * (n_pairs - pairs[b])) / (1 + (n_pairs - 1) * alike)
                w += said[b] + NAMED_APART * names[b] * named[k]
            weight[i] = w
            top = max(top, w)
        whole = 0.0
        for c in range(cells):
            whole += math.exp(log_none[c]) * here[c]
        weight[t] = (
            log_density
            + math.lgamma(evenness + m)
            - math.lgamma(evenness)
            + (highest if m else 0.0)
            + math.log(whole)
        )
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
            if c != NOT_PLACED:
                pairs[c] = total[c] = said[c] = never[c] = 0.0
        animal[k] = b
        events[b] += size[k]
        seen[b] += size[k] * compared[k]
        names[b] += named[k]
        placed[b] += m
        if m:
            centre[b] += own
            _settle(centre[b], chance[b])
        t += chosen == t


def _partition(names: tuple[str, ...], animal: Ints) -> Partition:
    members: Mapping[int, list[str]] = {int(a): [] for a in np.unique(animal)}
    for name, a in zip(names, animal.tolist(), strict=True):
        members[a].append(name)
    return tuple(sorted(tuple(sorted(units)) for units in members.values()))
