"""Each animal's history as the items that the second pass adds up (see `animals`)."""

from __future__ import annotations

import numpy as np

from pardus.scr.compiled.animals import Items
from pardus.scr.compiled.strips import Floats, Ints
from pardus.scr.problem import SessionProblem


def items(problem: SessionProblem, gather: bool) -> Items:
    """Return the items of a problem.

    gather: draw Poisson counts of one animal and parameter set into one item at their centroid, which is exact
    for half-normal hazards: sum y_k d_k^2 = n |s - centroid|^2 + spread.
    """
    event_row, event, count = _entries(problem.events)
    kernel = problem.event_kernel[event].astype(np.int64)
    dose = problem.event_dose[event] if problem.kind == "bernoulli" else np.ones(len(event))
    rows, kernels = [event_row], [kernel]
    counts, offsets, exposures = [count], [np.log(dose)], [np.zeros(len(event))]
    if problem.correction is not None:
        row, corrected, weight = _entries(problem.correction)
        rows.append(row // len(problem.repeats))
        kernels.append(corrected)
        counts.append(np.zeros(len(row)))
        offsets.append(np.zeros(len(row)))
        exposures.append(weight)
    row, kernel = np.concatenate(rows), np.concatenate(kernels)
    count, offset, exposure = np.concatenate(counts), np.concatenate(offsets), np.concatenate(exposures)
    x, y = problem.detector_xy[problem.kernel_detector[kernel]].T
    spread = np.zeros(len(row))
    set_of = problem.kernel_set[kernel].astype(np.int64)
    order = np.lexsort((exposure != 0, set_of, row))
    columns = [a[order] for a in (row, x, y, set_of, count, offset, exposure, spread)]
    if gather and problem.kind == "poisson":
        columns = _gathered(columns)
    row, x, y, set_of, count, offset, exposure, spread = columns
    n_rows = problem.n_animals * problem.n_classes
    start = np.searchsorted(row, np.arange(n_rows + 1)).astype(np.int64)
    return Items(start, *(np.ascontiguousarray(a) for a in (x, y, set_of, count, offset, exposure, spread)))


def most_sets(found: Items) -> int:
    """Return the largest number of parameter sets among the items of one animal and class, at least 1."""
    if not len(found.set):
        return 1
    row = np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (found.set[1:] != found.set[:-1])
    return int(np.bincount(row[new]).max())


def _entries(matrix: object) -> tuple[Ints, Ints, Floats]:
    """Return (row, column, value) of the non-zero entries of a sparse matrix."""
    table = matrix.tocoo()  # type: ignore[attr-defined]
    keep = table.data != 0
    row, column = (a[keep].astype(np.int64) for a in table.coords)
    return row, column, table.data[keep].astype(np.float64)


def _gathered(columns: list[Floats]) -> list[Floats]:
    """Draw items with counts that follow each other in one row and set into one."""
    row, x, y, set_of, count, offset, exposure, spread = columns
    if not len(row):
        return columns
    alone = exposure != 0
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (set_of[1:] != set_of[:-1]) | alone[1:] | alone[:-1]
    group = np.cumsum(new) - 1
    n = np.bincount(group, count)
    weight = np.where(alone, 1.0, count)
    total = np.bincount(group, weight)
    cx = np.bincount(group, weight * x) / total
    cy = np.bincount(group, weight * y) / total
    apart = (x - cx[group]) ** 2 + (y - cy[group]) ** 2
    spread = np.bincount(group, np.where(alone, 0.0, count * apart))
    first = np.flatnonzero(new)
    return [row[first], cx, cy, set_of[first], n, offset[first], exposure[first], spread]
