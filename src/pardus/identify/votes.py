"""Patch by patch, who in the catalogue looks alike more than anybody else does: local naive Bayes voting.

After McCann and Lowe 2012 (LNBNN) and Crall et al. 2013 (HotSpotter), with two changes: a picture of the
catalogue counts once for each patch of the query, and the distance beyond which a likeness says nothing is
that of the (RIVALS + 1)th picture.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np
from numpy.typing import NDArray

from pardus.identify.patch_index import picture_of

RIVALS = 8


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One row per vote, sorted by picture. patch: of the query. mate: mark of a patch in the index. weight > 0.

    picture: of the catalogue, by number. start: (picture + 1,) where the votes for each begin.
    """

    patch: NDArray[np.int64]
    mate: NDArray[np.int64]
    picture: NDArray[np.int64]
    weight: NDArray[np.float64]
    start: NDArray[np.int64]

    def sums(self) -> NDArray[np.float64]:
        """Summed weight for each picture: (picture,)."""
        sums: NDArray[np.float64] = np.bincount(
            self.picture, weights=self.weight, minlength=len(self.start) - 1
        ).astype(np.float64)
        return sums


def vote(
    distance: NDArray[np.float32],
    mate: NDArray[np.int64],
    allowed: NDArray[np.bool_],
    rivals: int = RIVALS,
) -> Votes:
    """Votes of a query's patches for the pictures of the catalogue.

    distance, mate: (patch, neighbour) squared distances, ascending, and marks of patches of the index (-1: none).
    allowed: (picture,) which pictures may be compared.
    """
    near, far, limit = _nearest_pictures(distance, mate.astype(np.int64), allowed, rivals)
    weight = limit[:, None] - far
    row, column = np.nonzero((near >= 0) & (weight > 0))
    found = near[row, column]
    picture = picture_of(found)
    order = np.argsort(picture, kind="stable")
    return Votes(
        row[order].astype(np.int64),
        found[order].astype(np.int64),
        picture[order].astype(np.int64),
        weight[row, column][order].astype(np.float64),
        np.searchsorted(picture[order], np.arange(len(allowed) + 1)).astype(np.int64),
    )


@numba.njit(cache=True)
def _nearest_pictures(distance, mate, allowed, rivals):  # type: ignore[no-untyped-def]
    """Nearest patch of each of the nearest pictures, and the distance at which patches stop to tell."""
    patches, neighbours = mate.shape
    near = np.full((patches, rivals), -1, np.int64)
    far = np.full((patches, rivals), np.inf, np.float32)
    limit = np.zeros(patches, np.float32)
    seen = np.full(len(allowed), -1, np.int64)
    for p in range(patches):
        found = 0
        for k in range(neighbours):
            m = mate[p, k]
            if m < 0:
                continue
            picture = m >> 32
            if not allowed[picture] or seen[picture] == p:
                continue
            seen[picture] = p
            limit[p] = distance[p, k]
            if found == rivals:
                found += 1
                break
            near[p, found] = m
            far[p, found] = distance[p, k]
            found += 1
        # Fewer pictures than rivals among the neighbours: the last neighbour is the limit.
        if found <= rivals:
            for k in range(neighbours - 1, -1, -1):
                if mate[p, k] >= 0:
                    limit[p] = max(limit[p], distance[p, k])
                    break
    return near, far, limit
