"""Constants of the data: they change no estimate, only where log-likelihood and AIC stand.

Two conventions exist in the field. Over the full data, each animal, occasion and detector is one record. Over
collapsed data, records are summed over occasions, which adds for each animal and detector the log number of
ways (proximity, binomial) or turns the Poisson terms of the days into one of the sum. secr's "fastproximity"
reports the collapsed one. AIC may be compared only within one convention, so a fit carries both.
"""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.special import gammaln

from pardus.model.capture import CaptureHistory


def record_constant(history: CaptureHistory, size: int | str | None, collapsed: bool) -> float:
    """Return the part of the log-likelihood that the engine leaves out, for one session.

    size: of binomial counts (see ModelSpec.binomial_size), None for Poisson counts.
    Poisson: y log T - log y!. Binomial: log C(size, y). Proximity: 0, or collapsed: log C(occasions at
    that effort, detections). Multi: log T per capture. T is the usage.
    """
    usage = history.detectors.usage[history.detector, history.occasion]
    y = history.count.astype(np.float64)
    if history.kind == "multi":
        return float(np.log(usage).sum())
    if history.kind == "count" and size is None:
        if not collapsed:
            return float((y * np.log(usage) - gammaln(y + 1)).sum())
        total = history.detectors.usage.sum(axis=1)
        by_pair = history.totals().astype(np.float64)
        return float(
            (by_pair * np.log(np.where(total > 0, total, 1.0))[None, :] - gammaln(by_pair + 1)).sum()
        )
    trials = _trials(history, size)
    if not collapsed:
        return float(_log_choose(trials[history.detector, history.occasion], y).sum())
    return _collapsed_ways(history, trials, size)


def multinomial_constant(history: CaptureHistory, collapsed: bool, groups: np.ndarray | None = None) -> float:
    """Return log n! - sum log m_c! over identical histories (m_c animals each), within each group."""
    n = history.n_animals
    labels = np.zeros(n, dtype=np.int64) if groups is None else groups
    keys: list[tuple[tuple[int, ...], ...]] = []
    if collapsed:
        dense = history.totals()
        rows = [np.flatnonzero(dense[i]) for i in range(n)]
        keys = [tuple((int(j), int(dense[i, j])) for j in rows[i]) for i in range(n)]
    else:
        records: list[list[tuple[int, ...]]] = [[] for _i in range(n)]
        for i, k, j, y in zip(history.animal, history.occasion, history.detector, history.count, strict=True):
            records[i].append((int(k), int(j), int(y)))
        keys = [tuple(r) for r in records]
    total = 0.0
    for label in np.unique(labels):
        own = [keys[i] for i in np.flatnonzero(labels == label)]
        total += float(gammaln(len(own) + 1))
        total -= sum(float(gammaln(m + 1)) for m in Counter(own).values())
    return total


def _trials(history: CaptureHistory, size: int | str | None) -> np.ndarray:
    """Return (detector, occasion) number of yes-or-no trials on each occasion."""
    usage = history.detectors.usage
    if history.kind == "proximity":
        return (usage > 0).astype(np.float64)
    if size == "usage":
        return np.rint(usage)
    return np.where(usage > 0, float(size or 1), 0.0)


def _collapsed_ways(history: CaptureHistory, trials: np.ndarray, size: int | str | None) -> float:
    """Return sum of log C(trials, detections) over animal, detector and level of effort."""
    usage = history.detectors.usage
    level = np.ones_like(usage) if size == "usage" else usage
    level = np.where(usage > 0, level, 0.0)
    out = 0.0
    for dose in np.unique(level[level > 0]):
        at_dose = level == dose
        available = (trials * at_dose).sum(axis=1)
        rows = at_dose[history.detector, history.occasion]
        y = np.zeros((history.n_animals, len(history.detectors.ids)))
        np.add.at(y, (history.animal[rows], history.detector[rows]), history.count[rows])
        i, j = np.nonzero(y)
        out += float(_log_choose(available[j], y[i, j]).sum())
    return out


def _log_choose(n: np.ndarray, k: np.ndarray) -> np.ndarray:
    out: np.ndarray = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return out
