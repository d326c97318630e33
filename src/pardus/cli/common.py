"""What every command shares: the options --lang, --quiet, --json, and the one way to print.

A command is a function in `cli/<command>.py`, registered in `cli/main.py`. It takes its own arguments first and
`lang: Lang = "en", quiet: Quiet = False, json: Json = False` last, calls one function of `pardus.app` (imported
inside the command, so that `pardus --help` stays fast) and prints through an `Output`:

    def effort(survey: SurveyFolder, lang: Lang = "en", quiet: Quiet = False, json: Json = False) -> None:
        from pardus.app.effort import effort as act

        output = Output(quiet=quiet, json=json)
        with output.progress(_("Reading")) as tell:
            result = act(survey, tell=tell)
        output.findings(result.findings)
        output.result({"days": result.days}, _("{days} camera-days.").format(days=result.days))

The result goes to stdout, everything else (progress, findings) to stderr.
"""

from __future__ import annotations

import json as _json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import list2cmdline
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pardus.app.telling import Tell, nobody
from pardus.model.errors import Finding
from pardus.model.language import LANGUAGES, _, ngettext, set_language


def _speak(language: str) -> str:
    if language not in LANGUAGES:
        text = _("{found!r}: expected one of {names}.")
        raise typer.BadParameter(text.format(found=language, names=", ".join(LANGUAGES)))
    set_language(language)
    return language


Lang = Annotated[
    str,
    typer.Option(
        "--lang", envvar="PARDUS_LANG", callback=_speak, is_eager=True, help="Language: en, ru or zh."
    ),
]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="No progress and no remarks; errors are still shown.")
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
SurveyFolder = Annotated[Path, typer.Argument(metavar="SURVEY", help="The survey's folder.")]
By = Annotated[
    str, typer.Option("--by", envvar="PARDUS_BY", help="Who says this. By default who is logged in here.")
]
Preview = Annotated[bool, typer.Option("--preview", help="Only show what would change; write nothing.")]

MOST_ALIKE = 3
"""How many warnings of one kind are printed."""


@dataclass(frozen=True, slots=True)
class Output:
    """Where a command's words go: the result to stdout, the rest to stderr."""

    quiet: bool = False
    json: bool = False

    def result(self, value: Mapping[str, Any], text: RenderableType = "") -> None:
        """Print the result: `value` with --json, else `text` (a sentence or a rich table) unless --quiet."""
        if self.json:
            sys.stdout.write(_json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")
        elif not self.quiet and text:
            _console(stderr=False).print(text)

    def say(self, text: RenderableType) -> None:
        """Print a remark to stderr, unless --quiet."""
        if not self.quiet:
            _console(stderr=True).print(text)

    def next(self, sentence: str, *words: object) -> None:
        """Say what comes next: `sentence` has a place {command} for `pardus WORDS`, ready to be typed as it stands."""
        if not self.json:
            self.say(sentence.format(command=as_typed(*words)))

    def findings(self, findings: Iterable[Finding]) -> None:
        """Print findings to stderr, unless --quiet (with --json they belong in the result).

        Of a warning that comes often the first three are shown, then how many more there are; errors are all shown.
        """
        if self.json:
            return
        shown: dict[str, int] = {}
        grave: set[str] = set()
        for finding in findings:
            shown[finding.code] = shown.get(finding.code, 0) + 1
            if finding.severity == "error":
                grave.add(finding.code)
            if finding.severity == "error" or shown[finding.code] <= MOST_ALIKE:
                self.say(str(finding))
        for code, count in shown.items():
            if count > MOST_ALIKE and code not in grave:
                more = ngettext(
                    "{n} more like this ({code}): the same is to be done with it. --json lists all.",
                    "{n} more like this ({code}): the same is to be done with them. --json lists all.",
                    count - MOST_ALIKE,
                )
                self.say(more.format(n=count - MOST_ALIKE, code=code))

    @contextmanager
    def progress(self, label: str) -> Iterator[Tell]:
        """Show a bar while the block runs; it yields `tell(done, total)`, total None while unknown."""
        if self.quiet or self.json or not sys.stderr.isatty():
            yield nobody
            return
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=_console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def as_typed(*words: object) -> str:
    """Return `pardus WORDS` as it is typed, names with blanks in quotes."""
    every = ["pardus", *map(str, words)]
    return list2cmdline(every) if os.name == "nt" else shlex.join(every)


def _console(stderr: bool) -> Console:
    """Return a console that prints text as it is: no markup, no colouring, no cutting of long lines."""
    return Console(stderr=stderr, soft_wrap=True, markup=False, highlight=False, emoji=False)
