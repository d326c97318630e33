"""The SQLite schema, as small named migrations; each is applied in one transaction with a record of its own."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable

from pardus.model.errors import SurveyError
from pardus.model.language import _

APPLICATION_ID = 0x70617264  # "pard"

LINKED = {  # columns by which rows are looked up, besides their key
    "media": ("deployment",),
    "observations": ("deployment",),
    "decisions": ("observation",),
    "ignored": ("ingest",),
    "statements": ("individual",),
}


def m001_log(db: sqlite3.Connection) -> None:
    """The log: append-only, each id once, each kind quick to find."""
    db.execute(
        """
        CREATE TABLE entries (
          seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, at TEXT NOT NULL, actor TEXT NOT NULL,
          kind TEXT NOT NULL, payload TEXT NOT NULL, previous TEXT NOT NULL, hash TEXT NOT NULL UNIQUE
        ) STRICT
        """
    )
    db.execute("CREATE INDEX entries_kind ON entries (kind)")
    for act in ("UPDATE", "DELETE"):
        db.execute(
            f"CREATE TRIGGER entries_no_{act.lower()} BEFORE {act} ON entries "
            "BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END"
        )


def m002_present(db: sqlite3.Connection) -> None:
    """The tables folded from the log: `said_T` has every row ever said, the view `T` those of the present."""
    db.execute("CREATE TABLE undone (seq INTEGER PRIMARY KEY REFERENCES entries (seq)) STRICT")
    tables = (
        "surveys", "stations", "deployments", "ingests", "media", "ignored", "corrections", "observations",
        "decisions", "statements", "relationships", "resources", "fits",
    )  # fmt: skip
    _add_tables(db, tables)


def m003_exchange(db: sqlite3.Connection) -> None:
    """Packages that went out or came in, and who is who across catalogues."""
    _add_tables(db, ("packages", "links"))


def m004_answers(db: sqlite3.Connection) -> None:
    """Answers to questions of who is who."""
    _add_tables(db, ("answers",))


def _add_tables(db: sqlite3.Connection, tables: Iterable[str]) -> None:
    for table in tables:
        linked = LINKED.get(table, ())
        columns = "".join(
            f", {c} TEXT GENERATED ALWAYS AS (json_extract(record, '$.{c}')) VIRTUAL" for c in linked
        )
        db.execute(
            f"""
            CREATE TABLE said_{table} (
              seq INTEGER NOT NULL REFERENCES entries (seq), n INTEGER NOT NULL, key TEXT NOT NULL, record TEXT,
              present INTEGER NOT NULL{columns}, PRIMARY KEY (seq, n)
            ) STRICT, WITHOUT ROWID
            """
        )
        db.execute(f"CREATE INDEX said_{table}_key ON said_{table} (key, present)")
        for column in linked:
            db.execute(f"CREATE INDEX said_{table}_{column} ON said_{table} ({column}) WHERE present")
        shown = "".join(f"{c}, " for c in linked)
        db.execute(
            f"CREATE VIEW {table} AS SELECT key, {shown}record, seq, n FROM said_{table} "
            "WHERE present AND record IS NOT NULL"
        )


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_log,
    m002_present,
    m003_exchange,
    m004_answers,
)


def migrate(db: sqlite3.Connection) -> None:
    """Bring a file up to this program's schema. Raises SurveyError if the file is newer than the program."""
    if outstanding(db):
        db.execute("BEGIN IMMEDIATE")
        try:
            db.execute(
                "CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL) STRICT"
            )
            db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
    for migration in outstanding(db):
        db.execute("BEGIN IMMEDIATE")
        try:
            if migration in outstanding(db):  # another process may have been faster
                migration(db)
                db.execute(
                    "INSERT INTO migrations VALUES (?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))",
                    (migration.__name__,),
                )
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise


def applied(db: sqlite3.Connection) -> frozenset[str]:
    """Return the names of the migrations that a file has had."""
    there = db.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migrations'").fetchone()
    return frozenset(name for (name,) in db.execute("SELECT name FROM migrations")) if there else frozenset()


def outstanding(db: sqlite3.Connection) -> list[Callable[[sqlite3.Connection], None]]:
    """Return the migrations that the file still needs. Raises SurveyError if it knows one that we don't."""
    done = applied(db)
    unknown = done - {migration.__name__ for migration in MIGRATIONS}
    if unknown:
        raise SurveyError(
            _(
                "This survey was written by a newer pardus (it has {names}). Update pardus and open it again; "
                "nothing was changed."
            ).format(names=", ".join(sorted(unknown)))
        )
    return [migration for migration in MIGRATIONS if migration.__name__ not in done]
