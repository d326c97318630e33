"""What one does after a fit: compare models, predict, simulate, check. Each act gives rows to print or keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pardus.app.estimate import EstimateOptions, estimate_model
from pardus.app.geotiff import write_geotiff
from pardus.app.tables import read_table, typed
from pardus.model.capture import CaptureHistory
from pardus.model.errors import ParameterError
from pardus.model.fit import Estimate, Fit
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.bootstrap import STATISTICS, bootstrap, goodness_of_fit, simulate_from
from pardus.scr.compare import aic_table, averaged, likelihood_ratio, score_test
from pardus.scr.fit import FittedModel
from pardus.scr.posterior import posterior
from pardus.scr.predict import Curve, cell_table, detection_curves, predict
from pardus.scr.profile import profile_interval
from pardus.scr.regions import region_numbers
from pardus.scr.repeated import fit_repeated
from pardus.scr.spec import parse_formulas

Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Models of the same data. fits: name -> fit; table: best first; averaged: D, E(N), N by AIC weight."""

    fits: dict[str, Fit]
    table: Rows
    averaged: tuple[Estimate, ...]


def compare(
    histories: Sequence[CaptureHistory],
    masks: Sequence[Mask],
    options: EstimateOptions,
    models: Sequence[str],
) -> Comparison:
    """Fit several models and rank them by AICc. models: formulas each, for example "D~forest, sigma~h2".

    A model that cannot be fitted is kept with its reason and has no place in the table.
    """
    fits = {m: estimate_model(histories, masks, replace(options, model=(m,))).fit for m in models}
    return Comparison(fits, [asdict(r) for r in aic_table(fits)], tuple(averaged(fits, level=options.level)))


def tests(fitted: FittedModel, options: EstimateOptions, models: Sequence[str]) -> Rows:
    """Return likelihood-ratio and score tests of larger models, each against the fit.

    models: formulas each; parameters that a formula does not name stay as in the fit.
    """
    rows: Rows = []
    for model in models:
        larger = {**fitted.spec.formulas, **parse_formulas(model)}
        text = tuple(f"{name}~{right}" for name, right in larger.items())
        score = score_test(fitted, larger)
        again = estimate_model(fitted.histories, fitted.masks, replace(options, model=text)).fit
        if again.status == "cannot-say":
            ratio = {"likelihood_ratio": float("nan"), "p": float("nan"), "note": again.reason}
        else:
            test = likelihood_ratio(fitted.fit, again)
            ratio = {"likelihood_ratio": test.statistic, "p": test.p, "note": ""}
        rows.append(
            {"model": model, "df": score.degrees, **ratio, "score": score.statistic, "score_p": score.p}
        )
    return rows


def predictions(fitted: FittedModel, table: Path, level: float = 0.95) -> Rows:
    """Return predictions for the rows of a CSV of covariates; D in animals per 100 km2."""
    text = read_table(table, {}, []).drop(columns="row")
    frame = pd.DataFrame({c: typed(text[c].to_numpy()) for c in text.columns})
    out = []
    for p in predict(fitted, frame, level):
        k = 10_000 if p.parameter == "D" else 1
        numbers = {n: k * getattr(p, n) for n in ("estimate", "se", "lower", "upper")}
        given = {str(c): text[c].iloc[p.row] for c in text.columns}
        out.append({**given, "parameter": p.parameter, **numbers})
    return out


def write_surface(fitted: FittedModel, path: Path, crs: str = "") -> list[str]:
    """Write density, chance of being missed and realised animals per cell; return the file names.

    One CSV, or for a name that ends in .tif one GeoTIFF for each session, group and quantity, named after them.
    """
    cells = cell_table(fitted)
    if path.suffix.lower() not in (".tif", ".tiff"):
        cells.to_csv(path, index=False, float_format="%.8g")
        return [path.name]
    spacing = {h.session: m.spacing for h, m in zip(fitted.histories, fitted.masks, strict=True)}
    names = []
    for (session, group), own in cells.groupby(["session", "group"], sort=False):
        for quantity in ("density", "missed", "animals"):
            label = "-".join(x for x in (path.stem, _plain(str(session)), _plain(str(group)), quantity) if x)
            target = path.with_name(f"{label}{path.suffix}")
            xy = own[["x", "y"]].to_numpy(dtype=np.float64)
            write_geotiff(target, xy, own[quantity].to_numpy(dtype=np.float64), spacing[str(session)], crs)
            names.append(target.name)
    return names


def curves(fitted: FittedModel) -> list[Curve]:
    """Return the detection curve of each class or session out to four times the largest sigma."""
    if fitted.design is None or fitted.optimum is None:
        raise ParameterError(fitted.fit.reason)
    log_sigma = fitted.design.predictors["sigma"].log_values(fitted.optimum.theta)[0]
    return detection_curves(fitted, np.linspace(0.0, 4 * float(np.exp(log_sigma.max())), 101))


