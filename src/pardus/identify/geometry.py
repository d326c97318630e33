"""Do the votes for a picture agree on one place: the same marks in the same arrangement."""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from pardus.identify.patch_index import place_of
from pardus.identify.votes import Votes

FIRST_TOLERANCE = 0.15
"""Standard deviation of a vote's place around the common shift, in mean half axes of the trunk."""

LAST_TOLERANCE = 0.08
HYPOTHESES = 20
ROUNDS = 4
STIFFNESS = 0.1
"""Pulls the affine map towards a mere shift; in squared half axes."""


def agreeing(
    votes: Votes, pictures: NDArray[np.int64], query: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weight of the votes that one smooth map of the body explains, for some pictures of the catalogue.

    query: (query patch, 2), in half axes of the trunk. The shift is that of the heavy vote
    with most support; then an affine map is refined with Gaussian weights of falling width. Every vote counts
    by how well it fits, none is cut off. Returns (picture,) support and (vote,) share of each vote, 0..1.
    """
    share = np.zeros(len(votes.weight))
    here = np.ascontiguousarray(query[votes.patch], dtype=np.float64)
    there = np.ascontiguousarray(place_of(votes.mate), dtype=np.float64)
    support = _support(
        votes.start, pictures, here, there, votes.weight, share,
        FIRST_TOLERANCE, LAST_TOLERANCE, STIFFNESS, HYPOTHESES, ROUNDS,
    )  # fmt: skip
    return support, share


@numba.njit(cache=True, fastmath=True)
def _best_shift(here, there, weight, a, b, tolerance, hypotheses):  # type: ignore[no-untyped-def]
    order = np.argsort(-weight[a:b])
    best, shift_x, shift_y = -1.0, 0.0, 0.0
    for h in range(min(hypotheses, b - a)):
        m = a + order[h]
        x, y = there[m, 0] - here[m, 0], there[m, 1] - here[m, 1]
        total = 0.0
        for k in range(a, b):
            dx, dy = there[k, 0] - here[k, 0] - x, there[k, 1] - here[k, 1] - y
            r = (dx * dx + dy * dy) / (tolerance * tolerance)
            if r < 9:
                total += weight[k] * np.exp(-0.5 * r)
        if total > best:
            best, shift_x, shift_y = total, x, y
    return shift_x, shift_y


@numba.njit(cache=True, fastmath=True)
def _support(start, pictures, here, there, weight, share, first, last, stiffness, hypotheses, rounds):  # type: ignore[no-untyped-def]
    out = np.zeros(len(pictures))
    for c in range(len(pictures)):
        a, b = start[pictures[c]], start[pictures[c] + 1]
        if b - a < 3:
            continue
        x0, y0 = _best_shift(here, there, weight, a, b, first, hypotheses)
        m = np.eye(2)
        tolerance = first
        for turn in range(rounds + 1):
            w, sx, sy, tx, ty = 0.0, 0.0, 0.0, 0.0, 0.0
            for k in range(a, b):
                x, y = here[k, 0], here[k, 1]
                dx = there[k, 0] - (m[0, 0] * x + m[0, 1] * y + x0)
                dy = there[k, 1] - (m[1, 0] * x + m[1, 1] * y + y0)
                r = (dx * dx + dy * dy) / (tolerance * tolerance)
                share[k] = np.exp(-0.5 * r) if r < 9 else 0.0
                e = weight[k] * share[k]
                w += e
                sx += e * x
                sy += e * y
                tx += e * there[k, 0]
                ty += e * there[k, 1]
            if turn == rounds or w <= 0:
                out[c] = w
                break
            sx, sy, tx, ty = sx / w, sy / w, tx / w, ty / w
            xx, xy, yy = stiffness * w, 0.0, stiffness * w
            ux, uy, vx, vy = stiffness * w, 0.0, 0.0, stiffness * w
            for k in range(a, b):
                e = weight[k] * share[k]
                x, y, u, v = here[k, 0] - sx, here[k, 1] - sy, there[k, 0] - tx, there[k, 1] - ty
                xx += e * x * x
                xy += e * x * y
                yy += e * y * y
                ux += e * u * x
                uy += e * u * y
                vx += e * v * x
                vy += e * v * y
            d = xx * yy - xy * xy
            m[0, 0], m[0, 1] = (ux * yy - uy * xy) / d, (uy * xx - ux * xy) / d
            m[1, 0], m[1, 1] = (vx * yy - vy * xy) / d, (vy * xx - vx * xy) / d
            x0, y0 = tx - m[0, 0] * sx - m[0, 1] * sy, ty - m[1, 0] * sx - m[1, 1] * sy
            tolerance = max(last, 0.7 * tolerance)
    return out
