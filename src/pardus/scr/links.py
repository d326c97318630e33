"""Links between a linear predictor and a parameter.

The engines take logarithms of parameters, so each link gives log(parameter) and its derivative by the predictor.
"""

from __future__ import annotations

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _

_FLOOR = 1e-12


def to_log(link: str, predictor: Floats) -> tuple[Floats, Floats]:
    """Return log(parameter) and d log(parameter) / d predictor. Identity: values below 1e-12 count as 1e-12."""
    if link == "log":
        return predictor, np.ones_like(predictor)
    if link == "logit":
        p = 1 / (1 + np.exp(-np.clip(predictor, -700, 700)))
        return -np.logaddexp(0.0, -predictor), 1 - p
    if link == "identity":
        value = np.maximum(predictor, _FLOOR)
        return np.log(value), np.where(predictor > _FLOOR, 1 / value, 0.0)
    raise ParameterError(_("Link {link!r}: expected log, logit or identity.").format(link=link))


def curvature(link: str, predictor: Floats) -> Floats:
    """Return d2 log(parameter) / d predictor2."""
    slope = to_log(link, predictor)[1]
    if link == "logit":
        return slope * (slope - 1)
    return -(slope**2) if link == "identity" else np.zeros_like(predictor)


def inverse(link: str, predictor: Floats) -> Floats:
    """Return the parameter on its natural scale."""
    if link == "identity":
        return predictor
    with np.errstate(over="ignore"):  # the end of an interval of a parameter that data say nothing of
        out: Floats = np.exp(to_log(link, predictor)[0])
    return out


def forward(link: str, value: float) -> float:
    """Return the predictor of a value on the natural scale."""
    if link == "log":
        return float(np.log(value))
    if link == "logit":
        return float(np.log(value / (1 - value)))
    return float(value)


def natural_se(link: str, value: float, se: float) -> float:
    """Return the standard error on the natural scale.

    log: value sqrt(exp(se^2) - 1), of a lognormal; logit: value (1 - value) se. As in secr.
    """
    if link == "log":
        with np.errstate(over="ignore"):
            return float(value * np.sqrt(np.expm1(se**2)))
    if link == "logit":
        return float(value * (1 - value) * se)
    return float(se)
