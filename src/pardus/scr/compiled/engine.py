"""The compiled engine: layout of a problem once, then value, adjoints and exact Hessian at any parameters."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pardus.scr.compiled.animals import Cells, Curves, Items, Windows, animal_likelihoods
from pardus.scr.compiled.hazard import hazard_curvature, hazard_moments, hazard_scores
from pardus.scr.compiled.histories import items, most_sets
from pardus.scr.compiled.pruning import CUT, centroids, nearest_cell, site_radius
from pardus.scr.compiled.strips import Floats, Ints, Runs, Strips, runs, strips
from pardus.scr.compiled.tables import Reach, Sites, reach, tables
from pardus.scr.counting import count_term
from pardus.scr.problem import Evaluation, Parameters, SessionProblem

PAIRS_WORTH_A_THREAD = 1_000_000
"""Site-cell or item-cell pairs below which a second thread costs more than it gives."""


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """What does not change between evaluations. Windows are fixed, so that the likelihood is smooth.

    at: the parameters that the windows were made for. See `strips`, `tables`, `histories` and `pruning`.
    """

    problem: SessionProblem
    at: Parameters
    mask: Strips
    sites: list[Sites]
    table: Ints
    reach: list[Reach]
    items: Items
    groups: int
    radius: Floats
    nearest: Ints
    windows: Runs
    threads: int


def layout(problem: SessionProblem, parameters: Parameters, cut: float = CUT, threads: int = 1) -> Layout:
    """Lay out a problem, with windows for some parameters. threads: used where it pays."""
    mask = strips(problem.mask_xy, problem.cell_area)
    sites, table = tables(problem)
    return _windowed(problem, parameters, mask, sites, table, items(problem, gather=True), cut, threads)


def again(old: Layout, parameters: Parameters, cut: float = CUT) -> Layout:
    """Return the layout with windows made for other parameters."""
    return _windowed(
        old.problem, parameters, old.mask, old.sites, old.table, old.items, cut, old.threads, old.nearest
    )


def _windowed(
    problem: SessionProblem,
    parameters: Parameters,
    mask: Strips,
    sites: list[Sites],
    table: Ints,
    found: Items,
    cut: float,
    threads: int,
    nearest: Ints | None = None,
) -> Layout:
    near = [reach(mask, one, site_radius(one, parameters, cut)) for one in sites]
    cells = (problem.mask_xy[:, 0], problem.mask_xy[:, 1])
    centres = centroids(problem, parameters, found, sites, table, cells, nearest)
    if nearest is None:
        nearest = nearest_cell(*cells, centres.x, centres.y)
    radius = centres.radius(cut)
    windows = runs(mask, centres.x, centres.y, radius)
    return Layout(
        problem, parameters, mask, sites, table, near, found, most_sets(found), radius, nearest, windows, threads
    )


def error_bound(lay: Layout, parameters: Parameters) -> float:
    """Return a bound on |log-likelihood - its value with nothing left out| at some parameters."""
    problem = lay.problem
    cells = (problem.mask_xy[:, 0], problem.mask_xy[:, 1])
    centres = centroids(problem, parameters, lay.items, lay.sites, lay.table, cells, lay.nearest)
    outside = np.minimum((problem.n_cells - lay.windows.cells) * np.exp(-centres.slack(lay.radius)), 0.999)
    windows = -np.log1p(-outside).sum()
    short = 0.0
    for one, near in zip(lay.sites, lay.reach, strict=True):
        squares = (near.radius / np.exp(parameters.log_sigma[one.set])) ** 2
        edge = one.effort * np.exp(parameters.log_amplitude[one.set] - 0.5 * squares)
        short = max(short, float(edge.sum()))
    region = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type]).sum()
    return float(windows + short * (problem.n_animals + region))


@dataclass(frozen=True, slots=True, eq=False)
class Jacobian:
    """Derivatives of the parameter arrays by the coefficients of a model, coefficient last.

    log_amplitude, log_sigma, log_z: (set, q). log_density: (surface, cell, q). log_pmix: (type, class, q).
    """

    log_amplitude: Floats
    log_sigma: Floats
    log_z: Floats
    log_density: Floats
    log_pmix: Floats

    @property
    def size(self) -> int:
        """Number of coefficients q."""
        return int(self.log_amplitude.shape[-1])


def evaluate(
    lay: Layout, parameters: Parameters, jacobian: Jacobian | None = None
) -> tuple[Evaluation, Floats | None]:
    """Return the evaluation of a session and, given a Jacobian, the exact Hessian by the coefficients.

    The Hessian takes the parameter arrays as linear in the coefficients; where a link bends, the caller adds
    sum(adjoint * second derivative of the parameter).
    """
    problem, mask = lay.problem, lay.mask
    T, C, M = problem.n_types, problem.n_classes, problem.n_cells
    q = 0 if jacobian is None else jacobian.size
    log_density = parameters.log_density[:, mask.order]
    hazard, hazard_score, moments = _hazards(lay, parameters, jacobian)
    scores = np.zeros((T, C, q, M))
    if jacobian is not None:
        by_density = np.ascontiguousarray(np.moveaxis(jacobian.log_density[:, mask.order], 2, 1))
        scores += by_density[problem.surface_of_type][:, None]
        scores += jacobian.log_pmix[:, :, :, None]
    prior_scores = scores.copy() if jacobian is not None else scores
    for t in range(T):
        for c in range(C):
            scores[t, c] -= hazard_score[lay.table[t, c]]
    H = hazard[lay.table]  # (T, C, M)
    log_aD = np.log(problem.cell_area) + log_density[problem.surface_of_type]
    log_weight = log_aD[:, None] + parameters.log_pmix[:, :, None] - H
    log_integral, mass, set_sums, hessian = _animals(lay, parameters, jacobian, log_weight, scores)

    aD = np.exp(log_aD)
    pmix = np.exp(parameters.log_pmix)
    missed = np.exp(-H)
    seen = -np.expm1(-H)
    seen_share = (pmix[:, :, None] * seen).sum(axis=1)
    expected = (aD * seen_share).sum(axis=1)
    region = aD.sum(axis=1)
    term, by_expected, by_region = count_term(problem.counting, problem.animals_by_type, expected, region)
    value = float(log_integral.sum()) + term
    if not np.isfinite(value):
        return Evaluation(value if not np.isnan(value) else -np.inf, expected, region, None), None

    by_log_aD = mass.sum(axis=1) + aD * (by_expected[:, None] * seen_share + by_region[:, None])
    by_density = np.zeros_like(log_density)
    np.add.at(by_density, problem.surface_of_type, by_log_aD)
    back = np.empty_like(by_density)
    back[:, mask.order] = by_density
    caught = pmix * (aD[:, None] * seen).sum(axis=2)
    by_pmix = mass.sum(axis=2) + by_expected[:, None] * caught
    by_H = by_expected[:, None, None] * pmix[:, :, None] * aD[:, None] * missed - mass
    set_sums = set_sums + _curvature(lay, parameters, by_H, moments)
    adjoint = Parameters(set_sums[0], set_sums[1], np.zeros_like(set_sums[0]), back, by_pmix)
    evaluation = Evaluation(value, expected, region, adjoint)
    if jacobian is None:
        return evaluation, None
    a, s = jacobian.log_amplitude, jacobian.log_sigma
    cross = (a * set_sums[3][:, None]).T @ s
    hessian = hessian + (a * set_sums[2][:, None]).T @ a + cross + cross.T + (s * set_sums[4][:, None]).T @ s
    hessian += _count_hessian(lay, by_expected, by_region, aD, pmix, missed, seen, prior_scores, scores)
    return evaluation, hessian


def _hazards(
    lay: Layout, parameters: Parameters, jacobian: Jacobian | None
) -> tuple[Floats, list[Floats], list[Floats | None]]:
    """Return per table: cumulative hazard (table, cell), its scores (coefficient, cell), its moments (3, cell)."""
    M = lay.problem.n_cells
    q = 0 if jacobian is None else jacobian.size
    hazard = np.zeros((len(lay.sites), M))
    scores: list[Floats] = []
    all_moments: list[Floats | None] = []
    n_strips = len(lay.mask.start) - 1
    for index, (one, near) in enumerate(zip(lay.sites, lay.reach, strict=True)):
        where = (near.strip_run, near.site, near.low, near.high, lay.mask.x, lay.mask.y, one.x, one.y, one.effort)
        if one.one_set:
            p = one.set[0]
            moments = np.zeros((3, M))
            log_lambda0, log_sigma = parameters.log_amplitude[p], parameters.log_sigma[p]
            _spread(
                lambda a, b, w=where, v=(log_lambda0, log_sigma, moments): hazard_moments(a, b, *w, *v),
                _cuts(near.strip_run, lay.threads, int(near.high.sum() - near.low.sum())),
            )
            hazard[index] = moments[0]
            score = np.empty((q, M))
            if jacobian is not None:
                for j in range(q):
                    a, s = jacobian.log_amplitude[p, j], jacobian.log_sigma[p, j]
                    score[j] = a * moments[0] + s * moments[1] if a or s else 0.0
            all_moments.append(moments)
        else:
            score = np.zeros((q, M))
            a, s = _derivatives(jacobian, len(parameters.log_sigma))
            values = (one.set, parameters.log_amplitude, parameters.log_sigma, a, s, hazard[index], score)
            _spread(
                lambda a, b, w=where, v=values: hazard_scores(a, b, *w, *v),
                _cuts(near.strip_run, lay.threads, int(near.high.sum() - near.low.sum())),
            )
            all_moments.append(None)
        scores.append(score)
    return hazard, scores, all_moments


def _animals(
    lay: Layout, parameters: Parameters, jacobian: Jacobian | None, log_weight: Floats, scores: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Return log integrals (animal,), posterior mass (type, class, cell), set sums (5, set), covariance (q, q)."""
    problem = lay.problem
    q = scores.shape[2]
    n_sets = len(parameters.log_sigma)
    log_integral = np.empty(problem.n_animals)
    windows = Windows(
        lay.windows.start, lay.windows.low, lay.windows.high, problem.type_of_animal, problem.class_of_animal
    )
    curves = Curves(
        parameters.log_amplitude, parameters.log_sigma, *_derivatives(jacobian, n_sets)
    )
    cells = Cells(lay.mask.x, lay.mask.y, log_weight, scores)
    width = int(lay.windows.cells.max(initial=1))
    per_row = np.add.reduceat(np.diff(lay.items.start), np.arange(0, len(lay.items.start) - 1, problem.n_classes))
    work = np.concatenate(([0], np.cumsum((per_row + 1) * lay.windows.cells))) if problem.n_animals else np.zeros(1)
    cuts = _cuts(work, lay.threads, int(work[-1]))
    parts = [
        (np.zeros(log_weight.shape), np.zeros((5, n_sets)), np.zeros((q, q))) for _ in range(len(cuts) - 1)
    ]
    poisson = problem.kind == "poisson"

    def one(first: int, last: int) -> None:
        part = parts[cuts.index(first)]
        animal_likelihoods(
            first, last, poisson, width, lay.groups, lay.items, windows, curves, cells, log_integral, *part
        )

    _spread(one, cuts)
    mass, set_sums, covariance = parts[0]
    for part in parts[1:]:
        mass += part[0]
        set_sums += part[1]
        covariance += part[2]
    return log_integral, mass, set_sums, covariance


