"""Second pass: every animal's likelihood and its derivatives over its window, hazard half-normal detection.

An animal is a list of items. An item at (x, y) with parameter set p adds to the log of the probability of the
history, for a centre at distance d and with log h = log lambda0_p - g/2, g = d^2 / sigma_p^2,

    count * psi(log h + offset) - exposure * h,      psi = log hazard (Poisson) or log(exp(hazard) - 1)

and the cumulative hazard of the first pass is taken off once. For cell m the score is s = d log(D f) / d
coefficients; with w the posterior of the centre over cells and classes,

    gradient = E_w[s],    Hessian = E_w[d s / d coefficients] + Cov_w(s).

All first and second derivatives of psi and h are sums over (1, g) and (1, g, g^2), so that it is enough to
add up five posterior means for each parameter set (`set_sums`); the caller multiplies them by the design.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pardus.scr.compiled.elementary import SERIES_LIMIT, exp, log_excess, odds_slope
from pardus.scr.compiled.jit import kernel
from pardus.scr.compiled.strips import Floats, Ints


class Items(NamedTuple):
    """What each animal's history consists of, given its class.

    start: (animal * class + 1,) first item of animal i in class c at i * n_classes + c; an animal's items of one
    parameter set follow each other. x, y: (item,) metres. set, count, offset, exposure: (item,) as above.
    spread: (item,) sum of squared distances about (x, y) where several Poisson counts were drawn into one.
    """

    start: Ints
    x: Floats
    y: Floats
    set: Ints
    count: Floats
    offset: Floats
    exposure: Floats
    spread: Floats


class Windows(NamedTuple):
    """Runs of cells of each animal, as `strips.Runs`; type: (animal,) its type; known: its class, or -1."""

    start: Ints
    low: Ints
    high: Ints
    type: Ints
    known: Ints


class Curves(NamedTuple):
    """Parameter values: log lambda0 and log sigma (set,), with their derivatives (set, coefficient)."""

    log_lambda0: Floats
    log_sigma: Floats
    d_lambda0: Floats
    d_sigma: Floats


class Cells(NamedTuple):
    """What is known for each cell before an animal is looked at.

    x, y: (cell,). log_weight: (type, class, cell) log of D, class share and exp(-H) together.
    scores: (type, class, coefficient, cell) derivatives of log_weight; without rows when no Hessian is wanted.
    """

    x: Floats
    y: Floats
    log_weight: Floats
    scores: Floats


@kernel
def animal_likelihoods(
    first: int,
    last: int,
    poisson: bool,
    width: int,
    groups: int,
    items: Items,
    windows: Windows,
    curves: Curves,
    cells: Cells,
    log_likelihood: Floats,
    mass: Floats,
    set_sums: Floats,
    covariance: Floats,
) -> None:
    """Do animals first..last-1.

    width: cells of the largest window. groups: most parameter sets that one animal has items of.
    Written: log_likelihood (animal,); added to: mass (type, class, cell) posterior of the centres,
    set_sums (5, set) posterior means of the derivatives of the items, covariance (coefficient, coefficient).
    """
    n_classes, n_coefficients = cells.scores.shape[1], cells.scores.shape[2]
    log_weight = np.empty((n_classes, width))
    scores = np.empty((n_classes, n_coefficients, width))
    sums = np.empty((n_classes, groups, 5, width))
    group_set = np.empty((n_classes, groups), dtype=np.int64)
    n_groups = np.zeros(n_classes, dtype=np.int64)
    totals = np.empty(n_classes)
    means = np.empty((n_classes, n_coefficients))
    xs = np.empty(width)
    ys = np.empty(width)
    psi = np.empty(width)
    rho = np.empty(width)
    gs = np.empty(width)
    for i in range(first, last):
        kind = windows.type[i]
        n = 0
        for r in range(windows.start[i], windows.start[i + 1]):
            size = windows.high[r] - windows.low[r]
            xs[n : n + size] = cells.x[windows.low[r] : windows.high[r]]
            ys[n : n + size] = cells.y[windows.low[r] : windows.high[r]]
            n += size
        for c in range(n_classes):
            totals[c] = -np.inf
            if windows.known[i] >= 0 and windows.known[i] != c:
                continue
            weight = log_weight[c]
            n = 0
            for r in range(windows.start[i], windows.start[i + 1]):
                low = windows.low[r]
                high = windows.high[r]
                weight[n : n + high - low] = cells.log_weight[kind, c, low:high]
                scores[c, :, n : n + high - low] = cells.scores[kind, c, :, low:high]
                n += high - low
            group = -1
            previous = -1
            for t in range(items.start[i * n_classes + c], items.start[i * n_classes + c + 1]):
                p = items.set[t]
                if p != previous:
                    group += 1
                    group_set[c, group] = p
                    previous = p
                    sums[c, group, :, :n] = 0.0
                s0 = sums[c, group, 0]
                s1 = sums[c, group, 1]
                s2 = sums[c, group, 2]
                s3 = sums[c, group, 3]
                s4 = sums[c, group, 4]
                precision = np.exp(-2.0 * curves.log_sigma[p])
                x = items.x[t]
                y = items.y[t]
                for m in range(n):
                    dx = xs[m] - x
                    dy = ys[m] - y
                    gs[m] = (dx * dx + dy * dy) * precision
                count = items.count[t]
                if count > 0.0 and poisson:
                    top = count * (curves.log_lambda0[p] + items.offset[t])
                    top -= 0.5 * items.spread[t] * precision
                    extra = items.spread[t] * precision
                    for m in range(n):
                        g = count * gs[m] + extra
                        weight[m] += top - 0.5 * count * gs[m]
                        s0[m] += count
                        s1[m] += g
                        s4[m] -= 2.0 * g
                elif count > 0.0:
                    top = curves.log_lambda0[p] + items.offset[t]
                    for m in range(n):
                        logarithm = top - 0.5 * gs[m]
                        h = min(exp(logarithm), SERIES_LIMIT)
                        psi[m] = logarithm + log_excess(h)
                        rho[m] = odds_slope(h)
                    if np.exp(top) > SERIES_LIMIT:
                        for m in range(n):
                            h = exp(top - 0.5 * gs[m])
                            if h > SERIES_LIMIT:
                                e = exp(-h)
                                psi[m] = h + np.log1p(-e)
                                rho[m] = h / (1.0 - e)
                    for m in range(n):
                        g = gs[m]
                        h = exp(top - 0.5 * g)
                        slope = count * rho[m]
                        bend = slope * (1.0 - rho[m] + h)
                        weight[m] += count * psi[m]
                        s0[m] += slope
                        s1[m] += slope * g
                        s2[m] += bend
                        s3[m] += bend * g
                        s4[m] += bend * g * g - 2.0 * slope * g
                exposure = items.exposure[t]
                if exposure != 0.0:
                    for m in range(n):
                        g = gs[m]
                        h = exposure * exp(curves.log_lambda0[p] - 0.5 * g)
                        weight[m] -= h
                        s0[m] -= h
                        s1[m] -= h * g
                        s2[m] -= h
                        s3[m] -= h * g
                        s4[m] -= h * g * g - 2.0 * h * g
            n_groups[c] = group + 1
            for group in range(n_groups[c]):
                p = group_set[c, group]
                s0 = sums[c, group, 0]
                s1 = sums[c, group, 1]
                for j in range(n_coefficients):
                    a = curves.d_lambda0[p, j]
                    s = curves.d_sigma[p, j]
                    if a != 0.0 or s != 0.0:
                        row = scores[c, j]
                        for m in range(n):
                            row[m] += a * s0[m] + s * s1[m]
            highest = -np.inf
            for m in range(n):
                highest = max(highest, weight[m])
            total = 0.0
            for m in range(n):
                weight[m] = exp(weight[m] - highest)
                total += weight[m]
            totals[c] = highest + np.log(total)
            for m in range(n):
                weight[m] /= total
            for j in range(n_coefficients):
                mean = 0.0
                row = scores[c, j]
                for m in range(n):
                    mean += weight[m] * row[m]
                means[c, j] = mean
        highest = totals.max()
        total = np.exp(totals - highest).sum()
        log_likelihood[i] = highest + np.log(total)
        for c in range(n_classes):
            if totals[c] == -np.inf:
                continue
            share = np.exp(totals[c] - log_likelihood[i])
            weight = log_weight[c]
            n = 0
            for r in range(windows.start[i], windows.start[i + 1]):
                low = windows.low[r]
                size = windows.high[r] - low
                out = mass[kind, c, low : low + size]
                part = weight[n : n + size]
                for m in range(size):
                    out[m] += share * part[m]
                n += size
            for group in range(n_groups[c]):
                for k in range(5):
                    mean = 0.0
                    row = sums[c, group, k]
                    for m in range(n):
                        mean += weight[m] * row[m]
                    set_sums[k, group_set[c, group]] += share * mean
            for j in range(n_coefficients):
                mean = 0.0
                for other in range(n_classes):
                    if totals[other] > -np.inf:
                        mean += np.exp(totals[other] - log_likelihood[i]) * means[other, j]
                row = scores[c, j]
                for m in range(n):
                    row[m] -= mean
            for j in range(n_coefficients):
                for k in range(j + 1):
                    product = 0.0
                    one = scores[c, j]
                    two = scores[c, k]
                    for m in range(n):
                        product += weight[m] * one[m] * two[m]
                    covariance[j, k] += share * product
                    if j != k:
                        covariance[k, j] += share * product
