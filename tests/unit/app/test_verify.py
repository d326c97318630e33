"""Whatever changed in a survey behind its back is found."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pardus.app.backup import backup
from pardus.app.clock import correct_clock
from pardus.app.ingest import ingest
from pardus.app.log import log
from pardus.app.saying import utc_now
from pardus.app.survey_folder import DATABASE, open_survey
from pardus.app.undo import undo
from pardus.app.verify import rebuild, verify
from pardus.model.clock import ClockCorrection
from pardus.model.errors import LogError, SurveyError
from pardus.store.check import check_file
from tests.fixtures.small_survey import ANNA, card, photo, small_survey


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    """A survey in which something of everything was said, in one file without slack or a write-ahead log."""
    folder = small_survey(tmp_path / "survey")
    source = card(tmp_path / "card")
    (source / "S1" / "tagged.JPG").write_bytes(
        photo(9, serial="H0", tags=["Individual/F01", "Species/Panthera pardus"])
    )
    ingest(folder, source, sayer=ANNA)
    correct_clock(folder, ClockCorrection("llnp:S1_2014-03-01", "offset", offset_s=60.0), sayer=ANNA)
    taken_back = undo(folder, log(folder)[-1].id, sayer=ANNA)
    undo(folder, taken_back.id, sayer=ANNA)
    db = sqlite3.connect(folder / DATABASE)
    db.execute("VACUUM")  # so that no text stands in space that nothing uses any more
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    return folder


def codes(survey: Path) -> set[str]:
    return {finding.code for finding in verify(survey).findings}


def test_a_survey_as_it_was_left_is_sound(survey: Path) -> None:
    found = verify(survey)
    assert found.sound
    assert found.findings == ()
    assert (found.media, found.files) == (21, 21)
    with open_survey(survey) as store:
        assert found.entries == len(list(store.entries()))


@pytest.mark.parametrize("bit", range(8))
def test_a_flipped_bit_in_a_picture_is_found(survey: Path, bit: int) -> None:
    blob = sorted((survey / "media").rglob("*/*"))[bit]
    data = bytearray(blob.read_bytes())
    data[len(data) // 2 + bit] ^= 1 << bit
    blob.write_bytes(data)
    found = verify(survey)
    assert not found.sound
    assert [(f.code, f.where) for f in found.findings] == [("media-changed", str(blob.relative_to(survey)))]


def test_a_missing_picture_is_found(survey: Path) -> None:
    next(iter((survey / "media").rglob("*/*"))).unlink()
    assert codes(survey) == {"media-missing"}


@pytest.mark.parametrize(
    "text", ["survey-created", "individual", "llnp:F01", "clock-corrected", "exif-original", "Kedrovaya"]
)
def test_a_flipped_bit_in_the_log_or_the_tables_is_found(survey: Path, text: str) -> None:
    """Every place in the file where the text stands, one after the other."""
    path = survey / DATABASE
    whole = path.read_bytes()
    at, seen = whole.find(text.encode()), 0
    while at >= 0 and seen < 12:
        data = bytearray(whole)
        data[at + 1] ^= 0x10
        path.write_bytes(data)
        assert not verify(survey, media=False).sound, f"a changed byte at {at} was not found"
        seen += 1
        at = whole.find(text.encode(), at + 1)
    assert seen


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE entries SET actor = 'llnp:eve' WHERE seq = 3", "log-broken"),
        (
            "UPDATE entries SET payload = replace(payload, 'S1', 'S2') WHERE kind = 'media-added'",
            "log-broken",
        ),
        ("DELETE FROM entries WHERE kind = 'clock-corrected'", "log-broken"),
        ("UPDATE said_stations SET record = replace(record, '650000', '660000')", "tables-differ"),
        ("UPDATE said_media SET present = 0 WHERE n = 1", "tables-differ"),
        ("DELETE FROM said_decisions", "tables-differ"),
        ("INSERT INTO undone SELECT seq FROM entries WHERE kind = 'decisions-made'", "tables-differ"),
        ("INSERT INTO said_fits VALUES (2, 0, 'x', '{}', 1)", "tables-differ"),
        ("INSERT INTO undone VALUES (999)", "database-damaged"),
    ],
)
def test_a_change_made_with_another_program_is_found(survey: Path, change: str, code: str) -> None:
    db = sqlite3.connect(survey / DATABASE)
    guards = db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
    for name, _sql in guards:
        db.execute(f"DROP TRIGGER {name}")
    db.execute(change)
    for _name, sql in guards:  # put back, so that only the change itself is there to be found
        db.execute(sql)
    db.commit()
    db.close()
    assert code in codes(survey)
    if code == "tables-differ":
        rebuild(survey)
        assert verify(survey).sound
    elif code == "log-broken":
        with pytest.raises(LogError, match="can't be folded"):
            rebuild(survey)


def test_a_log_that_lost_its_guard_is_found(survey: Path) -> None:
    db = sqlite3.connect(survey / DATABASE)
    db.execute("DROP TRIGGER entries_no_update")
    db.close()
    assert codes(survey) == {"database-damaged"}


def test_rebuilding_changes_nothing_in_a_sound_survey(survey: Path) -> None:
    with open_survey(survey) as store:
        before = store.survey()
    rebuild(survey)
    with open_survey(survey) as store:
        assert store.survey() == before
    assert verify(survey).sound


def test_a_cut_file_is_called_damaged(survey: Path) -> None:
    data = (survey / DATABASE).read_bytes()
    (survey / DATABASE).write_bytes(data[: len(data) // 2])
    assert "database-damaged" in codes(survey)


def test_a_backup_is_a_whole_survey_without_its_media(survey: Path, tmp_path: Path) -> None:
    now = utc_now()
    place = backup(survey, tmp_path / "usb", now=now)
    assert sorted(p.name for p in place.iterdir()) == ["survey.sqlite", "survey.toml"]
    entries, findings = check_file(place / DATABASE)
    assert (entries, findings) == (verify(survey).entries, [])
    with open_survey(place, write=True) as copy, open_survey(survey) as store:
        assert copy.survey() == store.survey()
    with pytest.raises(SurveyError, match="there already"):
        backup(survey, tmp_path / "usb", now=now)


def test_without_a_survey_there_is_nothing_to_verify(tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match="no survey"):
        verify(tmp_path)
