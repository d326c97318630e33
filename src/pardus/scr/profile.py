"""Profile-likelihood intervals of coefficients."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.scr.bootstrap import fitted_parts
from pardus.scr.fit import FittedModel
from pardus.scr.intervals import z_value
from pardus.scr.likelihood import Likelihood
from pardus.scr.optimise import maximise


def profile_interval(fitted: FittedModel, coefficient: str, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a coefficient on the link scale where twice the loss in log-likelihood is below chi2(1).

    A side on which the likelihood never falls that far within 12 standard errors is infinite.
    Raises ParameterError for a name that is not in the model.
    """
    design, theta = fitted_parts(fitted)
    if fitted.optimum is None or fitted.likelihood is None:
        raise ParameterError(fitted.fit.reason)
    if coefficient not in design.names:
        raise ParameterError(
            _("There is no coefficient {name!r}; there are {known}.").format(
                name=coefficient, known=", ".join(design.names)
            )
        )
    j = design.names.index(coefficient)
    best, se = fitted.optimum.value, float(np.sqrt(fitted.optimum.vcov[j, j]))
    drop = z_value(level) ** 2 / 2
    others = _Others(fitted.likelihood, j, theta, fitted.optimum.vcov)

    def side(sign: int) -> float:
        others.restart(theta)
        width = sign * se * float(np.sqrt(2 * drop))
        inner, outer = 0.0, width
        while others.best_at(theta[j] + outer) > best - drop:
            inner, outer = outer, outer + width / 2
            if abs(outer) > 12 * se:
                return sign * float("inf")
        return float(
            brentq(
                lambda d: others.best_at(theta[j] + d) - (best - drop),
                inner,
                outer,
                xtol=1e-5 * se,
                rtol=1e-10,
            )
            + theta[j]
        )

    return side(-1), side(1)


class _Others:
    """The maximum over all other coefficients, each search starting from the last result."""

    def __init__(self, likelihood: Likelihood, j: int, theta: Floats, vcov: Floats) -> None:
        self.likelihood, self.j = likelihood, j
        self.rest = np.arange(len(theta)) != j
        self.slope = vcov[self.rest, j] / vcov[j, j]
        self.last = theta

    def restart(self, theta: Floats) -> None:
        self.last = theta

    def best_at(self, value: float) -> float:
        start = self.last.copy()
        start[self.rest] += self.slope * (value - self.last[self.j])
        start[self.j] = value

        def whole(part: Floats) -> Floats:
            theta = start.copy()
            theta[self.rest] = part
            return theta

        def evaluate(part: Floats) -> tuple[float, Floats]:
            height, gradient = self.likelihood.value_and_gradient(whole(part))
            return height, gradient[self.rest]

        scale = self.likelihood.design.scale

        def hessian(part: Floats) -> Floats:
            return self.likelihood.hessian(whole(part), scale)[np.ix_(self.rest, self.rest)]

        found = maximise(evaluate, hessian, start[self.rest], scale[self.rest])
        self.last = whole(found.theta)
        return found.value
