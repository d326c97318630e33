"""From short rows of scores to what pairs of events say about being one animal: as `evidence.gather`, but sparse.

Only pairs of which one event is among the likest of the other are made; with rows that hold every picture it gives what
`gather` gives.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pardus.identify.evidence import PROMINENT
from pardus.identify.matcher import WEIGHTS
from pardus.identify.rows import Rows
from pardus.model.coat import KINDS

Floats = NDArray[np.float64]

KEPT_PARTNERS = 25
"""Events kept on the list of each event."""


@dataclass(frozen=True, slots=True, eq=False)
class PairFeatures:
    """events: ids. a, b: (pair,) places in it, a < b. score: (pair,). features: (pair, 3), see `evidence.FEATURES`."""

    events: tuple[str, ...]
    a: NDArray[np.int32]
    b: NDArray[np.int32]
    score: Floats
    features: Floats


def pair_features(rows: Rows, event: Mapping[str, str], flank: Mapping[str, str]) -> PairFeatures:
    """Sum up rows by pairs of events: the best pair of pictures for each flank, flanks summed, directions averaged.

    event, flank: picture -> event, flank; pictures that are not in them are left out. Where only one of two pictures
    was compared with the other (the newer with the older), that direction counts alone.
    """
    names = tuple(sorted(set(event.values())))
    number = {e: n for n, e in enumerate(names)}
    columns = [(number.get(event.get(p, ""), -1), _side(flank.get(p, ""))) for p in rows.pictures]
    weight = np.array([WEIGHTS[k] for k in KINDS])
    directed: dict[tuple[int, int], list[float]] = {}
    place = {p: n for n, p in enumerate(rows.pictures)}
    for picture, row in rows.rows.items():
        if picture not in event:
            continue
        mine = place.get(picture)
        for n, other in enumerate(row.others.tolist()):
            if columns[other][0] >= 0 and mine is not None:
                directed[mine, other] = [*row.parts[:, n].tolist()]
    best: dict[tuple[int, int], dict[int, list[float]]] = defaultdict(dict)
    for (p, q), parts in directed.items():
        back = directed.get((q, p))
        known = rows.pictures[q] in rows.rows
        if back is not None and q < p:
            continue
        # the other direction was looked at and nothing was found: that is a zero
        one = np.array(parts)
        both = (
            (one + np.array(back)) / 2 if back is not None else one / 2 if known and _saw(rows, q, p) else one
        )
        (i, s), (j, t) = columns[p], columns[q]
        if i == j or i < 0:
            continue
        total = float(weight @ both)
        key = (min(i, j), max(i, j))
        for side in {s, t}:
            held = best[key].get(side)
            if held is None or total > held[0]:
                best[key][side] = [total, *both.tolist()]
    return _features(names, best)


def _saw(rows: Rows, q: int, p: int) -> bool:
    """Whether the picture q was scored when p was in the catalogue already: a later row has larger numbers."""
    row = rows.rows[rows.pictures[q]]
    return bool(len(row.others)) and int(row.others.max()) >= p


def _side(flank: str) -> int:
    return {"left": 0, "right": 1}.get(flank, 2)


def _features(
    names: Sequence[str], best: Mapping[tuple[int, int], Mapping[int, Sequence[float]]]
) -> PairFeatures:
    n = len(names)
    keys = sorted(best)
    a = np.array([k[0] for k in keys], np.int32)
    b = np.array([k[1] for k in keys], np.int32)
    if not keys:
        return PairFeatures(tuple(names), a, b, np.zeros(0), np.zeros((0, 3)))
    sums = np.array([np.sum(list(best[k].values()), axis=0) for k in keys], float)
    total, parts = sums[:, 0], sums[:, 1:]
    lists: list[list[int]] = [[] for _ in range(n)]
    for k, (i, j) in enumerate(keys):
        lists[i].append(k)
        lists[j].append(k)
    prominent = np.full(n, 1e-9)
    wanted = np.zeros(len(keys), bool)
    log_place = np.zeros(len(keys))
    for event, own in enumerate(lists):
        if not own:
            continue
        order = np.array(own)[np.argsort(-total[own], kind="stable")]
        prominent[event] = max(float(total[order[:PROMINENT]].sum()) / min(PROMINENT, n), 1e-9)
        wanted[order[:KEPT_PARTNERS]] = True
        for kind in range(parts.shape[1]):
            by_kind = np.array(own)[np.argsort(-parts[own, kind], kind="stable")]
            log_place[by_kind] += np.log(np.arange(1, len(by_kind) + 1))
    unit = max(float(np.median(total)), 1e-9)
    features = np.column_stack(
        [
            np.log1p(total / unit),
            np.log1p(total / np.maximum(prominent[a], prominent[b])),
            -log_place / (2 * parts.shape[1]),
        ]
    )
    return PairFeatures(tuple(names), a[wanted], b[wanted], total[wanted], features[wanted])
