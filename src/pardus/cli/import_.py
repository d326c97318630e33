"""`pardus import`: a Camtrap DP package into a survey."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder


def import_(
    survey: SurveyFolder,
    package: Annotated[
        Path, typer.Argument(metavar="PACKAGE", help="A Camtrap DP 1.0 package: a folder or a zip file.")
    ],
    organisation: Annotated[
        str, typer.Option(help="Whose ids the package has, if it does not say so itself.")
    ] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Code of a doubt for which rows shall not be set aside. May be repeated."),
    ] = None,
    preview: Annotated[
        bool, typer.Option("--preview", help="Only check the package; write nothing.")
    ] = False,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Read a Camtrap DP package into the survey. Rows that can't be taken are kept in quarantine, with the reason.

    Nothing is fetched from the network. The same package again adds nothing; `pardus undo` takes an import back.
    """
    from pardus.app.camtrapdp import import_package
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import actor, survey_config

    output = Output(quiet=quiet, json=json)
    config, _warnings = survey_config(survey)
    report = import_package(
        survey,
        package,
        sayer=Sayer(actor(config.organisation, by)),
        organisation=organisation,
        accept=accept or (),
        preview=preview,
    )
    output.findings(report.findings)
    output.result(
        {**asdict(report), "findings": [asdict(finding) for finding in report.findings]},
        "\n".join(report.sentences()),
    )
