"""`pardus boxes`: the results of an animal finder, into a survey."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder


def boxes(
    survey: SurveyFolder,
    results: Annotated[
        Path,
        typer.Argument(metavar="RESULTS", help="MegaDetector's results, or those of a finder like it: JSON."),
    ],
    threshold: Annotated[
        float | None,
        typer.Option(help="Least confidence of a box; without it what the results advise, else 0.2."),
    ] = None,
    prefix: Annotated[
        str, typer.Option(help="Put before each path of the results, where they start from another folder.")
    ] = "",
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Read boxes that an animal finder drew. What people said stays untouched; a failed file is never empty."""
    from pardus.app.boxes import import_boxes
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    sayer = Sayer(actor(config.organisation, by))
    report = import_boxes(survey, results, sayer=sayer, threshold=threshold, prefix=prefix)
    output.findings(report.findings)
    output.result(asdict(report), "\n".join(report.sentences()))
