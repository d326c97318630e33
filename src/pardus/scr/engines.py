"""Which engine does a fit: the compiled one when it can and its machine code is on disk, else the plain one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pardus.model.capture import Floats
from pardus.scr.compiled import cache
from pardus.scr.design import Design
from pardus.scr.likelihood import Likelihood
from pardus.scr.newton import ENOUGH, Curved, climb
from pardus.scr.optimise import Optimum, maximise
from pardus.scr.plain import PlainEngine
from pardus.scr.problem import Engine, SessionProblem

if TYPE_CHECKING:
    from pardus.scr.compiled.session import CompiledEngine


def likelihood_of(design: Design, engine: Engine | None = None) -> Likelihood:
    """Return the log-likelihood of a design with the engine given, or with the one that suits.

    The first fit after an installation finds no machine code: the plain engine answers and the code is made in
    the background (see `pardus.scr.compiled.cache`, and ADR 0020). Models that only the plain engine does
    (multi-catch) go to it; `likelihood.engine.name` says which it was.
    """
    if engine is None:
        engine = ready_engine(design.problems)
    if engine is None:
        if _wanted(design.problems):
            cache.warm_in_background()
        return Likelihood(design, PlainEngine())
    from pardus.scr.compiled.likelihood import CompiledLikelihood  # late: Numba takes half a second to import
    from pardus.scr.compiled.session import CompiledEngine

    if not isinstance(engine, CompiledEngine):
        return Likelihood(design, engine)
    if all(engine.supports(problem) for problem in design.problems):
        return CompiledLikelihood(design, engine)
    return Likelihood(design, PlainEngine())


def ready_engine(problems: Sequence[SessionProblem], cut: float | None = None) -> CompiledEngine | None:
    """Return a compiled engine if it does all these problems and need not be compiled first.

    cut: see `pardus.scr.compiled.pruning`; with one, the engine also keeps to one thread (it is for loops).
    """
    if not _wanted(problems) or not (cache.choice() == "compiled" or cache.is_ready()):
        return None
    from pardus.scr.compiled.session import CompiledEngine

    engine = CompiledEngine() if cut is None else CompiledEngine(threads=1, cut=cut)
    return engine if all(engine.supports(problem) for problem in problems) else None


def search(likelihood: Likelihood, start: Floats, enough: float = ENOUGH) -> Optimum:
    """Return the maximum near `start`, by Newton's method where the exact Hessian is to be had.

    enough: see `newton.climb`.
    """
    scale = likelihood.design.scale
    if isinstance(likelihood, Curved):
        return climb(likelihood.point, likelihood.settled, start, scale, enough)
    return maximise(
        likelihood.value_and_gradient, lambda theta: likelihood.hessian(theta, scale), start, scale
    )


def _wanted(problems: Sequence[SessionProblem]) -> bool:
    return cache.choice() != "plain" and all(problem.kind != "multi" for problem in problems)
