"""Hazard tables: the cumulative hazard of naive animals at each cell, one table per distinct exposure.

Animal types and classes whose detectors, efforts and parameter sets are the same share a table.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.scr.compiled.strips import Floats, Ints, Runs, Strips, own_floats, own_ints, runs
from pardus.scr.problem import SessionProblem


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """What one table sums over: x, y (site,) metres, effort (site,) > 0, set (site,) parameter set."""

    x: Floats
    y: Floats
    effort: Floats
    set: Ints

    @property
    def one_set(self) -> bool:
        """Whether all sites share one parameter set."""
        return len(self.set) > 0 and bool((self.set == self.set[0]).all())


@dataclass(frozen=True, slots=True, eq=False)
class Reach:
    """The runs of cells within reach of the sites of a table.

    runs: of each site. radius: (site,) metres. work: (strip + 1,) site-cell pairs in all strips before each.
    """

    runs: Runs
    radius: Floats
    work: Ints


def tables(problem: SessionProblem) -> tuple[list[Sites], Ints]:
    """Return the distinct tables, and which table (type, class) each has."""
    exposure = problem.exposure
    found: dict[bytes, int] = {}
    sites: list[Sites] = []
    index = np.empty(problem.n_types * problem.n_classes, dtype=np.int64)
    for row in range(len(index)):
        part = slice(exposure.indptr[row], exposure.indptr[row + 1])
        order = np.argsort(exposure.indices[part], kind="stable")
        kernels = exposure.indices[part][order].astype(np.int64)
        effort = exposure.data[part][order].astype(np.float64)
        kernels, effort = kernels[effort > 0], effort[effort > 0]
        key = kernels.tobytes() + effort.tobytes()
        if key not in found:
            found[key] = len(sites)
            x, y = problem.detector_xy[problem.kernel_detector[kernels]].T
            set_of = problem.kernel_set[kernels]
            sites.append(Sites(own_floats(x), own_floats(y), own_floats(effort), own_ints(set_of)))
        index[row] = found[key]
    return sites, index.reshape(problem.n_types, problem.n_classes)


def reach(mask: Strips, sites: Sites, radius: Floats) -> Reach:
    """Return the runs of cells within `radius` (site,) of each site."""
    cover = runs(mask, sites.x, sites.y, radius)
    per_strip = np.bincount(cover.strip, cover.high - cover.low, minlength=len(mask.start) - 1)
    return Reach(cover, radius, np.concatenate(([0], np.cumsum(per_strip))).astype(np.int64))
