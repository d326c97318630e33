"""The log-likelihood of a design with the compiled engine: value, gradient and exact Hessian in one go."""

from __future__ import annotations

import numpy as np

from pardus.scr.compiled import session
from pardus.scr.compiled.coefficients import active_coefficients, bend, jacobian
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.compiled.strips import Floats
from pardus.scr.design import Design
from pardus.scr.likelihood import Likelihood
from pardus.scr.newton import Point
from pardus.scr.problem import Parameters


class CompiledLikelihood(Likelihood):
    """`Likelihood` with the compiled engine; its Hessian is exact and costs little more than a gradient."""

    def __init__(self, design: Design, engine: CompiledEngine | None = None) -> None:
        self.compiled = engine or CompiledEngine()
        super().__init__(design, self.compiled)
        self._active = [active_coefficients(design, s) for s in range(len(design.problems))]

    def point(self, theta: Floats) -> Point:
        """Return value, gradient and Hessian; -inf and nothing where the likelihood does not exist."""
        value = 0.0
        hessian = np.zeros((len(theta), len(theta)))
        adjoints: list[Parameters] = []
        self.evaluations += 1
        for s, parameters in enumerate(self.design.parameters(theta)):
            active = self._active[s]
            by = jacobian(self.design, theta, s, active)
            here = session.Point(self.design.predictors, s, theta.tobytes())
            found, second = self.compiled.second_order(self.design.problems[s], parameters, by, here)
            value += found.value
            if not np.isfinite(value) or found.adjoint is None or second is None:
                return Point(theta, -np.inf, np.zeros(len(theta)), hessian)
            adjoints.append(found.adjoint)
            hessian[np.ix_(active, active)] += second
        gradient = self.design.pull_back(theta, adjoints)
        hessian += bend(self.design, theta, adjoints)
        if not (np.isfinite(gradient).all() and np.isfinite(hessian).all()):
            return Point(theta, -np.inf, np.zeros(len(theta)), hessian)
        return Point(theta, value, gradient, hessian)

    def settled(self, theta: Floats) -> bool:
        """Make windows anew where their proven error at theta is too large; return whether none was."""
        pairs = list(zip(self.design.problems, self.design.parameters(theta), strict=True))
        before = [self.compiled.near(*pair) for pair in pairs]
        return all(self.compiled.checked(*pair) is old for pair, old in zip(pairs, before, strict=True))

    def hessian(self, theta: Floats, scale: Floats | None = None) -> Floats:
        """Return the matrix of second derivatives, exact."""
        self.settled(theta)
        return self.point(theta).hessian
