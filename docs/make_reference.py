"""Write docs/reference/commands.md from the command line itself: every command, argument and option."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import typer

from pardus.cli.main import app

TARGET = Path(__file__).resolve().parent / "reference" / "commands.md"


def reference() -> str:
    """Return the page as Markdown."""
    root = typer.main.get_command(app)
    lines = ["# Commands", "", "Made by `python3 dev.py reference` from the program itself.", ""]
    lines += [f"`pardus` — {_one_line(root.help)}", ""]
    for path, command in _commands(root, ("pardus",)):
        lines += [f"## {' '.join(path)}", "", _paragraphs(command.help), ""]
        rows = [_row(parameter) for parameter in command.params if parameter.name != "help"]
        if rows:
            lines += ["| argument or option | meaning | default |", "|---|---|---|", *rows, ""]
    return "\n".join(lines).rstrip() + "\n"


def _commands(command: Any, path: tuple[str, ...]) -> list[tuple[tuple[str, ...], Any]]:
    if not hasattr(command, "commands"):
        return [(path, command)]
    found = []
    for name in sorted(command.commands):
        found += _commands(command.commands[name], (*path, name))
    return found


def _row(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        name = ", ".join(f"`{option}`" for option in (*parameter.opts, *parameter.secondary_opts))
        text = parameter.help or ""
    else:
        name, text = f"`{(parameter.name or '').upper()}`", getattr(parameter, "help", None) or ""
    default = parameter.default
    if parameter.required:
        shown = "required"
    elif default in (None, False, (), "") or callable(default) or "Sentinel" in type(default).__name__:
        shown = ""
    else:
        shown = f"`{default}`"
    return f"| {name} | {_one_line(text)} | {shown} |".replace("\n", " ")


def _one_line(text: str | None) -> str:
    return " ".join((text or "").split()).replace("|", "\\|")


def _paragraphs(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(TARGET.read_text(encoding="utf-8") != reference())
    TARGET.write_text(reference(), encoding="utf-8")
