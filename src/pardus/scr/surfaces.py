"""Surfaces over the mask at given parameters: chance of being missed, density, where each animal's centre lies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from pardus.model.capture import Floats
from pardus.scr.design import Design
from pardus.scr.engines import ready_engine
from pardus.scr.plain import blocks, log_weights
from pardus.scr.problem import Parameters, SessionProblem


class Surfaces:
    """Surfaces of a design, remembered for the last few detection parameters (density may change freely)."""

    def __init__(self, design: Design) -> None:
        self.design = design
        self._engine = ready_engine(design.problems)
        self._memory: dict[bytes, list[Floats]] = {}

    def missed(self, theta: Floats) -> list[Floats]:
        """Return for each session (type, cell) chance that an animal centred there is never detected."""
        parameters = self.design.parameters(theta)
        key = b"|".join(_detection_bytes(p) for p in parameters)
        if key not in self._memory:
            while len(self._memory) >= 3:
                self._memory.pop(next(iter(self._memory)))
            pairs = zip(self.design.problems, parameters, strict=True)
            self._memory[key] = [self._chance_missed(problem, p) for problem, p in pairs]
        return self._memory[key]

    def density(self, theta: Floats) -> list[Floats]:
        """Return for each session (surface, cell) animals per hectare."""
        return [np.exp(p.log_density) for p in self.design.parameters(theta)]

    def centres(self, theta: Floats, session: int) -> Floats:
        """Return (animal, cell) posterior chance that an animal's centre is in each cell."""
        problem = self.design.problems[session]
        return centre_surfaces(problem, self.design.parameters(theta, [session])[0])

    def inside(self, theta: Floats, session: int, shares: Floats) -> Floats:
        """Return (animal, region) posterior chance that the centre is in each region. shares: (region, cell)."""
        problem = self.design.problems[session]
        if self._engine is None or not problem.n_animals:
            return np.asarray(self.centres(theta, session) @ shares.T)
        return self._engine.posterior_means(problem, self.design.parameters(theta, [session])[0], shares)

    def _chance_missed(self, problem: SessionProblem, parameters: Parameters) -> Floats:
        if self._engine is None:
            return chance_missed(problem, parameters)
        return self._engine.missed(problem, parameters)


def chance_missed(problem: SessionProblem, parameters: Parameters) -> Floats:
    """Return (type, cell) chance of no detection at all, averaged over classes."""
    pmix = np.exp(parameters.log_pmix)
    out = np.empty((problem.n_types, problem.n_cells))
    for block in blocks(problem, parameters):
        out[:, block.cells] = np.einsum("tc,tcm->tm", pmix, np.exp(-block.total))
    return out


def centre_surfaces(problem: SessionProblem, parameters: Parameters) -> Floats:
    """Return (animal, cell) posterior of the activity centre; each row sums to 1."""
    with np.errstate(invalid="ignore", divide="ignore", under="ignore"):
        weights, _hazard = log_weights(problem, parameters)
        weights -= weights.max(axis=(1, 2), keepdims=True)
        mass = np.exp(weights).sum(axis=1)
    out: Floats = mass / mass.sum(axis=1, keepdims=True)
    return out


def jacobian(
    function: Callable[[Floats], Floats], theta: Floats, scale: Floats, step: float = 1e-5
) -> Floats:
    """Return (value, parameter) central differences of a vector function."""
    columns = []
    for j in range(len(theta)):
        e = np.zeros(len(theta))
        e[j] = step / scale[j]
        columns.append((function(theta + e) - function(theta - e)) / (2 * e[j]))
    return np.stack(columns, axis=1) if columns else np.zeros((len(function(theta)), 0))


def _detection_bytes(p: Parameters) -> bytes:
    return b"|".join(a.tobytes() for a in (p.log_amplitude, p.log_sigma, p.log_z, p.log_pmix))
