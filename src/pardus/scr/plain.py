"""The plain engine: the likelihood in NumPy, as the formulas in `problem` read. It does every model.

It walks over the mask in blocks, so that memory does not grow with detectors times cells; the only large
array is (animal, class, cell). Derivatives are written out by hand (reverse mode): forward pass over the
blocks, then the weight of each animal's centre on each cell, then back to the parameters.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from pardus.model.capture import Floats
from pardus.scr.counting import count_term
from pardus.scr.detection import LogHazard, log_hazard
from pardus.scr.problem import Evaluation, Parameters, SessionProblem

BLOCK = 60_000
"""Kernels times cells in one block: arrays of half a megabyte stay in a core's cache."""


class PlainEngine:
    """The reference engine; see `pardus.scr.problem.Engine`."""

    name = "plain"

    def supports(self, problem: SessionProblem) -> bool:
        """Return True: this engine does every model."""
        return True

    def evaluate(self, problem: SessionProblem, parameters: Parameters, gradient: bool = True) -> Evaluation:
        """Return the log-likelihood of one session (without constants of the data) and its adjoints."""
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            return _evaluate(problem, parameters, gradient)


@dataclass(frozen=True, slots=True)
class _Block:
    """Kernels and hazards on some cells. h: (kernel, cell). trial: (T, C, S, cell). total: (T, C, cell)."""

    cells: slice
    kernel: LogHazard
    h: Floats
    trial: Floats
    total: Floats


def blocks(problem: SessionProblem, parameters: Parameters) -> Iterator[_Block]:
    """Walk over the mask; yield kernels and naive hazards on each run of cells."""
    T, C, S = problem.n_types, problem.n_classes, len(problem.repeats)
    n_kernels = max(len(problem.kernel_set), 1)
    step = max(16, BLOCK // n_kernels)
    sets, at = problem.kernel_set, problem.kernel_detector
    for start in range(0, problem.n_cells, step):
        cells = slice(start, min(start + step, problem.n_cells))
        across = problem.detector_xy[:, 0, None] - problem.mask_xy[None, cells, 0]
        along = problem.detector_xy[:, 1, None] - problem.mask_xy[None, cells, 1]
        distance = np.sqrt(across * across + along * along)
        kernel = log_hazard(
            problem.detectfn,
            distance[at],
            parameters.log_amplitude[sets, None],
            parameters.log_sigma[sets, None],
            parameters.log_z[sets, None],
        )
        h = np.exp(kernel.value)
        trial = (problem.exposure @ h).reshape(T, C, S, h.shape[1])
        total = np.einsum("s,tcsm->tcm", problem.repeats, trial)
        yield _Block(cells, kernel, h, trial, total)


def log_weights(problem: SessionProblem, parameters: Parameters) -> tuple[Floats, Floats]:
    """Return (animal, class, cell) log of a D pmix f, and (type, class, cell) total naive hazard."""
    n, C, M = problem.n_animals, problem.n_classes, problem.n_cells
    weights = np.empty((n, C, M))
    total = np.empty((problem.n_types, C, M))
    kinds = problem.type_of_animal
    for block in blocks(problem, parameters):
        total[:, :, block.cells] = block.total
        weights[:, :, block.cells] = _log_f(problem, block)
    log_aD = np.log(problem.cell_area) + parameters.log_density[problem.surface_of_type]
    weights += log_aD[kinds][:, None, :] + parameters.log_pmix[kinds][:, :, None]
    known = problem.class_of_animal >= 0
    impossible = known[:, None] & (problem.class_of_animal[:, None] != np.arange(C)[None, :])
    weights[impossible] = -np.inf
    return weights, total


def _evaluate(problem: SessionProblem, parameters: Parameters, gradient: bool) -> Evaluation:
    weights, H = log_weights(problem, parameters)
    top = weights.max(axis=(1, 2), keepdims=True) if problem.n_animals else np.zeros((0, 1, 1))
    weights -= np.where(np.isfinite(top), top, 0.0)
    np.exp(weights, out=weights)
    mass = weights.sum(axis=(1, 2))
    log_integral = np.log(mass) + top[:, 0, 0]

    aD = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type])  # (T, M)
    pmix = np.exp(parameters.log_pmix)  # (T, C)
    missed = np.exp(-H)  # (T, C, M)
    seen_share = np.einsum("tc,tcm->tm", pmix, -np.expm1(-H))
    expected = (aD * seen_share).sum(axis=1)
    region = aD.sum(axis=1)
    term, by_expected, by_region = count_term(problem.counting, problem.animals_by_type, expected, region)
    value = float(log_integral.sum()) + term
    if not gradient or not np.isfinite(value):
        return Evaluation(value if not np.isnan(value) else -np.inf, expected, region, None)
    weights /= mass[:, None, None]  # posterior of class and centre of each animal
    adjoint = _adjoint(problem, parameters, weights, aD, pmix, missed, seen_share, by_expected, by_region)
    return Evaluation(value, expected, region, adjoint)


