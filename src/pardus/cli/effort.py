"""`pardus effort`: camera-days by station and occasion, checks, and the figures of operation and stations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _

if TYPE_CHECKING:
    from pardus.app.content import SessionEffort

Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for tables and figures (default: SURVEY/out/...).")
]


def effort(
    survey: SurveyFolder, out: Out = None, lang: Lang = "en", quiet: Quiet = False, json: Json = False
) -> None:
    """Camera-days by station and occasion, checks, plots."""
    from pardus.app.effort import effort as act
    from pardus.app.lacking import what_lacks
    from pardus.app.outputs import write_files
    from pardus.report.figures import draw

    output = Output(quiet=quiet, json=json)
    result, files = act(survey, out)
    drawn = write_files(files[0].parent, {f"{name}.svg": svg for name, svg in draw(result.content).items()})
    output.findings(result.findings)
    output.result(
        result.as_json() | {"files": [str(p) for p in (*files, *drawn)]}, _table(result.content.sessions)
    )
    output.say(_("Written to {folder}.").format(folder=files[0].parent))
    if not any(s.nominal_days for s in result.content.sessions) and (lack := what_lacks(survey)):
        output.next(lack.sentence, *lack.words)


def _table(sessions: tuple[SessionEffort, ...]) -> Table:
    table = Table(
        box=None,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        caption=_("Planned and worked: days at stations by the camera rule."),
    )
    for heading in (_("session"), _("from"), _("to")):
        table.add_column(heading, no_wrap=True)
    for heading in (_("stations"), _("occasions"), _("planned"), _("worked"), _("share")):
        table.add_column(heading, justify="right")
    for s in sessions:
        share = s.operating_days / s.nominal_days if s.nominal_days else 0.0
        table.add_row(
            s.session,
            str(s.start),
            str(s.end),
            str(s.stations),
            str(s.occasions),
            f"{s.nominal_days:.1f}",
            f"{s.operating_days:.1f}",
            f"{share:.0%}",
        )
    return table
