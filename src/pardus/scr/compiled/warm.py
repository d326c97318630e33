"""Compile every kernel: `python -m pardus.scr.compiled.warm`. Run in the background by the first fit."""

from __future__ import annotations

import os

import numpy as np
from scipy import sparse

from pardus.scr.compiled import cache
from pardus.scr.compiled.engine import Jacobian
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.compiled.strips import Floats
from pardus.scr.problem import Parameters, SessionProblem


def warm() -> None:
    """Evaluate small problems that between them use every kernel, then note that the cache is ready.

    Each kernel has one signature (a test sees to it), so any problem that uses it will do.
    """
    engine = CompiledEngine(threads=1)
    for n_sets, grid in ((1, True), (1, False), (2, True)):
        # one set on a grid: hazard_moments_on_grid; off it: hazard_moments; two: hazard_scores, hazard_curvature
        problem, parameters, jacobian = _example(n_sets, grid)
        engine.second_order(problem, parameters, jacobian)
        engine.evaluate(problem, parameters)
    cache.mark_ready()


def _example(n_sets: int, grid: bool) -> tuple[SessionProblem, Parameters, Jacobian]:
    """Return two detectors, one animal, six cells."""
    xy: Floats = np.array([[0.0, 0.0], [1000.0, 0.0]])
    mask: Floats = np.array([[x, y] for y in (0.0, 1000.0) for x in (0.0, 1000.0, 2000.0)])
    if not grid:
        mask = mask + np.linspace(0, 100, 6)[:, None]
    one = np.zeros(1, dtype=np.int64)
    nothing = np.zeros(0, dtype=np.int64)
    problem = SessionProblem(
        session="",
        kind="bernoulli",
        detectfn="HHN",
        counting="poisson",
        detector_xy=xy,
        mask_xy=mask,
        cell_area=100.0,
        kernel_set=np.arange(2, dtype=np.int64) % n_sets,
        kernel_detector=np.arange(2, dtype=np.int64),
        n_types=1,
        n_classes=1,
        repeats=np.ones(1),
        exposure=sparse.csr_array(np.array([[10.0, 10.0]])),
        correction=None,
        event_kernel=np.arange(2, dtype=np.int64),
        event_dose=np.ones(2),
        events=sparse.csr_array(np.array([[1.0, 1.0]])),
        caught_animal=nothing,
        caught_trial=nothing,
        type_of_animal=one,
        class_of_animal=one - 1,
        surface_of_type=one,
    )
    zeros = np.zeros(n_sets)
    parameters = Parameters(zeros - 3.0, zeros + 7.0, zeros, np.zeros((1, 6)), np.zeros((1, 1)))
    ones = np.ones((n_sets, 1))
    jacobian = Jacobian(ones, ones, 0.0 * ones, np.zeros((1, 6, 1)), np.zeros((1, 1, 1)))
    return problem, parameters, jacobian


def main() -> None:
    """Warm the cache, gently."""
    if hasattr(os, "nice"):
        os.nice(10)
    warm()
    cache.forget_old()


if __name__ == "__main__":
    main()
