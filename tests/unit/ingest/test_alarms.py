"""Alarms over whole cards, on cards that were made to be wrong in one way each, and one that is right."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from pardus.ingest import cards, clock_alarms
from pardus.ingest.alarms import deployment_alarms
from pardus.ingest.dates import DatePolicy, believe
from pardus.ingest.pairs import check_pair, pair_offset, visit_starts
from pardus.ingest.read import read_file, to_media
from pardus.ingest.scan import Found, scan
from pardus.model.clock import ClockRule
from pardus.model.deployment import Deployment, Station
from pardus.model.media import Media
from tests.fixtures.cards import START, write_card

ZONE = ClockRule("+10:00")
NOW = datetime(2026, 11, 20, tzinfo=UTC)
STATION = Station("llnp:S1", "S1", 0, 0, latitude=43.1, longitude=131.3)


def deployment(
    name: str = "d1", station: str = "S1", start: datetime = START, days: int = 60, serial: str = ""
) -> Deployment:
    first = ZONE.instant(start - timedelta(days=1))
    return Deployment(
        f"llnp:{name}", f"llnp:{station}", "A", first, first + timedelta(days=days), camera_serial=serial
    )


def read_card(folder: Path, name: str = "d1") -> list[Media]:
    out = []
    for item in scan(folder):
        assert isinstance(item, Found)
        facts = read_file(folder, item)
        out.append(
            to_media(facts, "llnp", item.label, f"llnp:{name}", believe(facts.dates, DatePolicy(ZONE), NOW))
        )
    return out


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> list[Media]:
    folder = tmp_path_factory.mktemp("good")
    write_card(folder, n=24)
    return read_card(folder)


def shifted(media: list[Media], by: timedelta | Callable[[int], timedelta]) -> list[Media]:
    out = []
    for i, item in enumerate(media):
        delta = by(i) if callable(by) else by
        assert item.wall is not None
        assert item.timestamp is not None
        out.append(replace(item, wall=item.wall + delta, timestamp=item.timestamp + delta))
    return out


def codes(findings) -> list[str]:
    return [f.code for f in findings]


def test_a_good_card_raises_no_alarm(good: list[Media]) -> None:
    assert deployment_alarms(good, deployment(), STATION) == ()


def test_files_outside_their_deployment_are_counted_and_named(good: list[Media]) -> None:
    found = deployment_alarms(shifted(good, timedelta(days=-3)), deployment(), STATION)
    assert codes(found) == ["outside-deployment"]
    assert "7 before and 0 after, of 24" in found[0].message
    assert "RCNX0001.JPG, RCNX0002.JPG" in found[0].message
    assert "and 2 more" in found[0].message
    assert found[0].severity == "error"


def test_the_whole_day_is_inside_where_the_record_gives_only_a_day(good: list[Media]) -> None:
    last = good[-1].timestamp
    assert last is not None
    ends = replace(deployment(), end=last.replace(hour=0, minute=0))
    assert codes(clock_alarms.outside_deployment(good, ends)) == ["outside-deployment"]
    assert clock_alarms.outside_deployment(good, replace(ends, end_is_day=True)) == []
    assert clock_alarms.outside_deployment(good, replace(ends, end=None)) == []


def test_a_clock_that_goes_back_while_numbers_go_on_was_reset(good: list[Media]) -> None:
    reset = shifted(good, lambda i: timedelta(0) if i < 15 else timedelta(days=-300))
    (found,) = clock_alarms.clock_resets(reset, "llnp:d1")
    assert found.code == "clock-reset"
    assert "RCNX0015.JPG" in found.message
    assert "RCNX0016.JPG" in found.message


def test_a_counter_that_wraps_is_no_reset(good: list[Media]) -> None:
    numbers = [*range(9988, 10_000), *range(1, 13)]
    wrapped = [replace(m, paths=(f"100RECNX/RCNX{n:04d}.JPG",)) for m, n in zip(good, numbers, strict=True)]
    assert clock_alarms.clock_resets(wrapped, "llnp:d1") == []
    bushnell = [replace(m, paths=(f"{m.wall:%m%d}{i + 1:04d}.JPG",)) for i, m in enumerate(good)]
    assert clock_alarms.clock_resets(bushnell, "llnp:d1") == []


def test_a_burst_of_more_than_a_day_is_an_alarm(good: list[Media]) -> None:
    burst = [
        replace(m, metadata={**m.metadata, "event": "5", "sequence": f"{i + 1}/3"})
        for i, m in enumerate(good[:3])
    ]
    assert clock_alarms.burst_jumps(burst, "llnp:d1") == []
    (found,) = clock_alarms.burst_jumps([*burst[:2], *shifted(burst[2:], timedelta(days=2))], "llnp:d1")
    assert found.code == "jump-in-burst"


def test_pictures_and_events_that_the_camera_counted_and_that_are_not_here(tmp_path: Path) -> None:
    for path in write_card(tmp_path, n=10)[3:5]:
        path.unlink()
    media = read_card(tmp_path)
    (gap,) = clock_alarms.sequence_gaps(media, "llnp:d1")
    assert gap.code == "event-gap"
    assert "2 trigger events from 1 to 10 are missing, the first is 4" in gap.message
    burst = [
        replace(m, metadata={**m.metadata, "event": "7", "sequence": f"{n}/5"})
        for n, m in zip((1, 2, 4), media, strict=False)
    ]
    (short,) = clock_alarms.sequence_gaps(burst, "llnp:d1")
    assert short.code == "sequence-gap"
    assert "2 pictures of bursts are missing; the first gap is picture 3, 5 of event 7" in short.message


def test_a_clock_twelve_hours_off_is_seen_by_the_sun(good: list[Media]) -> None:
    (found,) = clock_alarms.day_night_flip(shifted(good, timedelta(hours=12)), "llnp:d1", 43.1, 131.3)
    assert found.code == "day-night-flip"
    assert "shifted by +12 hours" in found.message
    assert "--deployment llnp:d1 --offset +12:00" in found.remedy
    assert "Dates shifted by +12 hours would leave 0" in found.message


def test_a_camera_without_infrared_or_a_small_card_can_not_tell_day_from_night(good: list[Media]) -> None:
    white_flash = [replace(m, metadata={**m.metadata, "infrared": "off", "colour": "20.0"}) for m in good]
    assert clock_alarms.night_share(white_flash, 43.1, 131.3) is None
    assert clock_alarms.night_share(good[:6], 43.1, 131.3) is None


def test_two_serials_in_one_folder_block(tmp_path: Path) -> None:
    write_card(tmp_path / "a", n=6)
    write_card(tmp_path / "b", n=4, serial="P900AB01000002")
    found = deployment_alarms(read_card(tmp_path), deployment(), None)
    assert codes(found) == ["two-serials", "same-name"]
    assert "H600HD01000001 (6), P900AB01000002 (4)" in found[0].message
    assert found[0].severity == "error"


def test_a_serial_that_is_not_the_declared_one_is_named(good: list[Media]) -> None:
    found = cards.two_serials(cards.summarise(good, deployment(serial="X1")))
    assert codes(found) == ["serial-not-declared"]
    assert "Expected serial X1, found H600HD01000001" in found[0].message


def test_a_camera_that_was_moved_shows_another_scene(tmp_path: Path) -> None:
    write_card(tmp_path / "1", n=16)
    write_card(tmp_path / "2", n=16, first=START + timedelta(days=6), place=2)
    (found,) = cards.scene_change(read_card(tmp_path), "llnp:d1")
    assert found.code == "scene-change"
    assert "between 1/DCIM" in found.message
    assert "and 2/DCIM" in found.message


def test_the_same_name_with_different_content_is_kept_and_shown(tmp_path: Path) -> None:
    write_card(tmp_path / "visit 1", n=3)
    write_card(tmp_path / "visit 2", n=2, first=START + timedelta(days=9), temperature_c=3)
    (found,) = cards.same_names(read_card(tmp_path), "llnp:d1")
    assert found.code == "same-name"
    assert found.severity == "warning"
    assert "2 names stand for different contents" in found.message
    assert "visit 1/DCIM/100RECNX/RCNX0001.JPG, visit 2/DCIM/100RECNX/RCNX0001.JPG" in found.message


def test_numbers_that_restart_in_the_next_folder_of_a_card_are_no_alarm(good: list[Media]) -> None:
    halves = [replace(m, paths=(f"DCIM/10{i // 12}RECNX/RCNX{i % 12:04d}.JPG",)) for i, m in enumerate(good)]
    assert cards.same_names(halves, "llnp:d1") == []


@pytest.fixture(scope="module")
def swap(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., list[cards.Card]]:
    """Cards of two stations, both from this period and from an earlier one, put right or exchanged."""
    root = tmp_path_factory.mktemp("swap")
    media = {}
    for place, serial in ((1, "H600HD01000001"), (2, "H600HD01000002")):
        for period, first in (
            ("old", START - timedelta(days=90)),
            ("new", START + timedelta(days=20 * place)),
        ):
            write_card(
                root / f"{place}{period}",
                n=30,
                first=first,
                every=timedelta(hours=5),
                place=place,
                serial=serial,
            )
            media[place, period] = read_card(root / f"{place}{period}")

    def cards_of(
        period: str, exchanged: bool = False, serials: bool = True, dates: bool = True, tell: bool = False
    ):
        out = []
        for place in (1, 2):
            first = (
                START - timedelta(days=90)
                if period == "old"
                else START + timedelta(days=20 * place if dates else 0)
            )
            where = deployment(f"{period}{place}", f"S{place}", first, days=10 if dates else 70)
            if tell:
                where = replace(where, camera_serial=f"H600HD0100000{place}")
            files = media[3 - place if exchanged else place, period]
            if not serials:
                files = [
                    replace(m, metadata={k: v for k, v in m.metadata.items() if k != "serial"}) for m in files
                ]
            out.append(cards.summarise(files, where))
        return out

    return cards_of


def test_cards_in_their_own_folders_raise_no_alarm(swap: Callable[..., list[cards.Card]]) -> None:
    assert cards.check_cards(swap("new"), swap("old")) == []
    assert cards.check_cards(swap("new", tell=True), []) == []


@pytest.mark.parametrize(
    ("options", "earlier", "evidence"),
    [
        ({"tell": True, "dates": False}, False, "serial number"),
        ({"serials": False}, False, "dates"),
        ({"serials": False, "dates": False}, True, "background"),
        ({"dates": False}, True, "serial number"),
    ],
    ids=["declared serials", "dates", "background", "serials of earlier cards"],
)
def test_a_swap_of_two_cards_is_found_by_each_kind_of_evidence_alone(
    swap: Callable[..., list[cards.Card]], options: dict[str, bool], earlier: bool, evidence: str
) -> None:
    found = cards.check_cards(swap("new", exchanged=True, **options), swap("old") if earlier else [])
    (exchanged,) = [f for f in found if f.code == "swapped-cards"]
    assert "llnp:new1 and llnp:new2 look exchanged" in exchanged.message
    assert evidence in exchanged.message
    assert exchanged.severity == "error"


def test_one_camera_can_not_be_at_two_stations_at_once(good: list[Media]) -> None:
    pair = [cards.summarise(good, deployment("d1", "S1")), cards.summarise(good, deployment("d2", "S2"))]
    assert codes(cards.check_cards(pair)) == ["serial-in-two-places"]
    moved = [pair[0], cards.summarise(shifted(good, timedelta(days=40)), deployment("d2", "S2"))]
    assert cards.check_cards(moved) == []


def visits(rng: np.random.Generator, n: int = 40, days: float = 90) -> np.ndarray:
    return np.sort(rng.uniform(0, days * 86_400, n))


@pytest.mark.parametrize("offset", [0.0, 25.0, -3600.0, 43_200.0, 13 * 3600.0 + 77, -86_400.0])
def test_the_offset_of_a_facing_pair_is_read_off_its_shared_visits(offset: float) -> None:
    rng = np.random.default_rng(3)
    shared, only_first, only_second = visits(rng), visits(rng, 30), visits(rng, 60)
    first = np.sort(np.concatenate([shared, only_first]))
    second = np.sort(np.concatenate([shared + rng.normal(5, 10, len(shared)), only_second])) + offset
    found = pair_offset(first, second)
    assert found is not None
    assert found.offset_s == pytest.approx(offset + 5, abs=10)
    assert 35 <= found.shared <= 50
    assert found.by_chance < 3


def test_cameras_that_share_no_visits_have_no_offset() -> None:
    told = 0
    for seed in range(50):
        rng = np.random.default_rng(seed)
        told += pair_offset(visits(rng, 50), visits(rng, 50)) is not None
    assert told == 0


def as_media(seconds: np.ndarray, name: str) -> list[Media]:
    return [
        Media(
            f"llnp:{name}{i}",
            "",
            1,
            "image",
            "image/jpeg",
            (f"{name}{i}.JPG",),
            timestamp=datetime.fromtimestamp(s, UTC),
        )
        for i, s in enumerate(np.asarray(seconds) + 1_700_000_000)
    ]


def test_a_pair_that_disagrees_is_reported_with_its_offset_and_one_that_agrees_is_not() -> None:
    shared = visits(np.random.default_rng(5))
    first = as_media(shared, "A")
    offset, found = check_pair(first, as_media(shared + 3605, "B"), "llnp:A", "llnp:B")
    assert offset is not None
    assert codes(found) == ["pair-offset"]
    assert "llnp:B is 1:00:05 ahead of llnp:A (median of 40 shared visits" in found[0].message
    _behind, found = check_pair(first, as_media(shared - 3605, "B"), "llnp:A", "llnp:B")
    assert "llnp:B is 1:00:05 behind llnp:A" in found[0].message
    assert check_pair(first, as_media(shared + 20, "B"), "llnp:A", "llnp:B")[1] == []
    nothing, found = check_pair(first[:3], first, "llnp:A", "llnp:B")
    assert nothing is None
    assert codes(found) == ["pair-too-few"]


def test_files_of_one_visit_are_one_visit() -> None:
    assert len(visit_starts(as_media(np.array([0, 1, 2, 200, 450, 1000]), "A"))) == 2


def test_the_remedy_of_the_sun_names_the_hours_that_the_message_names(good: list[Media]) -> None:
    (found,) = clock_alarms.day_night_flip(shifted(good, timedelta(hours=8)), "llnp:d1", 43.1, 131.3)
    (hours,) = re.findall(r"shifted by ([+-]\d+) hours", found.message)
    assert hours != "+12"
    assert f"--offset {hours}:00" in found.remedy
    assert "12" not in found.remedy.replace("d1", "")
