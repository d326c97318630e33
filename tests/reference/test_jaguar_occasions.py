"""Histories of any occasion length from the jaguars' detection times hold the same detections and effort."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from pardus.history.build import build
from pardus.history.events import Independence
from pardus.model.deployment import Deployment, Station
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey, SurveyConfig
from tests.reference.camtrapr import rows

START = datetime(2011, 1, 1, tzinfo=UTC)  # the table counts hours from an unstated start
DAYS = 90


def jaguars(shared: Path, occasion_days: int = 1, output: str = "count") -> Survey:
    """The column trap_index of the captures holds trap names (1 to 13, 15 to 20), not the traps' trap_index."""
    folder = shared / "data/cockscomb_jaguars_continuous_time"
    stations = tuple(
        Station(r["trap"], r["trap"], float(r["x"]), float(r["y"]), 0.0, 0.0)
        for r in rows(folder / "traps.csv")
    )
    deployments = tuple(Deployment(s.id, s.id, "1", START, START + timedelta(days=DAYS)) for s in stations)
    records = []
    for n, row in enumerate(rows(folder / "captures.csv")):
        when = START + timedelta(hours=float(row["time"]))
        records.append(
            Observation(
                f"cox:{n}",
                row["trap_index"],
                when,
                when,
                scientific_name="Panthera onca",
                individual=row["id"],
            )
        )
    config = SurveyConfig(
        "cox",
        "jaguars",
        "Panthera onca",
        occasion_days=occasion_days,
        occasion_start_hour=0,
        independence_minutes=0,
        output=output,
        part_days="exact",
        sessions=(Session("2011", date(2011, 1, 1), date(2011, 1, 1) + timedelta(days=DAYS - 1)),),
    )
    return Survey(config, stations, deployments, observations=tuple(records))


def test_every_detection_is_in_the_history_whatever_the_occasion_length(shared: Path) -> None:
    daily = build(jaguars(shared)).sessions[0]
    assert (daily.n_animals, daily.n_detections, len(daily.detectors.ids)) == (17, 207, 19)
    for days in (5, 10, 30, 90):
        other = build(jaguars(shared, days)).sessions[0]
        assert other.n_occasions == DAYS // days
        np.testing.assert_array_equal(other.totals(), daily.totals())
        np.testing.assert_array_equal(other.detectors.usage.sum(axis=1), daily.detectors.usage.sum(axis=1))


def test_binary_histories_lose_only_repeats_within_an_occasion(shared: Path) -> None:
    survey = jaguars(shared, output="binary")
    found = [
        build(replace(survey, config=replace(survey.config, occasion_days=d))).sessions[0].n_detections
        for d in (1, 5, 10)
    ]
    assert found == sorted(found, reverse=True)
    times = {
        (r["id"], r["trap_index"], int(float(r["time"]) // 24))
        for r in rows(shared / "data/cockscomb_jaguars_continuous_time/captures.csv")
    }
    assert found[0] == len(times)


@pytest.mark.parametrize("hours", [0.5, 24, 72])
def test_independence_merges_repeats_of_one_visit_only(shared: Path, hours: float) -> None:
    survey = jaguars(shared)
    merged = build(survey, Independence(minutes=60 * hours))
    times = defaultdict(list)
    for row in rows(shared / "data/cockscomb_jaguars_continuous_time/captures.csv"):
        times[row["id"], row["trap_index"]].append(float(row["time"]))
    repeats = sum(b - a < hours for group in times.values() for a, b in pairwise(sorted(group)))
    assert merged.sessions[0].n_detections == 207 - repeats
    assert merged.records == {"used": 207}
