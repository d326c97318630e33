"""Run reference cases of secr (schema scr-reference-1) as our models and compare.

    python benchmarks/reference.py --data DIR --reference DIR [--only TEXT] [--json]

DIR of data: <case>/traps.csv, captures.csv, mask.csv, usage.csv, metadata.json (.gz or not); `same_as` in the
metadata names the case whose file is shared. DIR of references: <case>__<model>.json. R formulas are translated here.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import sys
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app.tables import TableOptions, read_histories, read_masks
from pardus.model.capture import CaptureHistory, Detectors
from pardus.model.errors import ParameterError, PardusError
from pardus.model.mask import Mask
from pardus.scr.derived import animal_areas, derived
from pardus.scr.design import Design
from pardus.scr.fit import FittedModel, fit_model
from pardus.scr.likelihood import Likelihood, data_constants, log_factorials
from pardus.scr.mask import around
from pardus.scr.spec import ModelSpec, model_spec

KINDS = {"single": "multi", "multi": "multi", "proximity": "proximity", "count": "count"}
HARMLESS = {
    *("distribution", "fastproximity", "Dlambda", "ignoreusage"),  # translated
    *("hessian", "autoini", "trace", "LLonly", "savecall", "chat", "stackposition", "contrasts", "nsim"),
    *("intwidth2", "minprob", "grain", "centred", "convexpolygon", "telemetrytype", "fixedbeta0", "ncores"),
}
"""Details of secr that are translated, or that change no number of our six functions and four detector types."""

ROTATED = {"D.D1": "D", "D.D2": "D.Session"}
"""Names of coefficients under Dlambda (D of the first session, rate of change)."""


class UnsupportedError(Exception):
    """A case that our models do not cover; the text names what."""


@dataclass
class Comparison:
    """One line of the result. Differences are ours minus theirs; *_in_se in standard errors of the reference."""

    case: str
    model: str
    ok: bool = False
    reason: str = ""
    unsupported: str = ""
    clean: bool = False
    log_likelihood: float | None = None
    d_log_likelihood: float | None = None
    d_at_their_coefficients: float | None = None
    d_coefficient_in_se: float | None = None
    d_se_ratio: float | None = None
    d_derived: float | None = None
    d_derived_se: float | None = None
    d_region: float | None = None
    d_region_se: float | None = None
    engine: str = ""
    seconds: float | None = None
    their_cpu_seconds: float | None = None


def run(data: Path, reference: Path) -> Comparison:
    """Fit one reference as our model and compare."""
    theirs = json.loads(reference.read_text(encoding="utf-8"))
    result = Comparison(theirs["case"], theirs["model"])
    cpu = _list((theirs.get("timing") or {}).get("cpu_s"))
    result.their_cpu_seconds = float(min(cpu)) if cpu else None
    try:
        if (theirs.get("fit") or {}).get("logLik") is None:
            raise UnsupportedError("the reference has no log-likelihood: its own fit failed")
        histories, masks = load(data, theirs)
        spec, histories = translate(theirs, histories, masks)
        began = time.process_time()
        fast = _fast(theirs)
        fitted = fit_model(histories, masks, spec, collapse="auto" if fast else "never")
        result.seconds = round(time.process_time() - began, 3)
        result.engine = str(fitted.fit.provenance["engine"])
        if spec.mixture and not spec.hcov:
            fitted = _their_labels(fitted, theirs)
        compare(result, fitted, theirs)
    except (UnsupportedError, ParameterError) as error:  # the second: a model that is not one of ours
        result.unsupported = result.reason = str(error)
    except Exception as error:  # one case that breaks must not hide the others
        result.reason = f"{type(error).__name__}: {error}"
    return result


def _fast(theirs: dict[str, Any]) -> bool:
    """Whether the reference's log-likelihood is that of the data summed over occasions."""
    return bool(theirs["call"].get("fastproximity_used"))


