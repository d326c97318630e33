"""Reading files of a card in a worker process: hash, facts, and a copy written aside, in one pass each."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedWriter
from pathlib import Path
from typing import Any, cast

from pardus.ingest.read import Facts, read_file
from pardus.ingest.scan import Found
from pardus.store.blobs import INCOMING, file_hash


@dataclass(frozen=True, slots=True)
class Job:
    """Some files of one card. copy_to: the survey's folder, None to leave the files where they are."""

    root: Path
    copy_to: Path | None
    files: tuple[Found, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One file read, or why not.

    aside: where its copy was written, not yet synced. error: what the system said; on_card: whether the card failed,
    or else the survey's disk.
    """

    found: Found
    facts: Facts | None = None
    aside: Path | None = None
    error: str = ""
    on_card: bool = True


class SurveyDiskError(OSError):
    """The survey's own disk could not be written."""


def jobs(root: Path, copy_to: Path | None, files: Iterator[Found], count: int, size: int) -> Iterator[Job]:
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
    """Read the files of a job, in order; each outcome has its facts and the copy written aside, or the error."""
    return [_outcome(job, found) for found in job.files]


def _outcome(job: Job, found: Found) -> Outcome:
    if job.copy_to is None:
        try:
            return Outcome(found, read_file(job.root, found))
        except OSError as error:
            return Outcome(found, error=_said(error))
    aside = job.copy_to / INCOMING / f"{uuid.uuid4().hex}.part"
    try:
        return Outcome(found, _copy(job.root, found, aside), aside)
    except OSError as error:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        return Outcome(found, error=_said(error), on_card=not isinstance(error, SurveyDiskError))


def _copy(root: Path, found: Found, aside: Path) -> Facts:
    """Read a file and write it aside in one pass; read the copy again and compare."""
    try:
        file = aside.open("xb")
    except OSError as error:
        raise SurveyDiskError(*error.args) from error
    with _Tagged(file) as copy:
        facts = read_file(root, found, cast(Any, copy))
    if file_hash(aside) != facts.sha256:
        raise SurveyDiskError(0, "the copy differs from what was read")
    return facts


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


def _said(error: OSError) -> str:
    return error.strerror or str(error) or os.strerror(error.errno or 0)
