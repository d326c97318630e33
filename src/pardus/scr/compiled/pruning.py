"""What may be left out, and a proven bound on what that changes. Proof: docs/statistics/pruning.md.

Two things are left out: the hazard of a site at cells farther than its reach, and the cells far from where an
animal was recorded. With E the cut, at the parameters that the windows are made for:

1. Reach. A site's hazard beyond its reach is at most exp(-E), so a cell's cumulative hazard is short by at most
   short = sites * exp(-E), and the log-likelihood changes by at most (n + N) * short.
2. Windows. A record's probability 1 - exp(-h) is at most h, so for an animal in class c

       D_m pmix_c f_c(m) <= max(D) pmix_c prod_k (dose_k h_k(m))^y_k,

   which falls with the distance rho from the centroid of the records. With W the log weight of the cell nearest
   to the centroid (all sites counted), the cells outside a window of radius R hold at most
   cells_outside * exp(-slack) of the animal's integral, slack = W - log upper bound at R. R makes slack = E.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from pardus.scr.compiled.animals import Items
from pardus.scr.compiled.curves import CODES, ROWS, ROWS_WITHOUT_Z, has_z
from pardus.scr.compiled.hazard import hazard_at
from pardus.scr.compiled.strips import Floats, Ints, own_floats, own_ints
from pardus.scr.compiled.tables import Sites
from pardus.scr.detection import log_hazard
from pardus.scr.problem import Parameters, SessionProblem

Bools = NDArray[np.bool_]

CUT = 30.0
"""Default cut E: what is left out weighs exp(-30) = 1e-13 of what is kept."""

_GAUSSIAN = ("HHN", "HN")
_EXPONENTIAL = ("HEX", "EX")
_BISECTIONS = 40


def hazards(detectfn: str, distance: Floats, set_of: Ints, parameters: Parameters) -> Floats:
    """Return log h at each distance for the parameter set beside it."""
    p = parameters
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        return log_hazard(
            detectfn, distance, p.log_amplitude[set_of], p.log_sigma[set_of], p.log_z[set_of]
        ).value


def site_radius(detectfn: str, sites: Sites, parameters: Parameters, cut: float) -> Floats:
    """Return the distance beyond which each site's hazard is below exp(-cut), metres, (site,).

    log h(d) <= log h(0) - q with q = d^2 / (2 sigma^2) or d / sigma; hazard-rate functions reach everywhere.
    """
    top = hazards(detectfn, np.zeros(len(sites.x)), sites.set, parameters) + np.log(sites.effort) + cut
    sigma = np.exp(parameters.log_sigma[sites.set])
    if detectfn in _GAUSSIAN:
        return np.asarray(sigma * np.sqrt(2.0 * np.maximum(top, 0.0)))
    if detectfn in _EXPONENTIAL:
        return np.asarray(sigma * np.maximum(top, 0.0))
    return np.full(len(sites.x), np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class Bell:
    """Half-normal hazards: log f <= height - rate * max(0, rho - shift)^2 / 2, each (animal, class).

    sum y d^2 / sigma^2 = rate * r^2 + a constant, r the distance from the centroid weighted by y / sigma^2, which
    is `shift` metres from the animal's centroid.
    """

    height: Floats
    rate: Floats
    shift: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Fall:
    """How each animal's likelihood falls with the distance of the centre from where it was recorded.

    x, y: (animal,) centroid of its records, metres. peak: (animal,) log of D pmix f, summed over classes, at the
    mask cell `nearest` to the centroid. prior: (animal, class) log of max(D) pmix, minus infinity for classes that
    the animal is known not to be in. bell: for half-normal hazards.
    """

    problem: SessionProblem
    parameters: Parameters
    items: Items
    row: Ints
    x: Floats
    y: Floats
    prior: Floats
    nearest: Ints
    peak: Floats
    bell: Bell | None

    def upper(self, rho: Floats) -> Floats:
        """Return an upper bound on log D pmix f for centres at least rho (animal,) away, never rising with rho."""
        if self.bell is not None:
            beyond = np.maximum(rho[:, None] - self.bell.shift, 0.0)
            return np.asarray((self.bell.height + self.prior - 0.5 * self.bell.rate * beyond**2).max(axis=1))
        found = self.items
        animal = self.row // self.problem.n_classes
        own = np.hypot(found.x - self.x[animal], found.y - self.y[animal])
        distance = np.maximum(rho[animal] - own, 0.0)  # at least this far from each record
        log_h = hazards(self.problem.detectfn, distance, found.set, self.parameters)
        each = np.zeros(len(log_h))  # an infinite distance makes log h infinite; items without records stay 0
        some = found.records > 0
        each[some] = found.records[some] * (log_h + found.offset)[some]
        return np.asarray((_total(self.problem, self.row, each) + self.prior).max(axis=1))

    def slack(self, radius: Floats) -> Floats:
        """Return how far below the peak every cell outside windows of these radii is, (animal,) log units."""
        return np.asarray(self.peak - self.upper(radius))

    def radius(self, cut: float) -> Floats:
        """Return the radius at which the slack is `cut`, (animal,) metres, infinite where it is never."""
        if self.bell is not None:
            above = np.maximum(self.bell.height + self.prior - self.peak[:, None] + cut, 0.0)
            return np.asarray(
                (np.sqrt(2.0 * above / self.bell.rate) + self.bell.shift).max(axis=1, initial=0.0)
            )
        span = np.ptp(self.problem.mask_xy, axis=0)
        farthest = float(np.hypot(*span)) + np.hypot(*np.ptp(self.problem.detector_xy, axis=0))
        low = np.zeros(len(self.peak))
        high = np.full(len(self.peak), farthest)
        everywhere = self.slack(high) < cut
        for _step in range(_BISECTIONS):
            middle = 0.5 * (low + high)
            enough = self.slack(middle) >= cut
            high = np.where(enough, middle, high)
            low = np.where(enough, low, middle)
            if (high - low).max(initial=0.0) < 1e-3 * farthest / 100:
                break
        return np.where(everywhere, np.inf, high)


def within_reach(falls: Fall, radius: Floats, cut: float) -> Bools:
    """Return which items to keep: all but exposures whose hazard is below exp(-cut) in their animal's whole window."""
    return np.asarray((falls.items.records > 0) | (_greatest(falls, radius) >= np.exp(-cut)))


