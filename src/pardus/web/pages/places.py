"""Folders and files of this computer that a page may offer: only beneath the desk's roots."""

from __future__ import annotations

from pathlib import Path

from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.web.desk import Desk

MOST = 400


def place(desk: Desk, text: str) -> Path:
    """Return the folder or file that a person named. Raises ParameterError if it lies beneath none of the roots."""
    try:
        path = Path(text).expanduser().resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise ParameterError(_("{path}: {reason}").format(path=text, reason=error)) from error
    if "\0" in text or not any(path.is_relative_to(root) for root in desk.roots):
        allowed = ", ".join(map(str, desk.roots)) or _("none (see --cards)")
        raise ParameterError(
            _("{path} is not in a folder that this desk may read: {allowed}.").format(
                path=text, allowed=allowed
            )
        )
    return path


def inside(path: Path) -> tuple[list[Path], int]:
    """Return the folders in a folder, and how many files. Hidden ones are left out."""
    folders, files = [], 0
    try:
        entries = sorted(path.iterdir(), key=lambda p: p.name.casefold())
    except OSError as error:
        raise ParameterError(_("{path}: {reason}").format(path=path, reason=error)) from error
    for entry in entries:
        if entry.name.startswith("."):
            continue
        try:
            if entry.is_dir():
                folders.append(entry)
            else:
                files += 1
        except OSError:
            files += 1
    return folders[:MOST], files
