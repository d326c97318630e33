"""Several models of the same data: AIC table, averaging, likelihood-ratio and score tests.

AIC is taken from the log-likelihood of the full data (by occasion), so that models which let occasions be summed
and models which do not stand on one footing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import chdtrc

from pardus.model.errors import ParameterError
from pardus.model.fit import Estimate, Fit
from pardus.model.language import _
from pardus.scr.bootstrap import fitted_parts
from pardus.scr.design import make_design
from pardus.scr.engines import likelihood_of
from pardus.scr.fit import FittedModel
from pardus.scr.intervals import z_value


@dataclass(frozen=True, slots=True)
class Rank:
    """One line of an AIC table."""

    name: str
    parameters: int
    log_likelihood: float
    AIC: float
    AICc: float
    delta: float
    weight: float


@dataclass(frozen=True, slots=True)
class Test:
    """A test of a smaller model within a larger one."""

    statistic: float
    degrees: int
    p: float


def aic_table(fits: Mapping[str, Fit]) -> list[Rank]:
    """Return models by AICc (AIC where animals are too few for it), best first. Fits without a number have no line.

    Raises ParameterError if the fits are not of the same data, or mix full and conditional likelihoods.
    """
    usable = {name: f for name, f in fits.items() if f.status != "cannot-say"}
    _refuse_unlike(usable)
    rows = []
    for name, f in usable.items():
        full = float(f.data["log_likelihood_full_data"])
        k, n = f.n_parameters, f.n_animals
        aic = 2 * k - 2 * full
        aicc = aic + 2 * k * (k + 1) / (n - k - 1) if n > k + 1 else float("nan")
        rows.append(Rank(name, k, full, aic, aicc, float("nan"), float("nan")))
    if not rows:
        return []
    chosen = [r.AICc if np.isfinite(r.AICc) else r.AIC for r in rows]
    delta = np.array(chosen) - min(chosen)
    weight = np.exp(-delta / 2) / np.exp(-delta / 2).sum()
    ranked = [
        replace(r, delta=float(d), weight=float(w)) for r, d, w in zip(rows, delta, weight, strict=True)
    ]
    return sorted(ranked, key=lambda r: r.delta)


def averaged(fits: Mapping[str, Fit], level: float = 0.95) -> list[Estimate]:
    """Return D, E(N) and N averaged over models by AIC weight, on the log scale, with unconditional SE.

    SE: sum of w sqrt(var + (estimate - average)^2), Burnham & Anderson (2002) eq. 4.9.
    """
    table = aic_table(fits)
    if not table:
        return []
    names = [r.name for r in table]
    weight = np.array([r.weight for r in table])
    out = []
    for e in fits[names[0]].estimates:
        if e.quantity not in ("D", "E(N)", "N") or not e.estimate > 0:
            continue
        try:
            same = [fits[n].estimate(e.quantity, e.session, e.region, e.animal_class) for n in names]
        except KeyError:
            continue
        logs = np.log([s.estimate for s in same])
        spread = np.sqrt(np.log1p((np.array([s.se for s in same]) / np.exp(logs)) ** 2))
        mean = float(weight @ logs)
        se = float(weight @ np.sqrt(spread**2 + (logs - mean) ** 2))
        value, z = float(np.exp(mean)), z_value(level)
        out.append(
            replace(
                e,
                estimate=value,
                se=float(value * np.sqrt(np.expm1(se**2))),
                lower=float(np.exp(mean - z * se)),
                upper=float(np.exp(mean + z * se)),
                method=_("average of {count} models by AIC weight, log scale").format(count=len(names)),
            )
        )
    return out


def likelihood_ratio(smaller: Fit, larger: Fit) -> Test:
    """Return the likelihood-ratio test. Raises ParameterError unless the larger has more parameters."""
    _refuse_unlike({"smaller": smaller, "larger": larger})
    degrees = larger.n_parameters - smaller.n_parameters
    if degrees < 1:
        raise ParameterError(_("The second model must have more parameters than the first."))
    gain = float(larger.data["log_likelihood_full_data"]) - float(smaller.data["log_likelihood_full_data"])
    statistic = max(0.0, 2 * gain)
    return Test(statistic, degrees, float(chdtrc(degrees, statistic)))


def score_test(smaller: FittedModel, larger_model: Mapping[str, str]) -> Test:
    """Return the score test of a larger model from the fit of a smaller one: no fit of the larger is needed.

    larger_model: parameter -> formula; coefficients of the smaller must be among its own, the others are tested
    for being 0. McCrea & Morgan (2011) Biometrics 67: 234-241. Raises ParameterError otherwise.
    """
    design, theta = fitted_parts(smaller)
    spec = replace(smaller.spec, formulas={**smaller.spec.formulas, **larger_model})
    larger = make_design(design.histories, design.masks, spec)
    if not set(design.names) < set(larger.names):
        raise ParameterError(
            _(
                "A larger model is tested against the fit: it must have all coefficients of the fit ({smaller}) "
                "and more; found {larger}."
            ).format(smaller=", ".join(design.names), larger=", ".join(larger.names))
        )
    known = dict(zip(design.names, theta, strict=True))
    at = np.array([known.get(name, 0.0) for name in larger.names])
    likelihood = likelihood_of(larger)
    gradient = likelihood.value_and_gradient(at)[1]
    information = -likelihood.hessian(at, larger.scale)
    statistic = float(gradient @ np.linalg.solve(information, gradient))
    degrees = len(larger.names) - len(design.names)
    return Test(statistic, degrees, float(chdtrc(degrees, statistic)))


def _refuse_unlike(fits: Mapping[str, Fit]) -> None:
    if not fits:
        return
    counts = {(f.n_animals, f.data["detections"], len(f.data["sessions"]), f.kind) for f in fits.values()}
    conditional = {bool(f.data.get("conditional")) for f in fits.values()}
    if len(counts) > 1 or len(conditional) > 1 or len({f.data.get("hcov", "") for f in fits.values()}) > 1:
        raise ParameterError(
            _(
                "AIC compares models of the same data only: same animals and detections, all by the full likelihood or "
                "all by the conditional one, and all with or without the animals' class."
            )
        )
