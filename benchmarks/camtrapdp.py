"""How fast a Camtrap DP package is checked and read, and written, as a ratio to reading its CSV files alone.

python benchmarks/camtrapdp.py [ROWS]    ROWS of media and as many observations (default 200,000)
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pardus.camtrapdp.contents import Beneath
from pardus.camtrapdp.read import read_package
from pardus.camtrapdp.write import write_package
from pardus.model.deployment import Deployment, Station
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.survey import Survey, SurveyConfig
from spent import peak_kb

START = datetime(2025, 11, 20, tzinfo=UTC)


def survey(rows: int) -> Survey:
    """Return a survey of 100 stations with so many media, each with one observation."""
    stations = tuple(Station(f"a:S{n}", f"S{n}", 6e5 + n, 4.7e6, 43 + n / 1000, 131.0) for n in range(100))
    deployments = tuple(
        Deployment(f"a:D{n}", f"a:S{n}", "", START, START + timedelta(days=90)) for n in range(100)
    )
    media, observations = [], []
    for n in range(rows):
        at = START + timedelta(seconds=n * 30)
        media.append(
            Media(
                f"a:m{n}", f"{n:064x}", 1_000_000, "image", "image/jpeg", (f"S/IMG_{n}.JPG",), f"a:D{n % 100}",
                at.replace(tzinfo=None), at, "exif-original", "raw", 4000, 3000,
            )
        )  # fmt: skip
        observations.append(
            Observation(
                f"a:o{n}", f"a:D{n % 100}", at, at, (f"a:m{n}",), flank="left", box=Box(0.1, 0.2, 0.3, 0.4)
            )
        )
    return Survey(
        SurveyConfig("a", "a", "a"), stations, deployments, tuple(media), tuple(observations), as_of=START
    )


def plain(folder: Path) -> float:
    """Return the seconds in which csv alone reads every table."""
    before = time.perf_counter()
    for path in folder.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for _row in csv.reader(file):
                pass
    return time.perf_counter() - before


def main() -> None:
    """Print rows per second and the ratio to csv alone."""
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    whole = survey(min(rows, 250_000))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "p"
        before = time.perf_counter()
        write_package(whole, Beneath(), folder)
        written = time.perf_counter() - before
        alone = plain(folder)
        before = time.perf_counter()
        contents = read_package(folder, "a", "EPSG:32652")
        taken = time.perf_counter() - before
        assert len(contents.observations) == len(whole.observations)
        print(f"{len(whole.media)} media, as many observations")
        print(f"write and check {written:.1f} s, check and read {taken:.1f} s, csv alone {alone:.2f} s")
        print(f"reading is {taken / alone:.1f} times csv alone")
        print(f"peak memory {peak_kb() / 1024:.0f} MB")


if __name__ == "__main__":
    main()
