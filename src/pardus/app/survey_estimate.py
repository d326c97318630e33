"""The act `pardus estimate SURVEY`: histories of a survey, its mask, a fit, and the fit kept in the log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pardus.app.estimate import EstimateOptions, MaskOptions, estimate_model, make_masks
from pardus.app.other_files import OtherFiles
from pardus.app.saying import Sayer
from pardus.app.sensitivity import sensitivity, sensitivity_records
from pardus.app.surface import surface_records, surfaces
from pardus.app.survey_folder import open_survey
from pardus.history.build import Histories, build
from pardus.model.capture import CaptureHistory
from pardus.model.errors import Finding, HistoryError
from pardus.model.fit import Fit
from pardus.model.language import _
from pardus.model.survey import Survey, SurveyConfig
from pardus.scr.fit import FittedModel

KEPT_AS = "estimate"


@dataclass(frozen=True, slots=True)
class SurveyEstimate:
    """A fit of a survey, with the histories it was made from. entry: its id in the log, "" if it was not kept.

    fitted: the fit with what is needed to go on from it.
    """

    fit: Fit
    histories: Histories
    entry: str
    fitted: FittedModel


def mask_options(config: SurveyConfig, folder: Path) -> MaskOptions:
    """Return how survey.toml wants the mask: its buffer and spacing, polygons beside it, regions."""
    rule = config.mask
    return MaskOptions(
        buffer=rule.buffer,
        spacing=rule.spacing,
        habitat=folder / rule.habitat if rule.habitat else None,
        unsuitable=tuple(folder / name for name in rule.unsuitable),
        regions={name: folder / file for name, file in config.regions.items()},
        crs=config.crs,
    )


def default_model(histories: tuple[CaptureHistory, ...]) -> tuple[str, ...]:
    """Return the model used when none is asked for: density by session, detection shared."""
    return ("D~session",) if len(histories) > 1 else ("D~1",)


def estimate_survey(
    folder: Path,
    sayer: Sayer | None = None,
    options: EstimateOptions | None = None,
    files: OtherFiles | None = None,
) -> SurveyEstimate:
    """Fit a survey. With a sayer the fit is kept in the log, with the state of the data it was made from.

    Raises HistoryError if no camera was set up in any session, TableError for covariate tables that cannot be used.
    """
    files = files or OtherFiles()
    with open_survey(folder, write=sayer is not None) as store:
        survey = store.survey()
        histories = build(survey)
        used = files.histories(histories, options.model if options else ())
        wanted = options or EstimateOptions(detectfn=survey.config.detection)
        if not wanted.model:
            wanted = replace(wanted, model=default_model(used))
        if not used:
            raise HistoryError(
                _("No camera was set up in any session: there is no effort, so nothing can be estimated."),
                [
                    Finding(
                        "no-effort",
                        "survey.toml, [[session]]",
                        _("Check the sessions' dates and the camera table."),
                    )
                ],
            )
        masks = make_masks(used, files.mask(mask_options(survey.config, folder)))
        fitted = estimate_model(used, masks, wanted)
        fit = fitted.fit
        fit.provenance["state"] = survey.head
        if digests := files.digests():
            fit.provenance["files"] = digests
        entry = ""
        if sayer is not None:
            payload = {"name": KEPT_AS, "fit": fit.to_json()} | _beside(
                survey, histories, fitted, wanted, files
            )
            with store.transaction():
                entry = sayer.say(store, "fit-made", payload).id
        return SurveyEstimate(fit, histories, entry, fitted)


def _beside(
    survey: Survey, histories: Histories, fitted: FittedModel, options: EstimateOptions, files: OtherFiles
) -> dict[str, Any]:
    """Return what a report shows beside the fit and can't make anew from it: the density map, other ways of counting.

    Polygon files and rasters may have changed by the time of the report, so these are kept with the fit.
    """

    def refit(other: Histories) -> FittedModel:
        return estimate_model(files.histories(other), fitted.masks, options)

    return {
        "surface": surface_records(surfaces(fitted)),
        "sensitivity": sensitivity_records(sensitivity(survey, histories, fitted, refit, options.level)),
    }
