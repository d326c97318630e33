"""How many animals two catalogues share, with an interval: pairs that were asked, not asked, and can't be asked.

A matching M pairs some animals of one catalogue with different animals of the other. Given the scores and answers,

    P(M) ~ P(|M|) / #{matchings of this size}  *  product over its pairs of  L(pair)

L is the likelihood ratio of same against different: that of the match scores (per flank, from a calibrated matcher)
times that of the sexes, and that of each answer, (1 - e_split) / e_merge for "same" and e_split / (1 - e_merge) for
"different". A pair that no flank connects (left only here, right only there) has no score and no answer, so it stays
possible. The number shared is uniform beforehand. Matchings are drawn by a Metropolis chain that adds, removes and
moves pairs; the interval is that of the sizes drawn. Record linkage as a bipartite matching: Sadinle (2017) JASA 112:
600-612. The chance of a pair is not how often it was drawn, which is 0 for the many pairs that are unlikely but that
add up, but the mean of its chance given the rest of each draw (Rao-Blackwell:
Gelfand and Smith 1990, JASA 85: 398-409).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from pardus.model.capture import Floats

DRAWS = 40_000
BURN_IN = 8_000
MOST_LOG = 12.0
"""Scores never count for more than this: no machine is surer."""
SEX_WRONG = 0.03
"""How often a catalogue has an animal's sex wrong: the letter in an id gets corrected."""
LOOK_EVERY = 20
"""Draws from one working out of every pair's chance to the next; more where there are many pairs."""
MOST_LOOKED_AT = 20_000_000


