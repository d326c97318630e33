"""In which season a record was made, also when the camera's clock was reset and nobody could put it right."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from pardus.exchange.redact import catalogue
from pardus.exchange.seasons import season_finder
from pardus.model.deployment import Deployment
from pardus.model.individual import Individual
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey, SurveyConfig

WINTERS = (
    Session("one", date(2024, 12, 1), date(2025, 2, 28)),
    Session("two", date(2025, 12, 1), date(2026, 2, 28)),
)
RESET = datetime(2015, 1, 1, 3, tzinfo=UTC)
RIGHT = datetime(2026, 1, 7, 3, tzinfo=UTC)


def at(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


def survey(start: datetime, end: datetime | None, *faults: str) -> Survey:
    """One animal on one picture of a camera that says 2015, and without a picture in a table."""
    media = Media("a:m", "0" * 64, 1, "image", "image/jpeg", ("x.jpg",), timestamp=RESET, faults=faults)
    seen = Observation("a:o", "a:d", RESET, RESET, media=("a:m",), individual="a:F1", flank="left")
    return Survey(
        SurveyConfig("a", "a", "Panthera pardus", zone="Asia/Vladivostok", sessions=WINTERS),
        deployments=(Deployment("a:d", "a:s", "a:c", start, end),),
        media=(media,),
        observations=(seen,),
        individuals=(Individual("a:F1"),),
    )


@pytest.mark.parametrize(
    ("start", "end", "season"),
    [
        (at(2025, 11, 20), at(2026, 3, 2), "2025-2026"),  # set up before the season, fetched after it
        (at(2024, 12, 5), at(2025, 2, 1), "2024-2025"),
        (at(2025, 6, 1), at(2025, 7, 1), "2025"),  # in no season: its year
        (at(2024, 12, 5), at(2026, 1, 1), ""),  # it stood through two
        (at(2025, 12, 5), None, ""),  # it stands yet
    ],
)
def test_a_picture_of_a_wrong_clock_is_of_the_season_its_camera_stood_there(
    start: datetime, end: datetime | None, season: str
) -> None:
    of = season_finder(survey(start, end, "wrong-clock"))
    (seen,) = survey(start, end).observations
    assert of(seen) == season


def test_a_clock_that_is_believed_and_a_table_s_date_say_it_themselves() -> None:
    known = survey(at(2025, 11, 20), at(2026, 3, 2))
    (seen,) = known.observations
    assert season_finder(known)(replace(seen, start=RIGHT, end=RIGHT)) == "2025-2026"
    wrong = survey(at(2025, 11, 20), at(2026, 3, 2), "wrong-clock")
    assert season_finder(wrong)(replace(seen, media=())) == "2015"


def test_no_animal_of_a_catalogue_was_seen_in_the_year_of_a_reset_clock() -> None:
    found = catalogue(survey(at(2025, 11, 20), at(2026, 3, 2), "wrong-clock"), b"secret", lambda text: "")
    rows = {r.table: r.fields() for r in found.rows}
    assert rows["individuals"]["seasons"] == ["2025-2026"]
    assert rows["plates"]["season"] == "2025-2026"
    unknown = catalogue(survey(at(2024, 12, 5), None, "wrong-clock"), b"secret", lambda text: "")
    rows = {r.table: r.fields() for r in unknown.rows}
    assert rows["individuals"]["seasons"] == []
    assert rows["plates"]["season"] == ""
