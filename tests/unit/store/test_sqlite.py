"""What only the file can show: it is append-only, synced, migrated, shared by one writer and many readers."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from pardus.model.errors import StoppedError, SurveyError
from pardus.model.survey import SurveyConfig
from pardus.store import schema
from pardus.store.sqlite import SqliteStore

CONFIG = SurveyConfig("llnp", "Kedrovaya", "Panthera pardus")
NOW = datetime(2014, 3, 1, tzinfo=UTC)


def keep(store: SqliteStore, name: str, text: str = "x") -> None:
    with store.transaction():
        store.append("resource-kept", {"name": name, "text": text}, actor="llnp:anna", at=NOW, id_=name)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store = SqliteStore(tmp_path / "survey.sqlite", CONFIG)
    keep(store, "a")
    store.close()
    return tmp_path / "survey.sqlite"


@pytest.fixture
def db(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(path, isolation_level=None)
    yield connection
    connection.close()


@pytest.mark.parametrize("act", ["UPDATE entries SET actor = 'other'", "DELETE FROM entries"])
def test_the_log_cannot_be_changed(db: sqlite3.Connection, act: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        db.execute(act)


def test_commits_are_synced_and_references_checked(path: Path) -> None:
    store = SqliteStore(path, CONFIG)
    settings = {
        name: store._db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous")
    }
    assert settings == {"journal_mode": "wal", "synchronous": 2}
    assert store._db.execute("PRAGMA foreign_keys").fetchone() == (1,)
    with pytest.raises(sqlite3.IntegrityError):
        store._db.execute("INSERT INTO undone VALUES (99)")
    store.close()


def test_the_present_can_be_read_with_plain_sql(db: sqlite3.Connection) -> None:
    assert db.execute("SELECT key, json_extract(record, '$.text') FROM resources").fetchall() == [("a", "x")]


def test_each_migration_has_its_record(db: sqlite3.Connection) -> None:
    assert [name for (name,) in db.execute("SELECT name FROM migrations ORDER BY rowid")] == [
        "m001_log",
        "m002_present",
        "m003_exchange",
        "m004_answers",
    ]


def test_a_survey_newer_than_the_program_is_refused_with_advice(path: Path, db: sqlite3.Connection) -> None:
    db.execute("INSERT INTO migrations VALUES ('m999_telepathy', '2030-01-01')")
    for write in (True, False):
        with pytest.raises(SurveyError, match=r"newer pardus .*m999_telepathy.* Update pardus"):
            SqliteStore(path, CONFIG, write=write)


def test_an_interrupted_migration_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def m002_present(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE half (x INTEGER)")
        raise KeyboardInterrupt

    whole = schema.MIGRATIONS
    monkeypatch.setattr(schema, "MIGRATIONS", (whole[0], m002_present))
    with pytest.raises(KeyboardInterrupt):
        SqliteStore(tmp_path / "s.sqlite", CONFIG)
    monkeypatch.setattr(schema, "MIGRATIONS", whole)
    store = SqliteStore(tmp_path / "s.sqlite", CONFIG)
    assert store._db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    keep(store, "works")
    store.close()


def test_an_older_file_is_copied_before_it_is_upgraded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def m003_more(db: sqlite3.Connection) -> None:
        db.execute("CREATE TABLE more (x INTEGER)")

    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, m003_more))
    store = SqliteStore(path, CONFIG)
    store.close()
    monkeypatch.undo()
    before = SqliteStore(path.with_name("survey.sqlite.before-m003_more"), CONFIG)
    assert set(before.survey().resources) == {"a"}
    before.close()
    with pytest.raises(SurveyError, match="newer pardus"):
        SqliteStore(path, CONFIG)


def test_a_reader_of_an_older_file_is_told_to_open_it_for_writing(tmp_path: Path) -> None:
    sqlite3.connect(tmp_path / "s.sqlite").close()
    db = sqlite3.connect(tmp_path / "s.sqlite")
    db.execute("CREATE TABLE migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)")
    db.close()
    with pytest.raises(SurveyError, match="older pardus"):
        SqliteStore(tmp_path / "s.sqlite", CONFIG, write=False)


def test_a_reader_does_not_make_a_survey(tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="no survey"):
        SqliteStore(tmp_path / "s.sqlite", CONFIG, write=False)
    assert not (tmp_path / "s.sqlite").exists()


def test_a_file_that_is_no_database_is_called_damaged(tmp_path: Path) -> None:
    (tmp_path / "s.sqlite").write_bytes(b"not a database at all, " * 100)
    for write in (True, False):
        with pytest.raises(SurveyError, match="damaged"):
            SqliteStore(tmp_path / "s.sqlite", CONFIG, write=write)


def test_a_reader_sees_whole_transactions_only(path: Path) -> None:
    writer, reader = SqliteStore(path, CONFIG), SqliteStore(path, CONFIG, write=False)
    with writer.transaction():
        writer.append("resource-kept", {"name": "b", "text": "y"}, actor="a", at=NOW, id_="b")
        assert set(reader.survey().resources) == {"a"}
    assert set(reader.survey().resources) == {"a", "b"}
    writer.close()
    reader.close()


def _hold(path: Path, held: Event, release: Event) -> None:
    store = SqliteStore(path, CONFIG)
    with store.transaction():
        store.append("resource-kept", {"name": "other", "text": "y"}, actor="a", at=NOW, id_="other")
        held.set()
        release.wait(20)
    store.close()


@pytest.fixture
def busy(path: Path) -> Iterator[Event]:
    """Another process that is writing until the event is set."""
    spawn = multiprocessing.get_context("spawn")
    held, release = spawn.Event(), spawn.Event()
    process = spawn.Process(target=_hold, args=(path, held, release))
    process.start()
    assert held.wait(20)
    yield release
    release.set()
    process.join(20)
    assert process.exitcode == 0


def test_a_second_writer_is_told_when_waiting_does_not_help(path: Path, busy: Event) -> None:
    store = SqliteStore(path, CONFIG, wait_s=0.1)
    with pytest.raises(SurveyError, match="Another program is writing"):
        keep(store, "b")
    assert set(store.survey().resources) == {"a"}
    store.close()


def test_a_second_writer_waits_for_the_first(path: Path, busy: Event) -> None:
    store = SqliteStore(path, CONFIG, wait_s=20)
    busy.set()
    keep(store, "b")
    assert set(store.survey().resources) == {"a", "other", "b"}
    store.close()


def test_a_full_disk_stops_the_writer_and_loses_nothing(path: Path) -> None:
    store = SqliteStore(path, CONFIG)
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StoppedError, match="is full"):
        keep(store, "big", "z" * 100_000)
    assert store._db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert set(store.survey().resources) == {"a"}
    store._db.execute(f"PRAGMA max_page_count = {pages + 300}")  # room was made
    keep(store, "big", "z" * 100_000)
    assert set(store.survey().resources) == {"a", "big"}
    store.close()


def _as_nobody(path: Path, answers: multiprocessing.SimpleQueue[str]) -> None:
    if os.geteuid() == 0:
        os.setuid(65534)
    if not os.access(path, os.R_OK):
        answers.put("unreachable")
        return
    reader = SqliteStore(path, CONFIG, write=False)
    answers.put(" ".join(reader.survey().resources))
    reader.close()
    try:
        SqliteStore(path, CONFIG)
    except SurveyError as error:
        answers.put(str(error))
    else:
        answers.put("opened")


@pytest.mark.skipif(os.name == "nt", reason="permissions of POSIX systems")
def test_a_survey_that_may_not_be_written_can_be_read_and_says_so(path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    answers = spawn.SimpleQueue()
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to other users
        folder = Path(name)
        shutil.copy(path, folder)
        (folder / path.name).chmod(0o444)
        folder.chmod(0o555)
        process = spawn.Process(target=_as_nobody, args=(folder / path.name, answers))
        process.start()
        process.join(20)
        folder.chmod(0o755)
    assert process.exitcode == 0
    found = answers.get()
    if found == "unreachable":
        pytest.skip("the folder for temporary files is closed to other users")
    assert found == "a"
    assert "check the folder and its permissions" in answers.get()
