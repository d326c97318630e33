"""The compiled engine says what the plain one says, and its derivatives are derivatives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.scr.compiled.engine import evaluate
from pardus.scr.compiled.layout import layout
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.plain import PlainEngine
from pardus.scr.surfaces import centre_surfaces, chance_missed
from tests.fixtures.scr_problems import DETECTFNS, moved, pulled_back, random_jacobian, random_problem

models = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "detectfn": st.sampled_from(DETECTFNS),
        "kind": st.sampled_from(("bernoulli", "poisson")),
        "counting": st.sampled_from(("poisson", "binomial", "conditional")),
        "n_types": st.integers(1, 3),
        "n_classes": st.integers(1, 2),
        "n_sets": st.integers(1, 4),
        "corrections": st.booleans(),
        "grid": st.booleans(),
    }
)


@given(models)
@settings(max_examples=60, deadline=None)
def test_value_and_adjoints_equal_the_plain_engine(model):
    problem, parameters = random_problem(**model)
    expected = PlainEngine().evaluate(problem, parameters)
    found, _hessian = evaluate(layout(problem, parameters), parameters)
    if not np.isfinite(expected.value):
        assert found.value == expected.value
        return
    assert found.value == pytest.approx(expected.value, rel=1e-10)
    np.testing.assert_allclose(found.expected, expected.expected, rtol=1e-10)
    np.testing.assert_allclose(found.region, expected.region, rtol=1e-12)
    for name in ("log_amplitude", "log_sigma", "log_z", "log_density", "log_pmix"):
        theirs = getattr(expected.adjoint, name)
        scale = 1e-8 * max(1.0, np.abs(theirs).max())
        np.testing.assert_allclose(getattr(found.adjoint, name), theirs, rtol=1e-8, atol=scale, err_msg=name)


@given(models)
@settings(max_examples=60, deadline=None)
def test_hessian_is_the_derivative_of_the_gradient(model):
    problem, parameters = random_problem(**model)
    jacobian = random_jacobian(model["seed"], problem, parameters)
    lay = layout(problem, parameters)
    found, hessian = evaluate(lay, parameters, jacobian)
    if not np.isfinite(found.value):
        return

    def gradient(by):
        there, _hessian = evaluate(lay, moved(parameters, jacobian, by))
        return pulled_back(there.adjoint, jacobian)

    def difference(step):
        return np.stack([(gradient(e) - gradient(-e)) / (2 * step) for e in step * np.eye(jacobian.size)])

    h = 2e-3  # three central differences, combined so that the error is of order h^6
    numeric = (64 * difference(h / 4) - 20 * difference(h / 2) + difference(h)) / 45
    np.testing.assert_allclose(hessian, numeric, rtol=1e-6, atol=1e-6 * np.abs(numeric).max())


@given(models)
@settings(max_examples=25, deadline=None)
def test_posterior_means_equal_those_of_the_plain_engine(model):
    problem, parameters = random_problem(**model)
    values = np.stack((problem.mask_xy[:, 0] / 1000, problem.mask_xy[:, 1] > 2_000, np.ones(problem.n_cells)))
    expected = centre_surfaces(problem, parameters) @ values.T
    found = CompiledEngine(threads=1).posterior_means(problem, parameters, values)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@given(models)
@settings(max_examples=25, deadline=None)
def test_chances_of_being_missed_equal_those_of_the_plain_engine(model):
    problem, parameters = random_problem(**model)
    found = CompiledEngine(threads=1).missed(problem, parameters)
    np.testing.assert_allclose(found, chance_missed(problem, parameters), rtol=1e-10)