def load(data: Path, theirs: dict[str, Any]) -> tuple[tuple[CaptureHistory, ...], tuple[Mask, ...]]:
    """Read histories and masks of a case as its reference used them."""
    call, case = theirs["call"], theirs["case"]
    folder = data / case
    about = _metadata(folder)
    stated = theirs.get("data") or {}
    kinds = set(_list(about.get("detector_type") or stated.get("detector")))
    if not kinds <= set(KINDS):
        raise UnsupportedError(f"detector type {', '.join(sorted(kinds - set(KINDS)))}")
    if len({KINDS[k] for k in kinds}) != 1:
        raise UnsupportedError(f"detector types {', '.join(sorted(kinds)) or 'not stated'} in one case")
    kind = KINDS[sorted(kinds)[0]]
    occasions = [int(k) for k in _list(about.get("n_occasions") or stated.get("occasions"))]
    options = TableOptions(kind=kind, occasions=max(occasions) if occasions else None, ids_by_session=True)
    detectors, captures = _file(data, folder, about, "traps"), _file(data, folder, about, "captures")
    usage = _file(data, folder, about, "usage") if about.get("usage", True) else None
    if detectors is None or captures is None:
        raise UnsupportedError("tables missing")
    histories = read_histories(detectors, captures, usage, options)
    if usage is None and occasions:
        histories = tuple(_trimmed(h, k) for h, k in zip(histories, _each(occasions, histories), strict=True))
    if (call.get("details_user") or {}) and dict(call["details_user"]).get("ignoreusage"):
        histories = tuple(_without_usage(h) for h in histories)
    histories = tuple(_with_covariates(h, s, call) for s, h in enumerate(histories))
    histories = _subset(histories, call.get("data_subset"))
    return histories, _masks(data, folder, about, theirs, histories)


def _metadata(folder: Path) -> dict[str, Any]:
    plain, packed = folder / "metadata.json", folder / "metadata.json.gz"
    if plain.exists():
        return dict(json.loads(plain.read_text(encoding="utf-8")))
    if packed.exists():
        return dict(json.loads(gzip.decompress(packed.read_bytes())))
    raise UnsupportedError("no metadata.json" if folder.is_dir() else "no folder of data")


def translate(
    theirs: dict[str, Any], histories: tuple[CaptureHistory, ...], masks: tuple[Mask, ...]
) -> tuple[ModelSpec, tuple[CaptureHistory, ...]]:
    """Return our model for a reference's call, and the histories with a column for groups of several covariates.

    Raises UnsupportedError.
    """
    call = theirs["call"]
    details = dict(call.get("details_user") or {})
    unknown = {k for k, v in details.items() if v not in (None, False, "")} - HARMLESS
    if details.get("param") in (0, "0"):
        unknown -= {"param"}
    if unknown:
        raise UnsupportedError(f"details {', '.join(sorted(unknown))}")
    groups = [str(g) for g in _list(call.get("groups"))]
    if len(groups) > 1:
        histories, groups = _joined_groups(histories, groups), ["g"]
    formulas = {name: _formula(name, text, theirs, histories, masks) for name, text in call["model"].items()}
    if details.get("Dlambda"):
        if formulas.get("D", "1") != "1":
            raise UnsupportedError("Dlambda with a formula")
        formulas["D"] = "Session"
    count = all(h.kind == "count" for h in histories)
    size = (_list(call.get("binomN")) or [None])[0] if count else None
    fixed = {k: float(v) for k, v in dict(call.get("fixed") or {}).items()}
    names = {*formulas, *fixed}
    try:
        spec = model_spec(
            {k: v for k, v in formulas.items() if k not in fixed},
            call["detectfn"]["name"] if isinstance(call["detectfn"], dict) else call["detectfn"],
            fixed=fixed,
            links={k: v for k, v in dict(call.get("link") or {}).items() if k in names},
            distribution=call.get("distribution") or details.get("distribution") or "poisson",
            conditional=bool(call.get("CL")),
            groups=groups[0] if groups else "",
            hcov=call.get("hcov") or "",
            binomial_size="usage" if size == 1 else (None if size in (None, 0) else int(size)),
        )
        return spec, histories
    except PardusError as error:
        raise UnsupportedError(str(error)) from error


