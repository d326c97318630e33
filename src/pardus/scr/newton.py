"""Newton's method for a log-likelihood whose exact Hessian comes with its value.

It stops on the Newton decrement g' (-H)^-1 g, twice the gain in log-likelihood still to be had, which does not
depend on the units of the parameters (Boyd & Vandenberghe 2004, Convex Optimization, section 9.5).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from pardus.model.capture import Floats
from pardus.scr.optimise import Optimum

ENOUGH = 1e-8
"""Newton decrement at the end: estimates are then within 1e-4 of their standard errors."""

_MAX_STEP = 1.5
_MOST_ITERATIONS = 100
_HALVINGS = 25


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A log-likelihood to second order at theta; value -inf where it does not exist."""

    theta: Floats
    value: float
    gradient: Floats
    hessian: Floats


@runtime_checkable
class Curved(Protocol):
    """A log-likelihood that gives its exact Hessian with its value."""

    def point(self, theta: Floats) -> Point:
        """Return value, gradient and Hessian."""
        ...

    def settled(self, theta: Floats) -> bool:
        """Whether the likelihood is exact enough at theta; if not, it is afterwards, but not the same."""
        ...


def climb(
    point_at: Callable[[Floats], Point],
    settled: Callable[[Floats], bool],
    start: Floats,
    scale: Floats,
    enough: float = ENOUGH,
) -> Optimum:
    """Climb to a maximum.

    scale: (parameter,) so that theta * scale is of order one. settled: called at the end; False if the
    likelihood there had to be made more exact, which sends the search on for another step.
    enough: decrement to stop at. Above ENOUGH, a last step is taken from there on trust: the estimates are then
    within about `enough` standard errors of the maximum, and the Hessian is that of the step's beginning.
    """
    here = point_at(np.array(start, dtype=np.float64))
    done = 0
    while np.isfinite(here.value) and done < _MOST_ITERATIONS:
        decrement, definite = newton_decrement(here, scale)
        if definite and decrement < enough and enough > ENOUGH:
            return _trusting(here, decrement, done)
        if definite and decrement < ENOUGH:
            if settled(here.theta):
                return _optimum(here, decrement, True, done)
            here = point_at(here.theta)
            done += 1
            continue
        ahead = _step(point_at, here, scale)
        if ahead is None:
            break
        here = ahead
        done += 1
    decrement, definite = newton_decrement(here, scale)
    return _optimum(here, decrement, definite and decrement < ENOUGH, done)


def _trusting(here: Point, decrement: float, done: int) -> Optimum:
    """Return where one more Newton step leads, without looking."""
    step = np.linalg.solve(-here.hessian, here.gradient)
    zero = np.zeros_like(step)
    return Optimum(
        here.theta + step, here.value + decrement / 2, zero, here.hessian, decrement, True, done + 1
    )


def newton_decrement(point: Point, scale: Floats) -> tuple[float, bool]:
    """Return g' (-H)^-1 g and whether H is negative definite; nan if it is not."""
    if not len(point.theta):
        return 0.0, True
    if not np.isfinite(point.hessian).all():
        return float("nan"), False
    unit = _units(point, scale)
    information = -point.hessian * np.outer(unit, unit)
    eigenvalues = np.linalg.eigvalsh(information)
    if eigenvalues[0] <= 1e-12 * max(1.0, eigenvalues[-1]):
        return float("nan"), False
    g = point.gradient * unit
    return float(g @ np.linalg.solve(information, g)), True


def _units(point: Point, scale: Floats) -> Floats:
    """Return the size of each parameter that its own curvature suggests, so that no unit matters."""
    curvature = np.sqrt(np.abs(np.diag(point.hessian)))
    return np.asarray(1.0 / np.maximum(curvature, 1e-6 * scale))


def _step(point_at: Callable[[Floats], Point], here: Point, scale: Floats) -> Point | None:
    """Return a higher point: a Newton step, shortened until the value rises; None if it never does.

    Directions of positive curvature are turned round (absolute eigenvalues), so the step always leads up.
    """
    unit = _units(here, scale)
    values, vectors = np.linalg.eigh(-here.hessian * np.outer(unit, unit))
    floor = max(1e-9 * float(np.abs(values).max()), 1e-12)
    step = unit * ((vectors / np.maximum(np.abs(values), floor)) @ (vectors.T @ (here.gradient * unit)))
    step *= min(1.0, _MAX_STEP / max(float(np.abs(step * scale).max()), 1e-300))
    slope = float(here.gradient @ step)
    length = 1.0
    for _halving in range(_HALVINGS):
        ahead = point_at(here.theta + length * step)
        if ahead.value >= here.value + 1e-4 * length * slope - 1e-11 * abs(here.value):
            return ahead
        length *= 0.4
    return None


def _optimum(point: Point, decrement: float, converged: bool, iterations: int) -> Optimum:
    return Optimum(point.theta, point.value, point.gradient, point.hessian, decrement, converged, iterations)
