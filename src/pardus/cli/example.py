"""`pardus example`: the complete way, on a survey of our own making."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from pardus.cli.common import Json, Lang, Output, Quiet
from pardus.model.fit import Fit
from pardus.model.language import _, current_language


def example(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="A new folder, or one with an earlier example.")
    ],
    seed: Annotated[int, typer.Option(help="Another seed makes another winter.")] = 2026,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Make a small survey with pictures, clips, tables and faults, and take it through every step to its report.

    The truth that it was made from lies beside it and is printed last; no step reads it.
    """
    from pardus.app.example import example as act
    from pardus.app.executor import Processes
    from pardus.app.outputs import OUT, write_files
    from pardus.app.report import report
    from pardus.app.saying import Sayer
    from pardus.report.page import render

    output = Output(quiet=quiet, json=json)
    with Processes() as executor:
        done = act(folder, sayer=Sayer("example:pardus"), executor=executor, seed=seed, step=output.say)
    for sentence in done.ingest.sentences():
        output.say(f"  {sentence}")
    page = done.survey / OUT / f"report.{current_language()}.html"
    write_files(page.parent, {page.name: render(report(done.survey))})
    facts: dict[str, Any] = {
        "survey": str(done.survey),
        "report": str(page),
        "fit": done.estimate.fit.to_json(),
        "true_N": done.true_number,
    }
    output.result(facts, closing(done.estimate.fit, done.true_number, page))


def closing(fit: Fit, true_number: int, page: Path) -> str:
    """Return the last words: the estimate beside the truth, and where to look."""
    if fit.status == "cannot-say":
        said = _("Cannot say: {reason}").format(reason=fit.reason)
    else:
        n = fit.estimate("N", session=fit.estimates[0].session)
        said = _(
            "Estimated: {n:.0f} leopards (95 % interval {low:.0f} to {high:.0f}). True: {truth}."
        ).format(n=n.estimate, low=n.lower, high=n.upper, truth=true_number)
    return said + "\n" + _("Open the report: {page}").format(page=page.resolve())
