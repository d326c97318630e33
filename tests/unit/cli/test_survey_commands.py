"""The commands new, ingest, clock, log, undo, verify and backup: what they print and how they end."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from pardus.cli.main import app
from pardus.model.errors import PardusError
from tests.fixtures.small_survey import card, small_config, small_survey

D1 = "S1_2014-03-01"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def value(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert result.exception is None, result.output
    return json.loads(result.stdout)


def fails(*arguments: object) -> PardusError:
    result = run(*arguments)
    assert isinstance(result.exception, PardusError), result.output
    return result.exception


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = small_survey(tmp_path / "survey")
    card(tmp_path / "card", per_station=2)
    value("ingest", folder, tmp_path / "card", "--workers", 1, "--by", "anna")
    return folder


def test_new_makes_a_survey_that_can_be_filled_in(tmp_path: Path) -> None:
    made = value("new", tmp_path / "leopards", "--organisation", "llnp", "--by", "anna")
    assert made == {"survey": str(tmp_path / "leopards"), "organisation": "llnp", "name": "leopards"}
    assert 'organisation = "llnp"' in (tmp_path / "leopards" / "survey.toml").read_text(encoding="utf-8")
    assert value("log", tmp_path / "leopards")["lines"][0]["actor"] == "llnp:anna"
    assert fails("new", tmp_path / "leopards").exit_code == 4


def test_new_keeps_a_survey_toml_that_is_there(tmp_path: Path) -> None:
    first = tmp_path / "first"
    run("new", first, "--organisation", "llnp", "--name", "Kedrovaya")
    second = tmp_path / "second"
    second.mkdir()
    text = (first / "survey.toml").read_text(encoding="utf-8")
    (second / "survey.toml").write_text(text, encoding="utf-8")
    assert value("new", second)["name"] == "Kedrovaya"
    assert (second / "survey.toml").read_text(encoding="utf-8") == text


def test_new_in_a_synced_folder_warns(tmp_path: Path) -> None:
    result = run("new", tmp_path / "Dropbox" / "survey")
    assert result.exit_code == 0
    assert "not safe here" in result.stderr


def test_ingest_prints_counts_that_add_up(survey: Path, tmp_path: Path) -> None:
    result = run("ingest", survey, tmp_path / "card", "--workers", 1)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0] == "8 files on the card = 8 images + 0 videos + 0 ignored."
    assert "2 files already imported on" in result.stdout


def test_ingest_ends_with_3_when_files_are_held_back(survey: Path, tmp_path: Path) -> None:
    (tmp_path / "card" / "S1").rename(tmp_path / "card" / "S9")
    (tmp_path / "card" / "S9" / "new.JPG").write_bytes(
        (next((tmp_path / "card" / "S9").rglob("*.JPG"))).read_bytes()
    )
    error = fails("ingest", survey, tmp_path / "card", "--workers", 1)
    assert error.exit_code == 3
    assert error.summary == "3 files are held back."
    assert [finding.code for finding in error.findings] == ["no-station"]
    assert "--accept no-station" in error.findings[0].remedy


def test_ingest_without_a_survey_ends_with_4(tmp_path: Path) -> None:
    error = fails("ingest", tmp_path)
    assert error.exit_code == 4
    assert "pardus new" in error.summary


def test_verify_says_that_all_is_sound_or_what_is_not(survey: Path) -> None:
    result = run("verify", survey)
    assert result.stdout.endswith("All is sound.\n")
    assert value("verify", survey)["files"] == 8
    blob = next((survey / "media").rglob("*/*"))
    blob.write_bytes(blob.read_bytes() + b"x")
    error = fails("verify", survey)
    assert error.exit_code == 4
    assert str(blob.relative_to(survey)) in str(error)
    assert run("verify", survey, "--no-media").exit_code == 0


def test_rebuild_mends_the_tables(survey: Path) -> None:
    db = sqlite3.connect(survey / "survey.sqlite")
    db.execute("DELETE FROM said_stations")
    db.commit()
    db.close()
    assert fails("verify", survey, "--no-media").exit_code == 4
    assert run("verify", survey, "--no-media", "--rebuild").exit_code == 0


def test_log_and_undo_work_hand_in_hand(survey: Path) -> None:
    lines = run("log", survey).stdout.splitlines()
    assert [line.split()[3] for line in lines] == [
        "survey-created", "stations-declared", "deployments-declared", "ingest-started"
    ]  # fmt: skip
    short = lines[-1].split()[0]
    assert run("undo", survey, short, "--preview").stdout.startswith("Would undo ingest-started: 8 files")
    undone = value("undo", survey, short)
    assert undone["entries"] == 6
    assert "[undone]" in run("log", survey).stdout
    assert run("undo", survey, undone["undo"]).exit_code == 0
    assert "[undone] 8 files" not in run("log", survey).stdout
    assert value("log", survey, "--last", 1)["total"] == 6
    assert fails("undo", survey, "nothing").exit_code == 2


def test_clock_shows_before_and_after(survey: Path) -> None:
    result = run("clock", survey, "--deployment", D1, "--offset=-1:00", "--preview")
    assert "Before: 2 of 2 with a date, 0 outside the deployment; 2014-03-02 12:00:00+10:00" in result.stdout
    assert "After: 2 of 2 with a date, 0 outside the deployment; 2014-03-02 11:00:00+10:00" in result.stdout
    assert "2 media would move. Nothing was written." in result.stdout
    done = value("clock", survey, "--deployment", D1, "--zone", "Asia/Vladivostok")
    assert done["moved"] == 2
    anchors = (
        "--anchor",
        "2014-03-02T12:00=2014-03-02T12:00",
        "--anchor",
        "2014-03-05T12:00=2014-03-05T12:01",
    )
    assert value("clock", survey, "--deployment", D1, *anchors)["moved"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--offset", "1:00", "--zone", "+10:00"),
        ("--anchor", "2014-03-02T12:00=2014-03-02T12:00"),
        ("--offset", "an hour"),
        ("--offset", "+"),
        ("--anchor", "2014-03-02T12:00", "--anchor", "2014-03-02T12:00"),
        ("--offset", "1:00", "--from", "yesterday"),
        ("--offset", "1:00", "--to", "2014-03-02T12:00+10:00"),
    ],
)
def test_a_clock_command_that_says_nothing_clear_is_a_usage_error(
    survey: Path, arguments: tuple[str, ...]
) -> None:
    assert fails("clock", survey, "--deployment", D1, *arguments).exit_code == 2


def test_backup_copies_and_checks(survey: Path, tmp_path: Path) -> None:
    place = Path(value("backup", survey, tmp_path / "usb")["backup"])
    assert (place / "survey.sqlite").is_file()


@pytest.mark.parametrize("command", ["new", "ingest", "clock", "log", "undo", "verify", "backup"])
def test_every_command_has_the_common_options(command: str) -> None:
    text = run(command, "--help").stdout
    assert all(option in text for option in ("--lang", "--quiet", "--json"))


def test_a_card_given_before_its_survey_is_told_the_order(survey: Path, tmp_path: Path) -> None:
    error = fails("ingest", tmp_path / "card", survey)
    assert error.exit_code == 2
    assert str(error) == f"The survey comes first, then the card: pardus ingest {survey} {tmp_path / 'card'}"


def test_what_comes_next_can_be_typed_as_it_stands(tmp_path: Path) -> None:
    folder = tmp_path / "Моя зима"
    said = run("new", folder).output
    assert f"pardus ingest '{folder}' CARD" in said
    assert f"pardus ingest '{folder}' CARD" in run("ingest", folder).output
    assert f"pardus ingest '{folder}' CARD" in run("find", folder).output
    assert f"pardus find '{folder}'" in run("identify", folder).output
    assert "pardus find" not in run("identify", folder, "--quiet").output
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "survey.toml").write_bytes((folder / "survey.toml").read_bytes())
    assert "is kept as it is" in run("new", tmp_path / "again").output


def test_a_word_of_ingest_that_means_nothing_is_refused(survey: Path, tmp_path: Path) -> None:
    for option, word in (("--container", "lokal"), ("--mtime-zone", "Vladivostok")):
        error = fails("ingest", survey, tmp_path / "card", option, word)
        assert error.exit_code == 2
        assert option in str(error)
        assert repr(word) in str(error)


@pytest.mark.parametrize("command", ["effort", "history"])
def test_an_empty_survey_says_why_nothing_is_counted(tmp_path: Path, command: str) -> None:
    run("new", tmp_path / "w")
    said = run(command, tmp_path / "w").stderr
    assert "[tables.stations]" in said
    assert f"pardus ingest {tmp_path / 'w'}" in said
    small = small_survey(tmp_path / "s")
    assert f"pardus ingest {small}" in run(command, small).stderr
    run("ingest", small)
    assert ("There is no animal yet" in run(command, small).stderr) == (command == "history")


def test_an_estimate_of_nobody_says_what_comes_next(tmp_path: Path) -> None:
    small = small_survey(tmp_path / "s")
    run("ingest", small)
    assert f"pardus ingest {small}" in run("estimate", small).stderr


def test_a_zone_that_nobody_declared_is_pointed_out_and_not_guessed(tmp_path: Path) -> None:
    assert "read as UTC" in run("new", tmp_path / "w").stderr
    none = small_survey(tmp_path / "none", small_config(zone="UTC", camera_zone=""))
    said = run("ingest", none).stderr
    assert "camera_zone" in said
    assert "+9 hours from UTC" in said
    assert [f["code"] for f in value("ingest", none)["findings"]] == ["zone-not-declared"]
    stated = small_survey(tmp_path / "stated", small_config(zone="UTC", camera_zone="+00:00"))
    assert "camera_zone" not in run("ingest", stated).stderr


def test_a_file_with_a_wrong_extension_is_named_with_its_type(tmp_path: Path) -> None:
    folder = small_survey(tmp_path / "s")
    place = card(tmp_path / "card", per_station=2) / "S1" / "DCIM" / "100RECNX"
    (place / "RCNX0002.JPG").rename(place / "RCNX0002.MP4")
    said = run("ingest", folder, tmp_path / "card", "--workers", 1).stderr
    assert "RCNX0002.MP4 (image/jpeg)" in said
    assert "image/jpeg: .JPG" in said
