"""What commands write into a survey's `out/` folder: text files, each put in place whole."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

OUT = "out"


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[Path, ...]:
    """Write name -> text as UTF-8 with line feeds, making folders as needed; return the paths in that order.

    A name may hold '/' for a folder within. A file appears whole or not at all, and replaces the one before.
    """
    return tuple(write_bytes(folder / name, text.encode("utf-8")) for name, text in files.items())


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file, making folders as needed; it appears whole or not at all, and replaces the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(content)
    draft.replace(path)
    return path