def _curvature(
    lay: Layout, parameters: Parameters, by_H: Floats, moments: list[Floats | None]
) -> Floats:
    """Return (5, set): sums over cells of by_H times first and second derivatives of the cumulative hazard."""
    n_sets = len(parameters.log_sigma)
    out = np.zeros((5, n_sets))
    for index, (one, near) in enumerate(zip(lay.sites, lay.reach, strict=True)):
        adjoint = by_H[lay.table == index].sum(axis=0)
        known = moments[index]
        if known is not None:
            sums = np.zeros((3, n_sets))
            sums[:, one.set[0]] = known @ adjoint
        else:
            where = (near.strip_run, near.site, near.low, near.high, lay.mask.x, lay.mask.y, one.x, one.y)
            values = (one.effort, one.set, parameters.log_amplitude, parameters.log_sigma, adjoint)
            cuts = _cuts(near.strip_run, lay.threads, int(near.high.sum() - near.low.sum()))
            parts = [np.zeros((3, len(one.x))) for _ in range(len(cuts) - 1)]
            _spread(
                lambda a, b, w=where, v=values, c=cuts, p=parts: hazard_curvature(a, b, *w, *v, p[c.index(a)]),
                cuts,
            )
            by_site = np.sum(parts, axis=0)
            sums = np.stack([np.bincount(one.set, row, minlength=n_sets) for row in by_site])
        out += np.stack((sums[0], sums[1], sums[0], sums[1], sums[2] - 2.0 * sums[1]))
    return out


