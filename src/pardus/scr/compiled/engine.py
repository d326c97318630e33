"""The compiled engine: value, adjoints and exact Hessian of one session's log-likelihood."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from pardus.scr.compiled.animals import Cells, Windows, animal_likelihoods
from pardus.scr.compiled.curves import CODES, ROWS, ROWS_WITHOUT_Z, has_z, is_log_linear
from pardus.scr.compiled.hazard import (
    Curves,
    Pairs,
    hazard_curvature,
    hazard_moments,
    hazard_moments_on_grid,
    hazard_scores,
)
from pardus.scr.compiled.layout import Geometry, Layout
from pardus.scr.compiled.strips import Floats, Ints, own_floats, own_ints
from pardus.scr.compiled.tables import Reach
from pardus.scr.counting import count_term, count_term_curvature
from pardus.scr.problem import Evaluation, Parameters, SessionProblem

PAIRS_WORTH_A_THREAD = 1_000_000
"""Site-cell or item-cell pairs below which a second thread costs more than it gives."""


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


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """All that can be said at some parameters before an animal is looked at; (..., cell) in the layout's order.

    first: of `_hazards`. prior_scores, scores: (type, class, q, cell) derivatives of log(D pmix), and of
    log(D pmix exp(-H)) = log_weight. animals: (type, cell) a D, pmix: (type, class),
    seen: (type, class, cell) 1 - exp(-H), seen_share: (type, cell), lost: (type, class, cell) a D pmix exp(-H).
    """

    curves: Curves
    first: _FirstPass
    prior_scores: Floats
    scores: Floats
    log_weight: Floats
    animals: Floats
    pmix: Floats
    seen: Floats
    seen_share: Floats
    lost: Floats


def prepare(lay: Layout, parameters: Parameters, jacobian: Jacobian | None) -> Prepared:
    """Do the first pass: what does not depend on what was recorded."""
    problem, order, table = lay.problem, lay.geometry.mask.order, lay.geometry.table
    q = 0 if jacobian is None else jacobian.size
    log_density = parameters.log_density[:, order]
    curves = _curves(parameters, jacobian)
    first = _hazards(lay.geometry, lay.reach, lay.threads, curves)
    prior_scores = np.zeros((problem.n_types, problem.n_classes, q, problem.n_cells))
    if jacobian is not None:
        by_surface = np.moveaxis(jacobian.log_density[:, order], 2, 1)
        prior_scores += by_surface[problem.surface_of_type][:, None]
        prior_scores += jacobian.log_pmix[:, :, :, None]
    scores = prior_scores - np.stack(first.scores)[table]
    H = first.hazard[table]
    log_aD = np.log(problem.cell_area) + log_density[problem.surface_of_type]
    log_weight = log_aD[:, None] + parameters.log_pmix[:, :, None] - H
    aD, pmix = np.exp(log_aD), np.exp(parameters.log_pmix)
    seen = -np.expm1(-H)
    seen_share = (pmix[:, :, None] * seen).sum(axis=1)
    lost = pmix[:, :, None] * aD[:, None] * np.exp(-H)
    return Prepared(curves, first, prior_scores, scores, log_weight, aD, pmix, seen, seen_share, lost)


def evaluate(
    lay: Layout, parameters: Parameters, jacobian: Jacobian | None = None, known: Prepared | None = None
) -> tuple[Evaluation, Floats | None]:
    """Return the evaluation of a session and, given a Jacobian, the exact Hessian by the coefficients.

    The Hessian takes the parameter arrays as linear in the coefficients; where a link bends, the caller adds
    sum(adjoint * second derivative of the parameter). known: the first pass, if it was done before.
    """
    # Far from the maximum.
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        return _evaluate(lay, parameters, jacobian, known or prepare(lay, parameters, jacobian))


def _evaluate(
    lay: Layout, parameters: Parameters, jacobian: Jacobian | None, ready: Prepared
) -> tuple[Evaluation, Floats | None]:
    problem, order = lay.problem, lay.geometry.mask.order
    curves, aD, pmix, lost = ready.curves, ready.animals, ready.pmix, ready.lost
    second = _animals(lay, curves, ready.log_weight, ready.scores)
    mass, set_sums, hessian = second.mass, second.set_sums, second.covariance

    expected, region = (aD * ready.seen_share).sum(axis=1), aD.sum(axis=1)
    term, by_expected, by_region = count_term(problem.counting, problem.animals_by_type, expected, region)
    value = float(second.log_integral.sum()) + term
    if not np.isfinite(value):
        return Evaluation(-np.inf if np.isnan(value) else value, expected, region, None), None

    by_log_aD = mass.sum(axis=1) + aD * (by_expected[:, None] * ready.seen_share + by_region[:, None])
    by_density = np.zeros((len(parameters.log_density), problem.n_cells))
    for t, surface in enumerate(problem.surface_of_type):
        by_density[surface, order] += by_log_aD[t]
    by_pmix = mass.sum(axis=2) + by_expected[:, None] * pmix * (aD[:, None] * ready.seen).sum(axis=2)
    by_H = by_expected[:, None, None] * lost - mass
    set_sums += _hazard_sums(lay, curves, by_H, ready.first.moments)
    adjoint = Parameters(set_sums[0], set_sums[1], set_sums[5], by_density, by_pmix)
    evaluation = Evaluation(value, expected, region, adjoint)
    if jacobian is None:
        return evaluation, None
    hessian += _through_sets(curves, set_sums)
    hessian += _through_count(
        problem, expected, region, aD, pmix, lost, jacobian, order, ready.prior_scores, ready.scores
    )
    return evaluation, 0.5 * (hessian + hessian.T)


@dataclass(frozen=True, slots=True, eq=False)
class _FirstPass:
    """hazard: (table, cell). scores: for each table (coefficient, cell). moments: (3, cell) or None."""

    hazard: Floats
    scores: list[Floats]
    moments: list[Floats | None]


def chance_missed(
    problem: SessionProblem, place: Geometry, near: list[Reach], parameters: Parameters, threads: int
) -> Floats:
    """Return (type, cell) chance of no detection at all, averaged over classes, in the problem's order of cells."""
    hazard = _hazards(place, near, threads, _curves(parameters, None)).hazard[place.table]
    out = np.empty((problem.n_types, problem.n_cells))
    out[:, place.mask.order] = (np.exp(parameters.log_pmix)[:, :, None] * np.exp(-hazard)).sum(axis=1)
    return out