def compare(result: Comparison, fitted: FittedModel, theirs: dict[str, Any]) -> None:
    """Fill in the differences and decide whether they agree."""
    fit, design, optimum = fitted.fit, fitted.design, fitted.optimum
    if design is None or optimum is None:
        result.reason = f"{fit.status}: {fit.reason}"
        return
    call = theirs["call"]
    log_likelihood = theirs["fit"]["logLik"]
    fast = _fast(theirs)
    ours = log_likelihood_at(fitted, optimum.theta, fast, hybrid=False)
    result.log_likelihood, result.d_log_likelihood = ours, ours - log_likelihood
    if "s(" in "".join(call["model"].values()):
        _compare_smooth(result)
        return
    names, b, se = _their_coefficients(theirs, design.names)
    at_theirs = log_likelihood_at(fitted, b, fast, bool(call.get("hcov")))
    result.d_at_their_coefficients = at_theirs - log_likelihood
    bound = _at_bound(design, b) & _at_bound(design, optimum.theta)
    hybrid = bool(call.get("hcov")) and not call["CL"]
    difference = np.where(bound, 0.0, np.abs(optimum.theta - b))
    our_se = np.sqrt(np.diag(_their_form_vcov(fitted) if hybrid else optimum.vcov))
    with np.errstate(divide="ignore", invalid="ignore"):
        result.d_coefficient_in_se = float(np.nanmax(difference / se))
        result.d_se_ratio = float(np.nanmax(np.where(bound, 0.0, np.abs(our_se / se - 1))))
    if fit.status != "cannot-say":
        _compare_numbers(result, fitted, theirs)
    # nan: no SE, not clean.
    clean = (theirs["fit"].get("nlm_code") == 1 or theirs["fit"].get("polished")) and bool((se < 3).all())
    result.clean = bool(clean)
    result.reason = _verdict(result, difference, b, se, names, hybrid)
    result.ok = not result.reason or result.reason.startswith("ours is higher")
    if result.ok:
        result.reason = "; ".join(
            filter(None, [result.reason, *_remarks(result, fitted, theirs, bound, hybrid)])
        )


def _compare_smooth(result: Comparison) -> None:
    """Decide on a model with s(): the same space of curves, coefficients scaled otherwise, so heights are compared."""
    difference = result.d_log_likelihood or 0.0
    result.ok = abs(difference) < 1e-4
    if result.ok:
        result.reason = (
            "log-likelihood compared only: the basis of s() spans the same curves but is scaled otherwise"
        )
    else:
        result.unsupported = "spline basis differs by construction"
        result.reason = f"{result.unsupported} (log-likelihood {difference:+.3f} from theirs)"


def _at_bound(design: Design, theta: np.ndarray) -> np.ndarray:
    """Which coefficients stand for a probability of 0 or 1: beyond 12 on the logit scale."""
    logit = np.array([link == "logit" for link in design.link_of], dtype=bool)
    return np.asarray(logit & (np.abs(theta) > 12))


def _their_form_vcov(fitted: FittedModel) -> np.ndarray:
    """Return the covariance that secr's form of the hybrid mixture gives at our estimates (differences of value)."""
    assert fitted.optimum is not None
    theta, n = fitted.optimum.theta, len(fitted.optimum.theta)
    step = 2e-3 * np.eye(n)
    value = lambda at: log_likelihood_at(fitted, at, collapsed=False, hybrid=True)  # noqa: E731
    H = np.empty((n, n))
    for i in range(n):
        for j in range(i + 1):
            corners = [
                value(theta + a * step[i] + c * step[j]) for a, c in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            ]
            H[i, j] = H[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * 2e-3**2)
    return np.linalg.inv(-H)


def _remarks(
    result: Comparison, fitted: FittedModel, theirs: dict[str, Any], bound: np.ndarray, hybrid: bool
) -> list[str]:
    """Return what a reader should know of a case that agrees."""
    assert fitted.design is not None
    assert fitted.optimum is not None
    out = []
    if bound.any():
        at = ", ".join(n for n, b in zip(fitted.design.names, bound, strict=True) if b)
        out.append(f"{at} is at its bound in both, where neither coefficient nor SE means anything")
    if fitted.fit.status == "cannot-say":
        out.append(f"we give no number here: {fitted.fit.reason}")
    if hybrid:
        se = np.sqrt(np.diag(fitted.optimum.vcov))
        ratio = float(np.abs(se / np.sqrt(np.diag(_their_form_vcov(fitted))) - 1).max())
        out.append(
            f"SEs compared in secr's harmonic form; those of the exact form differ by up to {ratio:.1%}"
        )
    if _number_is_fixed(theirs) and theirs.get("regionN"):
        out.append(
            "SE of realised N not compared: the reference takes E(N) from its variance, "
            "which holds for a Poisson number only"
        )
    if _contradicts_itself(theirs):
        out.append(
            "region N not compared: the reference's E.N and R.N of the mask, equal by definition, differ"
        )
    return out


