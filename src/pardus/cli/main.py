"""The command `pardus`: one function per command, each in the file of its name; see `cli/common.py`."""

from __future__ import annotations

import os
import sys

import typer
from rich.console import Console
from typer.exceptions import TyperException

import pardus
from pardus.cli.backup import backup
from pardus.cli.bench import bench
from pardus.cli.boxes import boxes
from pardus.cli.clock import clock
from pardus.cli.demo import demo
from pardus.cli.desk import desk
from pardus.cli.effort import effort
from pardus.cli.estimate import estimate
from pardus.cli.exchange import app as exchange
from pardus.cli.export import export
from pardus.cli.find import find
from pardus.cli.help import translate
from pardus.cli.history import history
from pardus.cli.identify import identify
from pardus.cli.import_ import import_
from pardus.cli.ingest import ingest
from pardus.cli.log import log
from pardus.cli.misuse import cut_short, misuse, refused
from pardus.cli.new import new
from pardus.cli.reconcile import reconcile
from pardus.cli.report import report
from pardus.cli.simulate import simulate
from pardus.cli.undo import undo
from pardus.cli.verify import verify
from pardus.model.errors import PardusError, StoppedError, told

app = typer.Typer(
    name="pardus",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From camera-trap footage of animals with their own marks to a population estimate.",
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"pardus {pardus.__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and stop."
    ),
) -> None:
    pass


# One line per command, in the order of the work: app.command()(function).
app.command()(new)
app.command()(ingest)
app.command()(boxes)
app.command()(find)
app.command()(identify)
app.command("import")(import_)
app.command()(export)
app.command()(clock)
app.command()(effort)
app.command()(history)
app.command()(estimate)
app.command()(report)
app.command()(demo)
app.command()(desk)
app.command()(simulate)
app.add_typer(exchange, name="exchange")
app.command()(reconcile)
app.command()(log)
app.command()(undo)
app.command()(verify)
app.command()(backup)
app.add_typer(bench, name="bench")


_INTERRUPTED = 130
"""What typer makes of Ctrl-C, without a word."""


def main() -> None:
    """Run the command line; what a person did wrong is printed for a person and sets the exit code."""
    try:
        command = typer.main.get_command(app)
        translate(command, sys.argv[1:])
        code = command(prog_name="pardus", standalone_mode=False)
        if code == _INTERRUPTED:
            raise KeyboardInterrupt
    except TyperException as error:
        _say(misuse(error))
        sys.exit(error.exit_code)
    except PardusError as error:
        _say("\n".join([error.summary, *told(error.findings)]))
        sys.exit(error.exit_code)
    except (typer.Abort, KeyboardInterrupt) as error:
        _say(cut_short(error))
        sys.exit(StoppedError.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        _say(refused(error))
        sys.exit(StoppedError.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


def _say(text: str) -> None:
    if text:
        Console(stderr=True, soft_wrap=True, markup=False, highlight=False).print(text)
