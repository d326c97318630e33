"""Refits: the parametric bootstrap and goodness of fit by simulation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.errors import ParameterError
from pardus.model.fit import Fit
from pardus.model.language import N_, _
from pardus.scr.design import Design
from pardus.scr.engines import likelihood_of, search
from pardus.scr.fit import FittedModel, fit_model
from pardus.scr.plain import blocks
from pardus.scr.simulate import expected_animals, simulate

STATISTICS = {
    "animals": N_("animals detected"),
    "detections": N_("detections"),
    "singletons": N_("share of animals detected once"),
    "detectors_per_animal": N_("detectors per animal"),
    "detectors_used": N_("detectors with any animal"),
    "movement": N_("mean greatest distance between detections of an animal, m"),
    "freeman_tukey_detectors": N_("Freeman-Tukey distance of detections per detector"),
    "freeman_tukey_animals": N_("Freeman-Tukey distance of detections per animal"),
}
"""Name -> what it measures."""


@dataclass(frozen=True, slots=True)
class Check:
    """One statistic: as observed, its mean and 95 % range in simulations from the fit, and two-sided p."""

    statistic: str
    observed: float
    mean: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True, eq=False)
class Bootstrap:
    """Refits of simulated data.

    names: of the quantities, then of the coefficients with their links. estimates: (name,) of the fit. values:
    (replicate, name) of the refits. failed: refits without a number.
    """

    names: tuple[str, ...]
    estimates: Floats
    values: Floats
    failed: int

    def interval(self, level: float = 0.95) -> Floats:
        """Return (name, 2) percentile intervals."""
        tail = 50 * (1 - level)
        return np.nanpercentile(self.values, [tail, 100 - tail], axis=0).T

    def bias(self) -> Floats:
        """Return (name,) how far refits are from the fit on average: what the estimate is off by (Efron 1979)."""
        off: Floats = np.nanmean(self.values, axis=0) - self.estimates
        return off

    def corrected(self) -> Floats:
        """Return (name,) the estimates less their bias."""
        better: Floats = self.estimates - self.bias()
        return better


def simulate_from(fitted: FittedModel, seed: int, times: int = 1) -> list[list[CaptureHistory]]:
    """Return simulated histories, `times` sets of one for each session. Raises ParameterError without a fit."""
    design, theta = fitted_parts(fitted)
    return [
        simulate(design, theta, np.random.default_rng(s)) for s in np.random.SeedSequence(seed).spawn(times)
    ]


def bootstrap(fitted: FittedModel, times: int, seed: int) -> Bootstrap:
    """Simulate from the fit and fit again, `times` times."""
    design, theta = fitted_parts(fitted)
    names, estimates = _numbers(fitted.fit)

    def one(source: np.random.SeedSequence) -> Floats | None:
        histories = simulate(design, theta, np.random.default_rng(source))
        try:
            again = fit_model(histories, design.masks, fitted.spec, start=theta, profile=False).fit
        except ParameterError:
            return None
        if again.status == "cannot-say":
            return None
        found = dict(zip(*_numbers(again), strict=True))
        return np.array([found.get(name, np.nan) for name in names])

    results = map(one, np.random.SeedSequence(seed).spawn(times))
    kept = [r for r in results if r is not None]
    values = np.array(kept).reshape(len(kept), len(names))
    return Bootstrap(names, np.array(estimates), values, times - len(kept))


def _numbers(fit: Fit) -> tuple[tuple[str, ...], tuple[float, ...]]:
    """Return names and values of a fit's quantities and coefficients."""
    quantities = [
        (f"{e.quantity} {e.session} {e.region} {e.animal_class}".strip(), e.estimate) for e in fit.estimates
    ]
    names, values = zip(
        *quantities, *((f"{c.name} ({c.link})", c.estimate) for c in fit.coefficients), strict=True
    )
    return names, values


def goodness_of_fit(fitted: FittedModel, times: int = 100, seed: int = 1, refit: bool = False) -> list[Check]:
    """Compare statistics of the data with those of data simulated from the fit.

    refit: fit each simulated set anew before computing the Freeman-Tukey expectations, which makes p exact up to
    simulation, at the cost of a fit each; without it p errs towards 1.
    """
    design, theta = fitted_parts(fitted)
    observed = statistics(design, theta, design.histories)
    simulated = []
    for source in np.random.SeedSequence(seed).spawn(times):
        histories = simulate(design, theta, np.random.default_rng(source))
        at = _refitted(design, histories, theta) if refit else theta
        simulated.append(statistics(design, at, histories))
    values = np.array(simulated)
    out = []
    for c, name in enumerate(STATISTICS):
        column = values[:, c][np.isfinite(values[:, c])]
        above = (1 + (column >= observed[c]).sum()) / (len(column) + 1)
        below = (1 + (column <= observed[c]).sum()) / (len(column) + 1)
        low, high = np.percentile(column, [2.5, 97.5]) if len(column) else (np.nan, np.nan)
        mean = float(column.mean()) if len(column) else float("nan")
        out.append(
            Check(name, float(observed[c]), mean, float(low), float(high), min(1.0, 2 * min(above, below)))
        )
    return out


