"""Sessions without a detection whose density has its own parameter.

With a Poisson number of animals the likelihood of such a session is exp(-D a), largest at D = 0 whatever the
detection parameters are: it says nothing about them. On the log scale D would run to minus infinity and spoil
every standard error. So the session is set aside, the others are fitted (exactly the same maximum), and the session
gets D = 0 with the exact Poisson upper bound over its effective area.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from pardus.model.capture import Floats
from pardus.model.fit import Estimate
from pardus.model.language import _
from pardus.scr.design import Design
from pardus.scr.estimates import cannot_give, nobody_seen
from pardus.scr.levels import own_levels
from pardus.scr.surfaces import chance_missed


def informative(design: Design) -> list[int]:
    """Return the sessions that must be in the search."""
    n = [h.n_animals for h in design.histories]
    everything = list(range(len(n)))
    predictor = design.predictors["D"]
    full = design.spec.distribution == "poisson" and not design.spec.conditional
    if all(n) or not full or predictor.fixed is not None or predictor.link != "log":
        return everything
    own = own_levels(design)
    return [s for s in everything if n[s] or not own[s]]


def estimates(
    whole: Design, fitted: Design, theta: Floats, sessions: Sequence[int], level: float
) -> list[Estimate]:
    """Return D = 0 with its bound for sessions set aside, or the reason why there is none.

    whole: design of all sessions; fitted: of those in the search, at theta.
    """
    known = dict(zip(fitted.names, theta, strict=True))
    full_theta = np.array([known.get(name, np.nan) for name in whole.names])
    full_theta[whole.predictors["D"].place] = 0.0
    shared = _("the other sessions")
    out: list[Estimate] = []
    for s in sessions:
        name = whole.problems[s].session
        if not np.isfinite(full_theta).all():
            out.append(
                cannot_give(
                    name,
                    _(
                        "Nobody was detected, and detection is not shared with other sessions: "
                        "density cannot be bounded."
                    ),
                )
            )
            continue
        problem = whole.problems[s]
        missed = chance_missed(problem, whole.parameters(full_theta, [s])[0])
        esa = problem.cell_area * float((1 - missed).sum(axis=1).mean())
        out.extend(nobody_seen(name, esa, problem.cell_area * problem.n_cells, shared, level))
    return out
