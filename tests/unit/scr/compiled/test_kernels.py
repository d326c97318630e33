"""Each kernel is compiled once: more signatures would mean compiling in the middle of somebody's fit."""

import numpy as np
import pytest

from pardus.scr.compiled import animals, hazard, strips, warm
from pardus.scr.compiled.engine import evaluate
from pardus.scr.compiled.layout import layout
from tests.fixtures.scr_problems import DETECTFNS, random_jacobian, random_problem

KERNELS = (
    strips._cover,
    hazard.hazard_moments,
    hazard.hazard_moments_on_grid,
    hazard.hazard_scores,
    hazard.hazard_curvature,
    hazard.hazard_at,
    animals.animal_likelihoods,
)


def test_every_kernel_has_one_signature_and_warming_makes_it():
    before = [set(kernel.signatures) for kernel in KERNELS]
    for n_sets, grid in ((1, True), (1, False), (2, True)):
        problem, parameters, jacobian = warm._example(n_sets, grid)
        evaluate(layout(problem, parameters), parameters, jacobian)
    for kernel, known in zip(KERNELS, before, strict=True):
        assert len(kernel.signatures) == 1, kernel.__name__
        assert known <= set(kernel.signatures)
    for detectfn in DETECTFNS:
        for kind in ("bernoulli", "poisson"):
            options = {"n_types": 2, "n_classes": 2, "n_sets": 3, "corrections": True}
            problem, parameters = random_problem(3, detectfn, kind, **options)
            for array in (problem.mask_xy, problem.detector_xy, problem.type_of_animal):
                array.setflags(write=False)
            evaluate(layout(problem, parameters), parameters, random_jacobian(3, problem, parameters))
    assert all(len(kernel.signatures) == 1 for kernel in KERNELS)


@pytest.mark.parametrize("kind", ["bernoulli", "poisson"])
@pytest.mark.parametrize("n_sets", [1, 3])
def test_threads_change_nothing(kind, n_sets, monkeypatch):
    monkeypatch.setattr("pardus.scr.compiled.engine.PAIRS_WORTH_A_THREAD", 0)
    problem, parameters = random_problem(8, kind=kind, n_sets=n_sets, n_classes=2)
    jacobian = random_jacobian(8, problem, parameters)
    one, one_hessian = evaluate(layout(problem, parameters, threads=1), parameters, jacobian)
    two, two_hessian = evaluate(layout(problem, parameters, threads=3), parameters, jacobian)
    assert one.value == pytest.approx(two.value, rel=1e-13)
    np.testing.assert_allclose(one.adjoint.log_density, two.adjoint.log_density, rtol=1e-9, atol=1e-13)
    np.testing.assert_allclose(one_hessian, two_hessian, rtol=1e-9, atol=1e-9)
