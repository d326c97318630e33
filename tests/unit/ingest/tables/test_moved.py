"""A station that stands elsewhere than before is noticed, and the reason named where it shows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pardus.ingest.tables.coordinates import to_wgs84
from pardus.ingest.tables.gcj02 import from_gcj02, to_gcj02
from pardus.ingest.tables.moved import moved_stations
from pardus.model.deployment import Station

BEFORE = Station("llnp:A", "A", 0.0, 0.0, 42.95, 130.55)


def codes(latitude: float, longitude: float) -> list[str]:
    found = moved_stations({"llnp:A": BEFORE}, [replace(BEFORE, latitude=latitude, longitude=longitude)])
    return [f"{f.severity} {f.code} {f.remedy}" for f in found]


def test_a_new_gps_reading_of_the_same_place_is_nothing():
    assert codes(42.95015, 130.55) == []  # 17 m
    assert moved_stations({}, [BEFORE]) == []


@pytest.mark.parametrize("shift", [to_gcj02, from_gcj02])
def test_the_shift_of_gcj02_is_recognised_both_ways(shift):
    (told,) = codes(*shift(42.95, 130.55))
    assert told.startswith("warning station-shifted")
    assert "GCJ-02" in told


def test_the_shift_of_sk42_is_recognised():
    (told,) = codes(*to_wgs84(130.55, 42.95, "EPSG:4284"))
    assert "SK-42" in told


def test_a_move_of_kilometres_is_refused_and_a_small_one_told():
    assert [t.split()[:2] for t in codes(43.00, 130.55)] == [["error", "station-far-from-before"]]
    assert [t.split()[:2] for t in codes(42.952, 130.55)] == [["warning", "station-moved-since"]]