def _plain(text: str) -> str:
    """Return text that can stand in a file name."""
    return "".join(c if c.isalnum() or c in "_." else "_" for c in text)


def write_simulations(fitted: FittedModel, folder: Path, times: int, seed: int) -> list[str]:
    """Write simulated captures, one CSV each in the form that `--captures` reads; return the file names."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, histories in enumerate(simulate_from(fitted, seed, times), start=1):
        name = f"captures-{number:04d}.csv"
        pd.concat([_captures(h) for h in histories]).to_csv(folder / name, index=False)
        names.append(name)
    return names


def checks(fitted: FittedModel, times: int, seed: int) -> Rows:
    """Return goodness-of-fit statistics against simulations from the fit."""
    found = goodness_of_fit(fitted, times, seed)
    return [{**asdict(c), "meaning": _(STATISTICS[c.statistic])} for c in found]


def profiles(fitted: FittedModel, level: float = 0.95) -> Rows:
    """Return profile-likelihood intervals of all coefficients on their link scale."""
    rows = []
    for c in fitted.fit.coefficients:
        low, high = profile_interval(fitted, c.name, level)
        rows.append(
            {"coefficient": c.name, "estimate": c.estimate, "lower": low, "upper": high, "level": level}
        )
    return rows


def bootstrapped(fitted: FittedModel, times: int, seed: int, level: float = 0.95) -> Rows:
    """Return bias and percentile intervals of quantities and coefficients, from refits of simulated data."""
    found = bootstrap(fitted, times, seed)
    if not len(found.values):
        raise ParameterError(_("None of {times} simulated surveys could be fitted.").format(times=times))
    bounds, bias, corrected = found.interval(level), found.bias(), found.corrected()
    return [
        {
            "quantity": name,
            "estimate": float(found.estimates[i]),
            "mean": float(np.nanmean(found.values[:, i])),
            "sd": float(np.nanstd(found.values[:, i])),
            "bias": float(bias[i]),
            "corrected": float(corrected[i]),
            "lower": float(bounds[i, 0]),
            "upper": float(bounds[i, 1]),
            "refits": len(found.values),
            "failed": found.failed,
        }
        for i, name in enumerate(found.names)
    ]


def posterior_summary(
    fitted: FittedModel, draws: int, seed: int, level: float = 0.95, keep: Path | None = None
) -> Rows:
    """Return mean, sd and equal-tailed interval of each quantity, with the priors and the effective sample size.

    keep: CSV into which the draws go: chain, draw and a column for each quantity, as arviz.from_dict wants them.
    """
    found = posterior(fitted, seed, draws)
    if keep is not None:
        columns = {name: values[0] for name, values in found.arrays().items()}
        table = pd.DataFrame({"chain": 0, "draw": range(len(next(iter(columns.values())))), **columns})
        table.to_csv(keep, index=False)
    rows = []
    for name, values in found.draws.items():
        low, high = found.interval(name, level)
        prior = found.priors.get(name)
        rows.append(
            {
                "quantity": name,
                "mean": float(values.mean()),
                "sd": float(values.std()),
                "lower": low,
                "upper": high,
                "prior": f"normal({prior.mean:g}, {prior.sd:g})" if prior else "",
                "effective_draws": found.effective,
            }
        )
    return rows


def ghost_check(fitted: FittedModel, level: float = 0.95) -> Rows:
    """Return D of each session by SCR-2 (animals seen at least twice) beside the fit's own; share of singletons."""
    found = fit_repeated(fitted.histories, fitted.masks, fitted.spec)
    rows: Rows = []
    for s, history in enumerate(found.design.histories):
        own = fitted.fit.estimate("D", history.session)
        whole = {"": np.ones(len(found.design.masks[s]))}
        theta, vcov = found.optimum.theta, found.optimum.vcov
        (twice,) = region_numbers(found.design, theta, vcov, [s], [whole], level)
        low, high = twice.expected_interval
        per = 10_000 / twice.area
        label = {"session": history.session, "share_seen_once": found.singletons}
        rows.append(
            {
                "estimator": _("all animals"),
                "D": own.estimate,
                "lower": own.lower,
                "upper": own.upper,
                **label,
            }
        )
        numbers = {"D": per * twice.expected, "lower": per * low, "upper": per * high}
        rows.append({"estimator": _("animals seen at least twice (SCR-2)"), **numbers, **label})
    return rows


def _captures(h: CaptureHistory) -> pd.DataFrame:
    """Return a history as lines of the captures table."""
    ids = np.array(h.detectors.ids)
    columns: dict[str, Any] = {
        "session": h.session,
        "individual": np.array(h.animals, dtype=object)[h.animal] if h.n_animals else [],
        "occasion": h.occasion + 1,
        "detector": ids[h.detector],
        "count": h.count,
    }
    for name, values in h.covariates.items():
        columns[name] = np.asarray(values)[h.animal]
    return pd.DataFrame(columns, index=range(len(h.animal)))
