"""Triangles to pixels: perspective, hidden surfaces, texture and light, for one animal at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from pardus.sim.coats import BOTTOM, LEFT, TEXEL

F64 = NDArray[np.float64]
F32 = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class View:
    """A camera over level ground: at (0, 0, height), looking along +y, x to the right, z up.

    width, height_px: pixels. focal: pixels. horizon: row of the horizon.
    """

    width: int
    height_px: int
    focal: float
    horizon: float
    height: float = 0.5

    def project(self, points: F64) -> F64:
        """Return (column, row, depth) of points (n, 3) in metres."""
        depth = np.maximum(points[:, 1], 0.05)
        column = self.width / 2 + self.focal * points[:, 0] / depth
        row = self.horizon + self.focal * (self.height - points[:, 2]) / depth
        return np.stack((column, row, depth), axis=1)


def draw(
    shape: tuple[int, int],
    screen: F64,
    triangles: NDArray[np.int32],
    attributes: F64,
) -> tuple[F32, F32]:
    """Return depth (row, column), inf where nothing is, and attributes (row, column, k) of the nearest surface.

    screen: (vertex, 3) column, row, depth. attributes: (vertex, k), interpolated in perspective.
    """
    depth = np.full(shape, np.inf, np.float32)
    out = np.zeros((*shape, attributes.shape[1]), np.float32)
    _draw(screen, triangles, attributes, depth, out)
    return depth, out


@numba.njit(cache=True, fastmath=True)
def _draw(screen: F64, triangles: NDArray[np.int32], attributes: F64, depth: F32, out: F32) -> None:
    rows, columns = depth.shape
    k = attributes.shape[1]
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ax, ay, bx, by, cx, cy = (
            screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1],
        )  # fmt: skip
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        low_x, high_x = (
            max(0, int(np.ceil(min(ax, bx, cx)))),
            min(columns - 1, int(np.floor(max(ax, bx, cx)))),
        )
        low_y, high_y = max(0, int(np.ceil(min(ay, by, cy)))), min(rows - 1, int(np.floor(max(ay, by, cy))))
        ia, ib, ic = 1 / screen[a, 2], 1 / screen[b, 2], 1 / screen[c, 2]
        for y in range(low_y, high_y + 1):
            for x in range(low_x, high_x + 1):
                wa = ((bx - x) * (cy - y) - (by - y) * (cx - x)) / area
                wb = ((cx - x) * (ay - y) - (cy - y) * (ax - x)) / area
                wc = 1 - wa - wb
                if wa < 0 or wb < 0 or wc < 0:
                    continue
                inverse = wa * ia + wb * ib + wc * ic
                z = 1 / inverse
                if z >= depth[y, x]:
                    continue
                depth[y, x] = z
                pa, pb, pc = wa * ia * z, wb * ib * z, wc * ic * z
                for m in range(k):
                    out[y, x, m] = pa * attributes[a, m] + pb * attributes[b, m] + pc * attributes[c, m]


@numba.njit(cache=True, fastmath=True)
def texture(
    left: NDArray[np.uint8], right: NDArray[np.uint8], depth: F32, surface: F32, first: int, out: F32
) -> None:
    """Write albedo (row, column, 3), 0 to 1, of each drawn pixel into `out`.

    surface: (row, column, k); from `first` on: x and z on the flattened flank, and y at rest (its side).
    Near the spine and the belly's middle the two flanks are blended over a centimetre or two.
    """
    rows, columns = depth.shape
    height, width = left.shape[0], left.shape[1]
    for i in range(rows):
        for j in range(columns):
            if depth[i, j] == np.inf:
                continue
            u = min(max((surface[i, j, first] - LEFT) / TEXEL - 0.5, 0.0), width - 1.001)
            v = min(max((surface[i, j, first + 1] - BOTTOM) / TEXEL - 0.5, 0.0), height - 1.001)
            side = min(max(0.5 + surface[i, j, first + 2] / 0.02, 0.0), 1.0)
            iu, iv = int(u), int(v)
            fu, fv = u - iu, v - iv
            for c in range(3):
                on_left = (1 - fv) * ((1 - fu) * left[iv, iu, c] + fu * left[iv, iu + 1, c]) + fv * (
                    (1 - fu) * left[iv + 1, iu, c] + fu * left[iv + 1, iu + 1, c]
                )
                on_right = (1 - fv) * ((1 - fu) * right[iv, iu, c] + fu * right[iv, iu + 1, c]) + fv * (
                    (1 - fu) * right[iv + 1, iu, c] + fu * right[iv + 1, iu + 1, c]
                )
                out[i, j, c] = (side * on_left + (1 - side) * on_right) / 255.0
