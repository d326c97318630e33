"""Newton's method on functions whose maximum is known."""

import numpy as np
import pytest

from pardus.scr.newton import Point, climb


def bowl(theta):
    """-(x - 1)^2 - 100 (y + 2)^2, a maximum at (1, -2)."""
    x, y = theta
    gradient = np.array([-2 * (x - 1), -200 * (y + 2)])
    return Point(theta, -((x - 1) ** 2) - 100 * (y + 2) ** 2, gradient, np.diag([-2.0, -200.0]))


def bell(theta):
    """exp(-x^2 / 2): convex beyond 1, where a plain Newton step leads away from the maximum."""
    (x,) = theta
    f = np.exp(-(x**2) / 2)
    return Point(theta, f, np.array([-x * f]), np.array([[(x**2 - 1) * f]]))


def always(_theta):
    return True


def test_a_quadratic_is_climbed_in_one_step_of_full_length():
    found = climb(bowl, always, np.array([0.0, -1.0]), np.ones(2))
    np.testing.assert_allclose(found.theta, [1, -2], atol=1e-12)
    assert found.converged
    assert found.iterations == 1


def test_the_search_gets_out_of_a_convex_region():
    found = climb(bell, always, np.array([2.5]), np.ones(1))
    assert found.converged
    assert found.theta[0] == pytest.approx(0.0, abs=1e-4)


def test_a_ridge_without_a_maximum_is_not_called_converged():
    def ridge(theta):
        return Point(theta, float(theta[0]), np.ones(1), np.zeros((1, 1)))

    assert not climb(ridge, always, np.zeros(1), np.ones(1)).converged


def test_a_likelihood_made_more_exact_at_the_end_is_looked_at_again():
    seen = []

    def settled(theta):
        seen.append(theta)
        return len(seen) > 1

    found = climb(bowl, settled, np.array([0.0, -1.0]), np.ones(2))
    assert len(seen) == 2
    assert found.converged


def test_outside_its_domain_the_step_is_shortened():
    def half(theta):
        (x,) = theta  # x - x^4 / 4 for x < 1.2, nothing beyond
        if x >= 1.2:
            return Point(theta, -np.inf, np.zeros(1), np.zeros((1, 1)))
        return Point(theta, x - x**4 / 4, np.array([1 - x**3]), np.array([[-3 * x**2]]))

    found = climb(half, always, np.array([0.3]), np.ones(1))
    assert found.converged
    assert found.theta[0] == pytest.approx(1.0, abs=1e-4)


def test_the_step_on_trust_is_a_newton_step():
    exact = climb(bell, always, np.array([0.6]), np.ones(1))
    quick = climb(bell, always, np.array([0.6]), np.ones(1), enough=1e-2)
    assert quick.iterations <= exact.iterations
    assert abs(quick.theta[0] - exact.theta[0]) < 1e-2
