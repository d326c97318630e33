"""`pardus find`: where animals are in the pictures and clips."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _


def find(
    survey: SurveyFolder,
    model: Annotated[
        Path | None, typer.Option(help="An animal finder of your own: ONNX, with its JSON beside it.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Look at every file once more.")] = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Find animals: by your own model, else by what moves before a camera that stands still (boxes are then unchecked).

    Outlines them, grades the pictures, proposes the flank, keeps the best frames of a clip. No file is called empty.
    It may be stopped (Ctrl-C) and run again. Results of MegaDetector come in by `pardus boxes`.
    """
    from pardus.app.executor import Processes
    from pardus.app.find import find as act
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    sayer = Sayer(actor(config.organisation, by))
    with Processes() as executor, output.progress(_("Looking")) as tell:
        report = act(survey, sayer=sayer, model=model, again=again, executor=executor, tell=tell)
    output.result(report.as_json(), "\n".join(report.sentences()))
    if not report.looked and not report.known:
        output.next(_("There is no picture yet. Take in a card: {command}"), "ingest", survey, _("CARD"))
    else:
        output.next(_("Next, compare them: {command}"), "identify", survey)
