"""Posterior by Laplace approximation with importance sampling.

Proposals are multivariate t with 7 degrees of freedom around the mode of likelihood x prior, with the curvature
there; weights are posterior / proposal. The effective sample size says whether it worked; a poor one is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.scr.bootstrap import fitted_parts
from pardus.scr.fit import FittedModel
from pardus.scr.optimise import maximise
from pardus.scr.surfaces import Surfaces

DEGREES = 7
ENOUGH = 0.1
"""Least effective sample size, as a share of the draws, that is not refused."""


@dataclass(frozen=True, slots=True)
class Normal:
    """A normal prior of a coefficient on its link scale."""

    mean: float
    sd: float


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """Weighted draws resampled to equal weight.

    draws: name -> (draw,), coefficients on the link scale and, for each session, E(N) and the realised N: whole
    numbers, or E(N) itself where the number of animals is fixed. Coefficients only under the conditional likelihood.
    priors: as used; effective: effective sample size of the weights.
    """

    draws: Mapping[str, Floats]
    priors: Mapping[str, Normal]
    effective: float
    proposals: int

    def interval(self, name: str, level: float = 0.95) -> tuple[float, float]:
        """Return the equal-tailed interval."""
        tail = 50 * (1 - level)
        low, high = np.percentile(self.draws[name], [tail, 100 - tail])
        return float(low), float(high)

    def arrays(self) -> dict[str, Floats]:
        """Return name -> (chain = 1, draw), as arviz.from_dict takes it."""
        return {name: np.asarray(values)[None, :] for name, values in self.draws.items()}


def default_priors(fitted: FittedModel) -> dict[str, Normal]:
    """Return weak priors: intercepts normal with sd 3 around the estimate's order of magnitude, effects sd 2.

    Intercept means are rounded to whole powers of e, so that the data are used for the unit only.
    """
    design, theta = fitted_parts(fitted)
    heads = set(design.predictors)
    return {
        name: Normal(float(np.round(b)) + 0.0, 3.0) if name in heads else Normal(0.0, 2.0)
        for name, b in zip(design.names, theta, strict=True)
    }


def posterior(
    fitted: FittedModel, seed: int, draws: int = 2000, priors: Mapping[str, Normal] | None = None
) -> Posterior:
    """Draw from the posterior. Raises ParameterError for an unknown name or an effective sample below a tenth."""
    design, theta = fitted_parts(fitted)
    if fitted.likelihood is None:
        raise ParameterError(fitted.fit.reason)
    likelihood = fitted.likelihood
    used = {**default_priors(fitted), **(priors or {})}
    if set(used) != set(design.names):
        raise ParameterError(
            _("Priors for {names}, which are not in the model.").format(
                names=", ".join(sorted(set(used) - set(design.names)))
            )
        )
    mean = np.array([used[n].mean for n in design.names])
    sd = np.array([used[n].sd for n in design.names])

    def evaluate(at: Floats) -> tuple[float, Floats]:
        value, gradient = likelihood.value_and_gradient(at)
        return value - float((((at - mean) / sd) ** 2).sum()) / 2, gradient - (at - mean) / sd**2

    def hessian(at: Floats) -> Floats:
        return likelihood.hessian(at, design.scale) - np.diag(1 / sd**2)

    mode = maximise(evaluate, hessian, theta, design.scale)
    rng = np.random.default_rng(seed)
    points, log_density = _proposals(mode.theta, mode.vcov * (DEGREES - 2) / DEGREES * 1.2, draws, rng)
    heights = np.array([likelihood.value(p) - float((((p - mean) / sd) ** 2).sum()) / 2 for p in points])
    logs = heights - log_density
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    effective = float(1 / (weights**2).sum())
    if not effective >= ENOUGH * draws:
        raise ParameterError(
            _(
                "Only {effective:.0f} of {draws} draws count: the posterior is not near normal. "
                "Use a simpler model or stronger priors."
            ).format(effective=effective, draws=draws)
        )
    chosen = points[np.sort(_systematic(weights, rng))]
    return Posterior(_quantities(fitted, chosen, rng), used, effective, draws)


def _proposals(centre: Floats, shape: Floats, draws: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return draws of a multivariate t, and their log density up to a constant."""
    p = len(centre)
    root = np.linalg.cholesky(shape)
    normal = rng.standard_normal((draws, p))
    stretch = np.sqrt(DEGREES / rng.chisquare(DEGREES, draws))
    points = centre + stretch[:, None] * (normal @ root.T)
    distance = (np.linalg.solve(root, (points - centre).T) ** 2).sum(axis=0)
    return points, -(DEGREES + p) / 2 * np.log1p(distance / DEGREES)


def _systematic(weights: Floats, rng: np.random.Generator) -> np.ndarray:
    """Return indices resampled in proportion to weight, with the least noise."""
    n = len(weights)
    return np.minimum(np.searchsorted(np.cumsum(weights), (np.arange(n) + rng.random()) / n), n - 1)


def _quantities(fitted: FittedModel, points: Floats, rng: np.random.Generator) -> dict[str, Floats]:
    design, _theta = fitted_parts(fitted)
    out = {name: points[:, j] for j, name in enumerate(design.names)}
    if design.spec.conditional:
        return out
    surfaces = Surfaces(design)
    expected = np.zeros((len(points), len(design.problems)))
    undetected = np.zeros_like(expected)
    previous: Floats | None = None
    for row, at in enumerate(points):
        if previous is not None and (at == previous).all():
            expected[row], undetected[row] = expected[row - 1], undetected[row - 1]
            continue
        missed, density = surfaces.missed(at), surfaces.density(at)
        for s, problem in enumerate(design.problems):
            aD = problem.cell_area * density[s][problem.surface_of_type]
            expected[row, s], undetected[row, s] = aD.sum(), (aD * missed[s]).sum()
        previous = at
    fixed = design.spec.distribution == "binomial"
    for s, problem in enumerate(design.problems):
        out[f"E(N) {problem.session}"] = expected[:, s]
        gone = rng.poisson(undetected[:, s]).astype(np.float64)
        out[f"N {problem.session}"] = expected[:, s] if fixed else problem.n_animals + gone
    return out
