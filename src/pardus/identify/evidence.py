"""From scores of pictures to what two events say about being the same animal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pardus.identify.retrieval import Labels, comparable

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]

FEATURES = ("sum of the flanks", "against the best partners of the choosier event", "mutual rank")
PROMINENT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Every pair of events that can be compared, once. a, b: (pair,) event numbers, a > b.

    score: (pair,) flanks summed. features: (pair, feature), see FEATURES. events: names, sorted.
    """

    events: tuple[str, ...]
    a: Ints
    b: Ints
    score: Floats
    features: Floats


def gather(
    event: tuple[str, ...], flank: tuple[str, ...], scores: Floats, parts: Sequence[Floats] = ()
) -> Evidence:
    """Sum up (picture, picture) scores by pair of events: the best pair of pictures for each flank, flanks summed.

    Whoever is on the pictures is not needed. A pair that shares no flank is absent: it cannot be compared.
    parts: the kinds of evidence that `scores` combines, each (picture, picture); how high two events stand on
    each other's lists by each of them is a feature (all of `scores` if none is given).
    """
    names, event_of = np.unique(np.array(event), return_inverse=True)
    n = len(names)
    total, known = _by_event(event, flank, event_of, n, scores)
    a, b = np.nonzero(np.tril(known, -1))
    ranked = np.sort(total, axis=1)[:, ::-1]
    prominent = np.maximum(ranked[:, : min(PROMINENT, n)].mean(axis=1), 1e-9)
    unit = max(float(np.median(total[a, b])), 1e-9) if len(a) else 1.0
    places = [_places(_by_event(event, flank, event_of, n, part)[0]) for part in parts] or [_places(total)]
    features = np.column_stack(
        [
            np.log1p(total[a, b] / unit),
            np.log1p(total[a, b] / np.maximum(prominent[a], prominent[b])),
            -np.mean([np.log(place[a, b]) + np.log(place[b, a]) for place in places], axis=0) / 2,
        ]
    )
    return Evidence(tuple(str(v) for v in names), a, b, total[a, b], features)


def _places(total: Floats) -> Floats:
    """Place of each event on each other's list, 1 is first: (event, event)."""
    places: Floats = (-total).argsort(axis=1, kind="stable").argsort(axis=1).astype(float) + 1
    return places


def _by_event(
    event: tuple[str, ...], flank: tuple[str, ...], event_of: Ints, n: int, scores: Floats
) -> tuple[Floats, NDArray[np.bool_]]:
    """(event, event) sums over flanks of the best pair of pictures, and whether any pair can be compared."""
    allowed = comparable(Labels(("",) * len(event), event, flank))
    both = (scores + scores.T) / 2
    sides = np.unique(np.array(flank))
    best = np.full((len(sides), n, n), -np.inf)
    for s, side in enumerate(sides):
        rows = np.flatnonzero(np.array(flank) == side)
        masked = np.where(allowed[rows], both[rows], -np.inf)
        r, c = np.nonzero(np.isfinite(masked))
        np.maximum.at(best[s], (event_of[rows[r]], event_of[c]), masked[r, c])
    best = np.maximum(best, best.transpose(0, 2, 1))
    known = np.isfinite(best)
    return np.where(known, best, 0.0).sum(axis=0), known.any(axis=0)
