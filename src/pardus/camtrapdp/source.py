"""Where a package lies: a folder or a zip file. Only files that the package names are opened, none outside of it."""

from __future__ import annotations

import re
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pardus.model.errors import Finding, PackageError
from pardus.model.language import _

DESCRIPTOR = "datapackage.json"
_CONTROL = re.compile("[\\x00-\\x1f\\x7f]")
MAX_RATIO = 200
"""Of a zipped file once unpacked to what it takes packed, from 1 MB on."""


class Source(ABC):
    """Files by their name in the package (POSIX, relative)."""

    @abstractmethod
    def size(self, name: str) -> int | None:
        """Return a file's bytes, None if it is not there."""

    @abstractmethod
    def open(self, name: str) -> IO[bytes]:
        """Open a file that `size` knows."""


class FolderSource(Source):
    """A package in a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()

    def size(self, name: str) -> int | None:
        """Return a file's bytes, None if it is not there or a link leads out of the folder."""
        path = (self._root / name).resolve()
        return path.stat().st_size if path.is_relative_to(self._root) and path.is_file() else None

    def open(self, name: str) -> IO[bytes]:
        """Open a file."""
        return (self._root / name).open("rb")


class ZipSource(Source):
    """A package in a zip file, at its root or in its only folder. Nothing is unpacked to disk."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._files = {info.filename: info for info in archive.infolist()}
        tops = {name.partition("/")[0] for name in self._files}
        folder = next(iter(tops)) + "/" if len(tops) == 1 else ""
        self._prefix = folder if DESCRIPTOR not in self._files and folder + DESCRIPTOR in self._files else ""

    def size(self, name: str) -> int | None:
        """Return a file's unpacked bytes, None if it is not there. Raises PackageError for a zip bomb."""
        info = self._files.get(self._prefix + name)
        if info is None or info.is_dir():
            return None
        if info.file_size > 1_000_000 and info.file_size > MAX_RATIO * max(1, info.compress_size):
            message = _("unpacks to {big} bytes from {small}; that is no table.").format(
                big=info.file_size, small=info.compress_size
            )
            raise PackageError(_("The zip file is refused."), [Finding("zip-bomb", name, message)])
        return info.file_size

    def open(self, name: str) -> IO[bytes]:
        """Open a file; zipfile stops at the size that `size` gave."""
        return self._archive.open(self._prefix + name)


@contextmanager
def open_source(path: Path) -> Iterator[Source]:
    """Open a package: a folder, a zip file, or the datapackage.json in a folder. Raises PackageError."""
    if path.name == DESCRIPTOR:
        path = path.parent
    if path.is_dir():
        yield FolderSource(path)
        return
    try:
        archive = zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise PackageError(
            _("{path} is no package: expected a folder or a zip file with {file} in it ({reason}).").format(
                path=path, file=DESCRIPTOR, reason=error
            )
        ) from error
    with archive:
        try:
            yield ZipSource(archive)
        except (zipfile.BadZipFile, RuntimeError, EOFError) as error:  # RuntimeError: encrypted
            raise PackageError(
                _("{path} is damaged or encrypted: {reason}.").format(path=path, reason=error)
            ) from error


def unsafe_name(name: str) -> str:
    """Return the code of what is wrong with a file's name in a package, "" if nothing."""
    if "://" in name or name.lower().startswith(("javascript:", "data:", "file:", "mailto:")):
        return "path-remote"
    if "\\" in name:
        return "path-backslash"
    if name.startswith("/") or name[1:2] == ":":
        return "path-absolute"
    parts = name.split("/")
    if ".." in parts or name.startswith("~") or "" in parts[:-1] or not name:
        return "path-outside"
    if ":" in name or _CONTROL.search(name):
        return "path-characters"
    return ""


def leads_out(path: str) -> bool:
    """Say whether a file's own path, kept as it was found, would lead out of the folder it is relative to."""
    parts = path.replace("\\", "/").split("/")
    return ".." in parts or parts[0] in ("", "~") or parts[0][1:2] == ":" or "\0" in path
