"""The log-likelihood of a design as a function of theta, with gradient and Hessian."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaln

from pardus.model.capture import Floats
from pardus.scr.constants import multinomial_constant, record_constant
from pardus.scr.design import Design
from pardus.scr.problem import Engine, Evaluation, Parameters

_KEPT = 4


class Likelihood:
    """log L(theta) over all sessions. Sessions whose parameters did not change are not evaluated again."""

    def __init__(self, design: Design, engine: Engine) -> None:
        self.design = design
        self.engine = engine
        self.evaluations = 0
        self._memory: list[dict[bytes, Evaluation]] = [{} for _p in design.problems]

    def sessions(self, theta: Floats, gradient: bool = True) -> list[Evaluation]:
        """Return each session's evaluation."""
        out = []
        for s, parameters in enumerate(self.design.parameters(theta)):
            key = _key(parameters)
            memory = self._memory[s]
            found = memory.get(key)
            if found is None or (gradient and found.adjoint is None and np.isfinite(found.value)):
                found = self.engine.evaluate(self.design.problems[s], parameters, gradient)
                while len(memory) >= _KEPT:
                    memory.pop(next(iter(memory)))
            else:
                memory.pop(key, None)
            memory[key] = found
            out.append(found)
        self.evaluations += 1
        return out

    def value(self, theta: Floats) -> float:
        """Return the log-likelihood without constants of the data."""
        return float(sum(e.value for e in self.sessions(theta, gradient=False)))

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient; (-inf, zeros) where it does not exist."""
        found = self.sessions(theta)
        adjoints = [e.adjoint for e in found]
        value = float(sum(e.value for e in found))
        if not np.isfinite(value) or any(a is None for a in adjoints):
            return -np.inf, np.zeros(len(theta))
        gradient = self.design.pull_back(theta, [a for a in adjoints if a is not None])
        return (value, gradient) if np.isfinite(gradient).all() else (-np.inf, np.zeros(len(theta)))

    def hessian(self, theta: Floats, scale: Floats | None = None) -> Floats:
        """Return the matrix of second derivatives: central differences of the gradient, step 1e-4 / scale."""
        step = 1e-4 / (np.ones(len(theta)) if scale is None else scale)
        rows = []
        for j in range(len(theta)):
            e = np.zeros(len(theta))
            e[j] = step[j]
            up, down = self.value_and_gradient(theta + e)[1], self.value_and_gradient(theta - e)[1]
            rows.append((up - down) / (2 * step[j]))
        H = np.array(rows).reshape(len(theta), len(theta))
        symmetric: Floats = (H + H.T) / 2
        return symmetric


def data_constants(design: Design, collapsed: bool) -> tuple[float, float]:
    """Return (record constant, multinomial constant) of all sessions; see `pardus.scr.constants`."""
    record, multinomial = 0.0, 0.0
    for history, axes in zip(design.histories, design.axes, strict=True):
        groups = axes.group_of_type[axes.type_of_animal]
        record += record_constant(history, design.spec.binomial_size, collapsed)
        multinomial += multinomial_constant(history, collapsed, groups)
    return record, multinomial


def log_factorials(design: Design) -> float:
    """Return sum of ln n! that the Poisson term of the number of animals takes away, over sessions and groups."""
    if design.spec.conditional or design.spec.distribution == "binomial":
        return 0.0
    return float(sum(gammaln(p.animals_by_type + 1).sum() for p in design.problems))


def can_collapse(design: Design, session: int) -> bool:
    """Whether the model lets the occasions of a session be summed without loss."""
    axes, problem = design.axes[session], design.problems[session]
    return problem.kind != "multi" and problem.correction is None and len(axes.occasion_first) == 1


def _key(p: Parameters) -> bytes:
    """Return bytes that name a parameter point; a flat density surface is named by one value per surface."""
    density = p.log_density
    if density.strides[-1] == 0 and density.shape[1]:
        density = density[:, :1]
    arrays = (p.log_amplitude, p.log_sigma, p.log_z, np.ascontiguousarray(density), p.log_pmix)
    return b"|".join(a.tobytes() for a in arrays)
