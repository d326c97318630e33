"""Which engine does a fit: the compiled one when it can and its machine code is on disk, else the plain one."""

from __future__ import annotations

from pardus.model.capture import Floats
from pardus.scr.compiled import cache
from pardus.scr.design import Design
from pardus.scr.likelihood import Likelihood
from pardus.scr.newton import Curved, climb
from pardus.scr.optimise import Optimum, maximise
from pardus.scr.plain import PlainEngine
from pardus.scr.problem import Engine


def likelihood_of(design: Design, engine: Engine | None = None) -> Likelihood:
    """Return the log-likelihood of a design with the engine given, or with the one that suits.

    The first fit after an installation finds no machine code: the plain engine answers and the code is made in
    the background (see `pardus.scr.compiled.cache`, and ADR 0020). Models that only the plain engine does
    (multi-catch) go to it; `likelihood.engine.name` says which it was.
    """
    if engine is None and not _ready(design):
        return Likelihood(design, PlainEngine())
    from pardus.scr.compiled.likelihood import CompiledLikelihood  # late: Numba takes half a second to import
    from pardus.scr.compiled.session import CompiledEngine

    chosen = CompiledEngine() if engine is None else engine
    if not isinstance(chosen, CompiledEngine):
        return Likelihood(design, chosen)
    if all(chosen.supports(problem) for problem in design.problems):
        return CompiledLikelihood(design, chosen)
    return Likelihood(design, PlainEngine())


def search(likelihood: Likelihood, start: Floats) -> Optimum:
    """Return the maximum near `start`, by Newton's method where the exact Hessian is to be had."""
    scale = likelihood.design.scale
    if isinstance(likelihood, Curved):
        return climb(likelihood.point, likelihood.settled, start, scale)
    return maximise(
        likelihood.value_and_gradient, lambda theta: likelihood.hessian(theta, scale), start, scale
    )


def _ready(design: Design) -> bool:
    """Whether to use the compiled engine; if only its machine code is missing, have it made."""
    if any(problem.kind == "multi" for problem in design.problems) or cache.choice() == "plain":
        return False
    if cache.choice() == "compiled" or cache.is_ready():
        return True
    cache.warm_in_background()
    return False