def _number_is_fixed(theirs: dict[str, Any]) -> bool:
    return bool(theirs["call"]["distribution"] == "binomial")


def _contradicts_itself(theirs: dict[str, Any]) -> bool:
    """Whether E.N and R.N of the whole mask differ under the conditional likelihood, where both are sum 1 / a_i."""
    if not theirs["call"]["CL"]:
        return False
    for entry in theirs.get("regionN") or []:
        found = {r["parameter"]: r["estimate"] for r in entry["rows"]}
        if None not in found.values() and abs(found["E.N"] / found["R.N"] - 1) > 1e-3:
            return True
    return False


def _their_labels(fitted: FittedModel, theirs: dict[str, Any]) -> FittedModel:
    """Return the same maximum with the two unknown classes numbered as in the reference, if there is one.

    Unknown classes can change names; the fit started from their coefficients is taken if it is as high as ours.
    """
    if fitted.design is None or fitted.optimum is None:
        return fitted
    _names, b, _se = _their_coefficients(theirs, fitted.design.names)
    again = fit_model(fitted.histories, fitted.masks, fitted.spec, start=b, collapse="never")
    if again.optimum is None or abs(again.optimum.value - fitted.optimum.value) > 1e-6:
        return fitted
    return replace(
        fitted, optimum=again.optimum, fit=replace(again.fit, log_likelihood=fitted.fit.log_likelihood)
    )


def log_likelihood_at(fitted: FittedModel, theta: np.ndarray, collapsed: bool, hybrid: bool) -> float:
    """Return our log-likelihood at given coefficients; for a hybrid mixture in secr's form.

    secr divides by the harmonic mean of p. over the detected animals, which equals the mixture's own p. at the
    maximum only; this brings our exact form to theirs so that any point can be compared.
    """
    design = fitted.design
    assert design is not None
    assert fitted.likelihood is not None
    likelihood: Likelihood = fitted.likelihood
    record, multinomial = data_constants(design, collapsed)
    value = likelihood.value(theta) + record + multinomial - log_factorials(design)
    if not hybrid or design.spec.conditional:
        return value
    for s, evaluation in enumerate(likelihood.sessions(theta, gradient=False)):
        problem = design.problems[s]
        parameters = design.parameters(theta, [s])[0]
        n, region = problem.n_animals, float(evaluation.region.sum())
        expected = float(evaluation.expected.sum())
        D = region / (problem.cell_area * problem.n_cells)
        # Expected with the harmonic p.
        theirs = n / float((1 / (animal_areas(problem, parameters) / D)).sum()) * D
        value += (n * np.log(theirs) - theirs) - (n * np.log(expected) - expected)
    return value


def _compare_numbers(result: Comparison, fitted: FittedModel, theirs: dict[str, Any]) -> None:
    design, optimum = fitted.design, fitted.optimum
    assert design is not None
    assert optimum is not None
    sessions = [p.session for p in design.problems]
    worst: dict[str, list[float]] = {"d": [], "d_se": [], "N": [], "N_se": []}
    for at, entry in enumerate(theirs.get("derived") or []):
        s = sessions.index(str(entry["session"])) if str(entry["session"]) in sessions else at
        row = next((r for r in entry["rows"] if r["parameter"] == "D"), None)
        if row is None or row["estimate"] is None:
            continue
        D = derived(design, optimum.theta, optimum.vcov, s)
        worst["d"].append(D.D / row["estimate"] - 1)
        if row.get("SE.estimate"):
            worst["d_se"].append(D.se / row["SE.estimate"] - 1)
    if design.axes[0].groups or _contradicts_itself(theirs):
        theirs = {**theirs, "regionN": None}  # secr gives none that can be trusted
    for at, entry in enumerate(theirs.get("regionN") or []):
        s = sessions.index(str(entry["session"])) if str(entry["session"]) in sessions else at
        for row in entry["rows"]:
            if row["estimate"] is None:
                continue
            e = fitted.fit.estimate("E(N)" if row["parameter"] == "E.N" else "N", sessions[s])
            worst["N"].append(e.estimate / row["estimate"] - 1)
            if row.get("SE.estimate") and not (row["parameter"] == "R.N" and _number_is_fixed(theirs)):
                worst["N_se"].append(e.se / row["SE.estimate"] - 1)
    largest = {k: max(v, key=abs) if v else None for k, v in worst.items()}
    result.d_derived, result.d_derived_se = largest["d"], largest["d_se"]
    result.d_region, result.d_region_se = largest["N"], largest["N_se"]


