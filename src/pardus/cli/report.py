"""`pardus report`: one page for people, and the same as JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.errors import UsageError
from pardus.model.language import _, current_language


def report(
    survey: SurveyFolder,
    out: Annotated[
        Path | None, typer.Option(help="The HTML file; else out/report.<language>.html in the survey.")
    ] = None,
    as_of: Annotated[
        str,
        typer.Option(help="An entry's id or hash, or a moment (ISO with offset): the report as it was then."),
    ] = "",
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Write the report of a survey: one self-contained HTML page; the same input gives the same bytes."""
    from pardus.app.outputs import OUT, write_files
    from pardus.app.report import report as act
    from pardus.report.page import render

    output = Output(quiet=quiet, json=json)
    content = act(survey, moment(as_of))
    target = out or survey / OUT / f"report.{current_language()}.html"
    write_files(target.parent, {target.name: render(content)})
    facts = asdict(content) | {"fits": [fit.to_json() for fit in content.fits], "file": str(target)}
    output.result(facts, _("The report is in {file}.").format(file=target))


def moment(text: str) -> str | datetime | None:
    """Return a moment, an entry's id or hash, or None for now. Raises UsageError for a moment without an offset."""
    if not text:
        return None
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    if at.tzinfo is None:
        raise UsageError(_("{text}: give the offset too, for example {text}+10:00.").format(text=text))
    return at
