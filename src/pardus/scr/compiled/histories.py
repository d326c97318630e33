"""Each animal's history as the items that the second pass adds up (see `animals`)."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from scipy import sparse

from pardus.scr.compiled.animals import Items
from pardus.scr.compiled.strips import Floats, Ints, own_floats, own_ints
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
    at = np.concatenate(kernels)
    xy = problem.detector_xy[problem.kernel_detector[at]]
    loose = _Loose(
        np.concatenate(rows),
        problem.kernel_set[at].astype(np.int64),
        xy[:, 0],
        xy[:, 1],
        np.concatenate(counts),
        np.concatenate(offsets),
        np.concatenate(exposures),
        np.zeros(len(at)),
    )
    loose = loose.take(np.lexsort((loose.exposure != 0, loose.set, loose.row)))
    if gather and problem.kind == "poisson" and len(loose.row):
        loose = _gathered(loose)
    n_rows = problem.n_animals * problem.n_classes
    start = np.searchsorted(loose.row, np.arange(n_rows + 1)).astype(np.int64)
    return Items(
        start,
        own_floats(loose.x),
        own_floats(loose.y),
        own_ints(loose.set),
        own_floats(loose.records),
        own_floats(loose.offset),
        own_floats(loose.exposure),
        own_floats(loose.spread),
    )


def most_sets(found: Items) -> int:
    """Return the largest number of parameter sets among the items of one animal and class, at least 1."""
    if not len(found.set):
        return 1
    row = np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))
    new = np.ones(len(row), dtype=bool)
    new[1:] = (row[1:] != row[:-1]) | (found.set[1:] != found.set[:-1])
    return int(np.bincount(row[new]).max())


def _entries(matrix: sparse.csr_array) -> tuple[Ints, Ints, Floats]:
    """Return (row, column, value) of the non-zero entries of a sparse matrix."""
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    keep = matrix.data != 0
    column = matrix.indices.astype(np.int64)
    return row[keep], column[keep], matrix.data[keep].astype(np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Loose:
    """Items before they are put in order; row: animal * class."""

    row: Ints
    set: Ints
    x: Floats
    y: Floats
    records: Floats
    offset: Floats
    exposure: Floats
    spread: Floats

    def take(self, index: Ints) -> _Loose:
        return _Loose(**{f.name: getattr(self, f.name)[index] for f in fields(self)})


def _gathered(loose: _Loose) -> _Loose:
    """Draw items with counts that follow each other in one row and set into one at their centroid."""
    alone = loose.exposure != 0
    new = np.ones(len(loose.row), dtype=bool)
    new[1:] = (loose.row[1:] != loose.row[:-1]) | (loose.set[1:] != loose.set[:-1]) | alone[1:] | alone[:-1]
    group = np.cumsum(new) - 1
    weight = np.where(alone, 1.0, loose.records)
    total = np.bincount(group, weight)
    x = np.bincount(group, weight * loose.x) / total
    y = np.bincount(group, weight * loose.y) / total
    apart = (loose.x - x[group]) ** 2 + (loose.y - y[group]) ** 2
    first = loose.take(np.flatnonzero(new))
    records = np.bincount(group, loose.records).astype(np.float64)
    spread = np.bincount(group, np.where(alone, 0.0, loose.records * apart)).astype(np.float64)
    return replace(first, x=x, y=y, records=records, spread=spread)
