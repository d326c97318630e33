"""Fit a spatial capture-recapture model: the one entry of this room."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.errors import HistoryError
from pardus.model.fit import Estimate, Fit, FitWarning
from pardus.model.language import N_, _, ngettext, together
from pardus.model.mask import Mask
from pardus.scr import checks, zeros
from pardus.scr.design import Design, make_design
from pardus.scr.detection import fall_width
from pardus.scr.engines import likelihood_of, search
from pardus.scr.estimates import WALD_ALONE, coefficients, density_estimates, detection_estimates
from pardus.scr.levels import own_levels
from pardus.scr.likelihood import Likelihood, can_collapse, data_constants, log_factorials
from pardus.scr.mask import check_mask
from pardus.scr.optimise import Optimum, with_bounds
from pardus.scr.problem import Engine
from pardus.scr.profile import ShapeIntervals, shape_intervals
from pardus.scr.spec import ModelSpec, model_spec
from pardus.scr.start import more_starts, starting_values
from pardus.scr.surfaces import Surfaces
from pardus.scr.threads import one_blas_thread


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A fit together with what is needed to go on from it: predict, profile, simulate.

    design, optimum: None when the data allowed no fit. set_aside: sessions without a detection that inform
    nothing but their own density, which is 0.
    """

    fit: Fit
    spec: ModelSpec
    histories: tuple[CaptureHistory, ...]
    masks: tuple[Mask, ...]
    design: Design | None = None
    optimum: Optimum | None = None
    likelihood: Likelihood | None = None
    set_aside: tuple[str, ...] = ()


def fit(
    histories: CaptureHistory | Sequence[CaptureHistory],
    masks: Mask | Sequence[Mask],
    model: str | Iterable[str] | Mapping[str, str] = (),
    detectfn: str | int = "HHN",
    engine: Engine | None = None,
    start: Floats | None = None,
    level: float = 0.95,
    collapse: str = "auto",
    **options: object,
) -> Fit:
    """Fit a model and return the result; see `fit_model` for the arguments."""
    spec = model_spec(model, detectfn, **options)
    return fit_model(histories, masks, spec, engine, start, level, collapse).fit


def fit_model(
    histories: CaptureHistory | Sequence[CaptureHistory],
    masks: Mask | Sequence[Mask],
    spec: ModelSpec,
    engine: Engine | None = None,
    start: Floats | None = None,
    level: float = 0.95,
    collapse: str = "auto",
    profile: bool = True,
) -> FittedModel:
    """Fit a model by maximum likelihood.

    histories: one for each session. masks: one for each, or one for all. engine: None chooses. start: theta, None
    finds starting values. level: of intervals. collapse: "auto" reports the log-likelihood of data summed over
    occasions where the model allows it (secr's fast path), "never" that of the full data; estimates are the same.
    profile: whether sigma and z of a hazard-rate function get profile intervals, which take as long as the fit again;
    others have Wald intervals in any case.

    Weak data give a Fit with status "cannot-say" and the reason. Raises ParameterError, HistoryError, MaskError for
    models and data that contradict each other.
    """
    began = time.perf_counter()
    histories = (histories,) if isinstance(histories, CaptureHistory) else tuple(histories)
    masks = (masks,) if isinstance(masks, Mask) else tuple(masks)
    if not histories:
        raise HistoryError(_("There is no session."))
    masks = masks * len(histories) if len(masks) == 1 else masks
    for mask, history in zip(masks, histories, strict=False):
        check_mask(mask, history)
    with one_blas_thread():
        fitted = _fit(histories, masks, spec, engine, start, level, collapse, profile)
    seconds = round(time.perf_counter() - began, 3)
    name = fitted.likelihood.engine.name if fitted.likelihood else ""
    provenance = {
        **fitted.fit.provenance,
        "engine": name,
        "data": data_hash(histories, masks),
        "seconds": seconds,
    }
    return replace(fitted, fit=replace(fitted.fit, provenance=provenance))


