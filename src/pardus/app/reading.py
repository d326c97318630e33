"""Reading files of a card in a worker process: hash, facts, and a synced copy in the survey, in one pass each."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from typing import Any, cast

from pardus.ingest.read import Facts, read_file
from pardus.ingest.scan import Found
from pardus.store.blobs import INCOMING, file_hash, settle


@dataclass(frozen=True, slots=True)
class Job:
    """Some files of one card. copy_to: the survey's folder, None to leave the files where they are."""

    root: Path
    copy_to: Path | None
    files: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file read, or why not. error: what the system said; on_card: whether the card or the survey's disk failed."""

    found: Found
    facts: Facts | None = None
    error: str = ""
    errno: int = 0
    on_card: bool = True


class SurveyDiskError(OSError):
    """The survey's own disk could not be written."""


class CopyError(OSError):
    """A copy is not what was read."""


def jobs(
    root: Path, copy_to: Path | None, files: Iterator[Found], count: int, size: int = 64 << 20
) -> Iterator[Job]:
    """Cut files into jobs of at most `count` files, and of little more than `size` bytes together."""
    batch: list[Found] = []
    total = 0
    for found in files:
        batch.append(found)
        total += found.bytes
        if len(batch) >= count or total >= size:
            yield Job(root, copy_to, tuple(batch))
            batch, total = [], 0
    if batch:
        yield Job(root, copy_to, tuple(batch))


def read_files(job: Job) -> list[Outcome]:
    """Read the files of a job, in order. When this returns, the copies of those without an error are on the disk.

    A survey disk that can't be written ends the job: the outcomes of its files say so, and no copy is in its place.
    """
    aside: list[tuple[Path, str]] = []
    outcomes = []
    try:
        for found in job.files:
            try:
                outcomes.append(Outcome(found, _read(job, found, aside)))
            except SurveyDiskError:
                raise
            except OSError as error:
                outcomes.append(_failed(found, error, on_card=True))
        if job.copy_to is not None:
            _settle(job.copy_to, aside)
    except OSError as error:
        return [_failed(found, error, on_card=False) for found in job.files]
    finally:
        for path, _sha256 in aside:
            with suppress(OSError):
                path.unlink(missing_ok=True)
    return outcomes


def _read(job: Job, found: Found, aside: list[tuple[Path, str]]) -> Facts:
    if job.copy_to is None:
        return read_file(job.root, found)
    path = job.copy_to / INCOMING / f"{uuid.uuid4().hex}.part"
    try:
        file = path.open("xb")
    except OSError as error:
        raise SurveyDiskError(*error.args) from error
    aside.append((path, ""))  # so that it is removed whatever happens
    with _Tagged(file) as copy:
        facts = read_file(job.root, found, cast(Any, copy))
    if file_hash(path) != facts.sha256:
        raise CopyError(0, "the copy differs from what was read")
    aside[-1] = (path, facts.sha256)
    return facts


def _settle(folder: Path, aside: Sequence[tuple[Path, str]]) -> None:
    try:
        settle(folder, [(path, sha256) for path, sha256 in aside if sha256])
    except OSError as error:
        raise SurveyDiskError(*error.args) from error


class _Tagged:
    """A file being written whose errors can be told from those of the file being read."""

    def __init__(self, file: BufferedWriter) -> None:
        self._file = file

    def __enter__(self) -> _Tagged:
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise SurveyDiskError(*error.args) from error

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            raise SurveyDiskError(*error.args) from error


def _failed(found: Found, error: OSError, *, on_card: bool) -> Outcome:
    text = error.strerror or str(error) or os.strerror(error.errno or 0)
    return Outcome(found, None, text, error.errno or 0, on_card)
