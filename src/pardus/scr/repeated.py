"""SCR-K with K = 2: only animals detected at least twice, as a check on ghosts.

A misread picture makes a new "animal" that is almost always seen once. Leaving out every animal seen once, and
saying so in the likelihood, is robust to any rate of such ghosts, at the price of precision:

    log L = sum over animals with two or more detections of log(sum over cells of D a f_i)
            - sum over cells of D a (1 - P0 - P1),     P0 = exp(-H),  P1 = P0 R
    R = H for Poisson counts; for yes-or-no data R = sum over detectors and occasions of (exp(T h) - 1)

Kodi et al. (2024); Petersma et al. (2023) J. Agric. Biol. Environ. Stat. For the full Poisson likelihood without
learned response, multi-catch or removal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from pardus.model.capture import CaptureHistory, Column, Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.assemble import problem_kind
from pardus.scr.design import Design, make_design
from pardus.scr.likelihood import Likelihood
from pardus.scr.optimise import Optimum, maximise
from pardus.scr.plain import PlainEngine, blocks
from pardus.scr.problem import Parameters, SessionProblem
from pardus.scr.spec import ModelSpec
from pardus.scr.start import starting_values


@dataclass(frozen=True, slots=True, eq=False)
class RepeatedFit:
    """The maximum over animals seen at least twice. singletons: share of all animals that were seen once."""

    design: Design
    optimum: Optimum
    singletons: float


def fit_repeated(histories: Sequence[CaptureHistory], masks: Sequence[Mask], spec: ModelSpec) -> RepeatedFit:
    """Fit SCR-2. Raises ParameterError for models it is not written for, or when nothing is left."""
    if spec.conditional or spec.distribution != "poisson" or any(h.kind == "multi" for h in histories):
        raise ParameterError(
            _("SCR-2 is for the full likelihood with a Poisson number of animals, not multi-catch.")
        )
    kept = [without_singletons(h) for h in histories]
    if not sum(h.n_animals for h in kept):
        raise ParameterError(_("No animal was detected twice, so there is nothing left for SCR-2."))
    everyone = sum(h.n_animals for h in histories)
    design = make_design(kept, masks, spec)
    if any(p.correction is not None for p in design.problems):
        raise ParameterError(_("SCR-2 is for models without learned response and removal."))
    likelihood = RepeatedLikelihood(design)
    start = starting_values(make_design(histories, masks, spec))
    optimum = maximise(
        likelihood.value_and_gradient, lambda at: likelihood.hessian(at, design.scale), start, design.scale
    )
    return RepeatedFit(design, optimum, 1 - sum(h.n_animals for h in kept) / everyone)


def without_singletons(history: CaptureHistory) -> CaptureHistory:
    """Return the history of animals with two or more detections."""
    total = np.bincount(history.animal, history.count, history.n_animals)
    keep = np.flatnonzero(total >= 2)
    place = np.full(history.n_animals, -1)
    place[keep] = np.arange(len(keep))
    rows = place[history.animal] >= 0
    covariates: dict[str, Column] = {k: np.asarray(v)[keep] for k, v in history.covariates.items()}
    return replace(
        history,
        animals=tuple(history.animals[i] for i in keep),
        animal=place[history.animal[rows]],
        occasion=history.occasion[rows],
        detector=history.detector[rows],
        count=history.count[rows],
        covariates=covariates,
        removed=None if history.removed is None else history.removed[keep],
    )


class RepeatedLikelihood(Likelihood):
    """Adds sum D a P1, the animals seen exactly once, to the likelihood of the plain engine."""

    def __init__(self, design: Design) -> None:
        super().__init__(design, PlainEngine())
        self._doses = [_doses(design, s) for s in range(len(design.problems))]

    def value(self, theta: Floats) -> float:
        """Return the log-likelihood without constants of the data."""
        value = super().value(theta)
        return value + sum(once for once, _adjoint in self._once(theta))

    def value_and_gradient(self, theta: Floats) -> tuple[float, Floats]:
        """Return the log-likelihood and its gradient."""
        value, gradient = super().value_and_gradient(theta)
        if not np.isfinite(value):
            return value, gradient
        once = self._once(theta)
        more = self.design.pull_back(theta, [adjoint for _value, adjoint in once])
        return value + sum(v for v, _adjoint in once), gradient + more

    def _once(self, theta: Floats) -> list[tuple[float, Parameters]]:
        parameters = self.design.parameters(theta)
        rows = zip(self.design.problems, parameters, self._doses, strict=True)
        return [seen_once(problem, p, doses) for problem, p, doses in rows]


_Doses = list[tuple[float, sparse.csr_array]]


def seen_once(problem: SessionProblem, parameters: Parameters, doses: _Doses) -> tuple[float, Parameters]:
    """Return the expected number of animals detected exactly once, and its derivatives.

    doses: pairs of effort of one trial and (T*C, kernel) number of trials at that effort; empty for Poisson.
    """
    T, C = problem.n_types, problem.n_classes
    aD = problem.cell_area * np.exp(parameters.log_density[problem.surface_of_type])
    pmix = np.exp(parameters.log_pmix)
    total = 0.0
    amplitude, sigma, z = (np.zeros_like(parameters.log_sigma) for _i in range(3))
    density, shares = np.zeros_like(parameters.log_density), np.zeros_like(parameters.log_pmix)
    for block in blocks(problem, parameters):
        H = block.total
        R = H
        if doses:
            R = np.sum([trials @ np.expm1(dose * block.h) for dose, trials in doses], axis=0).reshape(
                T, C, -1
            )
        weight = aD[:, None, block.cells] * pmix[:, :, None] * np.exp(-H)  # (T, C, m)
        once = weight * R
        total += float(once.sum())
        np.add.at(density[:, block.cells], problem.surface_of_type, once.sum(axis=1))
        shares += once.sum(axis=2)
        by_h = problem.exposure.T @ (-once).reshape(T * C, -1)
        if doses:
            for dose, trials in doses:
                by_h += (trials.T @ weight.reshape(T * C, -1)) * dose * np.exp(dose * block.h)
        else:
            by_h += problem.exposure.T @ weight.reshape(T * C, -1)
        by_log_h = by_h * block.h
        np.add.at(amplitude, problem.kernel_set, (by_log_h * block.kernel.by_amplitude).sum(axis=1))
        np.add.at(sigma, problem.kernel_set, (by_log_h * block.kernel.by_sigma).sum(axis=1))
        if block.kernel.by_z is not None:
            np.add.at(z, problem.kernel_set, (by_log_h * block.kernel.by_z).sum(axis=1))
    return total, Parameters(amplitude, sigma, z, density, shares)


def _doses(design: Design, s: int) -> _Doses:
    """Return effort levels and trials of a session (see `seen_once`)."""
    history, axes, problem = design.histories[s], design.axes[s], design.problems[s]
    kind, size = problem_kind(history.kind, design.spec.binomial_size)
    if kind == "poisson":
        return []
    usage = history.detectors.usage
    J, T, C = len(history.detectors.ids), problem.n_types, problem.n_classes
    trials = np.rint(usage) if size == "usage" else np.where(usage > 0, float(size or 1), 0.0)
    dose = np.ones_like(usage) if size == "usage" else usage
    codes = problem.kernel_set * J + problem.kernel_detector
    out: _Doses = []
    for level in np.unique(dose[trials > 0]):
        j, k = np.nonzero((dose == level) & (trials > 0))
        rows, columns = [], []
        for t in range(T):
            for c in range(C):
                p = design.sets[s][t, c, axes.occasion_group[k], axes.detector_group[j], 0]
                rows.append(np.full(len(j), t * C + c))
                columns.append(np.searchsorted(codes, p * J + j))
        values = np.tile(trials[j, k], T * C)
        shape = (T * C, len(codes))
        at = (np.concatenate(rows), np.concatenate(columns))
        out.append((float(level), sparse.csr_array((values, at), shape=shape)))
    return out