@dataclass(frozen=True, slots=True)
class Sides:
    """One catalogue's animals and the flanks each is known from, ("left", "right") each as (animal,) bool."""

    ids: tuple[str, ...]
    left: np.ndarray
    right: np.ndarray


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """How often an answer is wrong. split: a same pair called different. merge: a different pair called same."""

    split: float = 0.001
    merge: float = 0.001


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What is known of all pairs of two catalogues.

    log_score: (one, other) log likelihood ratio of the match scores, 0 where nothing was compared. answers: pair of
    indices -> outcomes ("same", "different", "cannot-tell"). comparable: (one, other) whether a flank connects them.
    log_other: (one, other) log likelihood ratio of what is known besides pictures (see `sex_ratio`), None if nothing.
    """

    one: Sides
    other: Sides
    log_score: Floats
    comparable: np.ndarray
    answers: Mapping[tuple[int, int], Sequence[str]] = field(default_factory=dict)
    rates: ErrorRates = ErrorRates()
    log_other: Floats | None = None

    def log_ratio(self) -> Floats:
        """Return (one, other) log likelihood ratio of all that is known."""
        out = np.where(self.comparable, np.clip(self.log_score, -MOST_LOG, MOST_LOG), 0.0)
        if self.log_other is not None:
            out += self.log_other
        same = np.log((1 - self.rates.split) / self.rates.merge)
        different = np.log(self.rates.split / (1 - self.rates.merge))
        for (i, j), outcomes in self.answers.items():
            for outcome in outcomes:
                out[i, j] += {"same": same, "different": different}.get(outcome, 0.0)
        return out


def comparable(one: Sides, other: Sides) -> np.ndarray:
    """Return (one, other) whether two animals are known from a common flank."""
    out: np.ndarray = np.outer(one.left, other.left) | np.outer(one.right, other.right)
    return out


def sex_ratio(one: Sequence[str], other: Sequence[str], wrong: float = SEX_WRONG) -> Floats:
    """Return (one, other) log likelihood ratio of the sexes: same animal against two; 0 where one is not known.

    wrong: how often a catalogue has the sex wrong. Two different animals agree as often as the catalogues' shares say.
    """
    sexes = ("female", "male")
    a, b = (
        np.array([[s == x for x in sexes] for s in side], dtype=float).reshape(-1, 2) for side in (one, other)
    )
    share = [(side.sum(axis=0) + 1.0) / (side.sum() + 2.0) for side in (a, b)]
    agree = (1 - wrong) ** 2 + wrong**2
    by_chance = float((share[0] * share[1]).sum())
    ratio = np.where(a @ b.T > 0, np.log(agree / by_chance), np.log((1 - agree) / (1 - by_chance)))
    known = np.outer(a.sum(axis=1), b.sum(axis=1)) > 0
    return np.where(known, ratio, 0.0)


@dataclass(frozen=True, slots=True)
class SharedNumber:
    """The number shared. lower, upper: interval. found: pairs said to be the same. unfindable: expected number among
    pairs that no flank connects; open: expected among comparable pairs without a "same". chance: (one, other)
    probability of each pair."""

    estimate: float
    lower: int
    upper: int
    level: float
    found: int
    unfindable: float
    open: float
    chance: Floats


def shared_number(evidence: Evidence, level: float = 0.95, seed: int = 1, draws: int = DRAWS) -> SharedNumber:
    """Return the number of shared animals with its interval; the same evidence and seed give the same numbers."""
    log_ratio = evidence.log_ratio()
    sizes, chance = _sample(log_ratio, np.random.default_rng(seed), draws)
    tail = (1 - level) / 2
    said = {p for p, o in evidence.answers.items() if "same" in o and "different" not in o}
    sure = np.zeros(chance.shape, dtype=bool)
    for pair in said:
        sure[pair] = True
    return SharedNumber(
        float(sizes.mean()),
        int(np.quantile(sizes, tail, method="inverted_cdf")),
        int(np.quantile(sizes, 1 - tail, method="inverted_cdf")),
        level,
        len(said),
        float(chance[~evidence.comparable].sum()),
        float(chance[evidence.comparable & ~sure].sum()),
        chance,
    )


def _sample(log_ratio: Floats, rng: np.random.Generator, draws: int) -> tuple[np.ndarray, Floats]:
    """Return sizes of drawn matchings, and the chance of each pair.

    A step picks a pair, by weight: hopeless ones rarely, none never. If both are free it proposes to add the pair, if
    they are together to part them, if one is taken to move it. Proposal weights are fixed, so they cancel but in moves.
    """
    n, m = log_ratio.shape
    weight = np.exp(np.clip(log_ratio, -6.0, 3.0)).reshape(-1)
    weight /= weight.sum()
    total = BURN_IN + draws
    picks = rng.choice(n * m, size=total, p=weight)
    uniforms = np.log(rng.random(total))
    mate = [-1] * n
    taken = [-1] * m
    size = 0
    sizes = np.empty(draws, dtype=np.int64)
    chance, looked, every = np.zeros((n, m)), 0, max(LOOK_EVERY, draws * n * m // MOST_LOOKED_AT)
    likelihood = np.exp(log_ratio)
    ratio = log_ratio.tolist()
    log_weight = np.log(weight).reshape(n, m).tolist()
    for i, j in _greedy(log_ratio):
        mate[i], taken[j] = j, i
        size += 1
    for t in range(total):
        i, j = divmod(int(picks[t]), m)
        b, a = mate[i], taken[j]
        if b == j:
            # the prior on the size: 1 / #{matchings of size k}; (n-k)(m-k)/(k+1) more matchings at k + 1
            if uniforms[t] < -ratio[i][j] + np.log((n - size + 1) * (m - size + 1) / size):
                mate[i] = taken[j] = -1
                size -= 1
        elif b < 0 and a < 0:
            if uniforms[t] < ratio[i][j] - np.log((n - size) * (m - size) / (size + 1)):
                mate[i], taken[j] = j, i
                size += 1
        elif a < 0 or b < 0:
            old = (i, b) if a < 0 else (a, j)
            change = ratio[i][j] - ratio[old[0]][old[1]] + log_weight[old[0]][old[1]] - log_weight[i][j]
            if uniforms[t] < change:
                mate[old[0]] = taken[old[1]] = -1
                mate[i], taken[j] = j, i
        if t >= BURN_IN:
            sizes[t - BURN_IN] = size
            if (t - BURN_IN) % every == 0:
                _look(chance, likelihood, np.array(mate), np.array(taken), size)
                looked += 1
    return sizes, chance / looked


def _look(chance: Floats, likelihood: Floats, mate: np.ndarray, taken: np.ndarray, size: int) -> None:
    """Add to `chance` that of each pair given the rest of a matching: r / (1 + r) if both are free in the rest.

    r = L(pair) times the prior's ratio of k + 1 to k pairs, (k + 1) / ((n - k)(m - k)), k the size of the rest.
    """
    n, m = (int(side) for side in likelihood.shape)

    def odds(k: int) -> float:
        return (k + 1) / ((n - k) * (m - k))

    free = np.ix_(np.flatnonzero(mate < 0), np.flatnonzero(taken < 0))
    if size < min(n, m):
        r = likelihood[free] * odds(size)
        chance[free] += r / (1 + r)
    rows = np.flatnonzero(mate >= 0)
    if size:
        r = likelihood[rows, mate[rows]] * odds(size - 1)
        chance[rows, mate[rows]] += r / (1 + r)


def _greedy(log_ratio: Floats) -> list[tuple[int, int]]:
    """Return the clear pairs, best first, each animal once: where the chain begins."""
    out, rows, columns = [], set(), set()
    for flat in np.argsort(-log_ratio, axis=None):
        i, j = divmod(int(flat), log_ratio.shape[1])
        if log_ratio[i, j] < 5:
            break
        if i not in rows and j not in columns:
            out.append((i, j))
            rows.add(i)
            columns.add(j)
    return out


def questions(
    evidence: Evidence, chance: Floats, most: int | None = None, order: Floats | None = None
) -> list[tuple[int, int]]:
    """Return comparable pairs in order of worth: the likeliest that nobody has answered, resolved animals set aside.

    An animal that was said to be one of the other catalogue's is not asked about again. order: (one, other) scores that
    only say what looks more alike; then they decide.
    """
    said = {p for p, o in evidence.answers.items() if "same" in o and "different" not in o}
    rows, columns = {i for i, _j in said}, {j for _i, j in said}
    value: Floats = chance + 1e-12 * np.exp(np.clip(evidence.log_ratio(), -20, 20))
    if order is not None:
        places = np.argsort(np.argsort(order, axis=None, kind="stable"), kind="stable")
        value = places.reshape(order.shape).astype(np.float64)
    worth = np.where(evidence.comparable, value, -1.0)
    out = []
    for flat in np.argsort(-worth, axis=None, kind="stable"):
        i, j = divmod(int(flat), worth.shape[1])
        if worth[i, j] < 0:
            break
        if i in rows or j in columns or (i, j) in evidence.answers:
            continue
        out.append((i, j))
        if most is not None and len(out) >= most:
            break
    return out
