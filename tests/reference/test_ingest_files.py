"""Every file of the real data: date, source and damage agree with ExifTool and ffprobe."""

from __future__ import annotations

import csv
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pardus.app.ingest import IngestOptions, ingest
from pardus.ingest.dates import DatePolicy, believe, exif_wall
from pardus.ingest.read import Facts, is_damaged, read_file
from pardus.ingest.scan import Found, scan
from pardus.model.clock import ClockRule
from tests.fixtures.cards import Shot, overwritten
from tests.fixtures.small_survey import ANNA, small_survey
from tests.reference import make_ingest_files as tools

NOW = datetime(2026, 11, 20, tzinfo=UTC)
UTC_CLOCK = DatePolicy(ClockRule("+00:00"), container="utc")
SOURCES = {
    "EXIF:DateTimeOriginal": "exif-original",
    "EXIF:CreateDate": "exif-digitized",
    "RIFF:DateTimeOriginal": "container",
    "QuickTime:CreateDate": "container",
    "none": "none",
}

needs_exiftool = pytest.mark.skipif(not shutil.which("exiftool"), reason="ExifTool is not on this machine")
needs_ffprobe = pytest.mark.skipif(not shutil.which("ffprobe"), reason="ffprobe is not on this machine")


def golden() -> list[dict[str, str]]:
    with tools.TABLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def facts(shared: Path) -> dict[tuple[str, str], Facts]:
    """(folder, file) -> what we read, for every picture and video of the two folders."""
    out = {}
    for folder in tools.FOLDERS:
        for item in scan(shared / folder):
            if isinstance(item, Found):
                out[folder, item.path] = read_file(shared / folder, item)
    return out


def test_every_file_is_read_and_no_other(facts: dict[tuple[str, str], Facts]) -> None:
    assert set(facts) == {(row["folder"], row["file"]) for row in golden()}


def test_dates_and_their_sources_agree_with_the_independent_tool(facts: dict[tuple[str, str], Facts]) -> None:
    wrong = []
    for row in golden():
        ours = believe(facts[row["folder"], row["file"]].dates, UTC_CLOCK, NOW)
        expected = SOURCES[row["source"]], exif_wall(row["date"]) if row["date"] else None
        if (ours.source, ours.wall) != expected:
            wrong.append((row["file"], ours.source, ours.wall, expected))
    assert wrong == []


def test_damage_agrees_with_the_independent_tool(facts: dict[tuple[str, str], Facts]) -> None:
    ours = {key: "yes" if is_damaged(read) else "no" for key, read in facts.items()}
    assert ours == {(row["folder"], row["file"]): row["damaged"] for row in golden()}


def test_the_date_of_the_one_file_that_has_it_only_in_the_maker_note_is_not_believed(
    facts: dict[tuple[str, str], Facts],
) -> None:
    bear = facts["data/reid/camera_stills", "sn_american_black_bear.jpg"]
    assert bear.metadata["maker_note_date"]
    assert believe(bear.dates, UTC_CLOCK, NOW).source == "none"


def test_a_phone_s_video_keeps_its_utc_date_and_local_name_apart(facts: dict[tuple[str, str], Facts]) -> None:
    dates = facts["data/reid/videos", "cr_20251112_100312.mp4"].dates
    undecided = believe(dates, DatePolicy(ClockRule("+08:00")), NOW)
    assert (undecided.source, undecided.wall) == ("filename", datetime(2025, 11, 12, 10, 3, 12))
    assert "container-date-undecided" in undecided.faults
    decided = believe(dates, DatePolicy(ClockRule("+08:00"), "utc"), NOW)
    assert (decided.source, decided.wall) == ("container", datetime(2025, 11, 12, 10, 3, 13))


@pytest.mark.parametrize("folder", tools.FOLDERS)
def test_the_whole_folder_goes_through_ingest(shared: Path, tmp_path: Path, folder: str) -> None:
    survey = small_survey(tmp_path / "survey")
    report = ingest(survey, shared / folder, IngestOptions(accept=frozenset({"layout"})), sayer=ANNA)
    files = sum(row["folder"] == folder for row in golden())
    undated = sum(row["folder"] == folder and row["source"] == "none" for row in golden())
    assert (report.tally.added, report.tally.held, report.tally.damaged) == (files, 0, 0)
    assert report.tally.undated == undated
    assert dict(report.tally.scan.ignored) == {"not-media": 1}  # labels.csv


@needs_exiftool
@needs_ffprobe
def test_the_table_is_what_the_tools_say_today(shared: Path) -> None:
    assert tools.rows(shared) == golden()


@needs_exiftool
def test_maker_notes_agree_with_exiftool(shared: Path, facts: dict[tuple[str, str], Facts]) -> None:
    fields = {
        "MakerNotes:SerialNumber": "serial",
        "MakerNotes:EventNumber": "event",
        "MakerNotes:AmbientTemperature": "temperature_c",
        "MakerNotes:AmbientTemperatureFahrenheit": "temperature_f",
        "MakerNotes:UserLabel": "label",
    }
    checked = 0
    for said in tools.exiftool(shared / tools.FOLDERS[0], "FileName", "Sequence", *fields):
        ours = facts.get((tools.FOLDERS[0], str(said.get("File:FileName"))))
        for theirs, name in fields.items():
            if theirs in said and ours:
                assert ours.metadata[name] == str(said[theirs]).strip(), said["File:FileName"]
                checked += 1
        if "MakerNotes:Sequence" in said and ours:
            assert ours.metadata["sequence"] == str(said["MakerNotes:Sequence"]).replace(" ", "/")
            checked += 1
    assert checked >= 16 * 6  # sixteen files of three families of Reconyx cameras


@needs_exiftool
@pytest.mark.parametrize(
    "folder", ["data/camtrapR-sample", "data/reid/snow_leopard", "data/camtrap-dp-example-1.0.2"]
)
def test_dates_and_keywords_of_the_other_pictures_agree_with_exiftool(shared: Path, folder: str) -> None:
    theirs = {}
    for said in tools.exiftool(shared / folder, "EXIF:DateTimeOriginal", "XMP:HierarchicalSubject"):
        theirs[os.path.relpath(str(said["SourceFile"]), shared / folder)] = said
    for item in scan(shared / folder):
        if isinstance(item, Found) and item.kind == "image":
            read, said = read_file(shared / folder, item), theirs[item.path]
            assert read.dates.exif_original == str(said.get("EXIF:DateTimeOriginal", "")), item.path
            words = said.get("XMP:HierarchicalSubject", [])
            assert set(read.keywords) >= {str(w) for w in (words if isinstance(words, list) else [words])}, (
                item.path
            )
            assert read.faults == ()


@needs_ffprobe
@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_ffprobe_too_calls_a_picture_cut_short_damaged(tmp_path: Path, share: float) -> None:
    whole = Shot(size=(320, 240)).jpeg()
    for name, content, expected in (
        ("whole", whole, False),
        ("cut", whole[: int(len(whole) * share)], True),
        ("over", overwritten(whole, Shot(place=2, size=(640, 480)).jpeg()), True),
    ):
        path = tmp_path / f"{name}.JPG"
        path.write_bytes(content)
        assert tools.is_damaged(path) == expected
        (item,) = [found for found in scan(tmp_path) if found.path == path.name]
        assert isinstance(item, Found)
        assert is_damaged(read_file(tmp_path, item)) == expected
