"""First pass: the cumulative hazard at every cell and its moments, for hazard half-normal detection.

w = T lambda0 exp(-g/2) with g = d^2 / sigma^2 for a detector of effort T at distance d. Work goes strip by
strip, so that threads never write to the same cell.
"""

from __future__ import annotations

import numpy as np

from pardus.scr.compiled.elementary import exp
from pardus.scr.compiled.jit import kernel
from pardus.scr.compiled.strips import Floats, Ints


@kernel
def hazard_moments(
    first: int,
    last: int,
    strip_run: Ints,
    run_site: Ints,
    run_low: Ints,
    run_high: Ints,
    mask_x: Floats,
    mask_y: Floats,
    site_x: Floats,
    site_y: Floats,
    site_effort: Floats,
    log_lambda0: float,
    log_sigma: float,
    moments: Floats,
) -> None:
    """Add the sums of w, w g and w g^2 to moments (3, cell), for strips first..last-1 and one parameter set.

    strip_run: (strip + 1,) first run of each strip. run_site, run_low, run_high: (run,) site and cells.
    """
    precision = np.exp(-2.0 * log_sigma)
    for r in range(strip_run[first], strip_run[last]):
        k = run_site[r]
        x = site_x[k]
        y = site_y[k]
        top = log_lambda0 + np.log(site_effort[k])
        low = run_low[r]
        high = run_high[r]
        mx = mask_x[low:high]  # views from 0: with them the loop below becomes vector instructions
        my = mask_y[low:high]
        h0 = moments[0, low:high]
        h1 = moments[1, low:high]
        h2 = moments[2, low:high]
        for m in range(high - low):
            dx = mx[m] - x
            dy = my[m] - y
            g = (dx * dx + dy * dy) * precision
            w = exp(top - 0.5 * g)
            wg = w * g
            h0[m] += w
            h1[m] += wg
            h2[m] += wg * g


@kernel
def hazard_scores(
    first: int,
    last: int,
    strip_run: Ints,
    run_site: Ints,
    run_low: Ints,
    run_high: Ints,
    mask_x: Floats,
    mask_y: Floats,
    site_x: Floats,
    site_y: Floats,
    site_effort: Floats,
    site_set: Ints,
    log_lambda0: Floats,
    log_sigma: Floats,
    d_lambda0: Floats,
    d_sigma: Floats,
    hazard: Floats,
    scores: Floats,
) -> None:
    """Add the sum of w to hazard (cell,) and its derivatives by each coefficient to scores (coefficient, cell).

    site_set: (site,) parameter set of each site. log_lambda0, log_sigma: (set,).
    d_lambda0, d_sigma: (set, coefficient) derivatives of these two.
    """
    n_coefficients = scores.shape[0]
    longest = 1
    for r in range(strip_run[first], strip_run[last]):
        longest = max(longest, run_high[r] - run_low[r])
    w = np.empty(longest)
    wg = np.empty(longest)
    for r in range(strip_run[first], strip_run[last]):
        k = run_site[r]
        p = site_set[k]
        x = site_x[k]
        y = site_y[k]
        top = log_lambda0[p] + np.log(site_effort[k])
        precision = np.exp(-2.0 * log_sigma[p])
        low = run_low[r]
        high = run_high[r]
        mx = mask_x[low:high]
        my = mask_y[low:high]
        total = hazard[low:high]
        for m in range(high - low):
            dx = mx[m] - x
            dy = my[m] - y
            g = (dx * dx + dy * dy) * precision
            w[m] = exp(top - 0.5 * g)
            wg[m] = w[m] * g
            total[m] += w[m]
        for j in range(n_coefficients):
            a = d_lambda0[p, j]
            s = d_sigma[p, j]
            if a != 0.0 or s != 0.0:
                row = scores[j, low:high]
                for m in range(high - low):
                    row[m] += a * w[m] + s * wg[m]


@kernel
def hazard_curvature(
    first: int,
    last: int,
    strip_run: Ints,
    run_site: Ints,
    run_low: Ints,
    run_high: Ints,
    mask_x: Floats,
    mask_y: Floats,
    site_x: Floats,
    site_y: Floats,
    site_effort: Floats,
    site_set: Ints,
    log_lambda0: Floats,
    log_sigma: Floats,
    adjoint: Floats,
    curvature: Floats,
) -> None:
    """Add the sums over cells of adjoint * (w, w g, w g^2) to curvature (3, site). adjoint: (cell,)."""
    for r in range(strip_run[first], strip_run[last]):
        k = run_site[r]
        p = site_set[k]
        x = site_x[k]
        y = site_y[k]
        top = log_lambda0[p] + np.log(site_effort[k])
        precision = np.exp(-2.0 * log_sigma[p])
        low = run_low[r]
        high = run_high[r]
        mx = mask_x[low:high]
        my = mask_y[low:high]
        back = adjoint[low:high]
        c0 = 0.0
        c1 = 0.0
        c2 = 0.0
        for m in range(high - low):
            dx = mx[m] - x
            dy = my[m] - y
            g = (dx * dx + dy * dy) * precision
            w = back[m] * exp(top - 0.5 * g)
            c0 += w
            c1 += w * g
            c2 += w * g * g
        curvature[0, k] += c0
        curvature[1, k] += c1
        curvature[2, k] += c2


@kernel
def hazard_at(
    x: Floats,
    y: Floats,
    site_x: Floats,
    site_y: Floats,
    site_effort: Floats,
    site_set: Ints,
    log_lambda0: Floats,
    log_sigma: Floats,
    out: Floats,
) -> None:
    """Write the cumulative hazard of all sites, none left out, at each point into out (point,)."""
    n = site_x.size
    top = np.empty(n)
    precision = np.empty(n)
    for k in range(n):
        top[k] = log_lambda0[site_set[k]] + np.log(site_effort[k])
        precision[k] = np.exp(-2.0 * log_sigma[site_set[k]])
    for i in range(x.size):
        total = 0.0
        for k in range(n):
            dx = site_x[k] - x[i]
            dy = site_y[k] - y[i]
            total += exp(top[k] - 0.5 * (dx * dx + dy * dy) * precision[k])
        out[i] = total
