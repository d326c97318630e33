"""Second pass: every animal's likelihood and its derivatives over its window.

An animal is a list of items. An item at (x, y) with parameter set p adds to the log of the probability of the
history, for a centre at distance d and with h the hazard of p at d,

    count * psi(log h + offset) - exposure * h,      psi = log hazard (Poisson) or log(exp(hazard) - 1)

and the cumulative hazard of the first pass is taken off once. For cell m the score is s = d log(D f) / d
coefficients; with w the posterior of the centre over cells and classes,

    gradient = E_w[s],    Hessian = E_w[d s / d coefficients] + Cov_w(s).

An item depends on the coefficients through log amplitude, log sigma and log z of its set only, so it is enough
to add up posterior means of its derivatives for each parameter set (`set_sums`, rows 1.. of `curves.fill`);
the caller multiplies them by the design.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from pardus.scr.compiled.curves import fill
from pardus.scr.compiled.elementary import SERIES_LIMIT, exp, log1p, log_excess, odds_slope
from pardus.scr.compiled.hazard import Curves
from pardus.scr.compiled.jit import kernel, part
from pardus.scr.compiled.strips import Floats, Ints


class Items(NamedTuple):
    """What each animal's history consists of, given its class.

    start: (animal * class + 1,) first item of animal i in class c at i * n_classes + c; an animal's items of one
    parameter set follow each other. x, y: (item,) metres. set, records (the count above), offset,
    exposure: (item,) as above.
    spread: (item,) sum of squared distances about (x, y) where several Poisson counts were drawn into one.
    """

    start: Ints
    x: Floats
    y: Floats
    set: Ints
    records: Floats
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


class Cells(NamedTuple):
    """What is known for each cell before an animal is looked at.

    x, y: (cell,). log_weight: (type, class, cell) log of D, class share and exp(-H) together.
    scores: (type, class, coefficient, cell) derivatives of log_weight; without rows when no Hessian is wanted.
    """

    x: Floats
    y: Floats
    log_weight: Floats
    scores: Floats


FEW_TERMS_LIMIT = 0.02
"""Up to this hazard three terms of the series of log((exp(h) - 1) / h) and of its slope hold to 1e-15."""


@part
def _psi(
    poisson: bool, n: int, offset: float, highest: float, value: Floats, h: Floats, psi: Floats, rho: Floats
) -> None:
    """Write psi and rho = d psi / d log h for log hazards `value`, and the hazard itself into h.

    highest: no value is above it.
    """
    if poisson:
        for m in range(n):
            psi[m] = value[m] + offset
            rho[m] = 1.0
            h[m] = 0.0
        return
    for m in range(n):
        logarithm = value[m] + offset
        h[m] = exp(logarithm)
        small = min(h[m], SERIES_LIMIT)
        psi[m] = logarithm + log_excess(small)
        rho[m] = odds_slope(small)
    if np.exp(highest + offset) > SERIES_LIMIT:
        for m in range(n):
            if h[m] > SERIES_LIMIT:
                e = exp(-h[m])
                psi[m] = h[m] + log1p(-e)
                rho[m] = h[m] / (1.0 - e)


@part
def _add_log_linear(
    power: int,
    poisson: bool,
    n: int,
    log_amplitude: float,
    log_sigma: float,
    count: float,
    offset: float,
    exposure: float,
    spread: float,
    x: float,
    y: float,
    xs: Floats,
    ys: Floats,
    work: Floats,
    weight: Floats,
    sums: Floats,
) -> None:
    """Add one item at (x, y), HHN or HEX: everything is a sum over 1, q and q^2.

    The hazard of exposures goes to three rows of its own, from which `_take_off` moves it in the end.
    """
    value = work[0]
    h = work[1]
    psi = work[2]
    rho = work[3]
    q = work[4]
    s0 = sums[0]
    s1 = sums[1]
    s2 = sums[2]
    s3 = sums[3]
    s4 = sums[4]
    lost0 = sums[5]
    lost1 = sums[6]
    lost2 = sums[7]
    precision = np.exp(-2.0 * log_sigma)
    if power == 2 and count == 0.0:  # only a change of exposure, in one loop
        for m in range(n):
            dx = xs[m] - x
            dy = ys[m] - y
            g = (dx * dx + dy * dy) * precision
            w = exposure * exp(log_amplitude - 0.5 * g)
            lost0[m] += w
            lost1[m] += w * g
            lost2[m] += w * g * g
        return
    highest = np.exp(log_amplitude + offset)
    plain = power == 2 and exposure == 0.0 and not poisson
    if plain and highest <= FEW_TERMS_LIMIT:  # the common case, in one loop
        top = log_amplitude + offset
        for m in range(n):
            dx = xs[m] - x
            dy = ys[m] - y
            g = (dx * dx + dy * dy) * precision
            logarithm = top - 0.5 * g
            hazard = exp(logarithm)
            square = hazard * hazard
            bent = hazard * (0.5 - hazard * (1 / 12 - square * (1 / 720)))  # 1 - ratio + hazard
            slope = count * (1.0 + hazard - bent)
            bend = slope * bent
            weight[m] += count * (logarithm + hazard * (0.5 + hazard * (1 / 24 - square * (1 / 2880))))
            s0[m] += slope
            s1[m] += slope * g
            s2[m] += bend
            s3[m] += bend * g
            s4[m] += (bend * g - 2.0 * slope) * g
        return
    if plain and highest <= SERIES_LIMIT:
        top = log_amplitude + offset
        for m in range(n):
            dx = xs[m] - x
            dy = ys[m] - y
            g = (dx * dx + dy * dy) * precision
            logarithm = top - 0.5 * g
            hazard = exp(logarithm)
            ratio = odds_slope(hazard)
            slope = count * ratio
            bend = slope * (1.0 - ratio + hazard)
            weight[m] += count * (logarithm + log_excess(hazard))
            s0[m] += slope
            s1[m] += slope * g
            s2[m] += bend
            s3[m] += bend * g
            s4[m] += (bend * g - 2.0 * slope) * g
        return
    for m in range(n):
        dx = xs[m] - x
        dy = ys[m] - y
        q[m] = (dx * dx + dy * dy) * precision
    if power == 1:
        for m in range(n):
            q[m] = np.sqrt(q[m])
    if count > 0.0 and poisson:
        top = count * (log_amplitude + offset) - 0.5 * spread * precision
        extra = spread * precision
        for m in range(n):
            total = count * q[m] + extra
            weight[m] += top - count * q[m] / power
            s0[m] += count
            s1[m] += total
            s4[m] -= power * total
    elif count > 0.0:
        for m in range(n):
            value[m] = log_amplitude - q[m] / power
        _psi(poisson, n, offset, log_amplitude, value, h, psi, rho)
        for m in range(n):
            slope = count * rho[m]
            bend = slope * (1.0 - rho[m] + h[m])
            weight[m] += count * psi[m]
            s0[m] += slope
            s1[m] += slope * q[m]
            s2[m] += bend
            s3[m] += bend * q[m]
            s4[m] += (bend * q[m] - power * slope) * q[m]
    if exposure != 0.0:
        inverse = 1.0 / power
        for m in range(n):
            w = exposure * exp(log_amplitude - q[m] * inverse)
            lost0[m] += w
            lost1[m] += w * q[m]
            lost2[m] += w * q[m] * q[m]


@part
def _first_exposed(items: Items, at: int) -> int:
    """Return the first item from `at` on that has an exposure; items with records only come before those."""
    while items.exposure[at] == 0.0:
        at += 1
    return at


@part
def _alike(group: int, end: int, sets: Ints, segment: Ints, items: Items, curves: Curves) -> int:
    """Return an earlier set whose exposures are at the same places and in proportion, -1 if there is none.

    Animals that learn are such: what their exposure loses in the naive state it gains in the other. With the same
    sigma the hazards of the two are then in proportion too, and need not be added up twice.
    segment: first and last item of the earlier sets, and the first one of this.
    """
    p = sets[group]
    start = segment[group, 0]
    stop = start
    while stop < end and items.set[stop] == p:
        stop += 1
    while start < stop and items.exposure[start] == 0.0:
        start += 1
    if start == stop:
        return -1
    for other in range(group):
        u = segment[other, 0]
        while u < segment[other, 1] and items.exposure[u] == 0.0:
            u += 1
        if segment[other, 1] - u != stop - start or curves.log_sigma[sets[other]] != curves.log_sigma[p]:
            continue
        ratio = items.exposure[start] / items.exposure[u]
        same = True
        for k in range(stop - start):
            t = start + k
            v = u + k
            if (
                items.records[t] > 0.0
                or items.records[v] > 0.0
                or items.x[t] != items.x[v]
                or items.y[t] != items.y[v]
                or items.exposure[t] != ratio * items.exposure[v]
            ):
                same = False
                break
        if same:
            return other
    return -1


@part
def _take_off(power: int, n: int, weight: Floats, sums: Floats) -> None:
    """Take the hazard that exposures added up off the log weights and the derivatives."""
    for m in range(n):
        lost0 = sums[5, m]
        lost1 = sums[6, m]
        weight[m] -= lost0
        sums[0, m] -= lost0
        sums[1, m] -= lost1
        sums[2, m] -= lost0
        sums[3, m] -= lost1
        sums[4, m] -= sums[7, m] - power * lost1


@part
def _add_any(
    code: int,
    poisson: bool,
    n: int,
    log_amplitude: float,
    log_sigma: float,
    log_z: float,
    count: float,
    offset: float,
    exposure: float,
    d2: Floats,
    work: Floats,
    curve: Floats,
    weight: Floats,
    sums: Floats,
) -> None:
    """Add one item, any detection function."""
    h = work[1]
    psi = work[2]
    rho = work[3]
    first = work[0]
    second = work[4]
    fill(code, n, d2, log_amplitude, log_sigma, log_z, curve)
    for m in range(n):
        first[m] = 0.0
        second[m] = 0.0
    if count > 0.0:
        _psi(poisson, n, offset, 700.0, curve[0], h, psi, rho)
        for m in range(n):
            weight[m] += count * psi[m]
            first[m] = count * rho[m]
            second[m] = first[m] * (1.0 - rho[m] + h[m])
    if poisson:
        for m in range(n):
            second[m] = 0.0
    if exposure != 0.0:
        value = curve[0]
        for m in range(n):
            w = exposure * exp(value[m])
            weight[m] -= w
            first[m] -= w
            second[m] -= w
    a = curve[1]
    s = curve[2]
    for m in range(n):
        sums[0, m] += first[m] * a[m]
        sums[1, m] += first[m] * s[m]
        sums[2, m] += second[m] * a[m] * a[m] + first[m] * curve[3, m]
        sums[3, m] += second[m] * a[m] * s[m] + first[m] * curve[4, m]
        sums[4, m] += second[m] * s[m] * s[m] + first[m] * curve[5, m]
    if sums.shape[0] > 5:
        z = curve[6]
        for m in range(n):
            sums[5, m] += first[m] * z[m]
            sums[6, m] += second[m] * a[m] * z[m] + first[m] * curve[7, m]
            sums[7, m] += second[m] * s[m] * z[m] + first[m] * curve[8, m]
            sums[8, m] += second[m] * z[m] * z[m] + first[m] * curve[9, m]


@kernel
def animal_likelihoods(
    first: int,
    last: int,
    code: int,
    rows: int,
    poisson: bool,
    width: int,
    groups: int,
    items: Items,
    windows: Windows,
    curves: Curves,
    cells: Cells,
    log_likelihood: Floats,
    mean_scores: Floats,
    mass: Floats,
    set_sums: Floats,
    covariance: Floats,
) -> None:
    """Do animals first..last-1.

    code, rows: of the detection function (see `curves`). width: cells of the largest window.
    groups: most parameter sets that one animal has items of.
    Written: log_likelihood (animal,), mean_scores (animal, coefficient) posterior means of the scores.
    Added to: mass (type, class, cell) posterior of the centres,
    set_sums (9, set) posterior means of the items' derivatives, covariance (coefficient, coefficient).
    """
    n_classes, n_coefficients = cells.scores.shape[1], cells.scores.shape[2]
    log_weight = np.empty((n_classes, width))
    scores = np.empty((n_classes, n_coefficients, width))
    n_rows = 8 if code < 3 else rows - 1
    sums = np.empty((n_classes, groups, n_rows, width))
    group_set = np.empty((n_classes, groups), dtype=np.int64)
    exposed = np.zeros((n_classes, groups), dtype=np.bool_)  # log-linear functions: items with exposure
    segment = np.zeros((groups, 2), dtype=np.int64)  # of each set in this class: first and last item
    n_groups = np.zeros(n_classes, dtype=np.int64)
    totals = np.empty(n_classes)
    means = np.empty((n_classes, n_coefficients))
    xs = np.empty(width)
    ys = np.empty(width)
    d2 = np.empty(width)
    work = np.empty((5, width))
    curve = np.empty((rows, width))
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
            model = -1
            for t in range(items.start[i * n_classes + c], items.start[i * n_classes + c + 1]):
                p = items.set[t]
                if p != previous:
                    group += 1
                    group_set[c, group] = p
                    previous = p
                    exposed[c, group] = False
                    sums[c, group, : rows - 1, :n] = 0.0
                    segment[group, 0] = t
                    end = items.start[i * n_classes + c + 1]
                    model = _alike(group, end, group_set[c], segment, items, curves) if code == 2 else -1
                segment[group, 1] = t + 1
                if model >= 0 and exposed[c, group]:
                    continue
                x = items.x[t]
                y = items.y[t]
                a = curves.log_amplitude[p]
                s = curves.log_sigma[p]
                count = items.records[t]
                offset = items.offset[t]
                exposure = items.exposure[t]
                target = sums[c, group]
                if code < 3:
                    if exposure != 0.0 and not exposed[c, group]:
                        exposed[c, group] = True
                        if model >= 0:
                            first_of_model = _first_exposed(items, segment[model, 0])
                            b = curves.log_amplitude[group_set[c, model]]
                            ratio = exposure / items.exposure[first_of_model] * np.exp(a - b)
                            target[5:, :n] = ratio * sums[c, model, 5:, :n]
                            continue
                        target[5:, :n] = 0.0
                    spread = items.spread[t]
                    item = (a, s, count, offset, exposure, spread, x, y)
                    _add_log_linear(code, poisson, n, *item, xs, ys, work, weight, target)
                else:
                    z = curves.log_z[p]
                    for m in range(n):
                        dx = xs[m] - x
                        dy = ys[m] - y
                        d2[m] = dx * dx + dy * dy
                    _add_any(
                        code, poisson, n, a, s, z, count, offset, exposure, d2, work, curve, weight, target
                    )
            n_groups[c] = group + 1
            for group in range(n_groups[c]):
                if exposed[c, group]:
                    _take_off(code, n, weight, sums[c, group])
                p = group_set[c, group]
                by_a = sums[c, group, 0]
                by_s = sums[c, group, 1]
                for j in range(n_coefficients):
                    a = curves.d_amplitude[p, j]
                    s = curves.d_sigma[p, j]
                    row = scores[c, j]
                    if a != 0.0 or s != 0.0:
                        for m in range(n):
                            row[m] += a * by_a[m] + s * by_s[m]
                    z = curves.d_z[p, j]
                    if rows > 6 and z != 0.0:
                        by_z = sums[c, group, 5]
                        for m in range(n):
                            row[m] += z * by_z[m]
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
        log_likelihood[i] = highest + np.log(np.exp(totals - highest).sum())
        for j in range(n_coefficients):
            mean = 0.0
            for c in range(n_classes):
                if totals[c] > -np.inf:
                    mean += np.exp(totals[c] - log_likelihood[i]) * means[c, j]
            mean_scores[i, j] = mean
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
                portion = weight[n : n + size]
                for m in range(size):
                    out[m] += share * portion[m]
                n += size
            for group in range(n_groups[c]):
                for k in range(rows - 1):
                    mean = 0.0
                    row = sums[c, group, k]
                    for m in range(n):
                        mean += weight[m] * row[m]
                    set_sums[k, group_set[c, group]] += share * mean
            for j in range(n_coefficients):
                mean = mean_scores[i, j]
                row = scores[c, j]
                for m in range(n):
                    row[m] -= mean
            for j in range(n_coefficients):
                one = scores[c, j]
                for k in range(j + 1):
                    two = scores[c, k]
                    product = 0.0
                    for m in range(n):
                        product += weight[m] * one[m] * two[m]
                    covariance[j, k] += share * product
                    if j != k:
                        covariance[k, j] += share * product
