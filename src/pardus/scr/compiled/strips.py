"""The mask in strips: cells sorted by row and then by x, so that a disc of cells is a few unbroken runs.

Any mask will do (clipped, irregular, with holes): a strip is a band of y one cell high, not a full row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pardus.scr.compiled.jit import kernel

SAME = 1e-6
"""Metres within which coordinates are the same."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def own_floats(values: NDArray[Any]) -> Floats:
    """Return an array as kernels want it, so that each kernel has one signature: float64, in order, writable."""
    return np.require(values, np.float64, ("C", "W"))


def own_ints(values: NDArray[Any]) -> Ints:
    """Return an array of int64, in order, writable."""
    return np.require(values, np.int64, ("C", "W"))


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """A mask sorted into strips.

    order: (cell,) the caller's index of each sorted cell. x, y: (cell,) sorted coordinates, metres.
    start: (strip + 1,) first cell of each strip. low: y of the lower edge of strip 0. height: metres.
    end: (cell,) where the run of neighbours that a cell is in ends; runs never go beyond it.
    column: (cell,) column of each cell, columns: their x, if the mask is part of a grid, else both empty.
    """

    order: Ints
    x: Floats
    y: Floats
    start: Ints
    low: float
    height: float
    end: Ints
    column: Ints
    columns: Floats


def strips(xy: Floats, cell_area: float) -> Strips:
    """Sort a mask into strips as high as a cell. xy: (cell, 2) metres; cell_area: hectares."""
    height = float(np.sqrt(cell_area * 1e4))
    low = float(xy[:, 1].min()) - 0.5 * height
    row = np.floor((xy[:, 1] - low) / height).astype(np.int64)
    if row.max() > 4 * len(xy) + 1000:  # far-flung patches: a strip may then be higher than a cell
        height *= row.max() / (4 * len(xy) + 1000)
        row = np.floor((xy[:, 1] - low) / height).astype(np.int64)
    order = np.lexsort((xy[:, 0], row))
    start = np.searchsorted(row[order], np.arange(row.max() + 2)).astype(np.int64)
    x, y = own_floats(xy[order, 0]), own_floats(xy[order, 1])
    column, columns = _columns(x, y, start)
    last = np.ones(len(x), dtype=bool)  # whether a cell ends its run
    if len(column):
        last[:-1] = np.diff(column) != 1
    else:
        last[:] = False
    last[start[1:][start[1:] > 0] - 1] = True
    ends = np.flatnonzero(last) + 1
    end = own_ints(ends[np.searchsorted(ends, np.arange(len(x)), side="right")])
    return Strips(order, x, y, start, low, height, end, column, columns)


def _columns(x: Floats, y: Floats, start: Ints) -> tuple[Ints, Floats]:
    """Return the column of each cell and the columns' x, or nothing if the cells are not on a grid.

    On a grid each strip has one y, and there are far fewer columns than cells; gaps do not matter.
    """
    nothing = np.empty(0, dtype=np.int64), np.empty(0)
    first = start[:-1][np.diff(start) > 0]
    row_y = np.repeat(y[first], np.diff(np.append(first, len(y))))
    if np.abs(y - row_y).max() > SAME:
        return nothing
    distinct = np.unique(x)
    columns = distinct[np.concatenate(([True], np.diff(distinct) > SAME))]
    column = np.searchsorted(columns, x - SAME)
    if len(columns) > 20 * np.sqrt(len(x)) or np.abs(columns[column] - x).max() > SAME:
        return nothing
    return own_ints(column), own_floats(columns)


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """For each of several centres the runs of cells that cover a disc about it, and never fewer cells.

    start: (centre + 1,) first run of each centre. low, high: (run,) sorted cells low..high-1.
    strip: (run,) the strip that a run lies in. cells: (centre,) cells covered.
    """

    start: Ints
    low: Ints
    high: Ints
    strip: Ints
    cells: Ints


def runs(mask: Strips, x: Floats, y: Floats, radius: Floats) -> Runs:
    """Return the runs of cells within `radius` of each centre (metres; infinite = the whole mask)."""
    start = np.zeros(len(x) + 1, dtype=np.int64)
    cells = np.zeros(len(x), dtype=np.int64)
    nothing = np.empty(0, dtype=np.int64)
    _cover(
        mask.x,
        mask.end,
        mask.start,
        mask.low,
        mask.height,
        x,
        y,
        radius,
        start,
        cells,
        nothing,
        nothing,
        nothing,
    )
    np.cumsum(start, out=start)
    low, high, strip = (np.empty(start[-1], dtype=np.int64) for _ in range(3))
    _cover(mask.x, mask.end, mask.start, mask.low, mask.height, x, y, radius, start, cells, low, high, strip)
    return Runs(start, low, high, strip, cells)


@kernel
def _cover(
    mask_x: Floats,
    end: Ints,
    strip_start: Ints,
    floor: float,
    height: float,
    x: Floats,
    y: Floats,
    radius: Floats,
    start: Ints,
    cells: Ints,
    low: Ints,
    high: Ints,
    strip: Ints,
) -> None:
    """Count the runs of each centre into start[centre + 1] or, once there is room for them, write them."""
    n_strips = strip_start.size - 1
    writing = low.size > 0
    for c in range(x.size):
        r = radius[c]
        first = max(0, int(np.floor(max((y[c] - r - floor) / height, 0.0))))
        last = min(n_strips - 1, int(np.floor(min((y[c] + r - floor) / height, n_strips - 1.0))))
        found = 0
        covered = 0
        for s in range(first, last + 1):
            bottom = floor + s * height
            dy = max(0.0, max(bottom - y[c], y[c] - bottom - height))
            if dy > r:
                continue
            half = np.sqrt(r * r - dy * dy) if np.isfinite(r) else np.inf
            a = strip_start[s]
            b = strip_start[s + 1]
            lo = a + np.searchsorted(mask_x[a:b], x[c] - half)
            hi = a + np.searchsorted(mask_x[a:b], x[c] + half, side="right")
            while lo < hi:
                stop = min(hi, end[lo])
                if writing:
                    low[start[c] + found] = lo
                    high[start[c] + found] = stop
                    strip[start[c] + found] = s
                found += 1
                covered += stop - lo
                lo = stop
        if not writing:
            start[c + 1] = found
        cells[c] = covered