def out_of_reach(falls: Fall, radius: Floats, kept: Bools) -> float:
    """Return a bound on the hazard of the exposures that were left out, summed over animals."""
    return float(_greatest(falls, radius)[~kept].sum())


def selected(found: Items, kept: Bools) -> Items:
    """Return only some of the items."""
    before = np.concatenate(([0], np.cumsum(kept)))
    return Items(
        own_ints(before[found.start]),
        found.x[kept],
        found.y[kept],
        found.set[kept],
        found.records[kept],
        found.offset[kept],
        found.exposure[kept],
        found.spread[kept],
    )


def _rows(found: Items) -> Ints:
    """Return the row (animal * class) of each item."""
    return np.repeat(np.arange(len(found.start) - 1), np.diff(found.start))


def _greatest(falls: Fall, radius: Floats) -> Floats:
    """Return a bound on the hazard that each item's exposure has anywhere in its animal's window.

    It is that of the widest and highest curve of all sets (but for hazard-rate curves, which cross), so that equal
    exposures at one place, in the naive and in the changed state, are kept or left out together.
    """
    found, animal = falls.items, falls.row // falls.problem.n_classes
    away = np.hypot(found.x - falls.x[animal], found.y - falls.y[animal]) - radius[animal]
    p, sets = falls.parameters, found.set
    if not has_z(CODES[falls.problem.detectfn]):
        p = replace(
            p, log_amplitude=p.log_amplitude.max(keepdims=True), log_sigma=p.log_sigma.max(keepdims=True)
        )
        sets = np.zeros_like(sets)
    log_h = hazards(falls.problem.detectfn, np.maximum(away, 0.0), sets, p)
    return np.asarray(np.abs(found.exposure) * np.exp(log_h))


