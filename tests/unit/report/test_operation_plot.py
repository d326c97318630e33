from __future__ import annotations

import xml.etree.ElementTree as ElementTree

from pardus.app.content import Operation
from pardus.model.language import speaking
from pardus.report.operation_plot import operation_plot
from tests.fixtures.drawing import words
from tests.fixtures.field import at

ROWS = (
    Operation("park:Кедровая-1", "1", at(1), at(20), ((at(5), at(8), "failed"),), (at(3), at(12))),
    Operation("park:Кедровая-1", "2", at(1), at(20), ((at(6), at(9), "partial"),)),
    Operation("park:珲春-07", "1", at(2), at(25)),
)


def test_stations_of_three_scripts_are_named_without_their_organisation() -> None:
    found = words(operation_plot(ROWS))
    assert {"Кедровая-1", "珲春-07", "worked", "failed", "partly or not known", "detection"} <= found
    assert not [word for word in found if word.startswith("park:")]


def test_the_same_rows_give_the_same_bytes_without_a_date() -> None:
    one, other = operation_plot(ROWS), operation_plot(ROWS)
    assert one == other
    assert "<metadata>" not in one
    assert operation_plot(ROWS[::-1]) != one


def test_states_that_do_not_occur_are_not_explained() -> None:
    assert "failed" not in words(operation_plot(ROWS[2:]))


def test_dates_are_those_of_the_programme_zone_in_any_language() -> None:
    with speaking("zh"):
        assert {"2025-12-01", "2025-12-08"} <= words(operation_plot(ROWS, "Asia/Vladivostok"))


def test_no_camera_is_said_in_words() -> None:
    assert words(operation_plot(())) == {"No camera was deployed."}


def test_five_hundred_stations_still_make_one_page_with_some_names() -> None:
    rows = [Operation(f"park:S{n:03d}", "1", at(1), at(20)) for n in range(500)]
    svg = operation_plot(rows)
    height = float(ElementTree.fromstring(svg).attrib["height"].removesuffix("pt"))
    assert height < 27 * 72
    assert 60 <= len([w for w in words(svg) if w.startswith("S")]) <= 80


def test_the_closed_survey_is_a_band_behind_the_bars() -> None:
    plain, banded = operation_plot(ROWS), operation_plot(ROWS, sessions=[(at(2), at(12))])
    assert "closed survey" not in words(plain)
    assert "closed survey" in words(banded)
    assert "#f3efe6" in banded
