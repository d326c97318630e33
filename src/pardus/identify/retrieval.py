"""How well a matrix of picture scores finds the right animal: ranks, average precision, pairs, intervals.

Scores are (picture, picture), larger is more alike; only comparable pairs count (see `comparable`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pardus.model.observation import SIDES

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Labels:
    """Who is on each picture. All (picture,): individual, event and flank as text."""

    individual: tuple[str, ...]
    event: tuple[str, ...]
    flank: tuple[str, ...]


def comparable(labels: Labels) -> Bools:
    """Which pictures may be compared: (picture, picture) bool.

    Never two pictures of one event. Left only with left, right with right; a flank that is neither is
    compared with all, because nobody has said what it is.
    """
    event = np.array(labels.event)
    flank = np.array([SIDES.index(f) if f in SIDES else -1 for f in labels.flank])
    same_side = (flank[:, None] == flank[None]) | (flank[:, None] < 0) | (flank[None] < 0)
    allowed: Bools = same_side & (event[:, None] != event[None])
    return allowed


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One row per query (an event, or a picture) whose animal has another event in the gallery.

    rank: (query,) place of the right name among all names, 1 is first; ties share the middle place.
    average_precision: (query,) over the gallery's events, relevant are those of the same animal.
    individual: (query,) for intervals that resample animals. names: size of the gallery.
    """

    rank: Floats
    average_precision: Floats
    individual: tuple[str, ...]
    names: int

    def top(self, k: int) -> float:
        """Share of queries whose right name is among the first k."""
        return float(np.mean(self.rank < k + 0.75))


def flank_sums(rows: Ints, groups: Ints, flank: NDArray[np.str_], scores: Floats) -> Floats:
    """Best score of each group of pictures for each flank of the query, summed over the query's flanks.

    rows: pictures of the query. groups: (picture,) group number. scores: -inf where not comparable.
    Returns (group,); a flank without a partner adds nothing.
    """
    total = np.zeros(groups.max() + 1)
    for side in np.unique(flank[rows]):
        best = np.full(len(total), -np.inf)
        np.maximum.at(best, groups, scores[rows[flank[rows] == side]].max(axis=0))
        total += np.where(np.isfinite(best), best, 0.0)
    return total


def retrieve(labels: Labels, scores: Floats, unit: str = "event") -> Retrieval:
    """Rank names for each query. unit: "event" (all its pictures, flanks summed) or "picture"."""
    masked = np.where(comparable(labels), scores, -np.inf)
    flank = np.array(labels.flank)
    names, name_of = np.unique(np.array(labels.individual), return_inverse=True)
    events, event_of = np.unique(np.array(labels.event), return_inverse=True)
    name_of_event = np.zeros(len(events), np.intp)
    name_of_event[event_of] = name_of
    ranks, precisions, who = [], [], []
    for e, own in enumerate(name_of_event):
        relevant = name_of_event == own
        relevant[e] = False
        pictures = np.flatnonzero(event_of == e)
        queries = [pictures] if unit == "event" else [pictures[i : i + 1] for i in range(len(pictures))]
        for rows in queries:
            if not np.isfinite(masked[np.ix_(rows, np.flatnonzero(name_of == own))]).any():
                continue
            by_name = flank_sums(rows, name_of, flank, masked)
            ranks.append(1 + np.sum(by_name > by_name[own]) + (np.sum(by_name == by_name[own]) - 1) / 2)
            others = np.arange(len(events)) != e
            by_event = flank_sums(rows, event_of, flank, masked)
            precisions.append(average_precision(by_event[others], relevant[others]))
            who.append(str(names[own]))
    return Retrieval(np.array(ranks), np.array(precisions), tuple(who), len(names))


def average_precision(scores: Floats, relevant: Bools) -> float:
    """Mean of the precision at the place of each relevant item."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(relevant[order])
    places = np.flatnonzero(relevant[order])
    return float(np.mean(hits[places] / (places + 1)))


@dataclass(frozen=True, slots=True)
class Pairs:
    """Event pairs that can be compared. score (pair,), same (pair,) bool, a and b (pair,) event names."""

    score: Floats
    same: Bools
    a: tuple[str, ...]
    b: tuple[str, ...]

    def auc(self) -> float:
        """Chance that a same-animal pair scores above a different-animal pair."""
        positive, negative = self.score[self.same], np.sort(self.score[~self.same])
        below = np.searchsorted(negative, positive, "left") + np.searchsorted(negative, positive, "right")
        return float(np.mean(below) / (2 * len(negative)))

    def true_positive_rate(self, false_positive_rate: float) -> float:
        """Share of same-animal pairs above the score that this share of the others exceeds."""
        limit = np.quantile(self.score[~self.same], 1 - false_positive_rate, method="higher")
        return float(np.mean(self.score[self.same] > limit))


def event_pairs(labels: Labels, scores: Floats, different: Callable[[str, str], bool] | None = None) -> Pairs:
    """Score every pair of events, flanks summed, both directions averaged.

    different: says whether two names are known to be two animals (default: always, if they differ).
    """
    masked = np.where(comparable(labels), (scores + scores.T) / 2, -np.inf)
    flank = np.array(labels.flank)
    names = dict(zip(labels.event, labels.individual, strict=True))
    events, event_of = np.unique(np.array(labels.event), return_inverse=True)
    found: list[tuple[float, bool, str, str]] = []
    for i, a in enumerate(events):
        rows = np.flatnonzero(event_of == i)
        reachable = np.unique(event_of[np.isfinite(masked[rows]).any(axis=0)])
        by_event = flank_sums(rows, event_of, flank, masked)
        for j in reachable[reachable < i]:
            b = events[j]
            same = names[a] == names[b]
            if same or different is None or different(names[a], names[b]):
                found.append((float(by_event[j]), same, str(a), str(b)))
    score, same_, a_, b_ = zip(*found, strict=True) if found else ((), (), (), ())
    return Pairs(np.array(score, float), np.array(same_, bool), tuple(a_), tuple(b_))


def bootstrap(
    values: Floats, groups: Sequence[str] | None = None, repeats: int = 4000, seed: int = 1
) -> tuple[float, float]:
    """95 % percentile interval of a mean; with groups, whole groups (animals) are drawn.

    For a paired comparison give the differences query by query.
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        draws = values[rng.integers(0, len(values), (repeats, len(values)))].mean(axis=1)
    else:
        _, index = np.unique(np.array(groups), return_inverse=True)
        sums, counts = np.bincount(index, weights=values), np.bincount(index)
        pick = rng.integers(0, len(sums), (repeats, len(sums)))
        draws = sums[pick].sum(axis=1) / counts[pick].sum(axis=1)
    low, high = np.quantile(draws, [0.025, 0.975])
    return float(low), float(high)


def chance(labels: Labels, unit: str = "event", repeats: int = 20, seed: int = 1) -> float:
    """Top-1 of random scores on the same queries: what knowing nothing gives."""
    rng = np.random.default_rng(seed)
    n = len(labels.individual)
    return float(np.mean([retrieve(labels, rng.random((n, n)), unit).top(1) for _ in range(repeats)]))