def _adjoint(
    problem: SessionProblem,
    parameters: Parameters,
    weights: Floats,
    aD: Floats,
    pmix: Floats,
    missed: Floats,
    seen_share: Floats,
    by_expected: Floats,
    by_region: Floats,
) -> Parameters:
    """Return d value / d parameters, given the posterior weights (animal, class, cell)."""
    T, C = problem.n_types, problem.n_classes
    member = _membership(problem)  # (T, n)
    by_type = (member @ weights.reshape(problem.n_animals, C * weights.shape[-1])).reshape(T, C, -1)

    by_log_aD = by_type.sum(axis=1) + aD * (by_expected[:, None] * seen_share + by_region[:, None])
    log_density = np.zeros_like(parameters.log_density)
    np.add.at(log_density, problem.surface_of_type, by_log_aD)
    log_pmix = by_type.sum(axis=2) + by_expected[:, None] * pmix * np.einsum("tm,tcm->tc", aD, 1 - missed)
    by_H = by_expected[:, None, None] * pmix[:, :, None] * aD[:, None, :] * missed - by_type

    log_amplitude = np.zeros_like(parameters.log_amplitude)
    log_sigma = np.zeros_like(parameters.log_sigma)
    log_z = np.zeros_like(parameters.log_z)
    for block in blocks(problem, parameters):
        by_log_h = _back(problem, block, weights[:, :, block.cells], by_H[:, :, block.cells])
        np.add.at(log_amplitude, problem.kernel_set, (by_log_h * block.kernel.by_amplitude).sum(axis=1))
        np.add.at(log_sigma, problem.kernel_set, (by_log_h * block.kernel.by_sigma).sum(axis=1))
        if block.kernel.by_z is not None:
            np.add.at(log_z, problem.kernel_set, (by_log_h * block.kernel.by_z).sum(axis=1))
    return Parameters(log_amplitude, log_sigma, log_z, log_density, log_pmix)


def _log_f(problem: SessionProblem, block: _Block) -> Floats:
    """Return (animal, class, cell) log probability of each history, given class and centre."""
    n, C, S = problem.n_animals, problem.n_classes, len(problem.repeats)
    out = (problem.events @ _psi(problem, block)[0]).reshape(n, C, block.h.shape[1])
    out -= block.total[problem.type_of_animal]
    if problem.correction is not None:
        out -= (problem.correction @ block.h).reshape(n, C, S, block.h.shape[1]).sum(axis=2)
    if problem.kind == "multi" and n:
        H = _caught_hazard(problem, block)
        np.add.at(out, problem.caught_animal, _log_expm1_ratio(H))
    return out


def _back(problem: SessionProblem, block: _Block, weights: Floats, by_H: Floats) -> Floats:
    """Return d value / d log h, (kernel, cell) of the block."""
    n, C, S, T = problem.n_animals, problem.n_classes, len(problem.repeats), problem.n_types
    by_trial = by_H[:, :, None, :] * problem.repeats[None, None, :, None]  # (T, C, S, m)
    by_correction = None
    if problem.correction is not None:
        by_correction = np.repeat(-weights[:, :, None, :], S, axis=2)  # (n, C, S, m)
    if problem.kind == "multi" and n:
        H = _caught_hazard(problem, block)  # (catch, C, m)
        pull = weights[problem.caught_animal] * _log_expm1_ratio_slope(H)
        kinds = problem.type_of_animal[problem.caught_animal]
        classes = np.arange(C)[None, :]
        trials = problem.caught_trial[:, None]
        np.add.at(by_trial, (kinds[:, None], classes, trials), pull)
        if by_correction is not None:
            np.add.at(by_correction, (problem.caught_animal[:, None], classes, trials), pull)
    by_h = problem.exposure.T @ by_trial.reshape(T * C * S, -1)
    if by_correction is not None and problem.correction is not None:
        by_h += problem.correction.T @ by_correction.reshape(n * C * S, block.h.shape[1])
    by_log_h = by_h * block.h
    _psi_value, slope = _psi(problem, block)
    by_psi = problem.events.T @ weights.reshape(n * C, block.h.shape[1])
    np.add.at(by_log_h, problem.event_kernel, by_psi * slope)
    return np.asarray(by_log_h)


def _psi(problem: SessionProblem, block: _Block) -> tuple[Floats, Floats]:
    """Return psi (event, cell) and d psi / d log h."""
    log_h = block.kernel.value[problem.event_kernel]
    if problem.kind != "bernoulli":
        return log_h, np.ones_like(log_h)
    x = problem.event_dose[:, None] * block.h[problem.event_kernel]
    log_x = log_h + np.log(problem.event_dose)[:, None]
    small, large = x < 1e-5, x > 30  # where expm1 would lose the logarithm, or overflow
    odds = np.expm1(np.minimum(x, 30.0))
    odds[small] = 1.0
    value = np.where(small, log_x + x / 2, np.where(large, x, np.log(odds)))
    slope = np.where(small, 1 + x / 2, x + x / odds)
    return value, slope


def _caught_hazard(problem: SessionProblem, block: _Block) -> Floats:
    """Return (catch, class, cell) hazard of the occasion on which each animal was caught."""
    n, C, S = problem.n_animals, problem.n_classes, len(problem.repeats)
    kinds = problem.type_of_animal[problem.caught_animal]
    H = block.trial[kinds, :, problem.caught_trial]
    if problem.correction is not None:
        own = (problem.correction @ block.h).reshape(n, C, S, block.h.shape[1])
        H = H + own[problem.caught_animal, :, problem.caught_trial]
    return H


def _log_expm1_ratio(H: Floats) -> Floats:
    """log((e^H - 1) / H), stable for small H."""
    small = H < 1e-4
    safe = np.where(small, 1.0, H)
    return np.where(small, H / 2 + H * H / 24, safe + np.log(-np.expm1(-safe)) - np.log(safe))


def _log_expm1_ratio_slope(H: Floats) -> Floats:
    small = H < 1e-4
    safe = np.where(small, 1.0, H)
    return np.where(small, 0.5 + H / 12, 1 / -np.expm1(-safe) - 1 / safe)


def _membership(problem: SessionProblem) -> sparse.csr_array:
    """Return the (type, animal) indicator matrix."""
    n = problem.n_animals
    return sparse.csr_array((np.ones(n), (problem.type_of_animal, np.arange(n))), shape=(problem.n_types, n))
