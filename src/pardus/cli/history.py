"""`pardus history`: independent events and capture histories, as CSV and as secr text files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Group
from rich.table import Table

from pardus.cli.common import Json, Lang, Output, Quiet, SurveyFolder
from pardus.model.language import _, ngettext

if TYPE_CHECKING:
    from pardus.app.history import HistoryResult

Out = Annotated[
    Path | None, typer.Option("--out", help="Folder for the tables (default: SURVEY/out/history).")
]


def history(
    survey: SurveyFolder, out: Out = None, lang: Lang = "en", quiet: Quiet = False, json: Json = False
) -> None:
    """Independent events and capture histories, as CSV and secr text."""
    from pardus.app.history import history as act
    from pardus.app.lacking import what_lacks

    output = Output(quiet=quiet, json=json)
    result, files = act(survey, out)
    output.findings(result.findings)
    output.result(result.as_json() | {"files": [str(p) for p in files]}, _text(result))
    output.say(_("Written to {folder}.").format(folder=files[0].parent))
    if not any(s.n_animals for s in result.histories.sessions) and (lack := what_lacks(survey, animals=True)):
        output.next(lack.sentence, *lack.words)


def _text(result: HistoryResult) -> Group:
    return Group(_sessions(result), "", _records(result), "", *_sentences(result))


def _sessions(result: HistoryResult) -> Table:
    table = Table(box=None, pad_edge=False)
    table.add_column(_("session"))
    for heading in (_("animals"), _("detections"), _("stations"), _("occasions"), _("days worked")):
        table.add_column(heading, justify="right")
    for s in result.histories.sessions:
        numbers = (s.n_animals, s.n_detections, len(s.detectors.ids), s.n_occasions)
        table.add_row(s.session, *map(str, numbers), f"{s.detectors.usage.sum():.1f}")
    return table


def _records(result: HistoryResult) -> Table:
    """Return where every record went; the numbers add up to all records."""
    table = Table(box=None, pad_edge=False)
    table.add_column(_("records"))
    table.add_column("", justify="right")
    for reason, count in (
        (_("in a history"), result.histories.records.get("used", 0)),
        *result.content.not_used.items(),
    ):
        table.add_row(reason, str(count))
    table.add_row(_("all"), str(sum(result.histories.records.values())))
    return table


def _sentences(result: HistoryResult) -> list[str]:
    flank, families = result.histories.flank, result.histories.families
    mothers, cubs = len(families.breeding_females()), families.cubs()
    lines = [
        _(
            "Flank rule {rule}, animals: {n}. Known under left+both: {left}, under right+both: {right}."
        ).format(
            rule=flank.rule,
            n=flank.known(flank.rule),
            left=flank.known("left+both"),
            right=flank.known("right+both"),
        )
    ]
    if mothers:
        lines.append(
            _("{mothers}, {cubs}.").format(
                mothers=ngettext("{n} breeding female", "{n} breeding females", mothers).format(n=mothers),
                cubs=ngettext("{n} cub", "{n} cubs", cubs).format(n=cubs),
            )
        )
    return lines
