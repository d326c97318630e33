from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from pardus.history.occasions import calendar, check_sessions, date_of
from pardus.model.clock import ClockRule
from pardus.model.errors import ParameterError
from pardus.model.survey import Session
from tests.fixtures.field import config

HOUR = 3_600_000_000


def test_noon_to_noon_days_begin_on_their_date_and_the_last_occasion_may_be_short() -> None:
    days = calendar(
        Session("s", date(2025, 12, 1), date(2025, 12, 12)),
        config(zone="Asia/Shanghai", occasion_start_hour=12, occasion_days=5),
    )
    assert days.n_days == 12
    assert days.n_occasions == 3
    assert np.bincount(days.occasion).tolist() == [5, 5, 2]
    assert days.first_dates() == (date(2025, 12, 1), date(2025, 12, 6), date(2025, 12, 11))
    assert days.day_of(datetime(2025, 12, 1, 3, 59, 59, tzinfo=UTC)) == -1  # 11:59:59 at Harbin
    assert days.day_of(datetime(2025, 12, 1, 4, 0, tzinfo=UTC)) == 0
    assert days.day_of(datetime(2025, 12, 13, 3, 59, tzinfo=UTC)) == 11
    assert days.day_of(datetime(2025, 12, 13, 4, 0, tzinfo=UTC)) == -1


def test_days_follow_the_wall_clock_through_vladivostok_s_changes() -> None:
    def lengths(start: date, end: date) -> list[int]:
        days = calendar(Session("s", start, end), config(zone="Asia/Vladivostok", occasion_start_hour=12))
        return (np.diff(days.edges) // HOUR).tolist()

    assert lengths(date(2010, 3, 27), date(2010, 3, 28)) == [23, 24]  # summer time began on 28 March
    assert lengths(date(2010, 10, 30), date(2010, 10, 31)) == [25, 24]
    assert lengths(date(2011, 3, 26), date(2011, 3, 27)) == [23, 24]  # +10 to +11, for three years
    assert lengths(date(2011, 10, 29), date(2011, 10, 30)) == [24, 24]  # no change back in 2011
    assert lengths(date(2014, 10, 25), date(2014, 10, 26)) == [25, 24]  # +11 to +10 for good
    assert lengths(date(2015, 3, 28), date(2015, 3, 29)) == [24, 24]


@pytest.mark.parametrize(("year", "russian_clock"), [(2010, 22), (2013, 23), (2015, 22)])
def test_half_an_hour_across_the_fence_sorts_and_falls_on_one_day(year: int, russian_clock: int) -> None:
    """The same instant is 20:00 at Hunchun; in January, Vladivostok is 2 hours ahead, in 2012 to 2014 three."""
    hunchun = ClockRule("+08:00").instant(datetime(year, 1, 15, 20, 0))
    slavyanka = ClockRule("Asia/Vladivostok").instant(datetime(year, 1, 15, russian_clock, 30))
    assert (slavyanka - hunchun).total_seconds() == 1800
    days = calendar(
        Session("s", date(year, 1, 1), date(year, 1, 31)),
        config(zone="Asia/Vladivostok", occasion_start_hour=12),
    )
    assert days.day_of(hunchun) == days.day_of(slavyanka) == 14


def test_an_hour_that_a_clock_change_skips_begins_just_after_it() -> None:
    """Berlin's clock jumps from 02:00 to 03:00 on 30 March 2025: the day begins at 01:00 UTC."""
    days = calendar(
        Session("s", date(2025, 3, 29), date(2025, 3, 30)),
        config(zone="Europe/Berlin", occasion_start_hour=2),
    )
    assert (np.diff(days.edges) // HOUR).tolist() == [24, 23]


def test_the_date_of_a_night_is_that_of_its_noon() -> None:
    noon = config(zone="Asia/Shanghai", occasion_start_hour=12)
    assert date_of(datetime(2025, 12, 2, 18, 0, tzinfo=UTC), noon) == date(2025, 12, 2)  # 02:00 on the 3rd
    assert date_of(datetime(2025, 12, 3, 4, 0, tzinfo=UTC), noon) == date(2025, 12, 3)


def test_bad_periods_and_hours_are_refused() -> None:
    with pytest.raises(ParameterError, match="before the start"):
        calendar(Session("s", date(2025, 12, 2), date(2025, 12, 1)), config())
    with pytest.raises(ParameterError, match="start hour"):
        calendar(Session("s", date(2025, 12, 1), date(2025, 12, 2)), config(occasion_start_hour=24))


def test_overlapping_and_overlong_sessions_are_named() -> None:
    found = check_sessions(
        (
            Session("b", date(2025, 1, 31), date(2025, 2, 10)),
            Session("a", date(2025, 1, 1), date(2025, 1, 31)),
            Session("c", date(2025, 3, 1), date(2025, 6, 30)),
        )
    )
    assert [(f.code, f.where, f.severity) for f in found] == [
        ("sessions-overlap", "b", "error"),
        ("session-too-long", "c", "warning"),
    ]