def posterior_means(lay: Layout, parameters: Parameters, values: Floats) -> Floats:
    """Return (animal, value) posterior means, over where each animal's centre may be, of values (value, cell)."""
    problem, place = lay.problem, lay.geometry
    curves = _curves(parameters, None)
    flat = np.zeros((len(parameters.log_sigma), len(values)))
    curves = curves._replace(d_amplitude=flat, d_sigma=flat, d_z=flat)
    hazard = _hazards(place, lay.reach, lay.threads, _curves(parameters, None)).hazard[place.table]
    log_density = parameters.log_density[problem.surface_of_type][:, place.mask.order]
    log_weight = log_density[:, None] + parameters.log_pmix[:, :, None] - hazard
    scores = np.broadcast_to(values[:, place.mask.order], (*log_weight.shape[:2], *values.shape))
    return _animals(lay, curves, log_weight, scores).mean_scores


def _hazards(place: Geometry, near: list[Reach], threads: int, curves: Curves) -> _FirstPass:
    """Return the cumulative hazard of each table with its derivatives."""
    n_cells, q = len(place.mask.x), curves.d_sigma.shape[1]
    hazard = np.zeros((len(place.sites), n_cells))
    scores: list[Floats] = []
    moments: list[Floats | None] = []
    for index in range(len(place.sites)):
        pairs, cuts = _pairs(place, near[index], index, threads)
        score = np.zeros((q, n_cells))
        if is_log_linear(place.code) and place.sites[index].one_set:
            p = int(pairs.set[0])
            sums = np.zeros((3, n_cells))
            _moments(place, pairs, cuts, curves.log_amplitude[p], curves.log_sigma[p], sums)
            hazard[index] = sums[0]
            for j in range(q):
                a, s = curves.d_amplitude[p, j], curves.d_sigma[p, j]
                if a or s:
                    score[j] = a * sums[0] + s * sums[1]
            moments.append(sums)
        else:
            target = (place.code, _rows(place), pairs, curves, hazard[index], score)
            _spread(lambda a, b, v=target: hazard_scores(a, b, *v), cuts)  # type: ignore[misc]
            moments.append(None)
        scores.append(score)
    return _FirstPass(hazard, scores, moments)


