"""The kernels' own exp and log against NumPy's."""

import math

import numba
import numpy as np
import pytest

from pardus.scr.compiled import elementary
from pardus.scr.compiled.jit import FASTMATH


def over(name, x):
    """Apply one of our functions inside a loop compiled as the kernels are."""
    function = getattr(elementary, name)

    @numba.njit(fastmath=FASTMATH)
    def loop(values, out):
        for i in range(values.size):
            out[i] = function(values[i])

    out = np.empty_like(x)
    loop(x, out)
    return out


def test_exp_is_right_over_its_range():
    x = np.concatenate((np.random.default_rng(1).uniform(-708, 700, 20_000), [0.0, -1e-300, 1e-300, 1.0]))
    np.testing.assert_allclose(over("exp", x), np.exp(x), rtol=2e-15)


def test_exp_far_below_its_range_is_as_good_as_nothing():
    assert (over("exp", np.array([-709.0, -1e6, -np.inf])) < 1e-300).all()


def test_log_is_right_near_one_and_far_from_it():
    x = np.exp(np.random.default_rng(2).uniform(-700, 700, 20_000))
    near = 1 + np.random.default_rng(3).uniform(-0.3, 0.4, 20_000)
    np.testing.assert_allclose(over("log", x), np.log(x), rtol=2e-15)
    np.testing.assert_allclose(over("log", near), np.log(near), rtol=2e-15)


def test_log1p_keeps_small_numbers():
    x = -np.exp(np.random.default_rng(4).uniform(-600, -1e-3, 20_000))
    np.testing.assert_allclose(over("log1p", x), np.log1p(x), rtol=2e-15)


@pytest.mark.parametrize("h", [1e-12, 1e-6, 1e-3, 0.05, 0.3, elementary.SERIES_LIMIT])
def test_series_of_small_hazards_equal_their_closed_forms(h):
    x = np.array([h])
    assert over("odds_slope", x)[0] == pytest.approx(h / -math.expm1(-h), rel=2e-15)
    # log((e^h - 1) / h) = h/2 + log(sinh(h/2) / (h/2)), and sinh(t)/t - 1 = t^2/6 + t^4/120 + ...
    t = h / 2
    over_one = sum(t ** (2 * n) / math.factorial(2 * n + 1) for n in range(1, 15))
    assert over("log_excess", x)[0] == pytest.approx(h / 2 + math.log1p(over_one), rel=2e-15)
