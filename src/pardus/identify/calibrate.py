"""From evidence to the probability of "same animal", learned from this catalogue's own decisions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit, logit
from scipy.stats import beta

from pardus.model.errors import ParameterError
from pardus.model.language import _

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

RIDGE = 10.0
EDGES = (0.0, 0.01, 0.03, 0.1, 0.3, 0.5, 0.7, 0.9, 1.0)
LEAST_PAIRS = 50
"""Held-out pairs that a bin needs before it says anything."""

LEAST_SAME = 20
"""Same-animal pairs, of at least two animals, below which nothing can be calibrated."""


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Logistic regression on standardised features. weights: (feature + 1,), the last is the constant."""

    centre: Floats
    scale: Floats
    weights: Floats

    def log_odds(self, features: Floats) -> Floats:
        """(pair, feature) -> (pair,) log odds of being the same animal."""
        out: Floats = (features - self.centre) / self.scale @ self.weights[:-1] + self.weights[-1]
        return out


@dataclass(frozen=True, slots=True)
class Bin:
    """Held-out pairs whose stated probability lies between two edges; low, high: exact 95 % interval of the truth."""

    lower: float
    upper: float
    pairs: int
    stated: float
    true: float
    low: float
    high: float

    @property
    def holds(self) -> bool | None:
        """Whether the truth agrees: interval holds the stated mean, or is within 0.1 of it; None if too few pairs."""
        if self.pairs < LEAST_PAIRS:
            return None
        return self.low - 0.1 <= self.stated <= self.high + 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Reliability:
    """What held-out pairs say. log_loss and brier with the evidence, and with the share of same pairs alone."""

    log_loss: float
    brier: float
    prior_log_loss: float
    prior_brier: float
    bins: tuple[Bin, ...]
    probability: Floats
    same: Bools

    @property
    def better_than_prior(self) -> bool:
        """Whether the evidence says more than the share of same pairs alone."""
        return self.log_loss < self.prior_log_loss and self.brier < self.prior_brier


def fit(features: Floats, same: Bools) -> Calibration:
    """Fit by ridge-penalised maximum likelihood; more evidence never lowers the probability (weights >= 0).

    features: (pair, feature). same: (pair,). Raises ParameterError if there is no pair of either kind.
    """
    if not same.any() or same.all():
        raise ParameterError(
            _(
                "Calibration needs pairs known to be the same animal and pairs known not to be; one kind is missing."
            )
        )
    centre = features.mean(axis=0)
    scale = np.maximum(features.std(axis=0), 1e-9)
    x = np.column_stack([(features - centre) / scale, np.ones(len(features))])
    penalty = np.array([RIDGE] * features.shape[1] + [0.0])

    def loss(w: Floats) -> tuple[float, Floats]:
        e = x @ w
        value = np.logaddexp(0.0, e).sum() - e[same].sum() + 0.5 * (penalty * w**2).sum()
        return float(value), x.T @ (expit(e) - same) + penalty * w

    start = np.zeros(x.shape[1])
    start[-1] = logit(same.mean())
    bounds = [(0.0, None)] * features.shape[1] + [(None, None)]
    found = minimize(loss, start, jac=True, bounds=bounds, method="L-BFGS-B")
    return Calibration(centre, scale, np.asarray(found.x))


def held_out(features: Floats, same: Bools, a: Sequence[str], b: Sequence[str]) -> Reliability:
    """Judge the calibration on animals it has not seen.

    a, b: (pair,) animal on each side. Animals are dealt into two halves of equal numbers of pairs as far as can be; a
    pair is judged when both its animals are in one half, by a fit to the pairs of the animals of the other.
    """
    half_a, half_b = _deal(a, b)
    stated, prior, rows = [], [], []
    for half in range(2):
        test = np.flatnonzero((half_a == half) & (half_b == half))
        train = np.flatnonzero((half_a != half) & (half_b != half))
        if not len(test) or not same[train].any() or same[train].all():
            continue
        stated.append(expit(fit(features[train], same[train]).log_odds(features[test])))
        prior.append(np.full(len(test), same[train].mean()))
        rows.append(test)
    if not rows:
        raise ParameterError(_("Too few animals with decisions on both sides to hold any out."))
    p, p0, truth = np.concatenate(stated), np.concatenate(prior), same[np.concatenate(rows)]
    return Reliability(
        _log_loss(p, truth),
        float(np.mean((p - truth) ** 2)),
        _log_loss(p0, truth),
        float(np.mean((p0 - truth) ** 2)),
        reliability_bins(p, truth),
        p,
        truth,
    )


def cross_fitted(features: Floats, a: Sequence[str], b: Sequence[str]) -> Floats:
    """Log odds of every pair by calibrations that have not seen its animals, as far as that can be.

    Animals are dealt into two halves; a pair inside one half is judged by the fit to the other half, a pair across
    by the mean of both fits (each of which saw one of its animals, in other pairs).
    """
    same = np.array([x == y for x, y in zip(a, b, strict=True)], bool)
    half_a, half_b = _deal(a, b)
    both = []
    for half in range(2):
        train = (half_a != half) & (half_b != half)
        both.append(fit(features[train], same[train]).log_odds(features))
    first, second = both
    return np.where(half_a != half_b, (first + second) / 2, np.where(half_a == 0, first, second))


def reliability_bins(probability: Floats, same: Bools, edges: Sequence[float] = EDGES) -> tuple[Bin, ...]:
    """Bins of stated probability with the exact (Clopper and Pearson 1934) interval of the true share."""
    bins = []
    for lower, upper in pairwise(edges):
        here = (probability >= lower) & ((probability < upper) | (upper >= 1))
        n, k = int(here.sum()), int(same[here].sum())
        if n:
            low = float(beta.ppf(0.025, k, n - k + 1)) if k else 0.0
            high = float(beta.ppf(0.975, k + 1, n - k)) if k < n else 1.0
            bins.append(Bin(lower, upper, n, float(probability[here].mean()), k / n, low, high))
    return tuple(bins)


def _log_loss(p: Floats, truth: Bools) -> float:
    p = np.clip(p, 1e-9, 1 - 1e-9)
    return float(-np.mean(np.where(truth, np.log(p), np.log1p(-p))))


def _deal(a: Sequence[str], b: Sequence[str]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the half, 0 or 1, of the animal on each side of each pair."""
    names, index = np.unique(np.array([*a, *b]), return_inverse=True)
    first, second = index[: len(a)], index[len(a) :]
    own = np.bincount(first[first == second], minlength=len(names))
    order = np.lexsort((np.random.default_rng(0).random(len(names)), -own))
    load = np.zeros((2, 2))
    half = np.zeros(len(names), np.intp)
    for name in order:  # the animal with most same-animal pairs goes where fewest are
        i = min(range(2), key=lambda i: (load[i, 0] if own[name] else 0, load[i, 1], i))
        half[name] = i
        load[i] += (own[name], 1)
    return half[first], half[second]