def fall(
    problem: SessionProblem,
    parameters: Parameters,
    found: Items,
    sites: list[Sites],
    table: Ints,
    tree: cKDTree,
    nearest: Ints | None = None,
) -> Fall:
    """Return how the likelihood of each animal falls. tree: of the mask's cells. nearest: if known from before."""
    n, C = problem.n_animals, problem.n_classes
    row = _rows(found)
    weight = found.records
    total = np.bincount(row // C, weight, minlength=n)
    x = np.bincount(row // C, weight * found.x, minlength=n) / total
    y = np.bincount(row // C, weight * found.y, minlength=n) / total
    if nearest is None:
        nearest = np.asarray(tree.query(np.column_stack((x, y)))[1], dtype=np.int64)
    kinds = problem.type_of_animal
    surface = problem.surface_of_type[kinds]
    known = problem.class_of_animal
    impossible = (known >= 0)[:, None] & (known[:, None] != np.arange(C))
    share = np.where(impossible, -np.inf, parameters.log_pmix[kinds])
    prior = share + parameters.log_density.max(axis=1)[surface][:, None]
    log_f = _log_f(problem, parameters, found, sites, table, row, *problem.mask_xy[nearest].T)
    peak = np.logaddexp.reduce(parameters.log_density[surface, nearest][:, None] + share + log_f, axis=1)
    bell = _bell(problem, parameters, found, row, x, y) if problem.detectfn in _GAUSSIAN else None
    return Fall(problem, parameters, found, row, x, y, prior, nearest, peak, bell)


def _total(problem: SessionProblem, row: Ints, each: Floats) -> Floats:
    """Return the sum over an animal's items, (animal, class)."""
    n, C = problem.n_animals, problem.n_classes
    return np.asarray(np.bincount(row, each, minlength=n * C), dtype=np.float64).reshape(n, C)


def _bell(
    problem: SessionProblem, parameters: Parameters, found: Items, row: Ints, x: Floats, y: Floats
) -> Bell:
    top = hazards(problem.detectfn, np.zeros(len(row)), found.set, parameters)
    precision = np.exp(-2.0 * parameters.log_sigma[found.set])
    weight = found.records * precision
    rate = _total(problem, row, weight)
    own_x, own_y = (_total(problem, row, weight * a) / rate for a in (found.x, found.y))
    apart = (found.x - own_x.ravel()[row]) ** 2 + (found.y - own_y.ravel()[row]) ** 2
    each = found.records * (top + found.offset) - 0.5 * (weight * apart + precision * found.spread)
    shift = np.hypot(own_x - x[:, None], own_y - y[:, None])
    return Bell(_total(problem, row, each), rate, shift)


def _log_f(
    problem: SessionProblem,
    parameters: Parameters,
    found: Items,
    sites: list[Sites],
    table: Ints,
    row: Ints,
    x: Floats,
    y: Floats,
) -> Floats:
    """Return (animal, class) log f with each animal's centre at its own point, nothing left out."""
    n, C = problem.n_animals, problem.n_classes
    animal = row // C
    distance = np.hypot(found.x - x[animal], found.y - y[animal])
    log_h = hazards(problem.detectfn, distance, found.set, parameters)
    psi = log_h + found.offset
    if problem.kind == "bernoulli":
        dose = np.exp(np.minimum(psi, 700.0))
        psi = np.where(dose < 1e-6, psi + dose / 2, dose + np.log(-np.expm1(-np.maximum(dose, 1e-6))))
    spread = 0.5 * found.spread * np.exp(-2.0 * parameters.log_sigma[found.set])
    each = found.records * psi - spread - found.exposure * np.exp(log_h)
    log_f = np.bincount(row, each, minlength=n * C).reshape(n, C)
    code = CODES[problem.detectfn]
    values = [own_floats(a) for a in (parameters.log_amplitude, parameters.log_sigma, parameters.log_z)]
    x, y = own_floats(x), own_floats(y)
    naive = np.empty((len(sites), n))
    for index, one in enumerate(sites):
        rows = ROWS if has_z(code) else ROWS_WITHOUT_Z
        hazard_at(code, rows, x, y, one.x, one.y, one.effort, one.set, *values, naive[index])  # type: ignore[call-arg]
    return np.asarray(log_f - naive[table[problem.type_of_animal], np.arange(n)[:, None]])
