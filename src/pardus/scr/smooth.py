"""Smooth terms for formulas: s(x, k=4), a thin plate regression spline of one variable.

Of all k-dimensional spaces of curves it keeps the straight line and the k - 2 most important bends of the thin
plate spline with a knot at every value (its largest eigenvectors). The curve is unpenalised: k fixes its freedom,
k - 1 coefficients beside the intercept. Wood (2003) J. R. Statist. Soc. B 65: 95-114, section 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from formulaic.materializers.types import FactorValues
from formulaic.transforms import stateful_transform
from scipy.sparse.linalg import eigsh

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _

_MOST_KNOTS = 2000


@stateful_transform  # type: ignore[untyped-decorator]
def s(data: Any, k: int = 4, _state: Any = None) -> Any:
    """Return the k - 1 columns of the smooth, each with mean 0 over the rows the design was made of.

    data: (row,). k: from 3 to the number of distinct values. Knots, bends, mean and scale are remembered, so that
    the same curve is drawn over new rows. Raises ParameterError for another k.
    """
    x = np.asarray(data, dtype=np.float64)
    if "knots" not in _state:
        _learn(_state, x, k)
    columns = _columns(_state, x)
    if "mean" not in _state:
        _state["mean"] = columns.mean(axis=0)
        _state["scale"] = np.maximum(columns.std(axis=0), 1e-12)
    columns = (columns - _state["mean"]) / _state["scale"]
    return FactorValues(
        {i + 1: columns[:, i] for i in range(columns.shape[1])}, kind="numerical", spans_intercept=False
    )


def _learn(state: Any, x: Floats, k: int) -> None:
    knots = np.unique(x)
    if not 3 <= k < len(knots):
        raise ParameterError(
            _("s(..., k={k}): expected k from 3 to {most}, the number of distinct values less one.").format(
                k=k, most=len(knots) - 1
            )
        )
    if len(knots) > _MOST_KNOTS:
        knots = np.unique(np.quantile(x, np.linspace(0, 1, _MOST_KNOTS)))
    low, width = float(knots.min()), float(np.ptp(knots))
    state["low"], state["width"] = low, width
    knots = (knots - low) / width
    _values, vectors = eigsh(np.abs(knots[:, None] - knots[None, :]) ** 3, k=k, v0=np.ones(len(knots)))
    line = np.stack((np.ones_like(knots), knots), axis=1)
    bends = np.linalg.svd(vectors.T @ line, full_matrices=True)[0][
        :, 2:
    ]  # combinations without a straight part
    state["knots"], state["bends"] = knots, vectors @ bends


def _columns(state: Any, x: Floats) -> Floats:
    at = (x - state["low"]) / state["width"]
    bent = np.abs(at[:, None] - state["knots"][None, :]) ** 3 @ state["bends"]
    out: Floats = np.concatenate((bent, at[:, None]), axis=1)
    return out
