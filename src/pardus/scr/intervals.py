"""Intervals of positive quantities."""

from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv, ndtri  # scipy.stats would double the time to the first fit


def z_value(level: float) -> float:
    """Return the normal quantile of a two-sided interval (1.96 for 0.95)."""
    return float(ndtri(0.5 + level / 2))


def lognormal(estimate: float, se: float, level: float = 0.95, floor: float = 0.0) -> tuple[float, float]:
    """Return the log-normal interval of estimate - floor, shifted back.

    Burnham et al. (1987); with floor = n for the realised number, whose lower bound is what was seen.
    """
    above = estimate - floor
    if not (above > 0 and np.isfinite(se)):
        return float("nan"), float("nan")
    c = float(np.exp(z_value(level) * np.sqrt(np.log1p((se / above) ** 2))))
    return floor + above / c, floor + above * c


def logit_interval(share: float, se: float, level: float = 0.95) -> tuple[float, float]:
    """Return the interval of a share between 0 and 1 that is symmetric on the logit scale."""
    if not (0 < share < 1 and np.isfinite(se)):
        return float("nan"), float("nan")
    centre, half = np.log(share / (1 - share)), z_value(level) * se / (share * (1 - share))
    return float(1 / (1 + np.exp(half - centre))), float(1 / (1 + np.exp(-half - centre)))


def poisson_upper(count: int, level: float = 0.95) -> float:
    """Return the upper limit of a Poisson mean, of the two-sided exact interval (Garwood 1936); 3.69 for 0."""
    return float(gammaincinv(count + 1, 0.5 + level / 2))
