"""Density derived from detection alone (Horvitz-Thompson): D = sum over animals of 1 / a_i.

a_i is the effective sampling area of animal i: the sum over cells of its chance of being detected there, times
relative density where D has a formula under the conditional likelihood. Variance: sum 1 / a_i^2 (Poisson number
of animals) or sum (1 - a_i / A) / a_i^2 (binomial), plus the delta-method variance of the a_i.
Borchers & Efford (2008) Biometrics 64: 377-385, eq. 9; Huggins (1989) Biometrika 76: 133-140.

Realised number in a region: sum over animals of q_i + u_i, where q_i is the chance that the centre of i is in it and
u_i = (sum over the region of D (1 - p_i)) / (sum over the mask of D p_i) the undetected there for which i stands.
Its prediction variance is the delta-method variance plus sum of u_i + u_i^2 (the number undetected, given the number
detected) plus sum of q_i (1 - q_i) (where the detected live), whether the number of animals is Poisson or fixed. For
the mask and a Poisson number that is var(E(N)) - E(N).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.scr.design import Design
from pardus.scr.intervals import lognormal
from pardus.scr.plain import blocks
from pardus.scr.problem import Parameters, SessionProblem
from pardus.scr.surfaces import centre_surfaces, jacobian


@dataclass(frozen=True, slots=True)
class Derived:
    """D per hectare with SE and interval; areas: (animal,) a_i in hectares; cv_n, cv_a: the two parts of its CV."""

    session: str
    D: float
    se: float
    interval: tuple[float, float]
    areas: Floats
    cv_n: float
    cv_a: float


@dataclass(frozen=True, slots=True)
class DerivedNumber:
    """Expected and realised number in a region, under the conditional likelihood. area: hectares."""

    session: int
    region: str
    area: float
    expected: float
    expected_se: float
    expected_interval: tuple[float, float]
    realised: float
    realised_se: float
    realised_interval: tuple[float, float]


def derived(design: Design, theta: Floats, vcov: Floats, session: int, level: float = 0.95) -> Derived:
    """Return the derived density of a session, under uniform density."""
    problem = design.problems[session]

    def own(at: Floats) -> Floats:
        return animal_areas(problem, _flat(design, at, session))

    areas = own(theta)
    D = float((1 / areas).sum())
    J = jacobian(lambda at: np.array([(1 / own(at)).sum()]), theta, design.scale)
    from_areas = float((J @ vcov @ J.T)[0, 0])
    whole = problem.cell_area * problem.n_cells
    share = 1 - areas / whole if design.spec.distribution == "binomial" else np.ones_like(areas)
    from_n = float((share / areas**2).sum())
    se = float(np.sqrt(from_n + from_areas))
    if not len(areas):
        return Derived(
            problem.session, 0.0, float("nan"), (0.0, float("nan")), areas, float("nan"), float("nan")
        )
    cv_n, cv_a = float(np.sqrt(from_n) / D), float(np.sqrt(from_areas) / D)
    return Derived(problem.session, D, se, lognormal(D, se, level), areas, cv_n, cv_a)


def derived_numbers(
    design: Design, theta: Floats, vcov: Floats, session: int, regions: dict[str, Floats], level: float = 0.95
) -> list[DerivedNumber]:
    """Return numbers by region under the conditional likelihood; "" is the mask. regions: (cell,) shares."""
    problem = design.problems[session]

    def parts(at: Floats) -> Floats:
        """(region, [expected, realised, spread])."""
        parameters = design.parameters(at, [session])[0]
        aD = problem.cell_area * np.exp(parameters.log_density[0])
        seen = _seen_by_animal(problem, parameters)
        area = seen @ aD
        centres = None
        out = []
        for name, w in regions.items():
            inside: Floats = np.ones(problem.n_animals)
            if name:
                centres = centre_surfaces(problem, parameters) if centres is None else centres
                inside = centres @ w
            share = float((aD * w).sum())
            missed = (1 - seen) @ (aD * w)
            unseen = missed / area
            spread = unseen + unseen**2 + inside * (1 - inside)
            out.append(((share / area).sum(), (inside + unseen).sum(), spread.sum()))
        return np.array(out).reshape(-1)

    value = parts(theta).reshape(-1, 3)
    J = jacobian(parts, theta, design.scale)
    variance = np.einsum("qi,ij,qj->q", J, vcov, J).reshape(-1, 3)
    parameters = design.parameters(theta, [session])[0]
    aD = problem.cell_area * np.exp(parameters.log_density[0])
    area = _seen_by_animal(problem, parameters) @ aD
    found = []
    for row, (name, w) in enumerate(regions.items()):
        E, N, spread = (float(v) for v in value[row])
        share = float((aD * w).sum())
        binomial = design.spec.distribution == "binomial"
        from_n = float(((share / area) ** 2 * (1 - area / aD.sum() if binomial else 1)).sum())
        E_se = float(np.sqrt(from_n + variance[row, 0]))
        sure = float(problem.n_animals) if not name else 0.0
        N_se = float(np.sqrt(variance[row, 1] + spread))
        found.append(
            DerivedNumber(
                session, name, float(w.sum()) * problem.cell_area, E, E_se, lognormal(E, E_se, level),
                N, N_se, lognormal(N, N_se, level, floor=sure),
            )
        )  # fmt: skip
    return found


def animal_areas(problem: SessionProblem, parameters: Parameters) -> Floats:
    """Return (animal,) effective sampling area in hectares, under the density of `parameters`."""
    aD = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type[problem.type_of_animal]])
    out: Floats = (_seen_by_animal(problem, parameters) * aD).sum(axis=1)
    return out


def _seen_by_animal(problem: SessionProblem, parameters: Parameters) -> Floats:
    """Return (animal, cell) chance of detection of an animal of this type, and class where it is known."""
    T, C = problem.n_types, problem.n_classes
    pmix = np.exp(parameters.log_pmix)
    missed = np.empty((T, C + 1, problem.n_cells))
    for block in blocks(problem, parameters):
        missed[:, :C, block.cells] = np.exp(-block.total)
    missed[:, C] = np.einsum("tc,tcm->tm", pmix, missed[:, :C])
    known = np.where(problem.class_of_animal >= 0, problem.class_of_animal, C)
    out: Floats = 1 - missed[problem.type_of_animal, known]
    return out


def _flat(design: Design, theta: Floats, session: int) -> Parameters:
    p = design.parameters(theta, [session])[0]
    flat = np.zeros_like(p.log_density)
    return Parameters(p.log_amplitude, p.log_sigma, p.log_z, flat, p.log_pmix)
