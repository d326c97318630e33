"""`pardus ingest`: the field's tables, then a card or folder of media, into a survey."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import By, Json, Lang, Output, Quiet, SurveyFolder, as_typed
from pardus.model.errors import DataError, UsageError
from pardus.model.language import _, ngettext


def ingest(
    survey: SurveyFolder,
    source: Annotated[
        Path | None,
        typer.Argument(metavar="[FOLDER]", help="A card or folder; without it only the tables are read."),
    ] = None,
    in_place: Annotated[
        bool, typer.Option("--in-place", help="Leave the files where they are; copy nothing.")
    ] = False,
    deployment: Annotated[str, typer.Option(help="The deployment that the whole folder belongs to.")] = "",
    station: Annotated[str, typer.Option(help="The station that the whole folder belongs to.")] = "",
    camera: Annotated[str, typer.Option(help="The camera that the whole folder belongs to.")] = "",
    container: Annotated[
        str, typer.Option(help="What a video's creation time is: utc, local or ignore.")
    ] = "",
    mtime_zone: Annotated[
        str,
        typer.Option(
            help="Use modification times where there is no other date; they show the clock in this zone."
        ),
    ] = "",
    author: Annotated[str, typer.Option(help="Who tagged the files, if not the one who ingests.")] = "",
    accept: Annotated[
        list[str] | None,
        typer.Option(help="Code of a finding that shall not hold files back. May be repeated."),
    ] = None,
    update: Annotated[
        bool,
        typer.Option(
            "--update", help="Say known files anew where their date or deployment would differ now."
        ),
    ] = False,
    workers: Annotated[int, typer.Option(min=0, help="Processes that read files; 0 = one per core.")] = 0,
    by: By = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Read the survey's tables, then a card or folder. A stop loses nothing: run the same command again."""
    from pardus.app.executor import Processes
    from pardus.app.ingest import ingest as act
    from pardus.app.ingest_run import IngestOptions
    from pardus.app.saying import Sayer
    from pardus.app.survey_folder import CONFIG, actor, survey_config

    output = Output(quiet=quiet, json=json)
    if source is not None and not (survey / CONFIG).exists() and (source / CONFIG).exists():
        text = _("The survey comes first, then the card: {command}")
        raise UsageError(text.format(command=as_typed("ingest", source, survey)))
    config, _warnings = survey_config(survey)
    options = IngestOptions(
        in_place, deployment, station, camera, container, mtime_zone, author, frozenset(accept or ()), update
    )
    with Processes(workers or None) as executor, output.progress(_("Reading")) as tell:
        sayer = Sayer(actor(config.organisation, by))
        report = act(survey, source, options, sayer=sayer, executor=executor, tell=tell)
    errors = [finding for finding in report.findings if finding.severity == "error"] if report.held else []
    output.findings(finding for finding in report.findings if finding not in errors)
    findings = [asdict(finding) for finding in report.findings]
    output.result(
        {"ingest": report.ingest, "tables": report.tables, "counts": report.counts(), "findings": findings},
        "\n".join(report.sentences()),
    )
    if report.held:
        text = ngettext("{n} file is held back.", "{n} files are held back.", report.held).format(
            n=report.held
        )
        output.say(_("Answer what follows, then run the same command again; nothing is taken in twice."))
        raise DataError(text, errors)
    if source is None and not config.tables:
        output.next(
            _("survey.toml names no tables, and no card was given. To take in a card: {command}"),
            "ingest",
            survey,
            _("CARD"),
        )
    elif source is not None and report.tally.scan.images + report.tally.scan.videos:
        output.next(_("Next, find the animals: {command}"), "find", survey)
