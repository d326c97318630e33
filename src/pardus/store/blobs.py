"""Copied media, each under the hash of its content: written aside, synced, then put in place by one rename.

A name under `media/` therefore always has its whole content, whenever the machine stops. Originals are only read.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

MEDIA = "media"
INCOMING = ".incoming"

_CHUNK = 1 << 20


def blob_path(folder: Path, sha256: str) -> Path:
    """Return where the content with this hash is kept in a survey's folder."""
    return folder / MEDIA / sha256[:2] / sha256


def settle(folder: Path, aside: Iterable[tuple[Path, str]]) -> None:
    """Put files that were written aside in their places: sync all, rename all, sync the folders they are now in.

    aside: (path, sha256 of the content). A content that is there already is left alone and the file aside is
    removed. When this returns, the files are on the disk under their names. Raises OSError; files aside that were
    not reached stay where they are.
    """
    files = [(path, blob_path(folder, sha256)) for path, sha256 in aside]
    if not files:
        return
    _sync_all(folder, [path for path, _place in files])
    parents = set()
    for path, place in files:
        if place.exists():
            path.unlink()
            continue
        place.parent.mkdir(parents=True, exist_ok=True)
        path.replace(place)
        parents.add(place.parent)
    if os.name != "nt":  # Windows has no way to sync a folder
        _sync_all(folder, [*parents, *{parent.parent for parent in parents}])


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file's content. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def sync(path: Path) -> None:
    """Have the system write a file (or, except on Windows, a folder) to the disk now. Raises OSError."""
    flags = os.O_RDONLY if path.is_dir() else os.O_RDWR | getattr(os, "O_BINARY", 0)
    handle = os.open(path, flags)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_all(folder: Path, paths: Sequence[Path]) -> None:
    """Sync many files of one file system: by one call where the system has it (Linux), else one by one."""
    whole = _syncfs()
    if whole is None or len(paths) < 3:
        for path in paths:
            sync(path)
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if whole(handle):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))
    finally:
        os.close(handle)


@cache
def _syncfs() -> Any | None:
    """Return syncfs(2), which waits until all of a file system is on the disk and tells of errors; Linux only."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
