"""`pardus demo`: two organisations, one population, the whole way."""

from __future__ import annotations

import dataclasses
import math
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pardus.cli.common import Json, Lang, Output, Quiet
from pardus.model.language import _

if TYPE_CHECKING:
    from rich.table import Table

    from pardus.app.demo import Demo


def demo(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or one with an earlier demo.")],
    seed: Annotated[int, typer.Option(help="Another seed makes another world.")] = 2026,
    parameters: Annotated[
        Path | None,
        typer.Option(
            "--parameters", "-p", help="Another world; a TOML file as `pardus simulate` writes and reads it."
        ),
    ] = None,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Simulate two organisations on both sides of a border, and take them the whole way to one joint estimate.

    Pictures, videos, tables and faults; each one's ingest, effort, histories, estimate and report; keys, agreement,
    packages, shared animals; the estimate together, beside the truth, which no step reads.
    """
    from pardus.app.demo import demo as act
    from pardus.app.executor import Processes
    from pardus.cli.estimate import joint_text
    from pardus.report.page import render
    from pardus.sim.parameters import read_parameters

    output = Output(quiet=quiet, json=json)
    began = time.monotonic()
    chosen = read_parameters(parameters.read_text(encoding="utf-8"), parameters.name) if parameters else None
    with Processes() as executor:
        done = act(folder, page=render, parameters=chosen, seed=seed, executor=executor, say=output.say)
    assert done.joint is not None
    output.say("")
    output.say(joint_text(done.joint))
    output.say("")
    output.result(_facts(done), _table(done))
    for party in done.parties:
        text = _("Open the reports of {partner}: {alone} and {together}")
        output.say(text.format(partner=party.id, alone=party.report, together=party.together))
    output.say(_("{seconds:.0f} seconds in all.").format(seconds=time.monotonic() - began))


def _facts(done: Demo) -> dict[str, Any]:
    assert done.joint is not None
    return {
        "surveys": {p.id: str(p.folder) for p in done.parties},
        "reports": {p.id: [str(p.report), str(p.together)] for p in done.parties},
        "joint": done.joint.as_json(),
        "beside_the_truth": [
            {k: None if v != v else v for k, v in dataclasses.asdict(b).items()} for b in done.beside
        ],
    }


def _table(done: Demo) -> Table:
    from rich.table import Table

    table = Table(box=None, title_justify="left", pad_edge=False)
    table.add_column(_("beside the truth"))
    for name in (_("estimate"), _("95 % interval"), _("true")):
        table.add_column(name, justify="right")
    for b in done.beside:
        said = math.isfinite(b.estimate)
        table.add_row(
            b.what,
            f"{b.estimate:.1f}" if said else "–",
            f"{b.lower:.0f} – {b.upper:.0f}" if said else "",
            f"{b.truth:.0f}",
        )
    return table
