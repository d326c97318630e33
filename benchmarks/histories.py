"""How long a survey of 500 stations and 100,000 records takes to become a history.

Run: python benchmarks/histories.py. The plain reference is one pass over the same records that finds their day and
counts them by station: the least that any program must do. Prints seconds and the ratio.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

from pardus.history.build import build
from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey, SurveyConfig

START = datetime(2025, 12, 1, tzinfo=UTC)
STATIONS, RECORDS, DAYS, ANIMALS = 500, 100_000, 85, 150
SPECIES = "Panthera pardus"


def survey() -> Survey:
    """Pairs of cameras, one in three with a failure; one record in ten an identified animal, most of them empty."""
    rng = random.Random(1)
    end, dead = (
        START + timedelta(days=DAYS),
        ProblemPeriod(START + timedelta(days=30), START + timedelta(days=33)),
    )
    stations, deployments, records = [], [], []
    for k in range(STATIONS):
        stations.append(Station(f"S{k}", f"S{k}", 3000.0 * (k % 25), 3000.0 * (k // 25), 0.0, 0.0))
        problems = (dead,) if k % 3 == 0 else ()
        names = [f"S{k}-{camera}" for camera in "AB"]
        deployments += [Deployment(name, f"S{k}", name, START, end, problems=problems) for name in names]
    for n in range(RECORDS):
        at = START + timedelta(minutes=rng.randrange(DAYS * 1440))
        kind, where = rng.random(), rng.choice(deployments).id
        animal = f"L{rng.randrange(ANIMALS)}" if kind < 0.1 else ""
        species, type_ = (SPECIES, "animal") if kind < 0.12 else ("", "blank")
        records.append(
            Observation(
                f"o{n}", where, at, at, type=type_, scientific_name=species, individual=animal, flank="left"
            )
        )
    config = SurveyConfig(
        "park",
        "winter",
        SPECIES,
        zone="Asia/Vladivostok",
        sessions=(Session("winter", date(2025, 12, 1), date(2026, 2, 23)),),
    )
    return Survey(config, tuple(stations), tuple(deployments), observations=tuple(records))


def plain(of: Survey) -> Counter[tuple[str, int]]:
    """Count records by station and day."""
    stations = {d.id: d.station for d in of.deployments}
    return Counter((stations[o.deployment], (o.start - START).days) for o in of.observations)


def seconds(act: Callable[[], object]) -> float:
    """Return the best of three."""
    times = []
    for _run in range(3):
        before = time.perf_counter()
        act()
        times.append(time.perf_counter() - before)
    return min(times)


def main() -> None:
    """Print the figures."""
    of = survey()
    ours, least = seconds(lambda: build(of)), seconds(lambda: plain(of))
    print(f"build {ours:.2f} s, one plain pass {least:.3f} s, ratio {ours / least:.0f}")


if __name__ == "__main__":
    main()
