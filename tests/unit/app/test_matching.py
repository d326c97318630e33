"""To which deployment a file belongs, and when nobody can say."""

from __future__ import annotations

from datetime import datetime

import pytest

from pardus.app.matching import Clock, Matcher
from pardus.ingest.dates import RawDates
from pardus.ingest.read import Facts
from pardus.model.deployment import Deployment, Station
from pardus.model.survey import SurveyConfig

NOW = datetime.fromisoformat("2020-01-01T00:00:00+00:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+10:00")


SPRING = Deployment("llnp:spring", "llnp:S1", "A", at("2014-03-01"), at("2014-05-01"), camera_serial="H1")
SUMMER = Deployment("llnp:summer", "llnp:S1", "A", at("2014-05-01"), at("2014-08-01"), camera_serial="H1")
FACING = Deployment("llnp:facing", "llnp:S1", "B", at("2014-03-01"), at("2014-05-01"), camera_serial="P9")
OTHER = Deployment("llnp:other", "llnp:S2", "A", at("2014-03-01"), None)


def matcher(*deployments: Deployment, layout: str = "station") -> Matcher:
    config = SurveyConfig("llnp", "Kedrovaya", "Panthera pardus", layout=layout)
    stations = [Station(f"llnp:{name}", name, 0, 0, 0, 0) for name in ("S1", "S2", "Кедр")]
    return Matcher(config, stations, deployments, Clock("+10:00"), NOW)


def file(day: str = "", serial: str = "") -> Facts:
    dates = RawDates(exif_original=f"{day.replace('-', ':')} 12:00:00" if day else "")
    return Facts(
        "x.JPG",
        "0" * 64,
        1,
        "image",
        "image/jpeg",
        dates=dates,
        metadata={"serial": serial} if serial else {},
    )


@pytest.mark.parametrize(
    ("path", "facts", "deployment", "problem"),
    [
        ("S1/x.JPG", file("2014-03-05"), "llnp:spring", ""),
        ("S1/x.JPG", file("2014-06-05"), "llnp:summer", ""),
        ("S1/x.JPG", file("2014-05-01"), "llnp:summer", ""),
        ("S1/x.JPG", file("2013-06-05"), "", "outside-deployment"),
        ("S1/x.JPG", file("2014-08-01"), "llnp:summer", ""),
        ("S1/x.JPG", file("2014-02-28"), "llnp:spring", ""),
        ("S1/x.JPG", file("2014-02-25"), "", "outside-deployment"),
        ("S1/x.JPG", file(), "", "several-deployments"),
        ("s1 /x.JPG", file("2014-03-05"), "llnp:spring", ""),
        ("S2/x.JPG", file(), "llnp:other", ""),
        ("S2/x.JPG", file("1999-01-01"), "llnp:other", ""),
        ("Кедр/x.JPG", file("2014-03-05"), "", "no-deployment"),
        ("S3/x.JPG", file("2014-03-05"), "", "no-station"),
        ("x.JPG", file("2014-03-05"), "", "layout"),
        ("S1__A__2014-03-05__12-00-00(1).JPG", file(), "llnp:spring", ""),
    ],
)
def test_a_file_is_put_by_folder_then_date(path: str, facts: Facts, deployment: str, problem: str) -> None:
    facts = Facts(
        facts.path,
        facts.sha256,
        1,
        "image",
        "image/jpeg",
        dates=RawDates(facts.dates.exif_original, name=path),
    )
    match = matcher(SPRING, SUMMER, OTHER).match(path, facts)
    assert (match.deployment, match.problem) == (deployment, problem)


def test_an_undated_file_follows_the_dated_ones_beside_it() -> None:
    found = matcher(SPRING, SUMMER).match("S1/x.JPG", file(), frozenset({"llnp:summer"}))
    assert (found.deployment, found.problem) == ("llnp:summer", "")
    both = matcher(SPRING, SUMMER).match("S1/x.JPG", file(), frozenset({"llnp:summer", "llnp:spring"}))
    assert both.problem == "several-deployments"


def test_of_two_cameras_at_once_the_serial_decides() -> None:
    pair = matcher(SPRING, FACING)
    assert pair.match("S1/x.JPG", file("2014-03-05", "P9")).deployment == "llnp:facing"
    assert pair.match("S1/x.JPG", file("2014-03-05")).problem == "several-deployments"
    assert pair.match("S1/x.JPG", file(serial="P9")).deployment == "llnp:facing"


def test_the_camera_in_the_folders_decides() -> None:
    pair = matcher(SPRING, FACING, layout="station/camera")
    assert pair.match("S1/b/x.JPG", file("2014-03-05")).deployment == "llnp:facing"
    assert pair.match("S1/C/x.JPG", file("2014-03-05")).problem == "no-camera"


def test_a_deployments_own_clock_dates_its_files() -> None:
    west = Deployment("llnp:west", "llnp:S1", "A", at("2014-03-01"), None, clock="+08:00")
    stamp = matcher(west).match("S1/x.JPG", file("2014-03-05")).dated.timestamp
    assert stamp is not None
    assert stamp.isoformat() == "2014-03-05T12:00:00+08:00"
