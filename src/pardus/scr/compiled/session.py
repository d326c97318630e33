"""The compiled engine as `pardus.scr.problem.Engine`: it remembers layouts, and keeps their error in bounds."""

from __future__ import annotations

import os

import numpy as np

from pardus.scr.compiled.curves import CODES
from pardus.scr.compiled.engine import Jacobian, evaluate
from pardus.scr.compiled.layout import Geometry, Layout, error_bound, layout
from pardus.scr.compiled.strips import Floats
from pardus.scr.compiled.tables import Reach
from pardus.scr.problem import Evaluation, Parameters, SessionProblem

ALLOWED = 1e-7
"""Largest proven error of the log-likelihood, for each animal, by what the windows leave out."""

FAR = 0.1
"""Change of log sigma after which windows are made anew without further questions."""

MOST_DOUBLES = 40_000_000
"""Largest array (type, class, cell) that is worth having; beyond it the plain engine is used."""

_KEPT = 256


class CompiledEngine:
    """The fast engine. One object serves one fit after another; it holds the layouts of the last 256 sessions.

    threads: how many to use where it pays (None: two, if there are two cores).
    """

    name = "compiled"

    def __init__(self, threads: int | None = None) -> None:
        self.threads = min(2, os.cpu_count() or 1) if threads is None else threads
        self._layouts: dict[int, tuple[SessionProblem, Layout, Parameters]] = {}

    def supports(self, problem: SessionProblem) -> bool:
        """Whether the problem is one of ours: not multi-catch, and of a size that fits."""
        states = problem.n_types * problem.n_classes * problem.n_cells
        return (
            problem.kind in ("bernoulli", "poisson")
            and problem.detectfn in CODES
            and len(problem.repeats) == 1
            and states <= MOST_DOUBLES
        )

    def evaluate(self, problem: SessionProblem, parameters: Parameters, gradient: bool = True) -> Evaluation:
        """Return value and adjoints, within ALLOWED per animal of the likelihood with nothing left out."""
        if not _finite(parameters):
            return _impossible(problem)
        return evaluate(self.checked(problem, parameters), parameters)[0]

    def second_order(
        self, problem: SessionProblem, parameters: Parameters, jacobian: Jacobian
    ) -> tuple[Evaluation, Floats | None]:
        """Return the evaluation and the Hessian by the coefficients. The windows may be those of a point near by.

        Ask `checked` when the search has ended.
        """
        if not _finite(parameters):
            return _impossible(problem), None
        return evaluate(self.near(problem, parameters), parameters, jacobian)

    def adopt(
        self, problem: SessionProblem, parameters: Parameters, place: Geometry, near: list[Reach] | None
    ) -> None:
        """Take over geometry that is known already (many histories of one design)."""
        self._keep(
            problem, parameters, layout(problem, parameters, threads=self.threads, place=place, near=near)
        )

    def near(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        """Return a layout made at parameters not far from these."""
        found = self._layouts.get(id(problem))
        if found is not None and _distance(found[2], parameters) < FAR:
            return found[1]
        return self._renew(problem, parameters)

    def checked(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        """Return a layout whose proven error at these parameters is within ALLOWED."""
        found = self._layouts.get(id(problem))
        allowed = ALLOWED * max(problem.n_animals, 1)
        if found is not None and (found[2] is parameters or error_bound(found[1], parameters) <= allowed):
            return found[1]
        return self._renew(problem, parameters)

    def _renew(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        found = self._layouts.get(id(problem))
        before = None if found is None else found[1]
        return self._keep(
            problem, parameters, layout(problem, parameters, threads=self.threads, before=before)
        )

    def _keep(self, problem: SessionProblem, parameters: Parameters, lay: Layout) -> Layout:
        self._layouts.pop(id(problem), None)
        while len(self._layouts) >= _KEPT:
            self._layouts.pop(next(iter(self._layouts)))
        self._layouts[id(problem)] = (problem, lay, parameters)
        return lay


def _distance(one: Parameters, two: Parameters) -> float:
    """Return how much sigma or z grew, in logarithms (smaller sigma only makes windows larger than needed)."""
    sigma = float((two.log_sigma - one.log_sigma).max(initial=0.0))
    return max(sigma, float(np.abs(two.log_z - one.log_z).max(initial=0.0)))


def _finite(p: Parameters) -> bool:
    arrays = (p.log_amplitude, p.log_sigma, p.log_z, p.log_density)
    return all(bool(np.isfinite(a).all()) for a in arrays) and not bool(np.isnan(p.log_pmix).any())


def _impossible(problem: SessionProblem) -> Evaluation:
    nothing = np.full(problem.n_types, np.nan)
    return Evaluation(-np.inf, nothing, nothing, None)
