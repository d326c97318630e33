"""`--help` in the reader's language: the texts are written once, in English, where the options are declared."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Any

import typer
from typer import rich_utils

from pardus.model.language import LANGUAGES, N_, _, speaking

_WORDS = {
    "OPTIONS_PANEL_TITLE": N_("Options"),
    "ARGUMENTS_PANEL_TITLE": N_("Arguments"),
    "COMMANDS_PANEL_TITLE": N_("Commands"),
    "REQUIRED_LONG_STRING": N_("[required]"),
    "DEFAULT_STRING": N_("[default: {}]"),
    "ENVVAR_STRING": N_("[env var: {}]"),
}
_ASK_HELP = N_("Show this message and exit.")


def sentences(command: Any) -> Iterator[str]:
    """Yield every text for people that a command and its subcommands declare, as one line or paragraphs."""
    for each in _all(command):
        yield from filter(None, [_plain(each.help)])
        yield from filter(None, (_plain(_text_of(p)) for p in each.params))


def translate(command: Any, arguments: Sequence[str]) -> None:
    """Put the texts of a command tree into the language that the arguments or PARDUS_LANG ask for."""
    language = _asked(arguments)
    if language == "en":
        return
    with speaking(language):
        for name, title in _WORDS.items():
            setattr(rich_utils, name, _(title))
        for each in _all(command):
            if each.help:
                each.help = _(_plain(each.help))
            option = each.get_help_option(typer.Context(each))
            if option is not None:
                option.help = _(_ASK_HELP)
            for parameter in each.params:
                if text := _plain(_text_of(parameter)):
                    parameter.help = _(text)


def _all(command: Any) -> Iterator[Any]:
    yield command
    for child in getattr(command, "commands", {}).values():
        yield from _all(child)


def _text_of(parameter: Any) -> str:
    return getattr(parameter, "help", None) or ""


def _plain(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n")).strip()


def _asked(arguments: Sequence[str]) -> str:
    """Return the language of `--lang X` or `--lang=X`, else of PARDUS_LANG, else English."""
    asked = os.environ.get("PARDUS_LANG", "en")
    for here, after in zip(arguments, [*arguments, ""][1:], strict=True):
        if here == "--lang":
            asked = after
        elif here.startswith("--lang="):
            asked = here.partition("=")[2]
    return asked if asked in LANGUAGES else "en"
