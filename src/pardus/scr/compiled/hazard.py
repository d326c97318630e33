"""First pass: the cumulative hazard of naive animals at every cell, and its derivatives.

The hazard of a site of effort T at a cell is w = T h(d). Threads divide the strips of the mask between them,
so that no two write to the same cell.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pardus.scr.compiled.curves import fill
from pardus.scr.compiled.elementary import exp
from pardus.scr.compiled.jit import kernel
from pardus.scr.compiled.strips import Floats, Ints


class Pairs(NamedTuple):
    """The runs of cells near each site, and what the two sides are.

    start: (site + 1,) first run of each site. low, high, strip: (run,) cells low..high-1, all in one strip.
    cell_x, cell_y: (cell,). site_x, site_y, effort, set: (site,).
    """

    start: Ints
    low: Ints
    high: Ints
    strip: Ints
    cell_x: Floats
    cell_y: Floats
    site_x: Floats
    site_y: Floats
    effort: Floats
    set: Ints


class Curves(NamedTuple):
    """Parameter values (set,) and their derivatives by the coefficients (set, coefficient)."""

    log_amplitude: Floats
    log_sigma: Floats
    log_z: Floats
    d_amplitude: Floats
    d_sigma: Floats
    d_z: Floats


@kernel
def hazard_moments(
    first: int, last: int, power: int, pairs: Pairs, log_amplitude: float, log_sigma: float, moments: Floats
) -> None:
    """Add the sums of w, w q and w q^2 to moments (3, cell): log-linear h, one parameter set.

    In strips first..last-1. power: 2 (HHN) or 1 (HEX); q = (d / sigma)^power.
    """
    precision = np.exp(-2.0 * log_sigma)
    for k in range(pairs.site_x.size):
        x = pairs.site_x[k]
        y = pairs.site_y[k]
        top = log_amplitude + np.log(pairs.effort[k])
        for r in range(pairs.start[k], pairs.start[k + 1]):
            if pairs.strip[r] < first or pairs.strip[r] >= last:
                continue
            low = pairs.low[r]
            high = pairs.high[r]
            mx = pairs.cell_x[low:high]  # views from 0: with them the loops below become vector instructions
            my = pairs.cell_y[low:high]
            h0 = moments[0, low:high]
            h1 = moments[1, low:high]
            h2 = moments[2, low:high]
            if power == 2:
                for m in range(high - low):
                    dx = mx[m] - x
                    dy = my[m] - y
                    q = (dx * dx + dy * dy) * precision
                    w = exp(top - 0.5 * q)
                    h0[m] += w
                    h1[m] += w * q
                    h2[m] += w * q * q
            else:
                for m in range(high - low):
                    dx = mx[m] - x
                    dy = my[m] - y
                    q = np.sqrt((dx * dx + dy * dy) * precision)
                    w = exp(top - q)
                    h0[m] += w
                    h1[m] += w * q
                    h2[m] += w * q * q


@kernel
def hazard_moments_on_grid(
    first: int,
    last: int,
    pairs: Pairs,
    column: Ints,
    columns: Floats,
    log_amplitude: float,
    log_sigma: float,
    moments: Floats,
) -> None:
    """Do the same for HHN on a mask that is part of a grid: exp(-q/2) is a factor for x times one for y.

    column: (cell,) and columns: x of each, as in `strips.Strips`; the cells of a run are neighbours.
    """
    precision = np.exp(-2.0 * log_sigma)
    across = np.empty(columns.size)
    factor = np.empty(columns.size)
    for k in range(pairs.site_x.size):
        x = pairs.site_x[k]
        y = pairs.site_y[k]
        top = log_amplitude + np.log(pairs.effort[k])
        left = columns.size
        right = 0
        for r in range(pairs.start[k], pairs.start[k + 1]):
            if first <= pairs.strip[r] < last:
                left = min(left, column[pairs.low[r]])
                right = max(right, column[pairs.low[r]] + pairs.high[r] - pairs.low[r])
        if right <= left:
            continue
        cx = columns[left:right]
        qx = across[left:right]
        fx = factor[left:right]
        for j in range(right - left):
            dx = cx[j] - x
            qx[j] = dx * dx * precision
            fx[j] = exp(-0.5 * qx[j])
        for r in range(pairs.start[k], pairs.start[k + 1]):
            if pairs.strip[r] < first or pairs.strip[r] >= last:
                continue
            low = pairs.low[r]
            high = pairs.high[r]
            dy = pairs.cell_y[low] - y
            qy = dy * dy * precision
            fy = exp(top - 0.5 * qy)
            j = column[low]
            qx = across[j : j + high - low]
            fx = factor[j : j + high - low]
            h0 = moments[0, low:high]
            h1 = moments[1, low:high]
            h2 = moments[2, low:high]
            for m in range(high - low):
                q = qx[m] + qy
                w = fx[m] * fy
                h0[m] += w
                h1[m] += w * q
                h2[m] += w * q * q


@kernel
def hazard_scores(
    first: int, last: int, code: int, rows: int, pairs: Pairs, curves: Curves, hazard: Floats, scores: Floats
) -> None:
    """Add the sum of w to hazard (cell,), its derivatives by each coefficient to scores (coefficient, cell).

    Any detection function (code, see `curves`; rows of its table), any parameter sets.
    """
    longest = max(1, (pairs.high - pairs.low).max()) if pairs.low.size else 1
    d2 = np.empty(longest)
    curve = np.empty((rows, longest))
    for k in range(pairs.site_x.size):
        p = pairs.set[k]
        x = pairs.site_x[k]
        y = pairs.site_y[k]
        for r in range(pairs.start[k], pairs.start[k + 1]):
            if pairs.strip[r] < first or pairs.strip[r] >= last:
                continue
            low = pairs.low[r]
            n = pairs.high[r] - low
            mx = pairs.cell_x[low : low + n]
            my = pairs.cell_y[low : low + n]
            for m in range(n):
                dx = mx[m] - x
                dy = my[m] - y
                d2[m] = dx * dx + dy * dy
            fill(code, n, d2, curves.log_amplitude[p], curves.log_sigma[p], curves.log_z[p], curve)
            w = curve[0]
            by_a = curve[1]
            by_s = curve[2]
            total = hazard[low : low + n]
            effort = pairs.effort[k]
            for m in range(n):
                w[m] = effort * exp(w[m])
                total[m] += w[m]
            for j in range(scores.shape[0]):
                a = curves.d_amplitude[p, j]
                s = curves.d_sigma[p, j]
                if a != 0.0 or s != 0.0:
                    row = scores[j, low : low + n]
                    for m in range(n):
                        row[m] += w[m] * (a * by_a[m] + s * by_s[m])
                if rows > 6 and curves.d_z[p, j] != 0.0:
                    z = curves.d_z[p, j]
                    row = scores[j, low : low + n]
                    by_z = curve[6]
                    for m in range(n):
                        row[m] += z * w[m] * by_z[m]


@kernel
def hazard_curvature(
    first: int, last: int, code: int, rows: int, pairs: Pairs, curves: Curves, adjoint: Floats, sums: Floats
) -> None:
    """Add adjoint (cell,) times the first and second derivatives of w, over cells, to sums (rows - 1, site)."""
    longest = max(1, (pairs.high - pairs.low).max()) if pairs.low.size else 1
    d2 = np.empty(longest)
    curve = np.empty((rows, longest))
    for k in range(pairs.site_x.size):
        p = pairs.set[k]
        x = pairs.site_x[k]
        y = pairs.site_y[k]
        for r in range(pairs.start[k], pairs.start[k + 1]):
            if pairs.strip[r] < first or pairs.strip[r] >= last:
                continue
            low = pairs.low[r]
            n = pairs.high[r] - low
            mx = pairs.cell_x[low : low + n]
            my = pairs.cell_y[low : low + n]
            for m in range(n):
                dx = mx[m] - x
                dy = my[m] - y
                d2[m] = dx * dx + dy * dy
            fill(code, n, d2, curves.log_amplitude[p], curves.log_sigma[p], curves.log_z[p], curve)
            back = adjoint[low : low + n]
            effort = pairs.effort[k]
            w = curve[0]
            a = curve[1]
            s = curve[2]
            t0 = 0.0
            t1 = 0.0
            t2 = 0.0
            t3 = 0.0
            t4 = 0.0
            for m in range(n):
                w[m] = effort * back[m] * exp(w[m])
                t0 += w[m] * a[m]
                t1 += w[m] * s[m]
                t2 += w[m] * (a[m] * a[m] + curve[3, m])
                t3 += w[m] * (a[m] * s[m] + curve[4, m])
                t4 += w[m] * (s[m] * s[m] + curve[5, m])
            sums[0, k] += t0
            sums[1, k] += t1
            sums[2, k] += t2
            sums[3, k] += t3
            sums[4, k] += t4
            if rows > 6:
                z = curve[6]
                t0 = 0.0
                t1 = 0.0
                t2 = 0.0
                t3 = 0.0
                for m in range(n):
                    t0 += w[m] * z[m]
                    t1 += w[m] * (a[m] * z[m] + curve[7, m])
                    t2 += w[m] * (s[m] * z[m] + curve[8, m])
                    t3 += w[m] * (z[m] * z[m] + curve[9, m])
                sums[5, k] += t0
                sums[6, k] += t1
                sums[7, k] += t2
                sums[8, k] += t3


@kernel
def hazard_at(
    code: int,
    rows: int,
    x: Floats,
    y: Floats,
    site_x: Floats,
    site_y: Floats,
    effort: Floats,
    set_of_site: Ints,
    log_amplitude: Floats,
    log_sigma: Floats,
    log_z: Floats,
    out: Floats,
) -> None:
    """Write the cumulative hazard of all sites, none left out, at each point into out (point,)."""
    d2 = np.empty(x.size)
    curve = np.empty((rows, x.size))
    value = curve[0]
    out[:] = 0.0
    for k in range(site_x.size):
        p = set_of_site[k]
        for i in range(x.size):
            dx = site_x[k] - x[i]
            dy = site_y[k] - y[i]
            d2[i] = dx * dx + dy * dy
        fill(code, x.size, d2, log_amplitude[p], log_sigma[p], log_z[p], curve)
        for i in range(x.size):
            out[i] += effort[k] * exp(value[i])
