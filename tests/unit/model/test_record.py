"""Records of the log hold the model's types without loss."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from pardus.model.clock import ClockCorrection
from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.individual import Statement
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import from_record, to_record

EAST = timezone(timedelta(hours=10))
NOON = datetime(2014, 3, 1, 12, tzinfo=EAST)

EXAMPLES = [
    Station("llnp:S1", "S1", 1.5, 2.0, 43.0, 131.0, covariates={"trail": "ridge"}),
    Deployment(
        "llnp:D1",
        "llnp:S1",
        "A",
        NOON,
        None,
        True,
        problems=(ProblemPeriod(NOON, NOON + timedelta(days=1), cause="bear"),),
    ),
    Media(
        "llnp:ab",
        "ab",
        3,
        "image",
        "image/jpeg",
        ("DCIM/豹.JPG", "копия.jpg"),
        wall=datetime.fromisoformat("2014-03-01T12:00"),
    ),
    Media(
        "llnp:ac",
        "ac",
        3,
        "video",
        "video/mp4",
        ("a.mp4",),
        timestamp=NOON,
        duration_s=10.0,
        faults=("truncated",),
    ),
    Observation("llnp:o", "llnp:D1", NOON, NOON, box=Box(0.1, 0.2, 0.3, 0.4), frame=0, probability=0.5),
    ClockCorrection("llnp:D1", "offset", offset_s=-3600.0),
    Statement("llnp:F1", "sex", "female", date(2014, 1, 1)),
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_a_record_comes_back_as_it_went(value: object) -> None:
    text = json.dumps(to_record(value))
    assert from_record(type(value), json.loads(text)) == value


def test_a_record_leaves_out_what_is_default() -> None:
    assert to_record(ClockCorrection("llnp:D1", "offset")) == {"deployment": "llnp:D1", "kind": "offset"}


def test_coordinates_withheld_are_null() -> None:
    record = to_record(Station("llnp:S1", "S1", math.nan, math.nan, math.nan, math.nan))
    assert record["x"] is None
    assert math.isnan(from_record(Station, record).latitude)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"kind": "offset"}, "field 'deployment' is missing"),
        ({"deployment": "d", "kind": "offset", "offset": 1}, "unknown field 'offset'"),
        ({"deployment": 7, "kind": "offset"}, "field 'deployment': expected str, found 7"),
        ({"deployment": "d", "kind": "offset", "offset_s": "1"}, "expected a number"),
        ({"deployment": "d", "kind": "drift", "wall_1": "yesterday"}, "field 'wall_1'"),
    ],
)
def test_a_malformed_record_is_refused_by_the_name_of_its_field(
    record: dict[str, object], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        from_record(ClockCorrection, record)


def test_an_aware_time_keeps_its_offset() -> None:
    record = to_record(Observation("o", "d", NOON, NOON.astimezone(UTC)))
    assert (record["start"], record["end"]) == ("2014-03-01T12:00:00+10:00", "2014-03-01T02:00:00+00:00")
