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
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import norm

from pardus.identify.home_ranges import NOWHERE, Ground, Process, drawn_density, first_guess, process, redrawn
from pardus.identify.observers import PRIOR_ERRORS, PRIOR_RIGHT, Observer
from pardus.identify.partitions import Partition

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKEPT = -1.05
UNKEPT_SD = 0.25
"""Log likelihood ratio of a pair that the machine compared and did not keep among the likest of either event: -0.8 to
-1.3 in simulated surveys of 160 to 290 events. Nothing in a survey tells it, so every chain takes its own."""

ALIKE = (0.2, 0.6)
"""Share of the variance of a pair's log likelihood ratio that all pairs of the same two animals have in common: 0.31 on
nyala. Every chain takes its own, evenly on a logarithm."""

CHAINS = 10
SWEEPS = 200
"""Of each chain before its first draw."""

THINNING = 25

LEAST_RATE, MOST_RATE = 1e-3, 0.5
NOT_PLACED = -1


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
    people named it: its events were told from those of other names. a, b: (pair,) units a < b. kept: (pair,) pairs of
    events that the machine kept. log_odds: (pair,) what it says of them by pictures, summed. every_log_odds: of each
    kept pair of events, within units as well. apart: (pair,) whether they can't be one. ground, unit_seen,
    station_seen: where animals may live, and for each event whose place is known its unit and its station (a plate of
    a catalogue has none).
    """

    names: tuple[str, ...]
    size: Ints
    compared: NDArray[np.bool_]
    named: NDArray[np.bool_]
    a: Ints
    b: Ints
    kept: Ints
    log_odds: Floats
    every_log_odds: Floats
    apart: NDArray[np.bool_]
    answers: Answers
    unit_seen: Ints
    station_seen: Ints
    ground: Ground = NOWHERE


def plausible_catalogues(
    evidence: Evidence,
    count: int,
    rng: np.random.Generator,
    tell: Callable[[int], None] = lambda done: None,
) -> list[Partition]:
    """Draw catalogues by Gibbs sampling: one unit at a time is taken out and put to another animal, or alone.

    Returns partitions of units, each sorted, from CHAINS chains. A chain puts one unit after the other to begin with;
    SWEEPS sweeps go before its first draw, and a draw follows every THINNING.
    """
    if not evidence.names:
        return [() for _ in range(count)]
    out: list[Partition] = []
    for chain in range(CHAINS):
        wanted = count * (chain + 1) // CHAINS - count * chain // CHAINS
        out += _chain(evidence, wanted, *_settings(chain), rng) if wanted else []
        tell(len(out))
    return out


def _settings(chain: int) -> tuple[float, float]:
    """Return what a chain takes for the likeness of pairs and for a pair not kept; both are spread over the chains."""
    low, high = np.log(ALIKE)
    alike = float(np.exp(low + (high - low) * (chain + 0.5) / CHAINS))
    mixed = (7 * chain + 2) % CHAINS  # every place once, and with no trend along the likeness
    return alike, float(UNKEPT + UNKEPT_SD * norm.ppf((mixed + 0.5) / CHAINS))


def share_same(evidence: Evidence, unkept: float) -> float:
    """Return the chance that two events of the survey show one animal, by what the machine says of all pairs.

    Pairs that were not kept hold some as well: as many as this chance and `unkept` say.
    """
    events = float(evidence.size.sum())
    total = max(events * (events - 1) / 2, 1.0)
    within = float((evidence.size * (evidence.size - 1) / 2).sum())
    found = float(expit(evidence.every_log_odds).sum()) + within
    rest = max(total - len(evidence.every_log_odds) - within, 0.0)
    share = min(max(found / total, 1e-4), 0.5)
    for _step in range(20):
        share = min(max((found + rest * float(expit(logit(share) + unkept))) / total, 1e-4), 0.5)
    return share


def _chain(
    evidence: Evidence, count: int, alike: float, unkept: float, rng: np.random.Generator
) -> list[Partition]:
    n, ground = len(evidence.names), evidence.ground
    near = _Neighbours(evidence, float(logit(share_same(evidence, unkept))))
    order = np.argsort(evidence.unit_seen, kind="stable")
    first = np.searchsorted(evidence.unit_seen[order], np.arange(n + 1))
    station = evidence.station_seen[order]
    squares = ground.square_distances()
    model = process(ground, squares, *first_guess(ground, len(station)))
    density = n / 4 / model.seen_area
    animal = np.full(n, NOT_PLACED)
    out = []
    for sweep in range(SWEEPS + THINNING * count):
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
            near.votes(drawn_rates(evidence.answers, animal if sweep else np.arange(n), rng)),
            first,
            station,
            *_centres(model, _seen(evidence, animal)),
            model.log_once,
            model.log_none,
            model.evenness,
            np.log(density),
            unkept,
            alike,
        )
        seen = _seen(evidence, animal)
        seen = seen[seen.any(axis=1)]
        model = redrawn(ground, squares, model, seen, rng)
        density = drawn_density(model, len(seen), rng)
        if sweep >= SWEEPS and (sweep - SWEEPS) % THINNING == THINNING - 1:
            out.append(_partition(evidence.names, animal))
    return out


def _seen(evidence: Evidence, animal: Ints) -> Floats:
    """Return (label, station) numbers of events whose place is known."""
    seen = np.zeros((len(animal), len(evidence.ground.stations)))
    who = animal[evidence.unit_seen]
    placed = who != NOT_PLACED
    np.add.at(seen, (who[placed], evidence.station_seen[placed]), 1)
    return seen


def _centres(model: Process, seen: Floats) -> tuple[Floats, Floats]:
    """Return, for each label, (label, cell) log weights of where its centre is, and the chances they make."""
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

    def __init__(self, evidence: Evidence, log_odds: float) -> None:
        """log_odds: of being one animal, of two events of which nothing is known."""
        n, said = len(evidence.names), evidence.answers
        nothing = np.zeros(len(said.one))
        pair = np.concatenate([np.stack([evidence.a, evidence.b]), np.stack([said.one, said.other])], axis=1)
        key, where = np.unique(np.sort(pair, axis=0).T @ np.array([n, 1]), return_inverse=True)
        kept, ratio, apart = (
            np.bincount(where, np.concatenate([v.astype(float), nothing]), len(key))
            for v in (evidence.kept, evidence.log_odds - evidence.kept * log_odds, evidence.apart)
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
"""Of two names that people gave, for each event of the smaller one: each of these was told from the other animal."""


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


@numba.njit(cache=True)
def _sweep(  # type: ignore[no-untyped-def]
    order, random, animal, size, compared, named, start, other, kept, ratio, apart, votes,
    first, station, centre, chance, log_once, log_none, evenness, log_density, unkept, alike,
):  # fmt: skip
    """Take every unit out once and put it back in proportion to prior and evidence. Changes `animal`.

    first, station: the stations of unit k's events are station[first[k]:first[k + 1]]. centre, chance: (label, cell),
    see `_centres`; both follow.
    """
    n, cells = len(animal), len(log_none)
    events, seen, names, placed = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    pairs, total, said, never = np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(n):
        if animal[k] != NOT_PLACED:
            events[animal[k]] += size[k]
            seen[animal[k]] += size[k] * compared[k]
            names[animal[k]] += named[k] * size[k]
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
            names[a] -= named[k] * size[k]
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
                    w += (total[b] + unkept * (n_pairs - pairs[b])) / (1 + (n_pairs - 1) * alike)
                w += said[b] + NAMED_APART * min(names[b], named[k] * size[k])
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
        names[b] += named[k] * size[k]
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
