"""Everything about a problem that stays the same from one evaluation to the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from pardus.scr.compiled.animals import Items
from pardus.scr.compiled.curves import CODES
from pardus.scr.compiled.histories import items, most_sets
from pardus.scr.compiled.pruning import (
    CUT,
    Bools,
    fall,
    hazards,
    out_of_reach,
    selected,
    site_radius,
    within_reach,
)
from pardus.scr.compiled.strips import Floats, Ints, Runs, Strips, runs, strips
from pardus.scr.compiled.tables import Reach, Sites, reach, tables
from pardus.scr.problem import Parameters, SessionProblem


@dataclass(frozen=True, slots=True, eq=False)
class Geometry:
    """What depends on cameras and mask only, so that many histories of one design share it.

    mask, sites, table: see `strips` and `tables`. code: of the detection function. tree: of the mask's cells.
    """

    mask: Strips
    sites: list[Sites]
    table: Ints
    code: int
    tree: cKDTree


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A problem with its windows, fixed so that the likelihood is smooth in the parameters.

    reach: for each table. all_items: see `histories`; kept: which of them are within reach of their
    animal's window; items: those.
    groups: most parameter sets of one animal. nearest, radius, windows: (animal,), see `pruning`.
    threads: how many to use where it pays.
    """

    problem: SessionProblem
    geometry: Geometry
    reach: list[Reach]
    all_items: Items
    kept: Bools
    items: Items
    groups: int
    nearest: Ints
    radius: Floats
    windows: Runs
    threads: int


def geometry(problem: SessionProblem) -> Geometry:
    """Sort a problem's cameras and mask."""
    mask = strips(problem.mask_xy, problem.cell_area)
    return Geometry(mask, *tables(problem), CODES[problem.detectfn], cKDTree(problem.mask_xy))


def reaches(
    problem: SessionProblem, place: Geometry, parameters: Parameters, cut: float = CUT
) -> list[Reach]:
    """Return the cells within reach of each site, for each table."""
    return [
        reach(place.mask, one, site_radius(problem.detectfn, one, parameters, cut)) for one in place.sites
    ]


def layout(
    problem: SessionProblem,
    parameters: Parameters,
    place: Geometry | None = None,
    near: list[Reach] | None = None,
    before: Layout | None = None,
    cut: float = CUT,
    threads: int = 1,
) -> Layout:
    """Lay out a problem, with windows made for some parameters.

    place, near: geometry and reaches, if they are known already. before: an earlier layout of the same problem.
    cut: see `pruning`.
    """
    place = place or geometry(problem)
    near = near or reaches(problem, place, parameters, cut)
    found = before.all_items if before else items(problem, gather=problem.detectfn == "HHN")
    nearest = before.nearest if before else None
    falls = fall(problem, parameters, found, place.sites, place.table, place.tree, nearest)
    radius = falls.radius(cut)
    windows = runs(place.mask, falls.x, falls.y, radius)
    groups = before.groups if before else most_sets(found)
    kept = within_reach(falls, radius, cut)
    some = found if kept.all() else selected(found, kept)
    return Layout(problem, place, near, found, kept, some, groups, falls.nearest, radius, windows, threads)


def error_bound(lay: Layout, parameters: Parameters) -> float:
    """Return a bound on |log-likelihood - its value with nothing left out| at some parameters."""
    problem, place = lay.problem, lay.geometry
    falls = fall(problem, parameters, lay.all_items, place.sites, place.table, place.tree, lay.nearest)
    with np.errstate(over="ignore"):
        share = (problem.n_cells - lay.windows.cells) * np.exp(
            -np.where(lay.windows.cells < problem.n_cells, falls.slack(lay.radius), 700.0)
        )
    windows = -np.log1p(-np.minimum(share, 0.999999)).sum()
    short = 0.0
    for one, near in zip(place.sites, lay.reach, strict=True):
        finite = np.isfinite(near.radius)
        edge = hazards(problem.detectfn, np.where(finite, near.radius, 0.0), one.set, parameters)
        short = max(short, float((one.effort * np.exp(edge))[finite].sum()))
    region = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type]).sum()
    dropped = out_of_reach(falls, lay.radius, lay.kept)
    return float(windows + dropped + short * (problem.n_animals + region))
