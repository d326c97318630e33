"""A year of identification, killed and gone on: the same bytes as without a stop, and the memory of the command.

    python benchmarks/identify_resume.py [--events 20000] [--pictures 1] [--patches 60] [--kills 3]

A survey of so many events is said to the log (no pictures: the coats lie in the survey folder as `pardus identify`
would have left them, with few and invented patches). The real command runs once to its end; then, in a copy, it is
killed (kill -9) again and again at moments spread over that time and started anew until it ends. Index, rows and pairs
are compared byte by byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.describe import coat_path
from pardus.app.ingest import ingest
from pardus.app.review import FOLDER
from pardus.app.survey_folder import new_survey, open_survey
from pardus.model.config import SurveyConfig, TableMapping
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from pardus.vision.coat import VERSION
from spent import peak_kb
from tests.fixtures.small_survey import ANNA, COLUMNS

ANIMALS, STATIONS, SAID = 60, 40, 1000
FIRST = datetime(2025, 1, 1, tzinfo=UTC)


def make(folder: Path, events: int, pictures: int, patches: int) -> None:
    """Say the survey and write the coats."""
    folder.mkdir()
    rows = [
        f"S{n},{650_000 + 3000 * (n % 8)},{4770000 + 3000 * (n // 8)},2025-01-01,2025-12-31,H{n}"
        for n in range(STATIONS)
    ]
    (folder / "stations.csv").write_text(
        "\n".join(["Station,x,y,Setup,Retrieval,Serial", *rows]) + "\n", encoding="utf-8"
    )
    config = SurveyConfig(
        "llnp", "Year", "Panthera pardus", zone="Asia/Vladivostok", camera_zone="+10:00",
        tables={"stations": TableMapping("stations.csv", COLUMNS)},
    )  # fmt: skip
    new_survey(folder, config, ANNA)
    ingest(folder, None, sayer=ANNA)
    rng = np.random.default_rng(1)
    own = rng.integers(0, 255, (ANIMALS, patches, 128)).astype(np.uint8)
    place = rng.uniform(0, 4, (ANIMALS, patches, 2)).astype(np.float32)
    box = Box(0.1, 0.1, 0.8, 0.8)
    with open_survey(folder, write=True) as store:
        deployments = [d.id for d in store.survey(media=False).deployments]
        media, observations = [], []
        for n in range(events):
            animal = int(rng.integers(ANIMALS))
            where = deployments[int(rng.integers(len(deployments)))]
            for k in range(pictures):
                at = FIRST + timedelta(seconds=31_000_000 * n / events + 2 * k)
                m = Media(
                    f"llnp:m{n:05}-{k}", f"{10 * n + k:064x}", 1, "image", "image/jpeg", (f"{n}-{k}.jpg",), where,
                    timestamp=at, date_source="exif-original",
                )  # fmt: skip
                o = Observation(
                    f"llnp:v{n:05}-{k}", where, at, at, (m.id,), scientific_name=config.species, flank="left", box=box,
                )  # fmt: skip
                media.append(to_record(m))
                observations.append(to_record(o))
                path = coat_path(folder / FOLDER, o.id)
                path.parent.mkdir(parents=True, exist_ok=True)
                seen = rng.random(patches) < 0.4
                raw = np.where(seen[:, None], own[animal], rng.integers(0, 255, (patches, 128))).astype(
                    np.uint8
                )
                half = patches // 2
                with path.open("wb") as file:
                    np.savez(
                        file, version=VERSION, box=np.array([box.x, box.y, box.width, box.height]),
                        unit=np.array([0.2, 0.2]), grid_xy=place[animal][:half], grid_descriptor=raw[:half],
                        points_xy=place[animal][half:], points_descriptor=raw[half:],
                    )  # fmt: skip
        for at in range(0, len(media), SAID):
            with store.transaction():
                ANNA.say(store, "media-added", {"ingest": "i", "media": media[at : at + SAID]})
                ANNA.say(store, "observations-made", {"observations": observations[at : at + SAID]})


def run(folder: Path, seconds: float | None = None) -> tuple[bool, float, float]:
    """Run the command, kill it after so many seconds.

    Return whether it ended by itself, its time, and its most memory in GB.
    """
    began = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-m", "pardus", "identify", str(folder), "--quiet"], stdout=subprocess.DEVNULL
    )
    most = 0.0
    while process.poll() is None:
        with suppress(OSError, IndexError):  # it may have ended just now
            most = max(most, peak_kb(process.pid) / 1e6)
        if seconds is not None and time.monotonic() - began > seconds:
            process.kill()
            process.wait()
            return False, time.monotonic() - began, most
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"the command ended with {process.returncode}")
    return True, time.monotonic() - began, most


def hashes(folder: Path) -> dict[str, str]:
    """Return what the command left, coats apart."""
    made = folder / FOLDER
    return {
        p.relative_to(made).as_posix(): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(made.rglob("*"))
        if p.is_file() and p.relative_to(made).parts[0] != "coats"
    }


def main() -> None:
    """Make, run, kill, go on, compare; print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=20_000)
    parser.add_argument("--pictures", type=int, default=1)
    parser.add_argument("--patches", type=int, default=60)
    parser.add_argument("--kills", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        whole, stopped = Path(name) / "whole", Path(name) / "stopped"
        began = time.monotonic()
        make(whole, options.events, options.pictures, options.patches)
        shutil.copytree(whole, stopped)
        made = time.monotonic() - began
        _ended, seconds, most = run(whole)
        before = hashes(whole)
        kills = []
        for n in range(options.kills):
            ended, lasted, _memory = run(stopped, seconds * (n + 1) / (options.kills + 1))
            kills.append([round(lasted, 1), ended, sorted(hashes(stopped))])
        _ended, rest, _memory = run(stopped)
        _ended, again, _memory = run(stopped)
        print(
            json.dumps(
                {
                    "events": options.events,
                    "pictures": options.pictures * options.events,
                    "cores": os.cpu_count(),
                    "make_s": round(made, 1),
                    "uninterrupted_s": round(seconds, 1),
                    "peak_gb": round(most, 2),
                    "killed_after_s, ended, what was there": kills,
                    "last_run_s": round(rest, 1),
                    "run_with_nothing_to_do_s": round(again, 1),
                    "same_bytes": hashes(stopped) == before,
                    "files": len(before),
                },
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
