"""What may be left out, and a proven bound on what that changes. See docs/statistics/pruning.md.

Two things are left out: the hazard of a site at cells farther than its reach, and cells far from where an
animal was recorded. With E the cut (default 30) at the parameters the windows are made for:

1. Reach. Each site's hazard beyond its reach is below exp(-E) (or the reach is infinite), so that a cell's
   cumulative hazard is short by at most sites * exp(-E). Each animal's integral and the expected number
   detected change by no more than that: |change| <= (n + N) * sites * exp(-E).
2. Windows. The probability of a record, 1 - exp(-h), is at most h, so for an animal in class c

       D_m pmix_c f_c(m) <= max(D) pmix_c exp(sum_k y_k (log h_k(m) + offset_k)),

   and for half-normal hazards the exponent is Q_c - B_c rho^2 / 2 with rho the distance from the weighted
   centroid of the records, B_c = sum_k y_k / sigma_k^2. With W the weight of the cell nearest to the centroid
   (computed with all sites), cells beyond R add at most cells * exp(-slack) of the animal's integral, where
   slack = W - max over c of [log max(D) + log pmix_c + Q_c - B_c R^2 / 2]. R makes slack = E.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.scr.compiled.animals import Items
from pardus.scr.compiled.hazard import hazard_at
from pardus.scr.compiled.strips import Floats, Ints
from pardus.scr.compiled.tables import Sites
from pardus.scr.problem import Parameters, SessionProblem

CUT = 30.0
"""Default cut E: what is left out weighs exp(-30) = 1e-13 of what is kept."""


def site_radius(sites: Sites, parameters: Parameters, cut: float) -> Floats:
    """Return the distance beyond which each site's hazard is below exp(-cut), metres, (site,)."""
    top = parameters.log_amplitude[sites.set] + np.log(sites.effort) + cut
    return np.asarray(np.exp(parameters.log_sigma[sites.set]) * np.sqrt(2.0 * np.maximum(top, 0.0)))


@dataclass(frozen=True, slots=True, eq=False)
class Centroids:
    """Where each animal was recorded and how fast its likelihood falls from there.

    x, y: (animal,) metres. height, rate: (animal, class): for a centre at distance rho from (x, y) the log of
    D pmix f is at most height - rate * max(0, rho - shift)^2 / 2. shift: (animal, class) metres.
    peak: (animal,) log of D pmix f, summed over classes, at the cell nearest to (x, y).
    """

    x: Floats
    y: Floats
    shift: Floats
    height: Floats
    rate: Floats
    peak: Floats

    def radius(self, cut: float) -> Floats:
        """Return the radius of each animal's window, (animal,) metres."""
        above = np.maximum(self.height - self.peak[:, None] + cut, 0.0)
        with np.errstate(divide="ignore"):
            each = np.where(np.isfinite(self.height), np.sqrt(2.0 * above / self.rate) + self.shift, 0.0)
        return np.asarray(each.max(axis=1))

    def slack(self, radius: Floats) -> Floats:
        """Return how far below the peak every cell outside the windows is, (animal,) log units."""
        beyond = np.maximum(radius[:, None] - self.shift, 0.0)
        return np.asarray(self.peak - (self.height - 0.5 * self.rate * beyond**2).max(axis=1))


def centroids(
    problem: SessionProblem,
    parameters: Parameters,
    found: Items,
    sites: list[Sites],
    table: Ints,
    cells: tuple[Floats, Floats],
    nearest: Ints | None = None,
) -> Centroids:
    """Return the centroids of a problem's animals at some parameters. cells: x and y of the mask."""
    n, C = problem.n_animals, problem.n_classes
    row = np.repeat(np.arange(n * C), np.diff(found.start))
    precision = np.exp(-2.0 * parameters.log_sigma[found.set])
    weight = found.count * precision

    def total(values: Floats) -> Floats:
        return np.bincount(row, values, minlength=n * C).reshape(n, C)

    rate = total(weight)
    x, y = total(weight * found.x) / rate, total(weight * found.y) / rate
    apart = (found.x - x.ravel()[row]) ** 2 + (found.y - y.ravel()[row]) ** 2
    values = found.count * (parameters.log_amplitude[found.set] + found.offset)
    height = total(values - 0.5 * precision * (found.count * apart + found.spread))
    shift = np.hypot(x - x[:, :1], y - y[:, :1])
    kinds = problem.type_of_animal
    surface = problem.surface_of_type[kinds]
    prior = parameters.log_pmix[kinds] + parameters.log_density.max(axis=1)[surface][:, None]
    height = height + prior
    known = problem.class_of_animal
    height[(known >= 0)[:, None] & (known[:, None] != np.arange(C))] = -np.inf
    at = nearest_cell(*cells, x[:, 0], y[:, 0]) if nearest is None else nearest
    log_f = _log_f(problem, parameters, found, sites, table, row, cells[0][at], cells[1][at])
    here = parameters.log_density[surface, at][:, None] + parameters.log_pmix[kinds] + log_f
    here[np.isneginf(height)] = -np.inf
    peak = np.logaddexp.reduce(here, axis=1)
    return Centroids(x[:, 0], y[:, 0], shift, height, rate, peak)


def nearest_cell(mask_x: Floats, mask_y: Floats, x: Floats, y: Floats) -> Ints:
    """Return the cell nearest to each point."""
    from scipy.spatial import cKDTree

    return np.asarray(cKDTree(np.column_stack((mask_x, mask_y))).query(np.column_stack((x, y)))[1])


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
    squares = (found.x - x[animal]) ** 2 + (found.y - y[animal]) ** 2
    precision = np.exp(-2.0 * parameters.log_sigma[found.set])
    log_h = parameters.log_amplitude[found.set] - 0.5 * squares * precision
    psi = log_h + found.offset
    if problem.kind == "bernoulli":
        dose = np.exp(psi)
        psi = psi + np.log(np.where(dose < 1e-9, 1.0, np.expm1(dose) / np.maximum(dose, 1e-300)))
    each = found.count * psi - 0.5 * found.spread * precision - found.exposure * np.exp(log_h)
    log_f = np.bincount(row, each, minlength=n * C).reshape(n, C)
    naive = np.empty((len(sites), n))
    for index, one in enumerate(sites):
        arrays = (one.x, one.y, one.effort, one.set, parameters.log_amplitude, parameters.log_sigma)
        hazard_at(x, y, *arrays, naive[index])
    return np.asarray(log_f - naive[table[problem.type_of_animal], np.arange(n)[:, None]])