def _verdict(
    r: Comparison, difference: np.ndarray, b: np.ndarray, se: np.ndarray, names: list[str], hybrid: bool
) -> str:
    """Return "" if they agree, else what does not."""
    assert r.d_log_likelihood is not None
    assert r.d_at_their_coefficients is not None
    if not r.clean:
        if abs(r.d_at_their_coefficients) > 1e-6:
            return f"log-likelihood at their coefficients differs by {r.d_at_their_coefficients:.2e}"
        return "" if r.d_log_likelihood > -1e-6 else f"our maximum is lower by {-r.d_log_likelihood:.2e}"
    if r.d_log_likelihood > 1e-4:
        same = f"at their coefficients both agree to {abs(r.d_at_their_coefficients):.0e}"
        return f"ours is higher by {r.d_log_likelihood:.4f}; {same}, so the reference stopped short"
    if r.d_log_likelihood < -1e-4:
        return f"our maximum is lower by {-r.d_log_likelihood:.2e}"
    apart = (difference > 1e-3 * se) & (difference > 1e-4 * np.abs(b))
    if hybrid:
        apart[0] &= difference[0] > 0.01  # D by the harmonic p. against the mixture's own
    if apart.any():
        return f"coefficients apart: {', '.join(n for n, a in zip(names, apart, strict=True) if a)}"
    if (r.d_se_ratio or 0) > 0.01:
        return f"standard errors apart by {r.d_se_ratio:.3f}"
    limit = 0.01 if hybrid else 1e-3
    for name, value in (("derived D", r.d_derived), ("region N", r.d_region)):
        if value is not None and abs(value) > limit:
            return f"{name} apart by {value:+.2e}"
    return ""


