"""What is said to a person whose command line can't be read: what is missing or off, and how it is written."""

from __future__ import annotations

from typing import Any

from typer.exceptions import TyperException

from pardus.model.language import _


def misuse(error: TyperException) -> str:
    """Return the sentences for a command line that typer refused, "" if it has shown the help already."""
    context: Any = getattr(error, "ctx", None)
    parameter: Any = getattr(error, "param", None)
    told = error.format_message().strip()
    if type(error).__name__ == "NoArgsIsHelpError" or context is None:
        return told
    if type(error).__name__ == "MissingParameter" and parameter is not None:
        told = _("{name} is missing.").format(name=_written(parameter))
    needed = [_written(p) for p in context.command.params if p.required]
    how = " ".join([context.command_path, *needed])
    return "\n".join(
        [
            told,
            _("Write: {command}").format(command=how),
            _("More: {command} --help").format(command=context.command_path),
        ]
    )


def _written(parameter: Any) -> str:
    """Return how a parameter is written on the command line."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return f"{max(parameter.opts, key=len)} {str(parameter.metavar or parameter.name).upper()}"
