"""Bad cards through the whole ingest: every fault is said with its code, nothing stops, and the counts add up."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pardus.app.ingest import IngestOptions, ingest
from pardus.app.ingest_report import IngestReport
from tests.fixtures.cards import Shot, bad_files, write_bad_card, write_card
from tests.fixtures.small_survey import ANNA, small_survey

FIRST = datetime(2014, 3, 2, 12)


def added_up(report: IngestReport) -> bool:
    t = report.tally
    return t.added + t.known + t.copies + t.held == t.scan.images + t.scan.videos


@pytest.fixture(scope="module")
def bad(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, IngestReport]:
    root = tmp_path_factory.mktemp("bad")
    survey = small_survey(root / "survey")
    write_bad_card(root / "card" / "S1")
    accept = frozenset({"outside-deployment", "two-serials", "day-night-flip"})
    return survey, root / "card", ingest(survey, root / "card", IngestOptions(accept=accept), sayer=ANNA)


def test_every_fault_of_a_bad_card_is_among_the_findings(bad: tuple[Path, Path, IngestReport]) -> None:
    said = {finding.code for finding in bad[2].findings}
    assert {one.code for one in bad_files()} - said == set()


def test_every_file_of_a_bad_card_is_in_exactly_one_count(bad: tuple[Path, Path, IngestReport]) -> None:
    _survey, card, report = bad
    on_disk = sum(path.is_file() for path in card.rglob("*"))
    assert report.tally.scan.total == on_disk
    assert added_up(report)
    assert report.tally.held == 0
    assert report.tally.damaged >= 5
    assert report.tally.undated >= 4


def test_a_bad_card_ingested_twice_adds_nothing(bad: tuple[Path, Path, IngestReport]) -> None:
    survey, card, _report = bad
    again = ingest(survey, card, sayer=ANNA)
    assert again.tally.added == 0
    assert added_up(again)


def two_cards(root: Path, *, exchanged: bool) -> Path:
    """Cards of S1 (camera H0) and S2 (camera H1), put into their own folders or into each other's."""
    for place, (folder, serial) in enumerate((("S1", "H0"), ("S2", "H1"))):
        if exchanged:
            folder = "S2" if folder == "S1" else "S1"
        write_card(root / folder, n=12, first=FIRST, place=place + 1, serial=serial, every=timedelta(hours=7))
    return root


def test_two_exchanged_cards_are_held_back_and_named(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    report = ingest(survey, two_cards(tmp_path / "cards", exchanged=True), sayer=ANNA)
    (swap,) = [finding for finding in report.findings if finding.code == "swapped-cards"]
    assert "each has the serial number of the other's camera" in swap.message
    assert (report.tally.added, report.tally.held) == (0, 24)


def test_the_same_cards_in_their_own_folders_are_taken(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    report = ingest(survey, two_cards(tmp_path / "cards", exchanged=False), sayer=ANNA)
    assert [finding.code for finding in report.findings if finding.severity == "error"] == []
    assert (report.tally.added, report.tally.held) == (24, 0)


def test_two_cameras_in_one_folder_are_held_back_until_confirmed(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    card = tmp_path / "card"
    write_card(card / "S1", n=6, first=FIRST, serial="H0")
    (card / "S1" / "other.JPG").write_bytes(Shot(wall=FIRST, serial="X9", noise=99).jpeg())
    report = ingest(survey, card, sayer=ANNA)
    assert "two-serials" in {finding.code for finding in report.findings}
    assert report.tally.held == 7
    confirmed = ingest(survey, card, IngestOptions(accept=frozenset({"two-serials"})), sayer=ANNA)
    assert (confirmed.tally.added, confirmed.tally.held) == (7, 0)


def test_the_range_of_modification_times_is_shown_before_anyone_allows_them(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    (tmp_path / "card" / "S1").mkdir(parents=True)
    for i, day in enumerate((2, 9)):
        path = tmp_path / "card" / "S1" / f"IMG{i}.JPG"
        path.write_bytes(Shot(wall=None, noise=i).jpeg())
        at = datetime(2014, 3, day, 3, tzinfo=UTC).timestamp()
        os.utime(path, (at, at))
    report = ingest(survey, tmp_path / "card", sayer=ANNA)
    (shown,) = [finding for finding in report.findings if finding.code == "mtime-range"]
    assert "from 2014-03-02 03:00:00+00:00 to 2014-03-09 03:00:00+00:00" in shown.message
    assert report.tally.undated == 2
    allowed = ingest(survey, tmp_path / "card", IngestOptions(mtime_zone="+10:00", update=True), sayer=ANNA)
    assert allowed.tally.undated == 0
    assert "mtime-range" not in {finding.code for finding in allowed.findings}
