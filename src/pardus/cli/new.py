"""`pardus new`: make a survey."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet
from pardus.model.language import _


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of the new survey.")],
    organisation: Annotated[str, typer.Option(help="Your organisation's id: a-z, 0-9 and '-'.")] = "my-park",
    name: Annotated[str, typer.Option(help="The survey's name. By default the folder's.")] = "",
    species: Annotated[
        str, typer.Option(help="Scientific name of the species under study.")
    ] = "Panthera pardus",
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make a survey: a folder with survey.toml (to be filled in) and an empty log."""
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import CONFIG, actor, new_survey, survey_config
    from pardus.model.ids import check_organisation
    from pardus.model.survey import SurveyConfig

    output = Output(quiet=quiet, json=json)
    config = SurveyConfig(check_organisation(organisation), name or folder.resolve().name, species)
    kept = (folder / CONFIG).exists()
    if kept:
        config, _warnings = survey_config(folder)
    warnings = new_survey(folder, config, Sayer(actor(config.organisation, by)))
    output.findings(warnings)
    output.result(
        {"survey": str(folder), "organisation": config.organisation, "name": config.name},
        _("Made the survey {name} in {folder}.").format(name=config.name, folder=folder),
    )
    if kept:
        output.say(_("{config} was there and is kept as it is.").format(config=folder / CONFIG))
    else:
        output.say(
            _(
                "Next: open {config} in an editor; the clock's zone, stations, sessions and folder levels go there."
            ).format(config=folder / CONFIG)
        )
    if config.zone == "UTC" and not config.camera_zone:
        output.say(_("As long as camera_zone is empty there, the cameras' clocks are read as UTC."))
    output.next(_("Then take in a card: {command}"), "ingest", folder, _("CARD"))
