from __future__ import annotations

import re

import pytest

from pardus.app.content import StationEffort
from pardus.report.names import short_names, shortest_names, text_width
from pardus.report.station_map import station_map
from tests.fixtures.drawing import words


def station(name: str, x: float, y: float, events: int = 0, days: float = 10.0) -> StationEffort:
    return StationEffort("winter", f"park:{name}", x, y, days, 10.0, events, min(events, 1))


ROWS = (
    station("Кедровая", 512_345.6, 4_812_345.6, 7),
    station("珲春-07", 515_678.9, 4_815_678.9, 0),
    station("stolen", 518_234.5, 4_811_234.5, 0, days=0.0),
)


def test_stations_scale_and_marks_are_named() -> None:
    assert {"Кедровая", "珲春-07", "stolen", "7 events", "no event", "never worked", "1 km"} <= words(
        station_map(ROWS)
    )


def test_no_coordinate_is_in_the_figure() -> None:
    svg = station_map(ROWS)
    for digits in ("512345", "512.34", "4812345", "4812.3", "515678", "515.67"):
        assert digits not in svg
    assert not re.search(r"\b5\d\d\.\d+ 48\d\d\.\d+", svg)


def test_the_figure_is_the_same_each_time() -> None:
    assert station_map(ROWS) == station_map(ROWS)


def test_sessions_are_added_up() -> None:
    assert "14 events" in words(station_map(ROWS + ROWS))


def test_many_stations_go_without_names() -> None:
    many = [station(f"S{n}", 1000.0 * n, 500.0 * (n % 7), n % 3) for n in range(60)]
    assert not [w for w in words(station_map(many)) if w.startswith("S")]


def test_one_station_and_none_can_be_drawn() -> None:
    assert "Кедровая" in words(station_map(ROWS[:1]))
    assert words(station_map(())) == {"No camera was deployed."}


def test_names_lose_a_shared_organisation_and_their_middle() -> None:
    assert short_names(["park:A", "park:B"]) == {"park:A": "A", "park:B": "B"}
    assert short_names(["park:A", "other:A"]) == {"park:A": "park:A", "other:A": "other:A"}
    long = short_names(["park:" + "x" * 20 + "y" * 20])
    assert list(long.values()) == ["x" * 13 + "…" + "y" * 13]


def test_a_chinese_letter_is_as_wide_as_it_is_high() -> None:
    assert text_width("珲春", 72) == pytest.approx(2.0)
    assert text_width("ab", 72) == pytest.approx(1.2)


def test_a_word_that_all_names_share_is_left_out_of_the_map() -> None:
    assert shortest_names(["a:Станция 01", "a:Станция 02"]) == {"a:Станция 01": "01", "a:Станция 02": "02"}
    assert shortest_names(["a:Кедровая 1", "a:Аська 1"]) == {
        "a:Кедровая 1": "Кедровая 1",
        "a:Аська 1": "Аська 1",
    }
    assert shortest_names(["a:Станция", "a:Станция 02"]) == {
        "a:Станция": "Станция",
        "a:Станция 02": "Станция 02",
    }
    assert shortest_names(["a:Станция 01"]) == {"a:Станция 01": "Станция 01"}