def _fit(
    histories: tuple[CaptureHistory, ...],
    masks: tuple[Mask, ...],
    spec: ModelSpec,
    engine: Engine | None,
    start: Floats | None,
    level: float,
    collapse: str,
    profile: bool,
) -> FittedModel:
    warnings = checks.check_data(histories)
    whole = make_design(histories, masks, spec)
    if checks.is_grave(warnings):
        result = _without_numbers(spec, histories, masks, warnings)
        return FittedModel(result, spec, histories, masks)
    kept = zeros.informative(whole)
    design = (
        whole
        if len(kept) == len(histories)
        else make_design([histories[s] for s in kept], [masks[s] for s in kept], spec)
    )
    likelihood = likelihood_of(design, engine)
    theta = starting_values(design) if start is None else np.asarray(start, dtype=np.float64)
    starts = more_starts(design, theta) if start is None else [theta]
    found = (with_bounds(search(likelihood, t), design.names) for t in starts)
    optimum = max(found, key=lambda o: (o.converged, o.value))
    warnings += checks.check_optimum(optimum, design.names)
    aside = tuple(histories[s].session for s in range(len(histories)) if s not in kept)
    for label, sigma in _sigmas(design, optimum.theta):
        warnings += checks.check_space(sigma, design.histories, design.masks, label)
    if not any(w.code == "mask-too-coarse" for w in warnings):
        warnings += checks.check_steepness(_steepest(design, optimum), design.masks)
    if spec.detectfn not in ("HN", "HHN") and not any(w.code == "mask-too-small" for w in warnings):
        warnings += _edge(design, optimum)
    if checks.is_grave(warnings):
        result = _without_numbers(spec, histories, masks, warnings)
        return FittedModel(result, spec, histories, masks, design, optimum, likelihood, aside)
    numbers = list(density_estimates(design, optimum.theta, optimum.vcov, level))
    warnings += checks.check_numbers(numbers)
    if checks.is_grave(warnings):
        result = _without_numbers(spec, histories, masks, warnings)
        return FittedModel(result, spec, histories, masks, design, optimum, likelihood, aside)
    if aside:
        numbers += zeros.estimates(
            whole, design, optimum.theta, [s for s in range(len(histories)) if s not in kept], level
        )
        bounded = [
            e.session for e in numbers if e.session in aside and e.quantity == "D" and np.isfinite(e.upper)
        ]
        warnings.append(_aside_warning(aside, all(name in bounded for name in aside)))
    if len(histories) > 1:
        warnings += checks.check_sessions(design.histories, own_levels(design))
    if spec.hcov or spec.groups:
        warnings += checks.check_classes(design.histories, spec.hcov or spec.groups)
    order = {h.session: i for i, h in enumerate(histories)}
    numbers.sort(key=lambda e: order[e.session])
    shapes = shape_intervals(design, likelihood, optimum, level) if profile else WALD_ALONE
    numbers += detection_estimates(design, optimum.theta, optimum.vcov, level, shapes)
    result = _result(spec, histories, masks, design, optimum, warnings, numbers, collapse, level, shapes)
    return FittedModel(result, spec, histories, masks, design, optimum, likelihood, aside)


def _result(
    spec: ModelSpec,
    histories: tuple[CaptureHistory, ...],
    masks: tuple[Mask, ...],
    design: Design,
    optimum: Optimum,
    warnings: list[FitWarning],
    numbers: list[Estimate],
    collapse: str,
    level: float,
    shapes: ShapeIntervals,
) -> Fit:
    collapsed = collapse == "auto" and all(can_collapse(design, s) for s in range(len(design.problems)))
    record, multinomial = data_constants(design, collapsed)
    full_record, full_multinomial = data_constants(design, False)
    base = optimum.value - log_factorials(design)
    return Fit(
        status="doubtful" if warnings else "ok",
        reason=together(w.sentence for w in warnings),
        model=spec.described(),
        detectfn=spec.detectfn,
        distribution=spec.distribution,
        kind=histories[0].kind,
        log_likelihood=base + record + multinomial,
        constant=multinomial,
        occasions_collapsed=collapsed,
        coefficients=coefficients(design, optimum, level, shapes),
        vcov=optimum.vcov,
        estimates=tuple(numbers),
        n_animals=sum(h.n_animals for h in histories),
        warnings=tuple(warnings),
        data={
            **data_summary(histories),
            "log_likelihood_full_data": base + full_record + full_multinomial,
            "conditional": spec.conditional,
            "hcov": spec.hcov,
        },
        mask=mask_summary(histories, masks),
        provenance={"iterations": optimum.iterations, "newton_decrement": optimum.decrement},
    )


def _without_numbers(
    spec: ModelSpec,
    histories: tuple[CaptureHistory, ...],
    masks: tuple[Mask, ...],
    warnings: Sequence[FitWarning],
) -> Fit:
    """Return a fit that says why there is no number."""
    nan = float("nan")
    grave = [w for w in warnings if w.code in checks.GRAVE]
    reason = together(w.sentence for w in grave)
    labels = [h.session for h in histories]
    gaps = [
        Estimate("D", nan, nan, nan, nan, N_("animals per 100 km2"), s, method="", note=reason)
        for s in labels
    ]
    return Fit(
        status="cannot-say",
        reason=reason,
        model=spec.described(),
        detectfn=spec.detectfn,
        distribution=spec.distribution,
        kind=histories[0].kind,
        log_likelihood=nan,
        constant=nan,
        occasions_collapsed=False,
        coefficients=(),
        vcov=np.zeros((0, 0)),
        estimates=tuple(gaps),
        n_animals=sum(h.n_animals for h in histories),
        warnings=tuple(warnings),
        data=data_summary(histories),
        mask=mask_summary(histories, masks),
    )


