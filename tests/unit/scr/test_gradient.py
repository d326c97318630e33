"""Gradient against finite differences on random models and data."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pardus.scr.design import make_design
from pardus.scr.likelihood import Likelihood
from pardus.scr.plain import PlainEngine
from pardus.scr.spec import model_spec
from pardus.scr.start import starting_values
from tests.unit.scr.survey import MODELS, grid, simulated


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
@given(
    st.sampled_from([*MODELS, {"model": "{a}~B"}, {"model": "{a}~k"}]),
    st.sampled_from(["HN", "EX", "HR", "HHN", "HEX", "HHR"]),
    st.sampled_from(["count", "proximity", "multi"]),
    st.integers(0, 10_000),
)
def test_the_gradient_is_that_of_finite_differences(options, detectfn, kind, seed):
    amplitude = "g0" if detectfn in ("HN", "EX", "HR") else "lambda0"
    options = {**options, "model": options.get("model", "").format(a=amplitude)}
    history, mask = simulated(seed, grid(4, 2500.0, 3), N=40, kind=kind, spacing=2500.0)
    likelihood = Likelihood(
        make_design([history], [mask], model_spec(detectfn=detectfn, **options)), PlainEngine()
    )
    rng = np.random.default_rng(seed)
    theta = starting_values(likelihood.design) + rng.normal(0, 0.2, len(likelihood.design.names))
    value, gradient = likelihood.value_and_gradient(theta)
    assert np.isfinite(value)
    for j in range(len(theta)):
        e = np.zeros(len(theta))
        e[j] = 1e-4
        near = (likelihood.value(theta + e) - likelihood.value(theta - e)) / 2e-4
        far = (likelihood.value(theta + 2 * e) - likelihood.value(theta - 2 * e)) / 4e-4
        difference = (4 * near - far) / 3  # error of order step^4
        assert gradient[j] == pytest.approx(difference, rel=1e-6, abs=1e-6 * max(1.0, np.abs(gradient).max()))
