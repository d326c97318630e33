from datetime import UTC, date, datetime, timedelta

import pytest

from pardus.sim.cameras import Camera, Clock, camera_days, noon
from pardus.sim.stills import CameraMake

MAKE = CameraMake("RECONYX", "HC600", "H1")
START = date(2024, 11, 25)


def camera(**changes: object) -> Camera:
    base = {
        "station": 0, "letter": "A", "make": MAKE, "video": False, "setup": noon(START) - timedelta(days=3),
        "retrieval": noon(START) + timedelta(days=95), "zone": "+08:00",
    }  # fmt: skip
    return Camera(**{**base, **changes})


AT = datetime(2024, 12, 1, 14, 0, tzinfo=UTC)


def test_a_right_clock_shows_the_partners_time() -> None:
    assert camera().wall(AT) == datetime(2024, 12, 1, 22, 0)


@pytest.mark.parametrize(
    ("clock", "shown"),
    [
        (Clock("clock_zone", offset=timedelta(hours=2)), datetime(2024, 12, 2, 0, 0)),
        (Clock("clock_12_hours", offset=timedelta(hours=-12)), datetime(2024, 12, 1, 10, 0)),
        (Clock("clock_reset", since=AT - timedelta(hours=5)), datetime(2000, 1, 1, 5, 0)),
        (Clock("clock_drift", drift=60 / 86400), datetime(2024, 12, 1, 22, 9, 30)),
    ],
)
def test_wrong_clocks_show_what_they_should(clock: Clock, shown: datetime) -> None:
    assert abs(camera(clock=clock).wall(AT) - shown) <= timedelta(seconds=1)


def test_a_camera_that_is_off_or_blind_takes_nothing() -> None:
    off = camera(off=((AT - timedelta(days=1), AT + timedelta(days=1)),))
    assert not off.records(AT, night=False)
    assert off.records(AT + timedelta(days=2), night=True)
    blind = camera(dark_from=AT)
    assert blind.records(AT, night=False)
    assert not blind.records(AT, night=True)


def test_camera_days_are_those_within_the_season() -> None:
    assert camera_days(camera(), START, 88) == (88.0, 0.0)
    half = camera(off=((noon(START) + timedelta(days=30), noon(START) + timedelta(days=95)),))
    assert camera_days(half, START, 88) == (30.0, 0.0)
    assert camera_days(camera(dark_from=noon(START) + timedelta(days=80)), START, 88) == (88.0, 8.0)
