"""What `pardus estimate` does after the fit, as its options ask."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pardus.model.errors import UsageError
from pardus.model.language import N_, _

if TYPE_CHECKING:
    from pardus.app.estimate import EstimateOptions
    from pardus.scr.fit import FittedModel

Rows = list[dict[str, Any]]

TITLES = {
    "compare": N_("Models by AICc, of the data by occasion"),
    "averaged": N_("Averages of these models by weight"),
    "not_fitted": N_("Models that could not be fitted"),
    "tests": N_("Larger models against the fit"),
    "predictions": N_("Predictions"),
    "surface": N_("Surface"),
    "plots": N_("Pictures"),
    "simulated": N_("Simulated captures"),
    "checks": N_("The data against simulations from the fit"),
    "profiles": N_("Profile-likelihood intervals, on the link scale"),
    "bootstrap": N_("Parametric bootstrap"),
    "posterior": N_("Posterior, coefficients on the link scale"),
    "ghosts": N_("Animals seen at least twice beside all animals"),
}
"""What asked for -> title of its table."""


@dataclass(frozen=True, slots=True)
class Further:
    """The options of the command line that ask for more than the fit."""

    compare: tuple[str, ...] = ()
    predict: Path | None = None
    surface: Path | None = None
    simulate: Path | None = None
    check: bool = False
    profile: bool = False
    bootstrap: bool = False
    posterior: bool = False
    ghosts: bool = False
    times: int = 100
    draws: int = 2000
    seed: int = 1
    crs: str = ""
    plots: Path | None = None
    test: tuple[str, ...] = ()
    keep_draws: Path | None = None


def further(fitted: FittedModel, options: EstimateOptions, wanted: Further) -> dict[str, Rows]:
    """Return what was asked for: name -> rows. Nothing after a fit that cannot say. Raises UsageError."""
    from dataclasses import asdict

    from pardus.app import after_fit as act

    if wanted.times < 1 or wanted.draws < 10:
        raise UsageError(_("--times must be at least 1 and --draws at least 10."))
    out: dict[str, Rows] = {}
    if wanted.compare:
        varying = [f"{name}{right}" for name, right in fitted.fit.model.items() if right.startswith("~")]
        first = ", ".join(v for v in varying if not v.endswith("~1")) or "D~1"
        models = list(dict.fromkeys([first, *wanted.compare]))
        found = act.compare(fitted.histories, fitted.masks, options, models)
        out["compare"] = found.table
        out["averaged"] = [
            {
                k: v
                for k, v in asdict(e).items()
                if k in ("quantity", "session", "region", "estimate", "se", "lower", "upper")
            }
            for e in found.averaged
        ]
        failed = {name: f.reason for name, f in found.fits.items() if f.status == "cannot-say"}
        if failed:
            out["not_fitted"] = [{"model": name, "reason": reason} for name, reason in failed.items()]
    if fitted.fit.status == "cannot-say":
        return out
    if wanted.test:
        out["tests"] = act.tests(fitted, options, wanted.test)
    if wanted.predict is not None:
        out["predictions"] = act.predictions(fitted, wanted.predict, options.level)
    if wanted.surface is not None:
        out["surface"] = [{"file": name} for name in act.write_surface(fitted, wanted.surface, wanted.crs)]
    if wanted.plots is not None:
        out["plots"] = [{"file": name} for name in write_plots(fitted, wanted.plots)]
    if wanted.simulate is not None:
        names = act.write_simulations(fitted, wanted.simulate, wanted.times, wanted.seed)
        out["simulated"] = [{"folder": wanted.simulate.name, "files": len(names), "first": names[0]}]
    if wanted.check:
        out["checks"] = act.checks(fitted, wanted.times, wanted.seed)
    if wanted.profile:
        out["profiles"] = act.profiles(fitted, level=options.level)
    if wanted.bootstrap:
        out["bootstrap"] = act.bootstrapped(fitted, wanted.times, wanted.seed, options.level)
    if wanted.posterior or wanted.keep_draws:
        out["posterior"] = act.posterior_summary(
            fitted, wanted.draws, wanted.seed, options.level, wanted.keep_draws
        )
    if wanted.ghosts:
        out["ghosts"] = act.ghost_check(fitted, options.level)
    return out


def write_plots(fitted: FittedModel, folder: Path) -> list[str]:
    """Write detection.svg and, for each session, animals-SESSION.svg; return the names."""
    from pardus.app import after_fit as act
    from pardus.report.curve_plot import curve_plot
    from pardus.report.surface_plot import surface_plot
    from pardus.scr.predict import cell_table

    folder.mkdir(parents=True, exist_ok=True)
    pictures = {"detection.svg": curve_plot(act.curves(fitted))}
    cells = cell_table(fitted)
    spacing = {h.session: m.spacing for h, m in zip(fitted.histories, fitted.masks, strict=True)}
    places = {h.session: h.detectors.xy for h in fitted.histories}
    for key, own in cells.groupby("session", sort=False):
        name = str(key)
        total = own.groupby(["x", "y"], as_index=False)["animals"].sum()
        density = total["animals"].to_numpy(dtype=float) / (spacing[name] / 1000) ** 2 * 100
        xy = total[["x", "y"]].to_numpy(dtype=float)
        label = _("animals per 100 km² in this survey (realised)")
        plain = "".join(c if c.isalnum() or c in "_." else "_" for c in name)
        pictures[f"animals-{plain}.svg"] = surface_plot(xy, density, spacing[name], places[name], label)
    for name, svg in pictures.items():
        (folder / name).write_text(svg, encoding="utf-8")
    return list(pictures)
