"""Is the file what it should be? The log against its hashes, the folded tables against the log, SQLite against itself.

Reads the file on its own, row by row, as bytes: what is damaged may not even be text.
"""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from pardus.model.entry import Entry, canonical, entry_hash, undone_by
from pardus.model.errors import Finding, LogError
from pardus.model.language import _
from pardus.store.rows import TABLES, rows_of
from pardus.store.schema import migrate
from pardus.store.undo import undone

_TEXT = "id, at, actor, kind, payload, previous, hash"
MANY = 20
"""Findings of one kind after which the rest is only counted."""


def check_file(path: Path, tell: Callable[[int], None] = lambda entries: None) -> tuple[int, list[Finding]]:
    """Return how many entries the log has, and everything that is wrong with the file. tell: entries checked so far.

    Checks SQLite's own structure and references, the schema, the chain of hashes, and that folding the log from
    scratch gives the tables that are there. Memory stays flat. Raises sqlite3.Error if the file can't be opened.
    """
    db = sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)
    db.text_factory = bytes
    seen = 0
    findings: list[Finding] = []
    made: Counter[str] = Counter()
    try:
        findings += _structure(db)
        findings += _schema(db)
        undos: list[tuple[int, tuple[str, ...]]] = []
        seqs: dict[str, int] = {}
        for entry, problems in _entries(db):
            seen += 1
            findings += problems
            if entry is not None:
                seqs[entry.id] = seen
                if entry.kind == "entry-undone":
                    undos.append((seen, undone_by(entry)))
                findings += _rows(db, seen, entry, made)
            tell(seen)
        findings += _counts(db, made)
        out = undone([(seq, [seqs[i] for i in ids if i in seqs]) for seq, ids in undos])
        findings += _present(db, out)
    except sqlite3.Error as error:
        return seen, [
            *findings[: 10 * MANY],
            _damaged(_("SQLite can't read it: {error}.").format(error=error)),
        ]
    finally:
        db.close()
    return seen, findings[: 10 * MANY]


def _structure(db: sqlite3.Connection) -> Iterator[Finding]:
    for (line,) in db.execute(f"PRAGMA integrity_check({MANY})"):
        if line != b"ok":
            yield _damaged(_text(line))
    for table, row, parent, _index in db.execute("PRAGMA foreign_key_check"):
        text = _("row {row} of {table} refers to a row of {parent} that is not there.")
        yield _damaged(text.format(row=row, table=_text(table), parent=_text(parent)))


def _schema(db: sqlite3.Connection) -> Iterator[Finding]:
    """Compare the tables, triggers, views and indices with those that this program makes."""
    query = "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL"
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as fresh:
        migrate(fresh)
        wanted = {(kind, name): sql for kind, name, sql in fresh.execute(query)}
    there = {(_text(kind), _text(name)): _text(sql) for kind, name, sql in db.execute(query)}
    for (kind, name), sql in sorted(wanted.items()):
        if there.get((kind, name)) != sql:
            yield _damaged(_("the {kind} {name} is not as pardus makes it.").format(kind=kind, name=name))


def _entries(db: sqlite3.Connection) -> Iterator[tuple[Entry | None, list[Finding]]]:
    """Yield each entry (None if it can't be read) with what is wrong with its place in the chain."""
    expected, previous = 0, ""
    for seq, *fields in db.execute(f"SELECT seq, {_TEXT} FROM entries ORDER BY seq"):
        expected += 1
        problems = []
        if seq != expected:
            problems.append(_broken(seq, _("entry {n} is missing.").format(n=expected)))
            expected = seq
        id_, at, actor, kind, payload, before, sealed = (_text(field) for field in fields)
        if before != previous:
            problems.append(_broken(seq, _("it does not follow the entry before it.")))
        if entry_hash(id_, at, actor, kind, payload, before) != sealed:
            problems.append(_broken(seq, _("its content is not what was sealed.")))
        previous = sealed
        try:
            yield Entry(id_, at, actor, kind, json.loads(payload), before, sealed), problems
        except ValueError:
            yield None, [*problems, _broken(seq, _("its payload can't be read."))]


def _rows(db: sqlite3.Connection, seq: int, entry: Entry, made: Counter[str]) -> Iterator[Finding]:
    """Compare the rows that an entry makes with those that are there; count them in `made`."""
    try:
        rows = rows_of(entry)
    except LogError as error:
        yield _broken(seq, error.summary)
        return
    expected: dict[str, list[tuple[int, str, str | None]]] = {}
    for n, row in enumerate(rows):
        record = None if row.record is None else canonical(row.record)
        expected.setdefault(row.table, []).append((n, row.key, record))
    for table, wanted in expected.items():
        made[table] += len(wanted)
        found = db.execute(f"SELECT n, key, record FROM said_{table} WHERE seq = ? ORDER BY n", (seq,))
        there = [(n, _text(key), None if record is None else _text(record)) for n, key, record in found]
        if there != wanted:
            yield _folded(table, _("its rows of entry {n} are not what the log says.").format(n=seq))


def _counts(db: sqlite3.Connection, made: Counter[str]) -> Iterator[Finding]:
    """Find tables with more rows than the log's entries make."""
    for table in TABLES:
        (there,) = db.execute(f"SELECT count(*) FROM said_{table}").fetchone()
        if there != made[table]:
            text = _("it has {n} rows; the log makes {made}.")
            yield _folded(table, text.format(n=there, made=made[table]))


def _present(db: sqlite3.Connection, out: frozenset[int]) -> Iterator[Finding]:
    """Compare which entries do not count, and which row of each key is the present one, with the log."""
    there = frozenset(seq for (seq,) in db.execute("SELECT seq FROM undone"))
    if there != out:
        yield _folded("undone", _("it names other entries than the log takes back."))
    names = json.dumps(sorted(out))
    for table in TABLES:
        (wrong,) = db.execute(
            f"""
            SELECT count(*) FROM (
              SELECT present, seq IN (SELECT value FROM json_each(:out)) AS gone, row_number() OVER (
                PARTITION BY key ORDER BY seq IN (SELECT value FROM json_each(:out)), seq DESC, n DESC
              ) AS place FROM said_{table}
            ) WHERE present != (place = 1 AND NOT gone)
            """,
            {"out": names},
        ).fetchone()
        if wrong:
            text = _("{n} of its rows are shown or hidden against what the log says.")
            yield _folded(table, text.format(n=wrong))


def _text(field: object) -> str:
    return field.decode("utf-8", "backslashreplace") if isinstance(field, bytes) else str(field)


def _broken(seq: int, message: str) -> Finding:
    remedy = _("Keep the file as it is, and go back to the last backup that `pardus verify` finds sound.")
    return Finding("log-broken", _("entry {n}").format(n=seq), message, remedy)


def _folded(table: str, message: str) -> Finding:
    remedy = _("The log is the survey: `pardus verify --rebuild` folds the tables anew from it.")
    return Finding("tables-differ", _("table {name}").format(name=table), message, remedy)


def _damaged(message: str) -> Finding:
    remedy = _("Keep the file as it is, and go back to the last backup that `pardus verify` finds sound.")
    return Finding("database-damaged", "survey.sqlite", message, remedy)
