"""`pardus export`: a survey as a Camtrap DP package."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder


def export(
    survey: SurveyFolder,
    package: Annotated[
        Path,
        typer.Argument(
            metavar="PACKAGE", help="The new package: a folder, or a zip file if it ends in .zip."
        ),
    ],
    version: Annotated[str, typer.Option(help="Version of Camtrap DP: 1.0, 1.0.1 or 1.0.2.")] = "1.0.2",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the whole survey as a Camtrap DP package, exact coordinates and named animals included.

    Media files are not copied, only described. The same survey gives the same bytes.
    """
    from pardus.app.camtrapdp import export_package, exported

    output = Output(quiet=quiet, json=json)
    written = export_package(survey, package, version=version)
    output.findings(written.findings)
    output.result(
        {"package": str(package), **asdict(written), "findings": [asdict(f) for f in written.findings]},
        "\n".join(exported(package, written)),
    )
