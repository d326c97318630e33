"""From the coefficients of a model to the arrays of the engine, to second order: Jacobians and bends of links."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pardus.scr import links
from pardus.scr.compiled.engine import Jacobian
from pardus.scr.compiled.strips import Floats, Ints
from pardus.scr.design import Design, Predictor
from pardus.scr.problem import Parameters


def jacobian(design: Design, theta: Floats, session: int, active: Ints) -> Jacobian:
    """Return the derivatives of one session's arrays by the coefficients numbered in `active`."""
    problem = design.problems[session]
    q = len(theta)
    sigma = _by_coefficient(design.predictors["sigma"], theta, q)
    amplitude = _by_coefficient(design.predictors[design.spec.amplitude], theta, q)
    if design.spec.amplitude == "a0":
        amplitude = amplitude - 2.0 * sigma
    z = (
        _by_coefficient(design.predictors["z"], theta, q)
        if "z" in design.predictors
        else np.zeros_like(sigma)
    )
    rows = design.density_rows[session]
    density = _by_coefficient(design.predictors["D"], theta, q)[:, active][rows]
    density = np.broadcast_to(density, (len(rows), problem.n_cells, len(active)))
    pmix = np.zeros((problem.n_types, problem.n_classes, q))
    if "pmix" in design.predictors:
        predictor = design.predictors["pmix"]
        second = _by_coefficient(predictor, theta, q)[design.pmix_rows[session]]
        log_p = predictor.log_values(theta)[0][design.pmix_rows[session]]
        odds = np.exp(log_p) / -np.expm1(log_p)
        pmix = np.stack((-second * odds[:, None], second), axis=1)
    return Jacobian(amplitude[:, active], sigma[:, active], z[:, active], density, pmix[:, :, active])


def active_coefficients(design: Design, session: int) -> Ints:
    """Return the numbers of the coefficients that a session's arrays depend on."""
    problem = design.problems[session]
    found = np.zeros(len(design.names), dtype=bool)
    rows_of = {"D": np.unique(design.density_rows[session]), "pmix": design.pmix_rows[session]}
    for name, predictor in design.predictors.items():
        if predictor.fixed is None:
            rows = rows_of.get(name, np.unique(problem.kernel_set))
            found[predictor.place] = (predictor.matrix.values[rows] != 0).any(axis=0)
    return np.flatnonzero(found)


def bend(design: Design, theta: Floats, adjoints: Sequence[Parameters]) -> Floats:
    """Return sum(adjoint * second derivative of the parameter arrays by the coefficients), (q, q).

    Only links other than log bend. For pmix, with p the share of class 2 and eta its predictor,
    d2 log p / d eta2 comes from the link and log(1 - p) follows from it.
    """
    out = np.zeros((len(theta), len(theta)))
    amplitude = np.sum([a.log_amplitude for a in adjoints], axis=0)
    sigma = np.sum([a.log_sigma for a in adjoints], axis=0)
    if design.spec.amplitude == "a0":
        sigma = sigma - 2.0 * amplitude
    z = np.sum([a.log_z for a in adjoints], axis=0)
    for name, by_log in ((design.spec.amplitude, amplitude), ("sigma", sigma), ("z", z)):
        if name in design.predictors:
            _add(out, design.predictors[name], theta, by_log)
    if design.predictors["D"].link != "log":
        by_row = np.zeros(len(design.predictors["D"].matrix.values))
        for rows, adjoint in zip(design.density_rows, adjoints, strict=True):
            by_cell = adjoint.log_density
            np.add.at(by_row, rows, by_cell.sum(axis=1, keepdims=True) if rows.shape[1] == 1 else by_cell)
        _add(out, design.predictors["D"], theta, by_row)
    if "pmix" in design.predictors and design.predictors["pmix"].fixed is None:
        _add_pmix(out, design, theta, adjoints)
    return out


def _add_pmix(out: Floats, design: Design, theta: Floats, adjoints: Sequence[Parameters]) -> None:
    predictor = design.predictors["pmix"]
    X = predictor.matrix.values
    log_p, slope = predictor.log_values(theta)
    second = links.curvature(predictor.link, X @ theta[predictor.place])
    odds = np.exp(log_p) / -np.expm1(log_p)
    other = -odds * (second + slope**2 * (1.0 + odds))  # of log(1 - p)
    weight = np.zeros(len(X))
    for rows, adjoint in zip(design.pmix_rows, adjoints, strict=True):
        np.add.at(weight, rows, adjoint.log_pmix[:, 1] * second[rows] + adjoint.log_pmix[:, 0] * other[rows])
    out[predictor.place, predictor.place] += (X * weight[:, None]).T @ X


def _add(out: Floats, predictor: Predictor, theta: Floats, by_log: Floats) -> None:
    if predictor.fixed is None and predictor.link != "log":
        X = predictor.matrix.values
        weight = by_log * links.curvature(predictor.link, X @ theta[predictor.place])
        out[predictor.place, predictor.place] += (X * weight[:, None]).T @ X


def _by_coefficient(predictor: Predictor, theta: Floats, q: int) -> Floats:
    """Return d log(parameter) / d theta for each design row, (row, q)."""
    out = np.zeros((len(predictor.matrix.values), q))
    if predictor.fixed is None:
        out[:, predictor.place] = predictor.matrix.values * predictor.log_values(theta)[1][:, None]
    return out