def _moments(
    place: Geometry, pairs: Pairs, cuts: list[int], log_amplitude: float, log_sigma: float, sums: Floats
) -> None:
    """Add the moments of a table with one parameter set to sums (3, cell), the quickest way there is."""
    mask = place.mask
    if place.code == CODES["HHN"] and len(mask.column):
        on_grid = (pairs, mask.column, mask.columns, log_amplitude, log_sigma, sums)
        _spread(lambda a, b: hazard_moments_on_grid(a, b, *on_grid), cuts)
    else:
        anywhere = (place.code, pairs, log_amplitude, log_sigma, sums)
        _spread(lambda a, b: hazard_moments(a, b, *anywhere), cuts)


@dataclass(frozen=True, slots=True, eq=False)
class _SecondPass:
    """log_integral: (animal,). mean_scores: (animal, q). mass: (type, class, cell) posterior of the centres.

    set_sums: (9, set). covariance: (q, q) of the scores, summed over animals.
    """

    log_integral: Floats
    mean_scores: Floats
    mass: Floats
    set_sums: Floats
    covariance: Floats


def _animals(lay: Layout, curves: Curves, log_weight: Floats, scores: Floats) -> _SecondPass:
    """Integrate over each animal's window."""
    problem, place = lay.problem, lay.geometry
    n, q, n_sets = problem.n_animals, scores.shape[2], len(curves.log_sigma)
    log_integral, mean_scores = np.zeros(n), np.zeros((n, q))
    kinds, known = own_ints(problem.type_of_animal), own_ints(problem.class_of_animal)
    windows = Windows(lay.windows.start, lay.windows.low, lay.windows.high, kinds, known)
    cells = Cells(place.mask.x, place.mask.y, own_floats(log_weight), own_floats(scores))
    items_of = np.diff(lay.items.start[:: problem.n_classes]) + 1
    work = np.concatenate(([0], np.cumsum(items_of * lay.windows.cells)))
    cuts = _cuts(work, lay.threads, int(work[-1]))
    sums = [(np.zeros(log_weight.shape), np.zeros((9, n_sets)), np.zeros((q, q))) for _cut in cuts[1:]]
    width = int(lay.windows.cells.max(initial=1))
    fixed = (place.code, _rows(place), problem.kind == "poisson", width, lay.groups)
    data = (lay.items, windows, curves, cells)

    def some(first: int, last: int) -> None:
        into = (log_integral, mean_scores, *sums[cuts.index(first)])
        animal_likelihoods(first, last, *fixed, *data, *into)

    _spread(some, cuts)
    mass, set_sums, covariance = (sum(parts[1:], parts[0]) for parts in zip(*sums, strict=True))
    return _SecondPass(log_integral, mean_scores, mass, set_sums, covariance)


def _hazard_sums(lay: Layout, curves: Curves, by_H: Floats, moments: list[Floats | None]) -> Floats:
    """Return (9, set): sums over cells of by_H times the derivatives of the cumulative hazard."""
    n_sets = len(curves.log_sigma)
    power = lay.geometry.code
    out = np.zeros((9, n_sets))
    for index, one in enumerate(lay.geometry.sites):
        adjoint = by_H[lay.geometry.table == index].sum(axis=0)
        known = moments[index]
        if known is not None:
            m0, m1, m2 = known @ adjoint
            out[:5, one.set[0]] += (m0, m1, m0, m1, m2 - power * m1)
            continue
        pairs, cuts = _pairs(lay.geometry, lay.reach[index], index, lay.threads)
        parts = [np.zeros((9, len(one.x))) for _cut in cuts[1:]]
        given = (power, _rows(lay.geometry), pairs, curves, adjoint)
        _spread(
            lambda a, b, v=given, p=parts, c=cuts: hazard_curvature(a, b, *v, p[c.index(a)]),  # type: ignore[misc,call-arg]
            cuts,
        )
        out += np.stack([np.bincount(one.set, row, minlength=n_sets) for row in np.sum(parts, axis=0)])
    return out


