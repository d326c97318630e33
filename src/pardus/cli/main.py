"""The command `pardus`: one function per command, each in the file of its name."""

from __future__ import annotations

import sys

import typer
from rich.console import Console

from pardus.model.errors import PardusError

app = typer.Typer(
    name="pardus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From camera-trap footage of animals with their own marks to a population estimate.",
)


def main() -> None:
    """Run the command line; a PardusError is printed for a person and sets the exit code."""
    try:
        app()
    except PardusError as error:
        Console(stderr=True, soft_wrap=True, markup=False, highlight=False).print(str(error))
        sys.exit(error.exit_code)
