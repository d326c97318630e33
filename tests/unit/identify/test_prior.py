import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pardus.identify.prior import Sighting, distance_log_odds, impossible

NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)
HERE = Sighting(0, 0, NOON, NOON)


def there(kilometres: float, hours: float, **more: object) -> Sighting:
    at = NOON + timedelta(hours=hours)
    return replace(HERE, x=1000 * kilometres, start=at, end=at, **more)  # type: ignore[arg-type]


def test_no_cat_walks_thirty_kilometres_in_an_hour_and_the_clock_is_named() -> None:
    assert "clock" in impossible(HERE, there(30, 1))
    assert impossible(HERE, there(30, 1)) == impossible(there(30, 1), HERE)
    assert impossible(HERE, there(30, 3)) == ""
    assert impossible(HERE, there(5, 0)) == ""


def test_two_in_one_picture_are_two_and_sexes_part_adults_only() -> None:
    assert "together" in impossible(replace(HERE, group="g"), there(0, 0, group="g"))
    female = replace(HERE, sex="female")
    assert "adult" in impossible(female, there(0, 5, sex="male"))
    assert impossible(female, there(0, 5, sex="male", adult=False)) == ""
    assert impossible(HERE, there(0, 5, sex="male")) == ""


def test_distance_is_a_density_ratio_that_averages_to_one_over_the_survey() -> None:
    sigma, side = 3000.0, 60_000.0
    assert distance_log_odds(0, sigma, side**2) == pytest.approx(math.log(side**2 / (4 * math.pi * sigma**2)))
    steps = [i * 10 for i in range(3000)]
    total = sum(
        math.exp(distance_log_odds(d, sigma, side**2)) * 2 * math.pi * d * 10 / side**2
        for d in steps
        if d < 20000
    )
    assert total == pytest.approx(1, abs=0.02)
    assert distance_log_odds(1e6, sigma, side**2) == -6