def _through_sets(curves: Curves, set_sums: Floats) -> Floats:
    """Return the Hessian's part through second derivatives of items and hazards; rows as in `curves.fill`."""
    a, s, z = curves.d_amplitude, curves.d_sigma, curves.d_z
    aa, as_, ss, az, sz, zz = (row[:, None] for row in set_sums[[2, 3, 4, 6, 7, 8]])
    half = 0.5 * (a.T @ (aa * a) + s.T @ (ss * s) + z.T @ (zz * z))
    half += a.T @ (as_ * s) + a.T @ (az * z) + s.T @ (sz * z)
    return np.asarray(half + half.T)


def _through_count(
    problem: SessionProblem,
    expected: Floats,
    region: Floats,
    aD: Floats,
    pmix: Floats,
    lost: Floats,
    jacobian: Jacobian,
    order: Ints,
    prior: Floats,
    scores: Floats,
) -> Floats:
    """Return the Hessian of the count term but for the part through second derivatives of the hazard.

    With X the scores of log(D pmix) and s those of log(D pmix exp(-H)), the second derivative of
    Lambda = sum D pmix (1 - exp(-H)) is sum D pmix (X X' - exp(-H) s s') plus that part.
    """
    q = jacobian.size
    _term, by_expected, by_region = count_term(problem.counting, problem.animals_by_type, expected, region)
    bend = count_term_curvature(problem.counting, problem.animals_by_type, expected, region)
    out = np.zeros((q, q))
    for t in range(problem.n_types):
        d_expected = np.zeros(q)
        for c in range(problem.n_classes):
            X, s = prior[t, c], scores[t, c]
            weight = aD[t] * pmix[t, c]
            out += by_expected[t] * ((X * weight) @ X.T - (s * lost[t, c]) @ s.T)
            d_expected += X @ weight - s @ lost[t, c]
        D = jacobian.log_density[problem.surface_of_type[t]][order].T
        d_region = D @ aD[t]
        if by_region[t]:
            out += by_region[t] * ((D * aD[t]) @ D.T)
        cross = bend[1][t] * np.outer(d_expected, d_region)
        out += bend[0][t] * np.outer(d_expected, d_expected) + cross + cross.T
        out += bend[2][t] * np.outer(d_region, d_region)
    return out


def _curves(parameters: Parameters, jacobian: Jacobian | None) -> Curves:
    nothing = np.zeros((len(parameters.log_sigma), 0))
    by = (nothing,) * 3 if jacobian is None else (jacobian.log_amplitude, jacobian.log_sigma, jacobian.log_z)
    values = (parameters.log_amplitude, parameters.log_sigma, parameters.log_z)
    return Curves(*(own_floats(a) for a in (*values, *by)))


def _rows(place: Geometry) -> int:
    return ROWS if has_z(place.code) else ROWS_WITHOUT_Z


def _pairs(place: Geometry, near: Reach, index: int, threads: int) -> tuple[Pairs, list[int]]:
    """Return the site-cell pairs of a table, and where to cut them for threads."""
    mask, one = place.mask, place.sites[index]
    where = (near.runs.start, near.runs.low, near.runs.high, near.runs.strip)
    pairs = Pairs(*where, mask.x, mask.y, one.x, one.y, one.effort, one.set)
    return pairs, _cuts(near.work, threads, int(near.work[-1]))


def _cuts(cumulative: Ints, threads: int, work: int) -> list[int]:
    """Return where to cut a list into pieces of like work, given the work up to each element.

    Always a first and a last place, so a list of nothing (a session in which nobody was detected) is one empty piece.
    """
    pieces = threads if work > PAIRS_WORTH_A_THREAD else 1
    targets = cumulative[-1] * np.arange(1, pieces) / pieces
    inner = np.searchsorted(cumulative, targets).tolist()
    last = len(cumulative) - 1
    return [*sorted({0, *(cut for cut in inner if cut < last)}), last]


def _spread(do: Callable[[int, int], None], cuts: list[int]) -> None:
    """Do the pieces between cuts, in threads if there are several."""
    if len(cuts) <= 2:
        do(cuts[0], cuts[-1])
        return
    with ThreadPoolExecutor(len(cuts) - 1) as pool:
        list(pool.map(do, cuts[:-1], cuts[1:]))