def statistics(design: Design, theta: Floats, histories: Sequence[CaptureHistory]) -> Floats:
    """Return the statistics of STATISTICS, over all sessions."""
    n = sum(h.n_animals for h in histories)
    per_animal = np.concatenate([np.bincount(h.animal, h.count, h.n_animals) for h in histories])
    pairs = [np.unique(np.stack((h.animal, h.detector), axis=1), axis=0) for h in histories]
    used = sum(len(np.unique(p[:, 1])) for p in pairs)
    moved = [_movement(h, p) for h, p in zip(histories, pairs, strict=True)]
    ft_detectors, ft_animals = 0.0, 0.0
    for s, h in enumerate(histories):
        by_detector, by_count = _expected(design, theta, s)
        seen = np.bincount(h.detector, h.count, len(h.detectors.ids))
        ft_detectors += float(((np.sqrt(seen) - np.sqrt(by_detector)) ** 2).sum())
        counts = np.bincount(np.bincount(h.animal, h.count, h.n_animals).astype(int), minlength=len(by_count))
        counts = np.append(counts[1 : len(by_count) - 1], counts[len(by_count) - 1 :].sum())
        ft_animals += float(((np.sqrt(counts) - np.sqrt(by_count[1:])) ** 2).sum())
    return np.array(
        [
            n,
            per_animal.sum(),
            (per_animal == 1).mean() if n else np.nan,
            sum(len(p) for p in pairs) / n if n else np.nan,
            used,
            np.nanmean(np.concatenate(moved)) if n else np.nan,
            ft_detectors,
            ft_animals,
        ]
    )


def fitted_parts(fitted: FittedModel) -> tuple[Design, Floats]:
    """Return design and theta of a fit. Raises ParameterError if the fit has none."""
    if fitted.design is None or fitted.optimum is None or fitted.fit.status == "cannot-say":
        raise ParameterError(
            _("This fit has no estimates to go on from: {reason}").format(reason=fitted.fit.reason)
        )
    return fitted.design, fitted.optimum.theta


def _refitted(design: Design, histories: Sequence[CaptureHistory], theta: Floats) -> Floats:
    from pardus.scr.design import make_design

    again = make_design(histories, design.masks, design.spec)
    found = search(likelihood_of(again), theta)
    return found.theta if found.converged and again.names == design.names else theta


def _movement(h: CaptureHistory, pairs: np.ndarray) -> Floats:
    """Return each animal's greatest distance between two of its detectors (metres)."""
    out = np.zeros(h.n_animals)
    for i in range(h.n_animals):
        xy = h.detectors.xy[pairs[pairs[:, 0] == i, 1]]
        out[i] = np.hypot(*(xy[:, None, :] - xy[None]).transpose(2, 0, 1)).max()
    return out


_MOST = 12


def _expected(design: Design, theta: Floats, s: int) -> tuple[Floats, Floats]:
    """Return expected detections of naive animals per detector, and of animals by number of detections 0..12+.

    The second takes detections of an animal as Poisson given its centre, an approximation for yes-or-no data that
    is the same for observed and simulated data.
    """
    problem, parameters = design.problems[s], design.parameters(theta, [s])[0]
    animals = expected_animals(design, theta, s)
    pmix = np.exp(parameters.log_pmix)
    S, C = len(problem.repeats), problem.n_classes
    by_kernel = np.zeros(len(problem.kernel_set))
    by_count = np.zeros(_MOST + 1)
    from scipy.stats import poisson

    for block in blocks(problem, parameters):
        weight = animals[:, None, block.cells] * pmix[:, :, None]  # (T, C, m)
        rows = np.repeat(weight[:, :, None, :], S, axis=2) * problem.repeats[None, None, :, None]
        by_kernel += (block.h * (problem.exposure.T @ rows.reshape(problem.n_types * C * S, -1))).sum(axis=1)
        pmf = poisson.pmf(np.arange(_MOST)[:, None, None, None], block.total[None])
        by_count[:_MOST] += (pmf * weight[None]).sum(axis=(1, 2, 3))
        by_count[_MOST] += float((weight * poisson.sf(_MOST - 1, block.total)).sum())
    by_detector: Floats = np.bincount(problem.kernel_detector, by_kernel, len(problem.detector_xy)).astype(
        np.float64
    )
    return by_detector, by_count
