"""The six detection functions with first and second derivatives, on runs of cells.

Columns of the table that `fill` writes, with a = log amplitude, s = log sigma, z = log z:

    0  log h        1  d/da   2  d/ds   3  d2/da2   4  d2/da ds   5  d2/ds2
                    6  d/dz   7  d2/da dz   8  d2/ds dz   9  d2/dz2       (hazard rate only)

Meanings and names as in `pardus.scr.detection`. HHN and HEX are *log-linear*: log h = a - q / r with
q = (d / sigma)^r, r = 2 or 1, so that d/ds = q and d2/ds2 = -r q; kernels have a short way for them.
"""

from __future__ import annotations

import numpy as np

from pardus.scr.compiled.elementary import SERIES_LIMIT, exp, log, log1p, log_excess, odds_slope
from pardus.scr.compiled.jit import part
from pardus.scr.compiled.strips import Floats

CODES = {"HHN": 2, "HEX": 1, "HN": 12, "EX": 11, "HHR": 3, "HR": 13}
"""Letters -> code: the power r (3 = hazard rate), plus 10 where the curve is a probability."""

ROWS_WITHOUT_Z = 6
ROWS = 10
NEAREST_SQUARED = 1e-18
HIGHEST_G = 1 - 1e-15


def is_log_linear(code: int) -> bool:
    """Whether log h is linear in the amplitude and in q."""
    return code in (1, 2)


def has_z(code: int) -> bool:
    """Whether the function has the shape parameter z."""
    return code in (3, 13)


@part
def fill(
    code: int, n: int, d2: Floats, log_amplitude: float, log_sigma: float, log_z: float, out: Floats
) -> None:
    """Write log h and its derivatives (10 or 6, cell) at squared distances d2 (cell,), first n cells."""
    family = code % 10
    value = out[0]
    by_a = out[1]
    by_s = out[2]
    by_aa = out[3]
    by_as = out[4]
    by_ss = out[5]
    precision = np.exp(-2.0 * log_sigma)
    if family == 2:
        for m in range(n):
            q = d2[m] * precision
            value[m] = log_amplitude - 0.5 * q
            by_s[m] = q
            by_ss[m] = -2.0 * q
    elif family == 1:
        for m in range(n):
            q = np.sqrt(d2[m] * precision)
            value[m] = log_amplitude - q
            by_s[m] = q
            by_ss[m] = -q
    else:
        z = np.exp(log_z)
        by_z = out[6]
        by_sz = out[8]
        by_zz = out[9]
        for m in range(n):
            power = -z * (0.5 * log(max(d2[m], NEAREST_SQUARED)) - log_sigma)
            power = min(max(power, -700.0), 700.0)
            t = exp(power)
            small = min(t, SERIES_LIMIT)
            e = exp(-t)
            if t < SERIES_LIMIT:
                shape = power + log_excess(small) - small
                slope = odds_slope(small) - small
            else:
                shape = log1p(-e)
                slope = t * e / (1.0 - e)
            bend = slope * (1.0 - t - slope)
            value[m] = log_amplitude + shape
            by_s[m] = slope * z
            by_ss[m] = bend * z * z
            by_z[m] = slope * power
            by_sz[m] = bend * z * power + slope * z
            by_zz[m] = bend * power * power + slope * power
    if code < 10:
        for m in range(n):
            by_a[m] = 1.0
            by_aa[m] = 0.0
            by_as[m] = 0.0
        if family == 3:
            out[7, :n] = 0.0
        return
    for m in range(n):
        g = min(exp(value[m]), HIGHEST_G)
        h = -log1p(-g)
        value[m] += log(h / g)
        slope = g / ((1.0 - g) * h)
        bend = slope * (1.0 / (1.0 - g) - slope)
        s = by_s[m]
        by_a[m] = slope
        by_aa[m] = bend
        by_as[m] = bend * s
        by_s[m] = slope * s
        by_ss[m] = bend * s * s + slope * by_ss[m]
    if family == 3:
        by_z = out[6]
        by_az = out[7]
        by_sz = out[8]
        by_zz = out[9]
        for m in range(n):
            slope = by_a[m]
            bend = by_aa[m]
            u = by_z[m]
            by_az[m] = bend * u
            by_z[m] = slope * u
            by_sz[m] = bend * (by_s[m] / slope) * u + slope * by_sz[m]
            by_zz[m] = bend * u * u + slope * by_zz[m]
