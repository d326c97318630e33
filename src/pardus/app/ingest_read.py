"""First step of an ingest: read (and copy) every file of the card that was not read before, and keep it aside."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from pardus.app.ingest_run import Run
from pardus.app.reading import Outcome, jobs, read_files
from pardus.ingest.names import shown
from pardus.ingest.scan import Found, Ignored, scan
from pardus.model.language import _
from pardus.model.record import to_record
from pardus.store.blobs import INCOMING, settle

PER_JOB, JOB_BYTES = 32, 64 << 20
"""Files, or bytes, that a worker reads at a time."""
ROUND, ROUND_BYTES, ROUND_S = 512, 512 << 20, 1.0
"""Files, bytes, or seconds of work, whose copies are synced and put in their places together: what a kill costs."""


def read_card(run: Run) -> None:
    """Read the card. Raises StoppedError if the card or the survey's disk is gone; what was read is kept aside."""
    for stale in (run.folder / INCOMING).glob("*.part"):  # of a run that was killed; ours is the only one now
        stale.unlink(missing_ok=True)
    run.total = _count(run.source)
    copy_to = None if run.options.in_place else run.folder
    waiting: list[Outcome] = []
    began = time.monotonic()
    unread = jobs(run.source, copy_to, _unread(run), PER_JOB, JOB_BYTES)
    try:
        for outcomes in run.executor.map(read_files, unread):
            waiting += outcomes
            size = sum(outcome.found.bytes for outcome in waiting)
            if len(waiting) >= ROUND or size >= ROUND_BYTES or time.monotonic() - began >= ROUND_S:
                ready, waiting = waiting, []
                _stage(run, ready)
                began = time.monotonic()
    finally:
        _stage(run, waiting)
    run.staging.prune(run.card, run.run)
    run.progress(run.total, run.total)


def _unread(run: Run) -> Iterator[Found]:
    """Yield the files that must be read; count all, and keep aside which are ignored."""
    for item in scan(run.source):
        if isinstance(item, Ignored):
            if item.reason == "unreadable" and not _is_there(run.source / item.path):
                raise run.stopped(_gone(shown(item.path)))
            _ignore(run, item)
            continue
        run.tally.scan.add(item)
        for doubt in item.findings:
            run.tally.note(doubt.code, item.label)
        if run.staging.knows(run.card, item.label, item.bytes, item.mtime, run.run):
            run.tell(1)
        else:
            yield item


def _ignore(run: Run, item: Ignored) -> None:
    run.tally.scan.add(item)
    record = {"reason": item.reason, "message": item.message}
    run.staging.put(run.card, run.run, [(item.label, item.bytes, 0.0, "", record, f"ignored:{item.reason}")])
    run.tell(1)


def _stage(run: Run, outcomes: list[Outcome]) -> None:
    """Put the copies in their places and keep aside what was read; stop if the card or the disk is gone."""
    rows = []
    why = ""
    try:
        settle(run.folder, [(o.aside, o.facts.sha256) for o in outcomes if o.aside and o.facts])
    except OSError as error:
        raise run.stopped(_disk(str(error))) from error
    for outcome in outcomes:
        found, facts = outcome.found, outcome.facts
        if facts is not None:
            rows.append((found.label, found.bytes, found.mtime, facts.sha256, to_record(facts), ""))
        elif not outcome.on_card:
            why = why or _disk(outcome.error)
        elif not _is_there(run.source / found.path):
            why = why or _gone(found.label)
        else:
            run.tally.scan.images -= found.kind == "image"
            run.tally.scan.videos -= found.kind == "video"
            run.tally.scan.bytes -= found.bytes
            _ignore(run, Ignored(found.path, "unreadable", found.bytes, outcome.error))
    if rows:
        run.staging.put(run.card, run.run, rows)
        run.tell(len(rows))
    if why:
        raise run.stopped(why)


def _gone(path: str) -> str:
    return _("{path} is gone: was the card removed?").format(path=path)


def _disk(why: str) -> str:
    return _("The survey's disk can't be written: {why}.").format(why=why)


def _is_there(path: Path) -> bool:
    try:
        path.lstat()
    except OSError:
        return False
    return True


def _count(root: Path) -> int:
    """Return how many files a card has, without opening any."""
    total, folders = 0, [os.fspath(root)]
    while folders:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        total += 1
        except OSError:
            continue  # the scan names it
    return total
