"""Time is an instant plus the rule that produced it; the border's zones changed twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.model.clock import ClockCorrection, ClockRule, correct, parse_zone

RUSSIA, CHINA = ClockRule("Asia/Vladivostok"), ClockRule("Asia/Shanghai")


@pytest.mark.parametrize(
    ("wall_russia", "offset_hours"),
    [
        (datetime(2010, 1, 15, 12), 10),
        (datetime(2010, 7, 15, 12), 11),
        (datetime(2011, 3, 27, 12), 11),
        (datetime(2013, 1, 15, 12), 11),
        (datetime(2014, 10, 25, 12), 11),
        (datetime(2014, 10, 27, 12), 10),
        (datetime(2015, 1, 15, 12), 10),
        (datetime(2025, 12, 1, 12), 10),
    ],
)
def test_vladivostok_has_the_offset_of_its_day(wall_russia: datetime, offset_hours: int) -> None:
    assert RUSSIA.instant(wall_russia).utcoffset() == timedelta(hours=offset_hours)


@pytest.mark.parametrize("year", [2010, 2013, 2015])
def test_two_events_thirty_minutes_apart_across_the_fence_sort_rightly(year: int) -> None:
    first = datetime(year, 1, 20, 15, 0, tzinfo=UTC)
    second = first + timedelta(minutes=30)
    wall_china = first.astimezone(CHINA.tz()).replace(tzinfo=None)
    wall_russia = second.astimezone(RUSSIA.tz()).replace(tzinfo=None)
    assert RUSSIA.instant(wall_russia) - CHINA.instant(wall_china) == timedelta(minutes=30)


@pytest.mark.parametrize(("text", "hours"), [("+10:00", 10.0), ("-03:30", -3.5), ("+08", 8.0)])
def test_a_fixed_offset_is_read(text: str, hours: float) -> None:
    assert parse_zone(text).utcoffset(None) == timedelta(hours=hours)


walls = st.datetimes(min_value=datetime(2005, 1, 1), max_value=datetime(2035, 1, 1))


@given(walls, st.integers(-500_000, 500_000))
def test_an_offset_and_its_opposite_change_nothing(wall: datetime, seconds: int) -> None:
    rule = ClockRule("+10:00")
    there = ClockCorrection("d", "offset", offset_s=seconds)
    back = ClockCorrection("d", "offset", offset_s=-seconds)
    assert correct(wall, rule, (there, back)) == correct(wall, rule, ())


@given(walls)
def test_drift_meets_both_anchors_and_is_linear_between(wall: datetime) -> None:
    setup, retrieval = datetime(2025, 11, 1), datetime(2026, 3, 1)
    slow = ClockCorrection(
        "d", "drift", wall_1=setup, true_1=setup, wall_2=retrieval, true_2=retrieval + timedelta(minutes=10)
    )
    rule = ClockRule("+08:00")
    assert correct(setup, rule, (slow,)) == rule.instant(setup)
    assert correct(retrieval, rule, (slow,)) == rule.instant(retrieval + timedelta(minutes=10))
    middle = setup + (retrieval - setup) / 2
    assert correct(middle, rule, (slow,)) - rule.instant(middle) == timedelta(minutes=5)


def test_a_correction_holds_only_within_its_bounds() -> None:
    rule = ClockRule("+10:00")
    bounded = ClockCorrection(
        "d", "offset", offset_s=3600, from_wall=datetime(2026, 1, 2), to_wall=datetime(2026, 1, 3)
    )
    for day, shifted in ((1, 0), (2, 1), (3, 0)):
        wall = datetime(2026, 1, day)
        assert correct(wall, rule, (bounded,)) - rule.instant(wall) == timedelta(hours=shifted)


def test_a_zone_correction_replaces_the_rule() -> None:
    wall = datetime(2026, 1, 1, 12)
    moved = correct(wall, ClockRule("+10:00"), (ClockCorrection("d", "zone", zone="+08:00"),))
    assert moved.astimezone(UTC).hour == 4
