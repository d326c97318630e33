"""Which sessions have a density of their own, and which share one with others."""

from __future__ import annotations

import numpy as np

from pardus.model.capture import Floats
from pardus.scr.design import Design


def own_levels(design: Design) -> list[bool]:
    """Return for each session whether its D can be moved by a constant without moving that of any other session.

    Always so under the conditional likelihood, where D is derived from each session's own animals; never where D
    is fixed.
    """
    if design.spec.conditional:
        return [True] * len(design.histories)
    predictor = design.predictors["D"]
    if predictor.fixed is not None:
        return [False] * len(design.histories)
    X = predictor.matrix.values
    rows = [np.unique(X[r.reshape(-1)], axis=0) for r in design.density_rows]
    return [_own_level(rows, s) for s in range(len(rows))]


def _own_level(rows: list[Floats], s: int) -> bool:
    """Whether D of session s can be moved by a constant without moving D of any other session."""
    others = (
        np.concatenate([r for i, r in enumerate(rows) if i != s])
        if len(rows) > 1
        else np.zeros((0, rows[s].shape[1]))
    )
    together = np.concatenate((others, rows[s]))
    target = np.concatenate((np.zeros(len(others)), np.ones(len(rows[s]))))
    solution = np.linalg.lstsq(together, target, rcond=None)[0]
    return bool(np.abs(together @ solution - target).max() < 1e-8)
