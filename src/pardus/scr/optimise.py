"""Maximum of a smooth log-likelihood: quasi-Newton from a Hessian at the start, then Newton to the end.

It stops on the Newton decrement g' (-H)^-1 g, which does not depend on the units of the parameters and is
twice the gain in log-likelihood still to be had.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pardus.model.capture import Floats

ValueAndGradient = Callable[[Floats], tuple[float, Floats]]

TOLERANCE = 1e-10
SINGULAR = 1e-13
"""Smallest eigenvalue of the information, each parameter in its own unit, at which it still has an inverse."""

_MAX_STEP = 1.5
_HALVINGS = 30
_FLAT = 1e-4
_FAR = {"g0": 8.0, "z": 3.0, "pmix": 8.0}
"""How far out on the link scale each must be."""


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the search ended. hessian: of the log-likelihood. decrement: g' (-H)^-1 g, nan if H is not negative
    definite. converged: the decrement is below 1e-8 and H is negative definite. at_bound: coefficients that ran to
    the end of their range, where the likelihood is flat in them; all else is then given that they are there.
    """

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats
    decrement: float
    converged: bool
    iterations: int
    at_bound: tuple[int, ...] = ()

    @property
    def vcov(self) -> Floats:
        """Inverse of the observed information; nan if it is not positive definite; 0 for coefficients at a bound."""
        rest = np.setdiff1d(np.arange(len(self.theta)), self.at_bound)
        H = self.hessian[np.ix_(rest, rest)]
        out = np.zeros_like(self.hessian)
        if not len(rest):
            return out
        size = np.sqrt(np.abs(np.diag(H)))
        if not np.isfinite(H).all() or not size.all():
            return np.full_like(self.hessian, np.nan)
        unit = -H / np.outer(size, size)  # so that no unit of a parameter makes the matrix look singular
        if np.linalg.eigvalsh(unit)[0] <= SINGULAR:
            return np.full_like(self.hessian, np.nan)
        out[np.ix_(rest, rest)] = np.linalg.inv(unit) / np.outer(size, size)
        return out


def with_bounds(found: Optimum, names: Sequence[str]) -> Optimum:
    """Return the optimum with coefficients named that ran to the end of their range.

    Only g0, z and pmix have an end that leaves the rest of the model sound (g0 = 1; z: a step; one class only).
    Flat means that neither the slope nor the curvature of the log-likelihood reaches 1e-4 there.
    """
    flat = [
        j
        for j, name in enumerate(names)
        if name in ("g0", "z", "pmix")
        and abs(found.gradient[j]) < _FLAT
        and abs(found.hessian[j, j]) < _FLAT
        and abs(found.theta[j]) > _FAR[name]
    ]
    if not flat:
        return found
    rest = np.setdiff1d(np.arange(len(names)), flat)
    decrement, definite = _decrement(found.hessian[np.ix_(rest, rest)], found.gradient[rest])
    converged = found.converged or (definite and decrement < 1e-8)
    return replace(found, at_bound=tuple(flat), converged=converged, decrement=decrement)


def maximise(
    evaluate: ValueAndGradient,
    hessian: Callable[[Floats], Floats],
    start: Floats,
    scale: Floats,
    max_iterations: int = 200,
) -> Optimum:
    """Climb from `start`. scale: (parameter,) so that theta * scale is of order one in every coordinate."""
    theta = np.array(start, dtype=np.float64)
    value, gradient = evaluate(theta)
    if not len(theta):
        return Optimum(theta, value, gradient, np.zeros((0, 0)), 0.0, bool(np.isfinite(value)), 0)
    inverse = _inverse_information(hessian(theta) / np.outer(scale, scale))
    done = 0
    while done < max_iterations:
        done += 1
        g = gradient / scale
        step = inverse @ g
        if g @ step < TOLERANCE:
            break
        moved = _line_search(evaluate, theta, value, gradient, step / scale * _shorten(step))
        if moved is None:
            break
        new_theta, new_value, new_gradient = moved
        inverse = _bfgs(inverse, (new_theta - theta) * scale, (gradient - new_gradient) / scale)
        theta, value, gradient = new_theta, new_value, new_gradient
    return _newton(evaluate, hessian, theta, value, gradient, scale, done)


def _newton(
    evaluate: ValueAndGradient,
    hessian: Callable[[Floats], Floats],
    theta: Floats,
    value: float,
    gradient: Floats,
    scale: Floats,
    iterations: int,
) -> Optimum:
    """Newton steps until the decrement is negligible; the last Hessian is the one reported."""
    H = hessian(theta)
    for _attempt in range(20):
        scaled = H / np.outer(scale, scale)
        g = gradient / scale
        decrement, definite = _decrement(scaled, g)
        if definite and decrement < TOLERANCE:
            return Optimum(theta, value, gradient, H, decrement, True, iterations)
        step = _inverse_information(scaled) @ g
        moved = _line_search(evaluate, theta, value, gradient, step / scale * _shorten(step))
        if moved is None:
            return Optimum(theta, value, gradient, H, decrement, definite and decrement < 1e-8, iterations)
        theta, value, gradient = moved
        H = hessian(theta)
        iterations += 1
    decrement, definite = _decrement(H / np.outer(scale, scale), gradient / scale)
    return Optimum(theta, value, gradient, H, decrement, definite and decrement < 1e-8, iterations)


def _decrement(H: Floats, g: Floats) -> tuple[float, bool]:
    if not np.isfinite(H).all():
        return float("nan"), False
    eigenvalues = np.linalg.eigvalsh(-H)
    definite = bool(eigenvalues[0] > 1e-12 * max(1.0, eigenvalues[-1]))
    return (float(g @ np.linalg.solve(-H, g)) if definite else float("nan")), definite


def _shorten(step: Floats) -> float:
    """Return the factor that keeps every scaled coordinate within a reasonable move."""
    return min(1.0, _MAX_STEP / max(float(np.abs(step).max()), 1e-300))


def _line_search(
    evaluate: ValueAndGradient, theta: Floats, value: float, gradient: Floats, step: Floats
) -> tuple[Floats, float, Floats] | None:
    """Backtrack until the value rises enough (Armijo); None if it never does."""
    slope = float(gradient @ step)
    length = 1.0
    for _halving in range(_HALVINGS):
        candidate = theta + length * step
        new_value, new_gradient = evaluate(candidate)
        if np.isfinite(new_value) and new_value >= value + 1e-4 * length * slope - 1e-11 * abs(value):
            return (candidate, new_value, new_gradient) if (candidate != theta).any() else None
        length *= 0.4
    return None


def _inverse_information(H: Floats) -> Floats:
    """Return (-H)^-1 with eigenvalues made positive and bounded away from 0."""
    if not np.isfinite(H).all():
        return np.eye(len(H)) * 0.1
    values, vectors = np.linalg.eigh(-H)
    floor = max(1e-6 * float(np.abs(values).max()), 1e-10)
    out: Floats = (vectors / np.maximum(np.abs(values), floor)) @ vectors.T
    return out


def _bfgs(inverse: Floats, moved: Floats, change: Floats) -> Floats:
    curvature = float(moved @ change)
    if curvature <= 1e-12 * float(np.linalg.norm(moved) * np.linalg.norm(change)):
        return inverse
    rho = 1 / curvature
    left = np.eye(len(moved)) - rho * np.outer(moved, change)
    out: Floats = left @ inverse @ left.T + rho * np.outer(moved, moved)
    return out