def data_hash(histories: Sequence[CaptureHistory], masks: Sequence[Mask]) -> str:
    """Return the SHA-256 of everything that the likelihood sees: detections, effort, places, mask, covariates."""
    digest = sha256()
    for h, m in zip(histories, masks, strict=False):
        tables = (h.covariates, h.detectors.covariates, h.occasion_covariates, m.covariates, m.regions)
        arrays = [h.animal, h.occasion, h.detector, h.count, h.detectors.usage, h.detectors.xy, m.xy]
        arrays += [np.asarray(v) for table in tables for _name, v in sorted(table.items())]
        arrays += [h.removed] if h.removed is not None else []
        digest.update(f"{h.session}|{h.kind}|{m.cell_area!r}".encode())
        if h.session_covariates:
            digest.update(repr(sorted(h.session_covariates.items())).encode())
        for array in arrays:
            digest.update(f"{array.dtype.str}{array.shape}".encode() + np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def data_summary(histories: Sequence[CaptureHistory]) -> dict[str, object]:
    """Return counts and effort by session."""
    rows = [
        {
            "session": h.session,
            "animals": h.n_animals,
            "detections": h.n_detections,
            "spatial_recaptures": checks.spatial_recaptures(h),
            "detectors": len(h.detectors.ids),
            "occasions": h.n_occasions,
            "effort": float(h.detectors.usage.sum()),
            "not_used": dict(h.not_used),
        }
        for h in histories
    ]
    return {
        "sessions": rows,
        "animals": sum(h.n_animals for h in histories),
        "detections": sum(h.n_detections for h in histories),
    }


def mask_summary(histories: Sequence[CaptureHistory], masks: Sequence[Mask]) -> dict[str, object]:
    """Return cells, spacing and area by session."""
    rows = [
        {"session": h.session, "cells": len(m), "spacing_m": m.spacing, "area_km2": m.area / 100}
        for h, m in zip(histories, masks, strict=True)
    ]
    return {"sessions": rows}


def _sigmas(design: Design, theta: Floats) -> list[tuple[str, float]]:
    """Return (label, metres) of the largest and the smallest sigma."""
    values = np.exp(design.predictors["sigma"].log_values(theta)[0])
    return [("", float(v)) for v in sorted({float(values.min()), float(values.max())})]


def _steepest(design: Design, optimum: Optimum) -> float:
    """Return the shortest distance over which a hazard-rate curve falls; infinite for others and at z's end."""
    if "z" not in design.predictors or any(design.names[j] == "z" for j in optimum.at_bound):
        return float("inf")
    sigma, z = (np.exp(design.predictors[n].log_values(optimum.theta)[0]) for n in ("sigma", "z"))
    return min(float(s) * fall_width(design.spec.detectfn, float(k)) for s, k in zip(sigma, z, strict=True))


def _edge(design: Design, optimum: Optimum) -> list[FitWarning]:
    if checks.is_grave(checks.check_optimum(optimum, design.names)):
        return []
    sigma = max(v for _label, v in _sigmas(design, optimum.theta))
    z = 1.0
    if "z" in design.predictors:
        z = float(np.exp(design.predictors["z"].log_values(optimum.theta)[0].min()))
    missed = Surfaces(design).missed(optimum.theta)
    return checks.check_edge(missed, design.histories, design.masks, design.spec.detectfn, sigma, z)


def _aside_warning(sessions: Sequence[str], bounded: bool) -> FitWarning:
    count = len(sessions)
    if not bounded:
        return FitWarning(
            "session-without-detection",
            _(
                "Nobody was detected in {names}, and detection there is not shared with other sessions: "
                "how many there may be cannot be said."
            ).format(names=", ".join(sessions)),
            _("Share lambda0 and sigma between sessions to have an upper bound."),
        )
    return FitWarning(
        "session-without-detection",
        ngettext(
            "Nobody was detected in {names}: D there is 0, with an upper bound.",
            "Nobody was detected in {names}: D in each is 0, with an upper bound.",
            count,
        ).format(names=", ".join(sessions)),
        _(
            "Its maximum-likelihood density is 0, so it was left out of the search and its bound computed after it."
        ),
    )
