"""`pardus bench identify`: measure the matcher on a folder whose animals are known."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from pardus.cli.common import Json, Lang, Output, Quiet
from pardus.model.language import _

bench = typer.Typer(no_args_is_help=True, help="Measure the machine's work on data whose truth is known.")


@bench.callback()
def _bench() -> None:
    pass


@bench.command()
def identify(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Pictures and their labels.csv.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for identify.json and identify.html.")
    ] = None,
    workers: Annotated[int, typer.Option(help="Processes that describe pictures.")] = 1,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """How often the right animal comes first, how true the probabilities are, how many decisions it takes."""
    import json as _json

    from pardus.app.bench_identify import bench_identify
    from pardus.app.executor import Processes, Serial
    from pardus.report.bench_page import render_bench

    output = Output(quiet=quiet, json=json)
    with ExitStack() as stack:
        pool = stack.enter_context(Processes(workers)) if workers > 1 else Serial()
        tell = stack.enter_context(output.progress(_("Describing")))
        found = bench_identify(folder, pool, tell).figures
    output.result(found, _table(found))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "identify.json").write_text(_json.dumps(found, indent=1), encoding="utf-8")
        (out / "identify.html").write_text(render_bench(folder.name, found), encoding="utf-8")
        output.say(_("Written to {folder}.").format(folder=out))


def _table(found: dict[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, caption=_("Never compared with pictures of the same event."))
    for heading in (_("query"), _("queries"), _("first"), _("in 5"), _("in 20"), _("95 % of first")):
        table.add_column(heading, justify="left" if heading == _("query") else "right")
    for unit, name in (("event", _("event, flanks summed")), ("picture", _("picture"))):
        row = found[unit]
        if not row["queries"]:
            continue
        low, high = row["top1_interval_animals"]
        shares = [f"{row[key]:.3f}" for key in ("top1", "top5", "top20")]
        table.add_row(name, str(row["queries"]), *shares, f"{low:.2f}-{high:.2f}")
    return table
