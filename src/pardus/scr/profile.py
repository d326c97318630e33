"""Profile-likelihood intervals of coefficients, and of any sum of coefficients.

The ends are where twice the loss in log-likelihood, all else at its best, is the chi-square quantile. Both are found
by Newton's method on "value as wanted, slope 0 in everything else" (Venzon & Moolgavkar 1988, Applied Statistics 37:
87-94); where that does not settle, by a search along the profile, which cannot fail but takes longer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.scr.design import Design
from pardus.scr.intervals import z_value
from pardus.scr.likelihood import Likelihood
from pardus.scr.newton import Curved, Point, climb
from pardus.scr.optimise import Optimum, maximise

if TYPE_CHECKING:
    from pardus.scr.fit import FittedModel

FARTHEST = 12.0
"""A side on which the likelihood has not fallen far enough after so many standard errors is infinite."""

MOST_SHAPES = 8
"""Most intervals of shapes that a fit works out unasked."""

_MOST_STEPS = 15
_MOST_CUTS = 40
_CLOSE = 1e-6


def profile_interval(fitted: FittedModel, coefficient: str, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a coefficient on its link scale. An end that does not exist is infinite.

    Raises ParameterError for a name that is not in the model, or for a fit without numbers.
    """
    design, likelihood, optimum = fitted.design, fitted.likelihood, fitted.optimum
    if design is None or likelihood is None or optimum is None or fitted.fit.status == "cannot-say":
        raise ParameterError(
            _("This fit has no estimates to go on from: {reason}").format(reason=fitted.fit.reason)
        )
    if coefficient not in design.names:
        raise ParameterError(
            _("There is no coefficient {name!r}; there are {known}.").format(
                name=coefficient, known=", ".join(design.names)
            )
        )
    contrast = np.zeros(len(design.names))
    contrast[design.names.index(coefficient)] = 1.0
    return profile_of(likelihood, optimum, contrast, level)


def profile_of(
    likelihood: Likelihood, optimum: Optimum, contrast: Floats, level: float = 0.95
) -> tuple[float, float]:
    """Return the profile interval of contrast @ theta."""
    variance = float(contrast @ optimum.vcov @ contrast)
    if not variance > 0:
        return float("nan"), float("nan")
    turned = _Turned(likelihood, optimum, contrast)
    aim = optimum.value - z_value(level) ** 2 / 2
    low, high = (_end(turned, aim, sign, float(np.sqrt(variance))) for sign in (-1, 1))
    return low, high


@dataclass(frozen=True, slots=True, eq=False)
class ShapeIntervals:
    """Profile intervals of the shape of a hazard-rate function, on the link scale.

    by_coefficient: name -> interval. by_row: (parameter, row of its design as bytes) -> interval of the predictor.
    """

    by_coefficient: dict[str, tuple[float, float]]
    by_row: dict[tuple[str, bytes], tuple[float, float]]


def shape_intervals(
    design: Design, likelihood: Likelihood, optimum: Optimum, level: float = 0.95
) -> ShapeIntervals:
    """Return profile intervals of sigma and z where the function has both; nothing for other functions.

    The two trade off along a bent ridge, on which intervals from the curvature at the top are too short.
    Nothing either if there are more than MOST_SHAPES of them, or if a coefficient of theirs is at the end of its range.
    """
    nothing = ShapeIntervals({}, {})
    if "z" not in design.predictors:
        return nothing
    wanted: dict[bytes, Floats] = {}
    names: dict[str, bytes] = {}
    rows: dict[tuple[str, bytes], bytes] = {}
    for parameter in ("sigma", "z"):
        predictor = design.predictors[parameter]
        if predictor.fixed is not None:
            continue
        place = range(len(design.names))[predictor.place]
        if set(place) & set(optimum.at_bound):
            return nothing
        units = np.eye(len(place))
        for name, unit in zip(predictor.matrix.names, units, strict=True):
            names[name] = _ask(wanted, unit, predictor.place, len(design.names))
        for row in predictor.matrix.values:
            rows[parameter, row.tobytes()] = _ask(wanted, row, predictor.place, len(design.names))
    if len(wanted) > MOST_SHAPES:
        return nothing
    found = {key: profile_of(likelihood, optimum, contrast, level) for key, contrast in wanted.items()}
    return ShapeIntervals({n: found[k] for n, k in names.items()}, {n: found[k] for n, k in rows.items()})


