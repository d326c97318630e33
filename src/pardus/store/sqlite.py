"""A store in one SQLite file: write-ahead log, synced at every commit, one writer, the present kept as it changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from pardus.model.entry import Entry, canonical, undone_by
from pardus.model.errors import StoppedError, SurveyError
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.survey import Survey, SurveyConfig
from pardus.store.blobs import sync
from pardus.store.chain import check_undoable, next_entry, position, same_as_before
from pardus.store.present import clocks, media_of, survey_of
from pardus.store.rows import TABLES, Row, rows_of
from pardus.store.schema import LINKED, applied, migrate, outstanding
from pardus.store.undo import undone

_COLUMNS = "id, at, actor, kind, payload, previous, hash"


class SqliteStore:
    """The contract of `Store`, in a file that lasts."""

    def __init__(self, path: Path, config: SurveyConfig, *, write: bool = True, wait_s: float = 10.0) -> None:
        """Open (and with `write`, make or migrate) the file.

        wait_s: how long a second writer waits for the first. Raises SurveyError if the file is absent, is not a
        survey, is newer than this program, or can't be opened.
        """
        self._config = config
        self._path = path
        with said_plainly(path):
            self._db = _connect(path, write, wait_s)
            try:
                if write:
                    self._upgrade()
                elif outstanding(self._db):
                    raise SurveyError(
                        _("{path} was written by an older pardus: open it once for writing.").format(
                            path=path
                        )
                    )
            except BaseException:
                self._db.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Store`. Raises SurveyError if another process is writing, StoppedError if the disk is full."""
        if self._db.in_transaction:
            raise RuntimeError("a transaction is already open")
        with all_or_nothing(self._db, self._path, "BEGIN IMMEDIATE"):
            yield

    def append(self, kind: str, payload: dict[str, Any], *, actor: str, at: datetime, id_: str) -> Entry:
        """See `Store`."""
        if not self._db.in_transaction:
            raise RuntimeError("append needs `with store.transaction():`")
        seq, head = self._last()
        entry = next_entry(head, kind, payload, actor=actor, at=at, id_=id_)
        known = self.entry(id_)
        if known is not None:
            return same_as_before(known, entry)
        rows = rows_of(entry)
        targets = [self._undoable(target) for target in undone_by(entry)]
        self._db.execute(
            "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (seq + 1, id_, entry.at, actor, kind, canonical(payload), head, entry.hash),
        )
        self._add(seq + 1, rows)
        if targets:
            self._refold(self._undone_seqs())
        return entry

    def entries(self, kinds: Iterable[str] = ()) -> Iterator[Entry]:
        """See `Store`."""
        wanted = tuple(kinds)
        where = f"WHERE kind IN ({', '.join('?' * len(wanted))})" if wanted else ""
        for row in self._db.execute(f"SELECT {_COLUMNS} FROM entries {where} ORDER BY seq", wanted):
            yield _entry(row)

    def outline(self) -> Iterator[tuple[str, str, str, str]]:
        """See `Store`."""
        return iter(self._db.execute("SELECT id, kind, hash, at FROM entries ORDER BY seq"))

    def newest(self, count: int, before: int | None = None) -> list[tuple[int, Entry]]:
        """See `Store`."""
        found = self._db.execute(
            f"SELECT seq, {_COLUMNS} FROM entries WHERE seq < ifnull(?, seq + 1) ORDER BY seq DESC LIMIT ?",
            (before, count),
        )
        return [(int(row[0]), _entry(row[1:])) for row in found]

    def entry(self, id_: str) -> Entry | None:
        """See `Store`."""
        row = self._db.execute(f"SELECT {_COLUMNS} FROM entries WHERE id = ?", (id_,)).fetchone()
        return None if row is None else _entry(row)

    def undone(self) -> frozenset[str]:
        """See `Store`."""
        return frozenset(id_ for (id_,) in self._db.execute("SELECT id FROM entries JOIN undone USING (seq)"))

    def head(self) -> str:
        """See `Store`."""
        return self._last()[1]

    def survey(self, as_of: str | datetime | None = None, *, media: bool = True) -> Survey:
        """See `Store`."""
        with self._snapshot():
            entries = self._db.execute("SELECT id, hash, at FROM entries ORDER BY seq")
            seq = position(entries, as_of)
            last = self._last()[0] if seq is None else seq
            rows = self._present if seq is None else self._as_of(seq)
            moment, head = self._moment(last)
            at = clocks(rows("deployments"), rows("corrections"))

            def by_id(ids: Iterable[str]) -> Iterable[Media]:
                return media_of(self._media_records(ids, seq), at)

            return survey_of(
                self._config,
                rows,
                by_id,
                media=tuple(media_of((record for _key, record in rows("media")), at)) if media else (),
                as_of=moment,
                head=head,
            )

    def media(self, ids: Iterable[str] | None = None, *, deployment: str | None = None) -> Iterator[Media]:
        """See `Store`."""
        at = clocks(self._present("deployments"), self._present("corrections"))
        if ids is not None:
            found = media_of(self._media_records(ids, None), at)
            return (media for media in found if deployment in (None, media.deployment))
        if deployment is None:
            return media_of((record for _key, record in self._present("media")), at)
        rows = self._db.execute(
            "SELECT record FROM media WHERE deployment = ? ORDER BY seq, n", (deployment,)
        )
        return media_of((json.loads(record) for (record,) in rows), at)

    def present(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        return self._present(table)

    def keys(self, table: str) -> Iterator[str]:
        """See `Store`."""
        found = self._db.execute(f"SELECT key FROM {_table(table)} ORDER BY seq, n")
        return (key for (key,) in found)

    def rows(self, table: str, keys: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        found = self._db.execute(
            f"SELECT key, record FROM {_table(table)} WHERE key IN (SELECT value FROM json_each(?)) "
            "ORDER BY seq, n",
            (json.dumps(sorted(set(keys))),),
        )
        return ((key, json.loads(record)) for key, record in found)

    def related(self, table: str, field: str, value: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        if field in LINKED.get(_table(table), ()):
            found = self._db.execute(
                f"SELECT key, record FROM {table} WHERE {field} = ? ORDER BY seq, n", (value,)
            )
        else:
            found = self._db.execute(
                f"SELECT key, record FROM {table} WHERE json_extract(record, ?) = ? ORDER BY seq, n",
                (f'$."{field}"', value),
            )
        return ((key, json.loads(record)) for key, record in found)

    def tally(self, table: str, *fields: str) -> dict[tuple[str, ...], int]:
        """See `Store`."""
        names = [f"ifnull(json_extract(record, ?{n}), '')" for n in range(1, len(fields) + 1)]
        grouped = f"GROUP BY {', '.join(names)}" if names else "HAVING count(*) > 0"
        found = self._db.execute(
            f"SELECT {''.join(f'{name}, ' for name in names)}count(*) FROM {_table(table)} {grouped}",
            [f'$."{field}"' for field in fields],
        )
        return {tuple(map(str, row[:-1])): int(row[-1]) for row in found}

    def columns(self, table: str, *fields: str) -> Iterator[tuple[str, ...]]:
        """See `Store`."""
        names = ", ".join(
            f"CAST(ifnull(json_extract(record, ?{n}), '') AS TEXT)" for n in range(1, len(fields) + 1)
        )
        return iter(
            self._db.execute(
                f"SELECT {names} FROM {_table(table)} ORDER BY seq, n", [f'$."{field}"' for field in fields]
            )
        )

    def told(self, table: str, keys: Iterable[str]) -> dict[str, str]:
        """See `Store`."""
        found = self._db.execute(
            f"SELECT key, id FROM {_table(table)} JOIN entries USING (seq) "
            "WHERE key IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted(set(keys))),),
        )
        return dict(found.fetchall())

    def rebuild(self) -> None:
        """Fold the log from scratch into the tables of the present. Within the caller's transaction."""
        if not self._db.in_transaction:
            raise RuntimeError("rebuild needs `with store.transaction():`")
        for table in TABLES:
            self._db.execute(f"DELETE FROM said_{table}")
        self._db.execute("DELETE FROM undone")
        for seq, entry in enumerate(self.entries(), start=1):
            self._add(seq, rows_of(entry))
        self._refold(self._undone_seqs())

    def backup(self, to: Path) -> None:
        """Write a whole copy of the file as it is now, while others may go on writing. Raises OSError."""
        aside = to.with_name(to.name + ".part")
        copy = sqlite3.connect(aside)
        try:
            with said_plainly(aside):
                self._db.backup(copy, pages=1000)
                copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be carried
        finally:
            copy.close()
        sync(aside)
        aside.replace(to)

    def close(self) -> None:
        """See `Store`."""
        self._db.close()

    def _upgrade(self) -> None:
        """Bring an older file up to date, after a copy of it was put beside it."""
        pending = outstanding(self._db)
        if pending and applied(self._db):
            self.backup(self._path.with_name(f"{self._path.name}.before-{pending[0].__name__}"))
        migrate(self._db)

    def _last(self) -> tuple[int, str]:
        row = self._db.execute("SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1").fetchone()
        return (0, "") if row is None else (int(row[0]), str(row[1]))

    def _moment(self, seq: int) -> tuple[datetime | None, str]:
        row = self._db.execute("SELECT at, hash FROM entries WHERE seq = ?", (seq,)).fetchone()
        return (None, "") if row is None else (datetime.fromisoformat(row[0]), str(row[1]))

    def _undoable(self, id_: str) -> int:
        row = self._db.execute("SELECT seq, kind FROM entries WHERE id = ?", (id_,)).fetchone()
        check_undoable(id_, None if row is None else row[1])
        return int(row[0])

    def _add(self, seq: int, rows: list[Row]) -> None:
        """Insert the rows of a new entry; each becomes the present one of its key."""
        for table in dict.fromkeys(row.table for row in rows):
            mine = [(n, row) for n, row in enumerate(rows) if row.table == table]
            last = {row.key: n for n, row in mine}
            self._db.executemany(
                f"UPDATE said_{table} SET present = 0 WHERE key = ? AND present = 1", [(key,) for key in last]
            )
            self._db.executemany(
                f"INSERT INTO said_{table} (seq, n, key, record, present) VALUES (?, ?, ?, ?, ?)",
                [
                    (
                        seq,
                        n,
                        row.key,
                        None if row.record is None else canonical(row.record),
                        int(last[row.key] == n),
                    )
                    for n, row in mine
                ],
            )

    def _undone_seqs(self, until: int | None = None) -> frozenset[int]:
        """Work out from the log which entries do not count (after the first `until` ones)."""
        undos = self._db.execute(
            "SELECT seq, payload FROM entries WHERE kind = 'entry-undone' AND seq <= ifnull(?, seq) ORDER BY seq",
            (until,),
        )
        targets = [(int(seq), _targets(json.loads(payload))) for seq, payload in undos]
        names = json.dumps(sorted({id_ for _seq, ids in targets for id_ in ids}))
        found = self._db.execute(
            "SELECT id, seq FROM entries WHERE id IN (SELECT value FROM json_each(?))", (names,)
        )
        seqs = dict(found.fetchall())
        return undone([(seq, [seqs[id_] for id_ in ids]) for seq, ids in targets])

    def _refold(self, out: frozenset[int]) -> None:
        """Make `out` the entries that do not count, and choose anew the present row of every key they touch."""
        before = frozenset(seq for (seq,) in self._db.execute("SELECT seq FROM undone"))
        flipped = json.dumps(sorted(out ^ before))
        self._db.executemany("DELETE FROM undone WHERE seq = ?", [(seq,) for seq in before - out])
        self._db.executemany("INSERT INTO undone VALUES (?)", [(seq,) for seq in out - before])
        for table in TABLES:
            touched = (
                f"key IN (SELECT key FROM said_{table} WHERE seq IN (SELECT value FROM json_each(:flipped)))"
            )
            self._db.execute(
                f"UPDATE said_{table} SET present = 0 WHERE present = 1 AND {touched}", {"flipped": flipped}
            )
            self._db.execute(
                f"""
                UPDATE said_{table} SET present = 1 WHERE (seq, n) IN (
                  SELECT seq, n FROM (
                    SELECT seq, n, row_number() OVER (PARTITION BY key ORDER BY seq DESC, n DESC) AS place
                    FROM said_{table} WHERE {touched} AND seq NOT IN (SELECT seq FROM undone)
                  ) WHERE place = 1
                )
                """,
                {"flipped": flipped},
            )

    def _present(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for key, record in self._db.execute(f"SELECT key, record FROM {_table(table)} ORDER BY seq, n"):
            yield key, json.loads(record)

    def _as_of(self, seq: int) -> _Rows:
        """Return the reader of tables as they were after the first `seq` entries."""
        out = json.dumps(sorted(self._undone_seqs(seq)))

        def rows(table: str) -> Iterator[tuple[str, dict[str, Any]]]:
            for key, record in self._db.execute(
                f"""
                SELECT key, record FROM (
                  SELECT *, row_number() OVER (PARTITION BY key ORDER BY seq DESC, n DESC) AS place
                  FROM said_{table} WHERE seq <= ? AND seq NOT IN (SELECT value FROM json_each(?))
                ) WHERE place = 1 AND record IS NOT NULL ORDER BY seq, n
                """,
                (seq, out),
            ):
                yield key, json.loads(record)

        return rows

    def _media_records(self, ids: Iterable[str], seq: int | None) -> Iterator[dict[str, Any]]:
        if seq is not None:
            wanted = frozenset(ids)
            yield from (record for key, record in self._as_of(seq)("media") if key in wanted)
            return
        found = self._db.execute(
            "SELECT record FROM media WHERE key IN (SELECT value FROM json_each(?)) ORDER BY seq, n",
            (json.dumps(sorted(set(ids))),),
        )
        for (record,) in found:
            yield json.loads(record)

    @contextmanager
    def _snapshot(self) -> Iterator[None]:
        """Read one state of the file, however many statements it takes."""
        if self._db.in_transaction:
            yield
            return
        with said_plainly(self._path):
            self._db.execute("BEGIN")
            try:
                yield
            finally:
                self._db.execute("COMMIT")


_Rows = Callable[[str], Iterator[tuple[str, dict[str, Any]]]]


def _table(name: str) -> str:
    if name not in TABLES:
        raise ValueError(f"table must be one of {', '.join(TABLES)}, got {name!r}")
    return name


def _entry(row: tuple[str, str, str, str, str, str, str]) -> Entry:
    id_, at, actor, kind, payload, previous, sealed = row
    return Entry(id_, at, actor, kind, json.loads(payload), previous, sealed)


def _targets(payload: dict[str, Any]) -> list[str]:
    return [payload["entry"], *payload.get("also", ())]


def _connect(path: Path, write: bool, wait_s: float) -> sqlite3.Connection:
    if write:
        db = sqlite3.connect(path, isolation_level=None, timeout=wait_s)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
        except BaseException:
            db.close()
            raise
        return db
    if not path.is_file():
        raise SurveyError(_("There is no survey at {path}.").format(path=path))
    for flags in (
        "mode=ro",
        "mode=ro&immutable=1",
    ):  # a medium that can't be written has no write-ahead log to miss
        db = sqlite3.connect(
            f"{path.resolve().as_uri()}?{flags}", uri=True, isolation_level=None, timeout=wait_s
        )
        try:
            db.execute("SELECT 1 FROM sqlite_master").fetchone()
            return db
        except sqlite3.OperationalError as error:
            db.close()
            wal = path.with_name(path.name + "-wal")
            if error.sqlite_errorname not in _NO_SHARED_MEMORY or (wal.exists() and wal.stat().st_size):
                raise
    raise SurveyError(_("{path} can't be opened for reading.").format(path=path))


_NO_SHARED_MEMORY = (
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY_DIRECTORY",
    "SQLITE_READONLY_CANTINIT",
    "SQLITE_READONLY",
)


@contextmanager
def all_or_nothing(db: sqlite3.Connection, path: Path, begin: str = "BEGIN") -> Iterator[None]:
    """Run the block in one transaction of the file at `path`: committed at its end, rolled back if it raises."""
    with said_plainly(path):
        db.execute(begin)
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            db.rollback()
            raise


@contextmanager
def said_plainly(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            message = _("Another program is writing to {path}. Wait until it has finished, then try again.")
            raise SurveyError(message.format(path=path)) from error
        if name == "SQLITE_FULL":
            message = _(
                "The disk with {path} is full. Nothing is lost; make room and run the same command again."
            )
            raise StoppedError(message.format(path=path)) from error
        if name.startswith("SQLITE_READONLY") or name == "SQLITE_CANTOPEN" or name == "SQLITE_PERM":
            message = _("{path} can't be opened or written here: check the folder and its permissions.")
            raise SurveyError(message.format(path=path)) from error
        if name.startswith("SQLITE_IOERR"):
            message = _(
                "Reading or writing {path} failed ({error}). Nothing is lost; run the same command again."
            )
            raise StoppedError(message.format(path=path, error=error)) from error
        if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            message = _("{path} is damaged ({error}). Keep it as it is and go back to the last backup.")
            raise SurveyError(message.format(path=path, error=error)) from error
        raise
