"""What is said when a command can't go on: a command line that can't be read, a disk that refuses, a stop."""

from __future__ import annotations

import errno
import sys
from typing import Any

import typer
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
    more = _("More: {command} --help").format(command=context.command_path)
    if hasattr(context.command, "commands"):
        return f"{told}\n{more}"
    needed = [_written(p) for p in context.command.params if p.required]
    how = " ".join([context.command_path, *needed])
    return "\n".join([told, _("Write: {command}").format(command=how), more])


def refused(error: OSError) -> str:
    """Return the sentences for a file or folder that the computer refuses: which one, why, and what to do."""
    not_allowed = _(
        "{path}: no permission to read or write here. Choose a folder of your own, or ask who owns this one."
    )
    sentence = {
        errno.ENOENT: _("{path}: expected a file or folder, found nothing. Check the name."),
        errno.EACCES: not_allowed,
        errno.EPERM: not_allowed,
        errno.EROFS: _("{path}: this disk can only be read. Choose a folder on another disk."),
        errno.ENOSPC: _("{path}: the disk is full. Make room or choose another disk, then run it again."),
        errno.EEXIST: _("{path}: expected a folder or nothing, found a file. Choose another name."),
        errno.ENOTDIR: _("{path}: expected a folder, found a file. Choose another name."),
        errno.EISDIR: _("{path}: expected a file, found a folder. Choose another name."),
    }.get(error.errno or 0, _("{path}: the computer refused ({reason}). Check the disk and the name."))
    path = error.filename if error.filename is not None else "pardus"
    return sentence.format(path=path, reason=error.strerror or error)


def cut_short(error: BaseException) -> str:
    """Return the sentences for a stop: Ctrl-C, or a question that nobody can answer here."""
    asked = isinstance(error, typer.Abort) and error.__cause__ is None and not sys.stdin.isatty()
    if asked or isinstance(error.__cause__, EOFError):
        return _(
            "A question was asked and no answer can be typed here. In a script give it beforehand: PARDUS_PASSPHRASE "
            "for keys, PARDUS_PASSWORD for the desk's users."
        )
    return _("Stopped. What was said in the log stays; run the same command again.")


def _written(parameter: Any) -> str:
    """Return how a parameter is written on the command line."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return f"{max(parameter.opts, key=len)} {str(parameter.metavar or parameter.name).upper()}"