def _ask(wanted: dict[bytes, Floats], part: Floats, place: slice, size: int) -> bytes:
    contrast = np.zeros(size)
    contrast[place] = part
    wanted.setdefault(contrast.tobytes(), contrast)
    return contrast.tobytes()


class _Turned:
    """A likelihood in coordinates of which the first is contrast @ theta.

    That coordinate takes the place of the coefficient that weighs most in it; the others stay.
    """

    def __init__(self, likelihood: Likelihood, optimum: Optimum, contrast: Floats) -> None:
        self.likelihood, self.optimum, self.contrast = likelihood, optimum, contrast
        size = len(contrast)
        se = np.sqrt(np.diag(optimum.vcov))
        pivot = int(np.argmax(np.abs(contrast) * se))
        turn = np.eye(size)
        turn[pivot] = contrast
        fixed = np.zeros(size, dtype=bool)
        fixed[list(optimum.at_bound)] = True
        self.order = np.array([pivot, *(j for j in range(size) if j != pivot and not fixed[j])])
        self.back = np.linalg.inv(turn)[:, self.order]
        self.origin = optimum.theta
        self.hessian = self.back.T @ optimum.hessian @ self.back
        self.scale = likelihood.design.scale[self.order]

    @property
    def middle(self) -> float:
        """The estimate."""
        return float(self.contrast @ self.optimum.theta)

    def theta(self, away: Floats) -> Floats:
        """Return theta at an offset from the optimum."""
        return np.asarray(self.origin + self.back @ away)

    def at(self, away: Floats, before: tuple[Floats, Floats, Floats] | None) -> tuple[float, Floats, Floats]:
        """Return value, gradient and Hessian; without an exact Hessian, the one before with a BFGS correction.

        before: (offset, gradient, Hessian) of the last point.
        """
        if isinstance(self.likelihood, Curved):
            point = self.likelihood.point(self.theta(away))
            return point.value, self.back.T @ point.gradient, self.back.T @ point.hessian @ self.back
        value, gradient = self.likelihood.value_and_gradient(self.theta(away))
        gradient = self.back.T @ gradient
        if before is None:
            return value, gradient, self.hessian
        return value, gradient, _corrected(before[2], away - before[0], gradient - before[1])

    def best(self, d: float, start: Floats) -> tuple[float, Floats]:
        """Return the highest log-likelihood at an offset d of the first coordinate, and where it is."""

        def whole(part: Floats) -> Floats:
            return np.concatenate(([d], part))

        if isinstance(self.likelihood, Curved):
            curved = self.likelihood

            def point(part: Floats) -> Point:
                value, gradient, H = self.at(whole(part), None)
                return Point(part, value, gradient[1:], H[1:, 1:])

            def settled(part: Floats) -> bool:
                return curved.settled(self.theta(whole(part)))

            found = climb(point, settled, start, self.scale[1:])
            return found.value, found.theta

        def evaluate(part: Floats) -> tuple[float, Floats]:
            height, gradient = self.likelihood.value_and_gradient(self.theta(whole(part)))
            return height, (self.back.T @ gradient)[1:]

        def hessian(part: Floats) -> Floats:
            H = self.likelihood.hessian(self.theta(whole(part)), self.likelihood.design.scale)
            return np.asarray((self.back.T @ H @ self.back)[1:, 1:])

        found = maximise(evaluate, hessian, start, self.scale[1:], max_iterations=50)
        return found.value, found.theta


