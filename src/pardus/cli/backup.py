"""`pardus backup`: a snapshot of the survey's database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _


def backup(
    survey: SurveyFolder,
    to: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where the snapshot goes, best on another disk.")
    ],
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Copy the log and survey.toml into a new dated folder, and check the copy. Media are copied by other means."""
    from pardus.app.backup import backup as act
    from pardus.app.saying import utc_now

    output = Output(quiet=quiet, json=json)
    place = act(survey, to, now=utc_now())
    output.result({"backup": str(place)}, _("Copied to {place}, and checked.").format(place=place))