def _count_hessian(
    lay: Layout,
    by_expected: Floats,
    by_region: Floats,
    aD: Floats,
    pmix: Floats,
    missed: Floats,
    seen: Floats,
    prior: Floats,
    scores: Floats,
) -> Floats:
    """Return the Hessian of the count term but for the part through second derivatives of the hazard.

    With X the scores of log(D pmix) and s those of log(D pmix exp(-H)), the second derivative of
    Lambda = sum D pmix (1 - exp(-H)) is sum D pmix (X X' - exp(-H) s s') plus that part.
    """
    problem = lay.problem
    q = prior.shape[2]
    out = np.zeros((q, q))
    for t in range(problem.n_types):
        slope = np.zeros(q)
        for c in range(problem.n_classes):
            weight = aD[t] * pmix[t, c]
            X, s = prior[t, c], scores[t, c]
            lost = weight * missed[t, c]
            out += by_expected[t] * ((X * weight) @ X.T - (s * lost) @ s.T)
            slope += X @ weight - s @ lost
    return out


def _derivatives(jacobian: Jacobian | None, n_sets: int) -> tuple[Floats, Floats]:
    if jacobian is None:
        nothing = np.zeros((n_sets, 0))
        return nothing, nothing
    return np.ascontiguousarray(jacobian.log_amplitude), np.ascontiguousarray(jacobian.log_sigma)


def _cuts(cumulative: Ints, threads: int, work: int) -> list[int]:
    """Return where to cut a list into pieces of like work, given the work up to each element."""
    pieces = threads if work > PAIRS_WORTH_A_THREAD else 1
    targets = cumulative[-1] * np.arange(1, pieces) / pieces
    inner = np.searchsorted(cumulative, targets).tolist()
    return sorted({0, *inner, len(cumulative) - 1})


def _spread(do: Callable[[int, int], None], cuts: list[int]) -> None:
    """Do the pieces between cuts, in threads if there are several."""
    if len(cuts) == 2:
        do(cuts[0], cuts[1])
        return
    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        list(pool.map(do, cuts[:-1], cuts[1:]))
