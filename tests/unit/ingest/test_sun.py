from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pardus.ingest.sun import elevation_at, sun_elevation


def noon_of(longitude: float, day: datetime) -> tuple[float, float]:
    """(highest elevation, minutes after 12 UTC at which it is) on a day, by looking at every half minute."""
    seconds = day.timestamp() + np.arange(0, 86_400, 30.0)
    elevation = sun_elevation(43.0, longitude, seconds)
    best = int(np.argmax(elevation))
    return float(elevation[best]), (seconds[best] - day.timestamp()) / 60 - 720


@pytest.mark.parametrize(
    ("month", "day", "height"),
    [(6, 21, 90 - 43 + 23.44), (12, 21, 90 - 43 - 23.44), (3, 20, 47.0), (9, 22, 47.0)],
)
def test_noon_height_at_solstice_and_equinox_is_that_of_the_declination(
    month: int, day: int, height: float
) -> None:
    found, _minute = noon_of(0.0, datetime(2024, month, day, tzinfo=UTC))
    assert found == pytest.approx(height, abs=0.15)


@pytest.mark.parametrize(
    ("month", "day", "minutes"), [(2, 11, 14.2), (5, 14, -3.7), (7, 26, 6.5), (11, 3, -16.4)]
)
def test_solar_noon_is_off_by_the_equation_of_time(month: int, day: int, minutes: float) -> None:
    # extremes of the equation of time, known to a tenth of a minute: noon comes later by 14.2 min on 11 February
    _height, found = noon_of(0.0, datetime(2024, month, day, tzinfo=UTC))
    assert found == pytest.approx(minutes, abs=0.6)


def test_the_sun_is_below_the_horizon_at_midnight_and_above_at_noon_in_vladivostok() -> None:
    for month in range(1, 13):
        # 12:15 by the clock there, near solar noon at 131.9 E.
        noon = datetime(2021, month, 15, 2, 15, tzinfo=UTC)
        assert elevation_at(43.1, 131.9, noon) > 20
        assert elevation_at(43.1, 131.9, noon + timedelta(hours=12)) < -20


def test_four_minutes_are_a_degree_of_longitude() -> None:
    at = datetime(2021, 4, 11, 6, 0, tzinfo=UTC)
    assert elevation_at(43, 131, at) == pytest.approx(
        elevation_at(43, 130, at + timedelta(minutes=4)), abs=0.02
    )


def test_a_leap_day_is_a_day_like_others() -> None:
    before, after = (
        elevation_at(43, 131, datetime(2024, 2, 28, 3, tzinfo=UTC) + timedelta(days=d)) for d in (0, 2)
    )
    assert elevation_at(43, 131, datetime(2024, 2, 29, 3, tzinfo=UTC)) == pytest.approx(
        (before + after) / 2, abs=0.02
    )
