"""What a large log costs: appending, reading, undoing, replaying and checking a million media.

    python benchmarks/fold.py [--media 1000000] [--folder DIR]

Entries of 200 media each are appended in transactions of their own, as an ingest does. Reference: the same rows into
one plain SQLite table with one index in the same transactions.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pardus.app.saying import Sayer
from pardus.model.clock import ClockCorrection
from pardus.model.deployment import Deployment
from pardus.model.media import Media
from pardus.model.record import to_record
from pardus.model.survey import SurveyConfig
from pardus.store.check import check_file
from pardus.store.sqlite import SqliteStore
from spent import peak_kb

CONFIG = SurveyConfig("llnp", "benchmark", "Panthera pardus")
SAYER = Sayer("llnp:benchmark")
START = datetime(2014, 3, 1, tzinfo=UTC)
BATCH, PER_DEPLOYMENT = 200, 5000


def media(n: int) -> dict[str, Any]:
    sha = hashlib.sha256(str(n).encode()).hexdigest()
    at = START + timedelta(minutes=n % PER_DEPLOYMENT)
    metadata = {
        "make": "Reconyx",
        "model": "PC900",
        "serial": "H600",
        "sequence": "1/3",
        "temperature_c": "-3",
    }
    return to_record(
        Media(
            f"llnp:{sha[:20]}", sha, 1_800_000, "image", "image/jpeg", (f"S1/DCIM/100RECNX/RCNX{n:07}.JPG",),
            f"llnp:D{n // PER_DEPLOYMENT}", at.replace(tzinfo=None), at, "exif-original", "2014:03:01 00:00:00",
            2048, 1536, metadata=metadata,
        )
    )  # fmt: skip


def plain(path: Path, n: int) -> float:
    """Return seconds to insert the same records into one plain table."""
    db = sqlite3.connect(path, isolation_level=None)
    db.executescript(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE m (id TEXT PRIMARY KEY, record);"
    )
    began = time.perf_counter()
    for first in range(0, n, BATCH):
        db.execute("BEGIN IMMEDIATE")
        rows = [media(first + i) for i in range(BATCH)]
        db.executemany("INSERT INTO m VALUES (?, ?)", [(r["id"], json.dumps(r)) for r in rows])
        db.execute("COMMIT")
    db.close()
    return time.perf_counter() - began


def append(store: SqliteStore, n: int) -> tuple[float, float]:
    """Return seconds in all, and the slowest of the last hundred transactions."""
    with store.transaction():
        several = [
            Deployment(f"llnp:D{d}", "llnp:S", "A", START, None) for d in range(n // PER_DEPLOYMENT + 1)
        ]
        SAYER.say(store, "deployments-declared", {"deployments": [to_record(d) for d in several]})
        SAYER.say(store, "ingest-started", {"ingest": "i", "folder": "card"})
    began, last = time.perf_counter(), []
    for first in range(0, n, BATCH):
        records = [media(first + i) for i in range(BATCH)]
        once = time.perf_counter()
        with store.transaction():
            SAYER.say(store, "media-added", {"ingest": "i", "media": records})
        last.append(time.perf_counter() - once)
    return time.perf_counter() - began, max(last[-100:])


def timed(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def peak_mb() -> float:
    return peak_kb() / 1024


def say(store: SqliteStore, kind: str, payload: dict[str, Any]) -> str:
    with store.transaction():
        return SAYER.say(store, kind, payload).id


def run(folder: Path, n: int) -> Iterator[tuple[str, object]]:
    reference = plain(folder / "plain.sqlite", n)
    store = SqliteStore(folder / "survey.sqlite", CONFIG)
    seconds, slowest = append(store, n)
    yield "append, media/s", round(n / seconds)
    yield "append / plain table", round(reference / seconds, 3)
    yield "slowest of the last 100 transactions of 200 media, ms", round(slowest * 1000, 1)
    yield "file, bytes per media", round((folder / "survey.sqlite").stat().st_size / n)
    yield "survey without media, s", round(timed(lambda: store.survey(media=False)), 2)
    yield "media one after the other, media/s", round(n / timed(lambda: sum(1 for _m in store.media())))
    yield (
        "media of one deployment of 5,000, s",
        round(timed(lambda: list(store.media(deployment="llnp:D1"))), 3),
    )
    correction = to_record(ClockCorrection("llnp:D1", "offset", offset_s=60.0))
    yield "a clock correction, s", round(timed(lambda: say(store, "clock-corrected", correction)), 3)
    last = [entry.id for entry in store.entries(["media-added"])]
    undo = ""

    def undo_one() -> None:
        nonlocal undo
        undo = say(store, "entry-undone", {"entry": last[-1]})

    yield "undo one entry of 200 media, s", round(timed(undo_one), 3)
    yield "undo that, s", round(timed(lambda: say(store, "entry-undone", {"entry": undo})), 3)
    yield "peak MB until here", round(peak_mb())
    everything = {"entry": last[0], "also": last[1:]}
    yield "undo the whole ingest, s", round(timed(lambda: say(store, "entry-undone", everything)), 1)
    assert next(iter(store.media()), None) is None
    undo = next(entry.id for entry in reversed(list(store.entries(["entry-undone"]))))
    yield "bring it back, s", round(timed(lambda: say(store, "entry-undone", {"entry": undo})), 1)
    yield "replay to the middle, s", round(timed(lambda: store.survey(last[len(last) // 2], media=False)), 2)
    store.close()
    began = time.perf_counter()
    entries, findings = check_file(folder / "survey.sqlite")
    assert findings == []
    yield f"check of {entries} entries, s", round(time.perf_counter() - began, 1)
    yield "peak MB", round(peak_mb())


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="where to work; by default a temporary folder")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for name, value in run(Path(folder), options.media):
            print(json.dumps({name: value}), flush=True)


if __name__ == "__main__":
    main()
