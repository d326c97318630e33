from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from pardus.history.build import build
from pardus.history.checks import check_effort, check_movements
from pardus.history.effort import effort, sessions_of
from pardus.model.survey import Survey
from tests.fixtures.field import at, deployment, seen, survey

A = deployment("A", at(1), at(11))
B = deployment("B", at(1), at(11))


def codes(of: Survey) -> list[tuple[str, str]]:
    return [(f.code, f.where) for f in check_effort(of, [effort(of, s) for s in sessions_of(of)])]


def test_a_sound_survey_has_no_findings() -> None:
    assert codes(survey([A, B], [seen(1, A, at(2), "F1")])) == []


def test_one_camera_at_two_stations_at_one_time_is_named_by_id_or_serial() -> None:
    same = replace(B, camera=A.camera)
    assert codes(survey([A, same])) == [("camera-in-two-places", "park:A-1")]
    serials = [replace(A, camera_serial="H600"), replace(B, camera_serial="H600")]
    assert codes(survey(serials)) == [("camera-in-two-places", "H600")]
    moved = [replace(A, end=at(5)), replace(B, camera=A.camera, start=at(5))]
    assert codes(survey(moved)) == []


def test_a_letter_that_names_a_place_in_every_pair_is_not_a_camera() -> None:
    many = [replace(deployment(f"S{n}", at(1), at(11)), camera="A") for n in range(3)]
    assert codes(survey(many)) == []
    two_pairs = [replace(deployment(s, at(1), at(11), c), camera=c) for s in ("S1", "S2") for c in "AB"]
    assert codes(survey(two_pairs)) == []
    serials = [replace(d, camera_serial="H600") for d in many]
    assert codes(survey(serials)) == [("camera-in-two-places", "H600")] * 3


def test_records_of_a_camera_that_was_off_are_counted_by_station() -> None:
    dead = deployment("A", at(1), at(11), problems=[(at(4), at(7))])
    records = [
        seen(1, dead, at(5), type="blank"),
        seen(2, dead, at(6, 23), type="human"),
        seen(3, dead, at(8), "F1"),
    ]
    of = survey([dead], records)
    assert codes(of) == [("records-while-off", "park:A")]
    (finding,) = check_effort(of, [effort(of, s) for s in sessions_of(of)])
    assert finding.message.startswith("2 records between 2025-12-05 00:00")


def test_a_camera_still_out_and_a_station_that_never_worked_are_named() -> None:
    out = deployment("A", at(1), None)
    stolen = deployment("B", at(1), at(11), problems=[(at(1), at(11))])
    assert codes(survey([out, stolen])) == [
        ("camera-still-out", out.id),
        ("station-never-worked", "park:B"),
    ]
    assert codes(survey([out], [seen(1, out, at(3))])) == [("camera-still-out", out.id)]


def test_a_cat_that_is_too_fast_is_named_with_both_records() -> None:
    """A and B are 3 km apart: 20 minutes are 9 km/h, 17 are 10.6."""
    for minutes, wrong in ((20, False), (17, True), (0, True)):
        records = [seen(1, A, at(2), "F1"), seen(2, B, at(2) + timedelta(minutes=minutes), "F1")]
        of = survey([A, B], records)
        found = [f for f in build(of).findings if f.code == "too-fast"]
        assert bool(found) == wrong
    assert found[0].where == "park:F1"
    assert "3.0 km in 0 minutes" in found[0].message


def test_overlapping_visits_at_two_stations_point_to_a_card_in_the_wrong_station() -> None:
    records = [seen(1, A, at(2), "F1", end=at(2, 2)), seen(2, B, at(2, 1), "F1")]
    of = survey([A, B], records)
    assert [f.code for f in check_movements(of, build(of).visits)] == ["too-fast"]
