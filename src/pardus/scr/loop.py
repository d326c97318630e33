"""Many fits of one design in a row: simulation studies, bootstraps, identity uncertainty.

Cameras, mask and model stay the same from one history to the next; what they determine is worked out once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.mask import Mask
from pardus.scr.design import Design, make_design, renewed
from pardus.scr.engines import likelihood_of, ready_engine, search
from pardus.scr.problem import Engine
from pardus.scr.spec import ModelSpec
from pardus.scr.start import starting_values
from pardus.scr.threads import one_blas_thread

QUICK = 1e-4
"""Newton decrement at which a fit of many takes its last step: estimates within about 1e-4 standard errors."""

LOOP_CUT = 20.0
"""Cut of the windows in loops (see `pardus.scr.compiled.pruning`): cells that weigh 2e-9 of the others are left out."""

Survey = CaptureHistory | Sequence[CaptureHistory]


@dataclass(frozen=True, slots=True, eq=False)
class LoopFit:
    """One fit of many.

    names: of the coefficients. theta: estimates on the link scale. vcov: nan where the information is not
    positive definite. log_likelihood: without constants of the data. converged: False also when there was no
    animal. n_animals: detected.
    """

    names: tuple[str, ...]
    theta: Floats
    vcov: Floats
    log_likelihood: float
    converged: bool
    n_animals: int

    @property
    def se(self) -> Floats:
        """Standard errors on the link scale."""
        with np.errstate(invalid="ignore"):
            return np.asarray(np.sqrt(np.diag(self.vcov)))


def fit_many(
    surveys: Iterable[Survey],
    masks: Mask | Sequence[Mask],
    spec: ModelSpec,
    start: Floats | None = None,
) -> Iterator[LoopFit]:
    """Fit a model to one survey after another, as they come.

    surveys: each a history, or one for each session. start: coefficients to start from, for example those that
    the histories were simulated with; None finds them for each survey. All fits share an engine.
    A survey without animals or without a maximum gives a LoopFit that has not converged; nothing is raised for it.
    """
    masks = (masks,) if isinstance(masks, Mask) else tuple(masks)
    design: Design | None = None
    engine: Engine | None = None
    with one_blas_thread():
        for survey in surveys:
            histories = (survey,) if isinstance(survey, CaptureHistory) else tuple(survey)
            design = (renewed(design, histories) if design else None) or make_design(histories, masks, spec)
            engine = engine or ready_engine(design.problems, LOOP_CUT)
            yield _fit(design, engine, start)


def _fit(design: Design, engine: Engine | None, start: Floats | None) -> LoopFit:
    n = sum(h.n_animals for h in design.histories)
    q = len(design.names)
    if not n:
        return LoopFit(design.names, np.full(q, np.nan), np.full((q, q), np.nan), np.nan, False, 0)
    theta = starting_values(design) if start is None else start
    found = search(likelihood_of(design, engine), theta, QUICK)
    return LoopFit(design.names, found.theta, found.vcov, found.value, found.converged, n)
