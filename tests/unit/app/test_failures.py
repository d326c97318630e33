"""Failures of cameras that a person says at the desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pardus.app.failures import from_tables, say_failure, take_back_failure
from pardus.app.histories import survey_histories
from pardus.app.ingest import ingest
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError
from tests.fixtures.desk_survey import FIRST, desk_survey
from tests.fixtures.small_survey import ANNA, small_survey

BORIS = Sayer("llnp:boris")
START = FIRST + timedelta(days=10)
END = START + timedelta(days=5)


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    return desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1, stations=2).folder


def days(survey: Path) -> float:
    return survey_histories(survey)[1].effort[0].total


def test_a_failure_takes_its_days_from_the_effort_and_gives_them_back(survey: Path) -> None:
    before = days(survey)
    say_failure(survey, "llnp:D00", START, END, "failed", "bear", BORIS)
    assert days(survey) == pytest.approx(before - 5)
    take_back_failure(survey, "llnp:D00", START, BORIS)
    assert days(survey) == pytest.approx(before)


@pytest.mark.parametrize(
    ("start", "end", "state", "cause"),
    [
        (START, START, "failed", "bear"),
        (END, START, "failed", "bear"),
        (datetime(2020, 1, 1, tzinfo=UTC), END, "failed", "bear"),
        (START, datetime(2030, 1, 1, tzinfo=UTC), "failed", "bear"),
        (START, END, "broken", "bear"),
        (START, END, "failed", "  "),
    ],
)
def test_a_failure_without_reason_or_outside_the_deployment_is_refused(
    survey: Path, start: datetime, end: datetime, state: str, cause: str
) -> None:
    before = days(survey)
    with pytest.raises(ParameterError):
        say_failure(survey, "llnp:D00", start, end, state, cause, BORIS)
    assert days(survey) == before


def test_taking_back_what_is_not_there_is_refused(survey: Path) -> None:
    with pytest.raises(ParameterError):
        take_back_failure(survey, "llnp:D00", START, BORIS)
    with pytest.raises(ParameterError):
        take_back_failure(survey, "llnp:no", START, BORIS)


def test_what_the_field_s_tables_said_is_known(tmp_path: Path) -> None:
    folder = small_survey(tmp_path / "small")
    ingest(folder, None, sayer=ANNA)
    with open_survey(folder) as store:
        ids = tuple(key for key, _record in store.present("deployments"))
    assert from_tables(folder, ids) == set(ids)
    start = datetime(2014, 4, 1, tzinfo=UTC)
    say_failure(folder, ids[0], start, start + timedelta(days=2), "failed", "bear", BORIS)
    assert from_tables(folder, ids) == set(ids[1:])
