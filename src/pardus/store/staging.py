"""What an ingest has read and not yet said: on disk, so that memory stays flat and a stop loses no work.

Kept apart from the survey's own file. Whoever has it open holds the right to ingest into this survey; the lock goes
with the process, however that ends.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from pardus.model.errors import SurveyError
from pardus.model.language import _
from pardus.store.blobs import INCOMING
from pardus.store.sqlite import all_or_nothing


@dataclass(frozen=True, slots=True)
class Staged:
    """One file that was read: where on the card, what it is, and where it was found to belong.

    sha256: of the content, "" if it could not be read. deployment, problem: "" until they are known.
    """

    path: str
    sha256: str
    record: dict[str, Any]
    deployment: str = ""
    problem: str = ""


class Staging:
    """The files of cards that are being ingested."""

    def __init__(self, folder: Path) -> None:
        """folder: the survey's. Raises SurveyError if another ingest has it, OSError if it can't be written."""
        aside = folder / INCOMING
        aside.mkdir(exist_ok=True)
        self._path = aside / "staged.sqlite"
        self._path.touch()  # a disk that can't be written says so itself, in words
        self._db = sqlite3.connect(self._path, isolation_level=None, timeout=0)
        try:
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = NORMAL")
            self._db.execute("BEGIN EXCLUSIVE")
            self._db.execute(
                "CREATE TABLE IF NOT EXISTS cards (card TEXT PRIMARY KEY, ingest TEXT NOT NULL) STRICT"
            )
            self._db.execute(
                """
                CREATE TABLE IF NOT EXISTS files (
                  card TEXT NOT NULL, path TEXT NOT NULL, bytes INTEGER NOT NULL, mtime REAL NOT NULL,
                  run TEXT NOT NULL, sha256 TEXT NOT NULL, record TEXT NOT NULL, deployment TEXT NOT NULL,
                  problem TEXT NOT NULL, PRIMARY KEY (card, path)
                ) STRICT, WITHOUT ROWID
                """
            )
            self._db.execute("CREATE INDEX IF NOT EXISTS files_content ON files (card, sha256)")
            self._db.execute("CREATE INDEX IF NOT EXISTS files_place ON files (card, deployment, problem)")
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._db.close()
            if error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
                raise SurveyError(
                    _(
                        "Another ingest into {folder} is running. Wait until it has finished, then try again."
                    ).format(folder=folder)
                ) from error
            raise

    def __enter__(self) -> Staging:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def ingest_of(self, card: str) -> str:
        """Return the id of the ingest that was begun with this card and not finished, or ""."""
        row = self._db.execute("SELECT ingest FROM cards WHERE card = ?", (card,)).fetchone()
        return "" if row is None else str(row[0])

    def begin(self, card: str, ingest: str) -> None:
        """Remember the ingest of a card."""
        self._db.execute("INSERT OR REPLACE INTO cards VALUES (?, ?)", (card, ingest))

    def knows(self, card: str, path: str, size: int, mtime: float, run: str) -> bool:
        """Say whether this very file (same size and time) was read before; if so it is part of this run too."""
        changed = self._db.execute(
            "UPDATE files SET run = ?, deployment = '', problem = '' "
            "WHERE card = ? AND path = ? AND bytes = ? AND mtime = ? AND sha256 != ''",
            (run, card, path, size, mtime),
        )
        return changed.rowcount > 0

    def put(
        self, card: str, run: str, files: Iterable[tuple[str, int, float, str, dict[str, Any], str]]
    ) -> None:
        """Add files: (path, bytes, mtime, sha256, record, problem). One transaction."""
        with all_or_nothing(self._db, self._path):
            self._db.executemany(
                "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?, ?, ?, '', ?)",
                (
                    (card, path, size, mtime, run, sha256, json.dumps(record, ensure_ascii=True), problem)
                    for path, size, mtime, sha256, record, problem in files
                ),
            )

    def prune(self, card: str, run: str) -> None:
        """Forget files that this run did not see: they belong to another card in the same place."""
        self._db.execute("DELETE FROM files WHERE card = ? AND run != ?", (card, run))

    def place(self, card: str, placed: Iterable[tuple[str, str, str]]) -> None:
        """State (path, deployment, problem) of files. One transaction."""
        with all_or_nothing(self._db, self._path):
            self._db.executemany(
                "UPDATE files SET deployment = ?, problem = ? WHERE card = ? AND path = ?",
                ((deployment, problem, card, path) for path, deployment, problem in placed),
            )

    def files(self, card: str, place: tuple[str, str] | None = None) -> Iterator[Staged]:
        """Yield the files of a card in the order of their paths, or those of one (deployment, problem)."""
        last = ""
        where = "" if place is None else "AND deployment = :deployment AND problem = :problem"
        deployment, problem = place or ("", "")
        while True:  # in pages, so that what is read may be changed meanwhile
            page = self._db.execute(
                f"SELECT path, sha256, record, deployment, problem FROM files "
                f"WHERE card = :card AND path > :last {where} ORDER BY path LIMIT 500",
                {"card": card, "last": last, "deployment": deployment, "problem": problem},
            ).fetchall()
            if not page:
                return
            for path, sha256, record, *where_to in page:
                yield Staged(path, sha256, json.loads(record), *where_to)
            last = page[-1][0]

    def places(self, card: str) -> list[tuple[str, str, int]]:
        """Return (deployment, problem, number of files), sorted."""
        return self._db.execute(
            "SELECT deployment, problem, count(*) FROM files WHERE card = ? GROUP BY 1, 2 ORDER BY 1, 2",
            (card,),
        ).fetchall()

    def copies(self, card: str, sha256: str) -> list[tuple[str, str, str]]:
        """Return (path, deployment, problem) of the files of a card with this content, in the order of their paths."""
        return self._db.execute(
            "SELECT path, deployment, problem FROM files INDEXED BY files_content "
            "WHERE card = ? AND sha256 = ? ORDER BY path",
            (card, sha256),
        ).fetchall()

    def forget(self, card: str, place: tuple[str, str] | None = None) -> None:
        """Forget a card, or only its files of one (deployment, problem)."""
        if place is None:
            self._db.execute("DELETE FROM files WHERE card = ?", (card,))
            self._db.execute("DELETE FROM cards WHERE card = ?", (card,))
        else:
            self._db.execute(
                "DELETE FROM files WHERE card = ? AND deployment = ? AND problem = ?", (card, *place)
            )
