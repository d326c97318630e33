"""`pardus log`: what was said, by whom and when."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _

SHORT = 18
"""Characters of an id that are shown: its millisecond and some chance; `pardus undo` takes them."""


def log(
    survey: SurveyFolder,
    last: Annotated[
        int, typer.Option("--last", "-n", min=0, help="How many lines, counted from the end; 0 = all.")
    ] = 30,
    every: Annotated[
        bool, typer.Option("--every", help="Every entry; else those of one ingest are one line.")
    ] = False,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Show the log, oldest first. The first column is what `pardus undo` takes."""
    from rich.cells import cell_len, set_cell_size

    from pardus.app.log import log as act

    output = Output(quiet=quiet, json=json)
    lines = act(survey, every=every)
    shown = lines[-last:] if last else lines
    rows = [
        (
            line.id[:SHORT],
            f"{line.at[:16]}Z",
            line.actor,
            f"{line.kind} ({line.entries})" if line.entries > 1 else line.kind,
            line.summary if line.counts else "[" + _("undone") + f"] {line.summary}",
        )
        for line in shown
    ]
    widths = [max((cell_len(row[column]) for row in rows), default=0) for column in range(4)]
    text = "\n".join(
        "  ".join(
            [*(set_cell_size(cell, width) for cell, width in zip(row[:4], widths, strict=True)), row[4]]
        )
        for row in rows
    )
    output.result({"total": len(lines), "lines": [asdict(line) for line in shown]}, text)
