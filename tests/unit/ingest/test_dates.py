"""The date ladder: first step that has a date wins, with its source and raw text; nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pardus.ingest.dates import Dated, DatePolicy, RawDates, believe, exif_wall, filename_wall
from pardus.ingest.riff import riff_wall
from pardus.model.clock import ClockRule

NOW = datetime(2026, 11, 20, tzinfo=UTC)
FIXED = DatePolicy(ClockRule("+10:00"))
EXIF, DIGITIZED, CONTAINER = "2021:04:11 20:43:10", "2021:04:11 20:43:12", "2021-04-11T10:43:10.000000Z"
FULL = RawDates(
    exif_original=EXIF,
    exif_digitized=DIGITIZED,
    container=CONTAINER,
    sidecar="2021-04-12T01:02:03",
    name="IMG_20210413_010203.JPG",
    mtime=1_618_000_000.0,
)


def policy(container: str = "", mtime_zone: str = "", zone: str = "+10:00") -> DatePolicy:
    return DatePolicy(ClockRule(zone), container, mtime_zone)


def test_the_ladder_is_climbed_in_order() -> None:
    blank = {
        "exif-original": "exif_original",
        "exif-digitized": "exif_digitized",
        "container": "container",
        "sidecar": "sidecar",
        "filename": "name",
        "mtime": "mtime",
    }
    everything = policy("utc", mtime_zone="+10:00")
    left = {field: getattr(FULL, field) for field in blank.values()}
    order = []
    for source, field in blank.items():
        order.append(believe(RawDates(**left), everything, NOW).source)
        assert order[-1] == source
        left[field] = None if field == "mtime" else ""
    assert believe(RawDates(**left), everything, NOW) == Dated(faults=("no-date",))


def test_the_date_keeps_its_raw_text_and_becomes_an_instant_by_the_clock_rule() -> None:
    dated = believe(FULL, FIXED, NOW)
    assert dated.raw == EXIF
    assert dated.wall == datetime(2021, 4, 11, 20, 43, 10)
    assert dated.timestamp == datetime(2021, 4, 11, 10, 43, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("year", "hours"), [(2009, 10), (2012, 11), (2015, 10)], ids=["before 2011", "2011 to 2014", "since"]
)
def test_a_civil_clock_in_vladivostok_follows_its_history(year: int, hours: int) -> None:
    dated = believe(RawDates(exif_original=f"{year}:01:15 12:00:00"), policy(zone="Asia/Vladivostok"), NOW)
    assert dated.timestamp == datetime(year, 1, 15, 12, tzinfo=UTC) - timedelta(hours=hours)


def test_a_container_date_is_not_used_before_someone_says_what_it_is() -> None:
    dated = believe(RawDates(container=CONTAINER), policy(), NOW)
    assert dated.source == "none"
    assert dated.faults == ("container-date-undecided", "no-date")


def test_a_container_date_is_read_as_the_policy_says() -> None:
    dates = RawDates(container=CONTAINER)
    utc, local = believe(dates, policy("utc"), NOW), believe(dates, policy("local"), NOW)
    assert utc.timestamp == datetime(2021, 4, 11, 10, 43, 10, tzinfo=UTC)
    assert utc.wall == datetime(2021, 4, 11, 20, 43, 10)
    assert local.wall == datetime(2021, 4, 11, 10, 43, 10)
    assert believe(dates, policy("ignore"), NOW).faults == ("no-date",)


def test_the_date_inside_an_avi_is_the_camera_s_unless_ignored() -> None:
    dates = RawDates(riff="WED JAN 10 08:00:00 2024")
    for rule in ("", "utc", "local"):
        assert believe(dates, policy(rule), NOW).wall == datetime(2024, 1, 10, 8)
    assert believe(dates, policy("ignore"), NOW).source == "none"


def test_a_container_date_with_its_own_offset_is_an_instant() -> None:
    dates = RawDates(container_local="2021-04-11T20:43:10+0800", container="2021-04-11T12:43:10Z")
    for rule in ("utc", "local"):
        assert believe(dates, policy(rule), NOW).timestamp == datetime(2021, 4, 11, 12, 43, 10, tzinfo=UTC)


def test_modification_time_is_never_used_unless_allowed() -> None:
    dates = RawDates(mtime=1_618_000_000.0)
    assert believe(dates, policy(), NOW).source == "none"
    allowed = believe(dates, policy(mtime_zone="+08:00"), NOW)
    assert allowed.source == "mtime"
    assert allowed.wall == datetime(2021, 4, 10, 4, 26, 40)
    assert allowed.faults == ("date-from-mtime",)


@pytest.mark.parametrize("text", ["0000:00:00 00:00:00", "    :  :     :  :  "])
def test_a_blank_date_is_absent_and_not_a_fault(text: str) -> None:
    assert believe(RawDates(exif_original=text, exif_digitized=DIGITIZED), FIXED, NOW).faults == ()


def test_an_unreadable_date_is_noted_and_the_next_step_tried() -> None:
    dated = believe(RawDates(exif_original="2021:13:45 25:00:00", exif_digitized=DIGITIZED), FIXED, NOW)
    assert dated.source == "exif-digitized"
    assert dated.faults == ("unreadable-date",)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1970:01:01 00:10:00", "factory-date"),
        ("2000:01:01 23:59:59", "factory-date"),
        ("2003:06:01 12:00:00", "before-2005"),
        ("2026:11:23 12:00:00", "in-future"),
    ],
)
def test_a_date_that_can_not_be_true_is_kept_and_flagged(text: str, fault: str) -> None:
    dated = believe(RawDates(exif_original=text), FIXED, NOW)
    assert dated.faults == (fault,)
    assert dated.raw == text


def test_new_year_2012_may_be_a_real_day() -> None:
    assert believe(RawDates(exif_original="2012:01:01 04:00:00"), FIXED, NOW).faults == ()


@pytest.mark.parametrize(
    ("name", "wall"),
    [
        ("StationA__Cam1__2009-04-21__00-40-00(1).JPG", datetime(2009, 4, 21, 0, 40)),
        ("StationA__2009-04-21__00-40-00(12).JPG", datetime(2009, 4, 21, 0, 40)),
        ("20251112_100312.mp4", datetime(2025, 11, 12, 10, 3, 12)),
        ("S32_C1_20120916_004828_5.jpg", datetime(2012, 9, 16, 0, 48, 28)),
        ("20210531082538-RCNX0032.jpg", None),  # an upload stamp
        ("FID_31_Abel_2013-5-6_0027.AVI", None),  # no time of day
        ("11110007.JPG", None),
        ("20211332_250000.jpg", None),
        ("20210101_000000_20220101_000000.jpg", None),
    ],
)
def test_only_a_certain_name_is_a_date(name: str, wall: datetime | None) -> None:
    assert filename_wall(name) == wall


def test_a_date_from_a_name_is_counted_as_such() -> None:
    assert believe(RawDates(name="20251112_100312.mp4"), FIXED, NOW).faults == ("date-from-filename",)


@pytest.mark.parametrize(
    ("text", "wall"),
    [
        ("Mon Mar 10 15:04:43 2014", datetime(2014, 3, 10, 15, 4, 43)),
        ("MON MAR 10 15:04:43 2014", datetime(2014, 3, 10, 15, 4, 43)),
        ("2014/03/10/ 15:04:43", datetime(2014, 3, 10, 15, 4, 43)),
        ("2014:03:10 15: 4:43", datetime(2014, 3, 10, 15, 4, 43)),
        ("10/03/2014 15:04:43", None),  # day first or month first: not guessed
    ],
)
def test_the_date_inside_an_avi(text: str, wall: datetime | None) -> None:
    assert riff_wall(text) == wall


def test_an_exif_date_with_dashes_or_fractions_is_read() -> None:
    assert (
        exif_wall("2021-04-11 20:43:10")
        == exif_wall("2021:04:11 20:43:10.50")
        == datetime(2021, 4, 11, 20, 43, 10)
    )


def test_a_policy_that_is_none_of_the_three_is_refused() -> None:
    with pytest.raises(ValueError, match="container"):
        DatePolicy(ClockRule("+10:00"), "guess")
