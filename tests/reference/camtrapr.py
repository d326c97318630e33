"""camtrapR's sample survey as a Survey, and its matrices as arrays."""

from __future__ import annotations

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.observation import Observation
from pardus.model.survey import Survey, SurveyConfig

ZONE = ZoneInfo("Asia/Kuala_Lumpur")
CONFIG = SurveyConfig(
    "sabah",
    "LeopardCat",
    "LeopardCat",
    zone="Asia/Kuala_Lumpur",
    crs="EPSG:32650",
    occasion_days=10,
    occasion_start_hour=0,
    independence_minutes=0,
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def day(text: str) -> datetime:
    return datetime.strptime(text, "%d/%m/%Y").replace(tzinfo=ZONE)


def station_tables(shared: Path, problems: bool) -> tuple[tuple[Station, ...], tuple[Deployment, ...]]:
    """Days only: both days of a problem are off, the retrieval day is the last day of the deployment."""
    stations, deployments = [], []
    for row in rows(shared / "data/camtrapR-sample/camtraps.csv"):
        name = row["Station"]
        stations.append(Station(name, name, float(row["utm_x"]), float(row["utm_y"]), 0.0, 0.0))
        periods = ()
        if problems and row["Problem1_from"]:
            to = day(row["Problem1_to"]) + timedelta(days=1)
            periods = (ProblemPeriod(day(row["Problem1_from"]), to),)
        end = day(row["Retrieval_date"]) + timedelta(days=1)
        deployments.append(
            Deployment(name, name, name, day(row["Setup_date"]), end, True, True, problems=periods)
        )
    return tuple(stations), tuple(deployments)


def table_records(shared: Path) -> tuple[Observation, ...]:
    found = []
    for n, row in enumerate(rows(shared / "data/camtrapR-sample/recordTableIndividualSample.csv")):
        when = datetime.fromisoformat(row["DateTimeOriginal"]).replace(tzinfo=ZONE)
        found.append(
            Observation(
                f"sabah:{n:03d}",
                row["Station"],
                when,
                when,
                scientific_name=row["Species"],
                individual=row["Individual"],
            )
        )
    return tuple(found)


def survey(shared: Path, config: SurveyConfig = CONFIG, problems: bool = True) -> Survey:
    stations, deployments = station_tables(shared, problems)
    return Survey(config, stations, deployments, observations=table_records(shared))


def operation(shared: Path, which: str) -> tuple[list[date], dict[str, list[float]]]:
    """Dates, and station -> value per day (nan = NA)."""
    table = rows(shared / f"reference/camtrapR-sample/out_cameraOperation_{which}.csv")
    dates = [date.fromisoformat(key) for key in table[0] if key]
    values = {
        row[""]: [np.nan if row[d.isoformat()] == "NA" else float(row[d.isoformat()]) for d in dates]
        for row in table
    }
    return dates, values


def usage(shared: Path, output: str) -> dict[str, list[float]]:
    table = rows(shared / f"reference/camtrapR-sample/out_usage_{output}.csv")
    return {row[""]: [float(v) for key, v in row.items() if key] for row in table}


def captures(shared: Path, output: str) -> dict[tuple[str, int, int], int]:
    """(individual, occasion, detector), both from 1 -> count."""
    table = rows(shared / f"reference/camtrapR-sample/out_capthist_{output}.csv")
    return {(r["individual"], int(r["occasion"]), int(r["detector"])): int(r["count"]) for r in table}
