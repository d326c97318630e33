"""`pardus simulate`: surveys of a simulated world, and the truth beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pardus.cli.common import Json, Lang, Output, Quiet
from pardus.model.errors import UsageError
from pardus.model.language import _, ngettext


def simulate(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for the partners' surveys.")],
    parameters: Annotated[
        Path | None, typer.Option("--parameters", "-p", help="TOML file; what is not in it has its default.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed makes another world.")] = 1,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for the truth. By default DIR-truth, beside DIR.")
    ] = None,
    tables_only: Annotated[
        bool, typer.Option("--tables-only", help="Tables and truth, no pictures and videos.")
    ] = False,
    practice: Annotated[
        bool,
        typer.Option(
            "--practice", help="A small world to learn on: one park, few animals that nobody has named."
        ),
    ] = False,
    write_parameters: Annotated[
        bool,
        typer.Option("--write-parameters", help="Write all parameters with their meaning to DIR and stop."),
    ] = False,
    lang: Lang = "en",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Simulate animals on both sides of a border, cameras, pictures and paperwork, with the truth beside them."""
    import dataclasses

    from pardus.app.executor import Processes
    from pardus.app.simulate import simulate as act
    from pardus.sim.parameters import Parameters, default_toml, read_parameters
    from pardus.sim.practice import practice as small

    output = Output(quiet=quiet, json=json)
    chosen = small() if practice else Parameters()
    if practice and parameters is not None:
        raise UsageError(_("Give --practice or --parameters FILE, not both."))
    if parameters is not None:
        chosen = read_parameters(parameters.read_text(encoding="utf-8"), parameters.name)
    if write_parameters and folder.exists():
        raise UsageError(
            _("{file} is there already and was left as it is; give another name.").format(file=folder)
        )
    if write_parameters:
        folder.write_text(default_toml(chosen), encoding="utf-8")
        output.result({"parameters": str(folder)}, _("Parameters are in {file}.").format(file=folder))
        return
    if tables_only:
        chosen = dataclasses.replace(chosen, pictures=dataclasses.replace(chosen.pictures, make=False))
    with Processes() as executor:
        done = act(folder, chosen, seed=seed, truth=truth, executor=executor, say=output.say)
    facts = done.facts
    lines = [
        _("{year}: {n} independent animals, {cubs} cubs.").format(year=y["year"], n=y["N"], cubs=y["cubs"])
        for y in facts["years"]
    ]
    count = len(facts["files"])
    lines.append(ngettext("{count} file", "{count} files", count).format(count=count))
    lines += [
        _("Cards and tables of {name}: {folder}").format(name=name, folder=path)
        for name, path in done.surveys.items()
    ]
    lines.append(
        _("The truth is in {folder}; who is who in {file}.").format(folder=done.truth, file="who.csv")
    )
    output.result(
        {
            "surveys": {name: str(path) for name, path in done.surveys.items()},
            "truth": str(done.truth),
            "files": count,
            "N": {str(y["year"]): y["N"] for y in facts["years"]},
        },
        "\n".join(lines),
    )
    for path in done.surveys.values():
        output.next(_("Next, make it a survey: {command}"), "new", path)