def _their_coefficients(
    theirs: dict[str, Any], ours: tuple[str, ...]
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return names, coefficients and SEs of the reference in our order."""
    rows = {}
    plain = {_plain_name(name): name for name in ours}
    for row in theirs["beta"]:
        name = ROTATED.get(row["name"], row["name"])
        name = plain.get(_plain_name(name), name)
        if name.startswith("pmix.h2"):
            name = name if name in ours else "pmix"
        if name not in ours and f"{name}TRUE" in ours:
            name = f"{name}TRUE"
        rows[name] = row
    if set(rows) != set(ours):
        raise UnsupportedError(f"coefficients {sorted(rows)} are not ours {sorted(ours)}")
    number = lambda v: float("nan") if v is None else float(v)  # noqa: E731
    b = np.array([number(rows[n]["estimate"]) for n in ours])
    se = np.array([number(rows[n]["SE"]) for n in ours])
    return list(ours), b, se


def _plain_name(name: str) -> str:
    """Return a coefficient's name as R and formulaic both could have written it."""
    name = re.sub(r"[ `]", ".", name.replace("^", "**").replace("TRUE", "").replace("True", ""))
    name = re.sub(r"\.*([-+*/:,()])\.*", r"\1", name)
    name = re.sub(r"\[(T\.)?([^\]]*)\]", r"\2", name)
    name = re.sub(r"\b(factor|as\.factor|C)\(([^(),]*)\)", r"\2", name)
    head, dot, rest = name.partition(".")
    return f"{head}{dot}{':'.join(sorted(rest.split(':')))}"


def _joined_groups(histories: tuple[CaptureHistory, ...], names: list[str]) -> tuple[CaptureHistory, ...]:
    """Return histories with an animal covariate "g" that joins several, as secr's levels ("F.adult")."""
    out = []
    for h in histories:
        if h.n_animals and not set(names) <= set(h.covariates):
            raise UnsupportedError(f"groups by {', '.join(names)}, which are not all covariates of animals")
        parts = [np.asarray(h.covariates[n]).astype(str) for n in names if n in h.covariates]
        joined = np.array([".".join(row) for row in zip(*parts, strict=True)], dtype=str)
        out.append(replace(h, covariates={**h.covariates, "g": joined}))
    return tuple(out)


def _formula(
    name: str,
    text: str,
    theirs: dict[str, Any],
    histories: tuple[CaptureHistory, ...],
    masks: tuple[Mask, ...],
) -> str:
    """Translate the right side of an R formula."""
    right = str(text).strip().partition("~")[2].strip() or "1"  # "~T" or "g0 ~ T"
    if name == "pmix":
        right = re.sub(r"(^|\+)\s*h2\s*", r"\1 1", right).strip() or "1"
    right = right.replace("^", "**")
    if re.search(r"\bh[3-9]\b", right):
        raise UnsupportedError("a mixture of more than two classes")
    for column in _column_names(histories, masks):
        in_r = re.sub(r"[^\w.]", ".", column)  # as R's make.names writes it
        if in_r != column:
            right = re.sub(rf"(?<![\w.]){re.escape(in_r)}(?![\w.])", f"`{column}`", right)
    right = re.sub(r"\b(as\.)?factor\(", "C(", right)
    right = re.sub(r"\bTRUE\b", "True", right)
    right = re.sub(r"\bFALSE\b", "False", right)
    for variable, base in _bases(name, theirs, histories, masks).items():
        right = re.sub(
            rf"(?<![\w.(]){re.escape(variable)}(?![\w.])", f"C({variable}, contr.treatment('{base}'))", right
        )
    return right


def _column_names(histories: tuple[CaptureHistory, ...], masks: tuple[Mask, ...]) -> set[str]:
    tables = [m.covariates for m in masks]
    tables += [c for h in histories for c in (h.detectors.covariates, h.covariates, h.occasion_covariates)]
    return set().union(*tables)


def _bases(
    name: str, theirs: dict[str, Any], histories: tuple[CaptureHistory, ...], masks: tuple[Mask, ...]
) -> dict[str, str]:
    """Return text variables whose first level in the reference is not the alphabetical one, with that level."""
    columns: dict[str, set[str]] = {}
    sources = [m.covariates for m in masks] if name == "D" else []
    sources += [c for h in histories for c in (h.detectors.covariates, h.covariates, h.occasion_covariates)]
    for source in sources:
        for variable, values in source.items():
            if np.asarray(values).dtype.kind in "US":
                columns.setdefault(variable, set()).update(str(v) for v in values if str(v))
    columns["session"] = {h.session for h in histories}
    beta = {row["name"] for row in theirs["beta"]}
    out = {}
    for variable, levels in columns.items():
        named = {level for level in levels if f"{name}.{variable}{level}" in beta}
        rest = sorted(levels - named)
        if named and len(rest) == 1 and rest[0] != min(levels):
            out[variable] = rest[0]
    return out


def _file(data: Path, folder: Path, about: dict[str, Any], stem: str, name: str = "") -> Path | None:
    same = about.get("same_as") or {}
    shared = same if isinstance(same, str) else same.get(stem)
    places = [folder, *([data / str(shared)] if shared else [])]
    for place in places:
        for candidate in (place / (name or f"{stem}.csv"), place / f"{name or f'{stem}.csv'}.gz"):
            if candidate.exists():
                return candidate
    return None


def _masks(
    data: Path,
    folder: Path,
    about: dict[str, Any],
    theirs: dict[str, Any],
    histories: tuple[CaptureHistory, ...],
) -> tuple[Mask, ...]:
    call, stated = theirs["call"], theirs["mask"]
    if call.get("buffer_m"):
        return tuple(around(h.detectors.xy, float(call["buffer_m"])) for h in histories)
    named = [Path(str(m)).name.removesuffix(".gz") for m in _list(call.get("mask"))]
    path = _file(data, folder, about, "mask", named[0] if len(set(named)) == 1 else "")
    if path is None:
        raise UnsupportedError("mask file missing")
    sessions = [str(n) for n in _list(about.get("sessions"))]
    areas, spacings = (
        _each(_of_sessions(_list(stated[key]), sessions, histories), histories)
        for key in ("cell_area_ha", "spacing_m")
    )
    found = read_masks(path, [h.session for h in histories])
    found = found * len(histories) if len(found) == 1 else found
    return tuple(
        replace(m, cell_area=float(a), spacing=float(s))
        for m, a, s in zip(found, areas, spacings, strict=True)
    )


def _of_sessions(values: list[Any], sessions: list[str], histories: tuple[CaptureHistory, ...]) -> list[Any]:
    """Return the values of the sessions in use, where there is one for each session of the case."""
    if len(values) in (1, len(histories)) or len(values) != len(sessions):
        return values
    return [values[sessions.index(h.session)] for h in histories]


def _with_covariates(history: CaptureHistory, s: int, call: dict[str, Any]) -> CaptureHistory:
    """Attach time and session covariates of the call."""
    timecov, sessioncov = call.get("timecov"), call.get("sessioncov")
    times = (
        {"tcov": timecov}
        if isinstance(timecov, list) and timecov and not isinstance(timecov[0], dict)
        else timecov
    )
    sessions = {"scov": sessioncov} if isinstance(sessioncov, list) else sessioncov
    return replace(
        history,
        occasion_covariates={
            k: np.asarray(_column(v)[: history.n_occasions]) for k, v in _columns(times).items()
        },
        session_covariates={k: _column(v)[s] for k, v in _columns(sessions).items()},
    )


def _columns(table: Any) -> dict[str, Any]:
    """Return columns of a table written by column or by row."""
    if isinstance(table, list) and table and isinstance(table[0], dict):
        return {k: [row[k] for row in table] for k in table[0]}
    return dict(table or {})


def _column(values: Any) -> list[Any]:
    return list(values) if isinstance(values, list) else [values]


def _trimmed(history: CaptureHistory, occasions: int) -> CaptureHistory:
    d = history.detectors
    return replace(history, detectors=Detectors(d.ids, d.xy, np.ones((len(d.ids), occasions)), d.covariates))


def _without_usage(history: CaptureHistory) -> CaptureHistory:
    d = history.detectors
    return replace(history, detectors=Detectors(d.ids, d.xy, np.ones_like(d.usage), d.covariates))


def _subset(histories: tuple[CaptureHistory, ...], wanted: Any) -> tuple[CaptureHistory, ...]:
    if not wanted:
        return histories
    names = _list(wanted.get("sessions") if isinstance(wanted, dict) else wanted)
    chosen = tuple(h for h in histories if h.session in {str(n) for n in names})
    if not chosen:
        raise UnsupportedError(f"data subset {wanted}")
    return chosen


def _list(value: Any) -> list[Any]:
    return [] if value is None else (list(value) if isinstance(value, list) else [value])


def _each(values: list[Any], histories: tuple[CaptureHistory, ...]) -> list[Any]:
    return values * len(histories) if len(values) == 1 else values


def table(results: list[Comparison]) -> str:
    """Return the comparisons as text, one line each."""
    head = (
        "case__model",
        "ok",
        "dLL",
        "dLL at theirs",
        "db/SE",
        "dSE",
        "derived",
        "region N",
        "engine",
        "s",
        "their s",
        "",
    )
    rows = [head]
    for r in results:
        state = "ok" if r.ok else ("--" if r.unsupported else "NO")
        numbers = (
            r.d_log_likelihood,
            r.d_at_their_coefficients,
            r.d_coefficient_in_se,
            r.d_se_ratio,
            r.d_derived,
        )
        rows.append(
            (
                f"{r.case}__{r.model}",
                state,
                *("" if v is None else f"{v:.1e}" for v in (*numbers, r.d_region)),
                r.engine,
                "" if r.seconds is None else f"{r.seconds:.2f}",
                "" if r.their_cpu_seconds is None else f"{r.their_cpu_seconds:.1f}",
                r.reason,
            )
        )
    width = [max(len(row[c]) for row in rows) for c in range(len(head) - 1)]
    lines = [
        "  ".join(cell.ljust(w) for cell, w in zip(row, [*width, 0], strict=True)).rstrip() for row in rows
    ]
    agreed, named = sum(r.ok for r in results), sum(bool(r.unsupported) for r in results)
    lines.append(f"{agreed} of {len(results)} agree, {named} unsupported by name.")
    return "\n".join(lines)


def main() -> None:
    """Parse, run every reference, print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--only", default="", help="run references whose name holds this text")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    results = []
    for path in sorted(p for p in arguments.reference.glob("*.json") if arguments.only in p.name):
        if json.loads(path.read_text(encoding="utf-8")).get("schema") != "scr-reference-1":
            continue
        results.append(run(arguments.data, path))
        if not arguments.json:
            print(
                f"{path.stem}: {'ok' if results[-1].ok else results[-1].reason}", file=sys.stderr, flush=True
            )
    print(json.dumps([asdict(r) for r in results], indent=1) if arguments.json else table(results))
    sys.exit(0 if all(r.ok or r.unsupported for r in results) else 1)


if __name__ == "__main__":
    main()