def _end(turned: _Turned, aim: float, sign: int, se: float) -> float:
    found = _newton(turned, aim, sign, se)
    return turned.middle + (_search(turned, aim, sign, se) if found is None else found)


def _newton(turned: _Turned, aim: float, sign: int, se: float) -> float | None:
    """Return the offset at which the profile is `aim`, None if Newton's method does not settle."""
    away = np.zeros(len(turned.order))
    value, gradient, H = turned.optimum.value, away.copy(), turned.hessian
    for _step in range(_MOST_STEPS):
        step = _towards(value - aim, gradient, H, sign)
        if step is None or not np.isfinite(step).all():
            return None
        step *= min(1.0, 4 * se / max(abs(step[0]), 1e-300))
        before = (away, gradient, H)
        away = away + step
        if abs(away[0]) > FARTHEST * se or away[0] * sign <= 0:
            return None
        value, gradient, H = turned.at(away, before)
        if not np.isfinite(value):
            return None
        rest = np.abs(gradient[1:]) / np.sqrt(np.maximum(np.abs(np.diag(H)[1:]), 1e-300))
        if abs(value - aim) < _CLOSE and (rest**2).sum() < _CLOSE:
            return float(away[0])
    return None


def _towards(above: float, gradient: Floats, H: Floats, sign: int) -> Floats | None:
    """Return the step to where the quadratic is lower by `above` with no slope in the other coordinates.

    With r the others: step_r = -H_rr^-1 (g_r + H_r0 step_0), which leaves a quadratic in step_0.
    """
    inner = H[1:, 1:]
    if not np.isfinite(H).all() or (len(inner) and np.linalg.eigvalsh(-inner)[0] <= 0):
        return None
    u, w = np.linalg.solve(-inner, np.column_stack((gradient[1:], H[1:, 0]))).T
    bend = float(H[0, 0] + H[0, 1:] @ w)
    slope = float(gradient[0] + gradient[1:] @ w)
    height = above + 0.5 * float(gradient[1:] @ u)
    inside = slope**2 - 2 * bend * height
    if bend >= 0 or inside < 0:
        return None
    first = (-slope - sign * np.sqrt(inside)) / bend
    return np.concatenate(([first], u + w * first))


def _search(turned: _Turned, aim: float, sign: int, se: float) -> float:
    """Return the same by stepping outwards along the profile and closing in; infinite if it never falls so far.

    It ends after some hundred evaluations whatever the likelihood does, with the last place between inside and outside.
    """
    last = np.zeros(len(turned.order) - 1)

    def above(d: float) -> float:
        nonlocal last
        height, place = turned.best(d, last)
        if not np.isfinite(height):
            return -np.inf
        last = place
        return height - aim

    inner, inside = 0.0, turned.optimum.value - aim
    outer = 2 * sign * se
    outside = above(outer)
    while outside > 0:
        inner, inside, outer = outer, outside, outer * 1.5
        if abs(outer) > FARTHEST * se:
            return sign * float("inf")
        outside = above(outer)
    for _step in range(_MOST_CUTS):
        if abs(outer - inner) < 1e-4 * se:
            break
        share = inside / (inside - outside) if np.isfinite(outside) else 0.5
        middle = inner + (outer - inner) * min(max(share, 0.1), 0.9)
        height = above(middle)
        if height > 0:
            inner, inside = middle, height
        else:
            outer, outside = middle, height
    return 0.5 * (inner + outer)


def _corrected(H: Floats, moved: Floats, change: Floats) -> Floats:
    """Return a Hessian of a maximum corrected so that it explains the change of the gradient (BFGS)."""
    B, y = -H, -change
    curvature, old = float(moved @ y), float(moved @ B @ moved)
    if curvature <= 1e-10 * abs(old) or old <= 0:
        return H
    Bs = B @ moved
    return np.asarray(-(B + np.outer(y, y) / curvature - np.outer(Bs, Bs) / old))
