"""The table of bad inputs, row by row: each file gets its code, nothing stops, and the counts add up."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pardus.ingest.dates import DatePolicy, believe
from pardus.ingest.faults import FAULTS
from pardus.ingest.read import is_damaged, read_file, to_media
from pardus.ingest.scan import Found, Ignored, count, scan
from pardus.model.clock import ClockRule
from tests.fixtures.cards import BadFile, bad_files, write_bad_card

NOW = datetime(2026, 11, 20, tzinfo=UTC)
POLICY = DatePolicy(ClockRule("+10:00"))


@pytest.fixture(scope="module")
def card(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("card")
    write_bad_card(folder)
    return folder


@pytest.fixture(scope="module")
def codes(card: Path) -> dict[str, set[str]]:
    """Path -> all codes that the file got, from the scan, the reading and the date ladder."""
    out: dict[str, set[str]] = {}
    for item in scan(card):
        if isinstance(item, Ignored):
            out[item.path] = {item.reason}
        else:
            facts = read_file(card, item)
            dated = believe(facts.dates, POLICY, NOW)
            out[item.path] = {*facts.faults, *dated.faults, *(f.code for f in item.findings)}
    return out


@pytest.mark.parametrize("bad", bad_files(), ids=lambda bad: ascii(bad.path[:40]))
def test_a_bad_file_gets_its_code(bad: BadFile, codes: dict[str, set[str]]) -> None:
    assert bad.code in codes[bad.path]


def test_a_good_file_beside_them_gets_none(codes: dict[str, set[str]]) -> None:
    assert codes["good.JPG"] == set()


def test_every_file_of_a_bad_card_is_counted_once(card: Path) -> None:
    items = list(scan(card))
    counts = count(items)
    on_disk = sum(path.is_file() for path in card.rglob("*"))
    assert counts.total == counts.images + counts.videos + counts.n_ignored == on_disk == len(items)
    assert len({item.path for item in items}) == len(items)
    assert counts.ignored == Counter(item.reason for item in items if isinstance(item, Ignored))
    assert counts.sentence().startswith(f"{on_disk} files on the card = ")


def test_only_what_should_be_ignored_is_ignored(card: Path) -> None:
    ignored = {item.path for item in scan(card) if isinstance(item, Ignored)}
    assert ignored == {bad.path for bad in bad_files() if bad.ignored}


def test_every_ignored_file_says_why_and_what_to_do(card: Path) -> None:
    for item in scan(card):
        if isinstance(item, Ignored):
            assert item.finding.message
            assert item.finding.remedy


def test_damaged_files_become_media_that_are_kept_as_evidence(card: Path) -> None:
    found = {item.path: item for item in scan(card) if isinstance(item, Found)}
    facts = read_file(card, found["truncated.JPG"])
    media = to_media(facts, "llnp", "truncated.JPG", "llnp:d1", believe(facts.dates, POLICY, NOW))
    assert is_damaged(facts)
    assert media.faults == ("truncated",)
    assert media.id.startswith("llnp:")
    assert media.wall == datetime(2024, 1, 10, 8, 0)  # the date is still readable: evidence of when


def test_nothing_on_the_card_is_changed(card: Path) -> None:
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in card.rglob("*") if path.is_file()
    }
    for item in scan(card):
        if isinstance(item, Found):
            read_file(card, item)
    after = {path: (path.read_bytes(), path.stat().st_mtime_ns) for path in card.rglob("*") if path.is_file()}
    assert after == before


def test_every_code_used_here_is_in_the_table() -> None:
    assert {bad.code for bad in bad_files()} <= set(FAULTS)
