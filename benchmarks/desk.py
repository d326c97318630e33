"""How fast the desk is: the next pair after a key, and every page and the grid of a very large survey.

    python benchmarks/desk.py [--media 1000000] [--folder DIR] [--answers 60]

Each page is opened four times in a real browser: right after the server was started, when all is worked out, after
somebody stated something about an animal, and after a decision on who an animal is. "shown" is until the browser has
drawn the page (its load event), "whole" until nothing on it waits any more; CPU seconds are the server's own.

Needs Chromium and playwright for the pair and for scrolling. References of the same run: a bare page of the same
server software (for the pair), and reading all rows of the observations once with sqlite3 (for the first page).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.overview import overview, records
from pardus.app.saying import Sayer
from pardus.app.survey_folder import DATABASE, new_survey, open_survey
from pardus.model.deployment import Deployment, Station
from pardus.model.media import Media
from pardus.model.record import to_record
from pardus.model.survey import Session, SurveyConfig
from tests.fixtures.chromium import chromium, decide, served, sit_down
from tests.fixtures.desk_survey import desk_survey

SAYER = Sayer("llnp:benchmark")
START = datetime(2025, 11, 20, tzinfo=UTC)
SPECIES = "Panthera pardus"
EVENTS, ANIMALS, STATIONS, BATCH = 50_000, 500, 200, 200


def large(folder: Path, media: int) -> None:
    """Make a survey of so many media, 50,000 events of three pictures each, and 500 animals."""
    config = SurveyConfig("llnp", "large", SPECIES, zone="Asia/Vladivostok", sessions=(
        Session("2025", START.date(), (START + timedelta(days=90)).date()),
    ))  # fmt: skip
    new_survey(folder, config, SAYER)
    per = media // STATIONS
    with open_survey(folder, write=True) as store:
        with store.transaction():
            places = [
                Station(
                    f"llnp:S{k}", f"S{k}", 650_000 + 3000 * (k % 20), 4_770_000 + 3000 * (k // 20), 43, 131
                )
                for k in range(STATIONS)
            ]
            cameras = [
                Deployment(f"llnp:D{k}", f"llnp:S{k}", "A", START, START + timedelta(days=90))
                for k in range(STATIONS)
            ]
            SAYER.say(store, "stations-declared", {"stations": [to_record(s) for s in places]})
            SAYER.say(store, "deployments-declared", {"deployments": [to_record(d) for d in cameras]})
            SAYER.say(store, "ingest-started", {"ingest": "i", "folder": "card"})
        for first in range(0, media, BATCH):
            with store.transaction():
                rows = [_media(n, per) for n in range(first, min(first + BATCH, media))]
                SAYER.say(store, "media-added", {"ingest": "i", "media": rows})
        dice = random.Random(1)
        for first in range(0, EVENTS, 100):
            observations, decisions = [], []
            for event in range(first, first + 100):
                at = event * media // EVENTS
                name = f"llnp:A{dice.randrange(ANIMALS)}"
                for shot in range(3):
                    id_ = f"llnp:o{event}-{shot}"
                    n = min(at + shot, media - 1)
                    observations.append(
                        {"id": id_, "deployment": f"llnp:D{min(n // per, STATIONS - 1)}", "media": [_id(n)],
                         "scientific_name": SPECIES, "flank": "left", "classified_by": "llnp:benchmark"}
                    )  # fmt: skip
                    decisions.append({"observation": id_, "about": "individual", "value": name})
            with store.transaction():
                SAYER.say(store, "observations-made", {"observations": observations})
                SAYER.say(store, "decisions-made", {"decisions": decisions})
        boxes = [
            {"id": f"llnp:b{n}", "deployment": "llnp:D0", "media": [_id(n)], "method": "machine",
             "box": {"x": 0.2, "y": 0.2, "width": 0.5, "height": 0.5}, "probability": 0.9}
            for n in range(2000)
        ]  # fmt: skip
        counts = {"files": media, "images": media, "videos": 0, "ignored": {}, "added": media, "known": 0, "copies": 0,
                  "held": 0, "damaged": 0, "undated": 0, "observations": 0, "decisions": 0}  # fmt: skip
        with store.transaction():
            SAYER.say(store, "observations-made", {"observations": boxes})
            SAYER.say(store, "ingest-finished", {"ingest": "i", "counts": counts, "findings": []})


def _id(n: int) -> str:
    return f"llnp:{hashlib.sha256(str(n).encode()).hexdigest()[:20]}"


def _media(n: int, per: int) -> dict[str, Any]:
    sha = hashlib.sha256(str(n).encode()).hexdigest()
    at = START + timedelta(seconds=30 * (n % per))
    return to_record(
        Media(
            _id(n), sha, 1_800_000, "image", "image/jpeg", (f"S1/IMG{n:07}.JPG",),
            f"llnp:D{min(n // per, STATIONS - 1)}", at.replace(tzinfo=None), at, "exif-original", "", 2048, 1536,
        )
    )  # fmt: skip


def first_page(folder: Path) -> dict[str, float]:
    """Return seconds: counting, the page cold and warm, and one plain reading of the observations."""
    began = time.perf_counter()
    db = sqlite3.connect(folder / DATABASE)
    for (record,) in db.execute("SELECT record FROM observations"):
        json.loads(record)
    plain = time.perf_counter() - began
    began = time.perf_counter()
    overview(folder)
    quick = time.perf_counter() - began
    began = time.perf_counter()
    records(folder)
    counted = time.perf_counter() - began
    with chromium() as browser, served(folder) as (desk, address):
        began = time.perf_counter()
        page, _seen = sit_down(browser, desk, address)
        page.wait_for_selector("h1")
        page.wait_for_selector("[data-counting]", state="detached")
        entered = time.perf_counter() - began
        cold = page.evaluate("() => performance.getEntriesByType('navigation')[0].duration / 1000")
        page.reload()
        page.wait_for_load_state()
        warm = page.evaluate("() => performance.getEntriesByType('navigation')[0].duration / 1000")
        began = time.perf_counter()
        page.goto(f"{address}/triage")
        cameras = time.perf_counter() - began
        began = time.perf_counter()
        page.goto(f"{address}/triage/camera/llnp%3AD0")
        page.wait_for_selector(".tile")
        grid = time.perf_counter() - began
        frames = page.evaluate(SCROLL)
    return {
        "plain reading of the observations": plain, "counting what is quick": quick, "counting records": counted,
        "signing in, first page, all counts": entered, "first page, cold": cold, "first page, warm": warm,
        "cameras": cameras, "grid": grid, "longest frame while scrolling": max(frames) / 1000,
        "median frame": statistics.median(frames) / 1000,
    }  # fmt: skip


PATIENCE_S = 0.6
PAGES = (
    "/", "/ingest", "/stations", "/triage", "/triage/camera/llnp%3AD0", "/triage/empty", "/match", "/adjudication",
    "/individuals", "/individual/llnp%3AA7", "/estimate", "/exchange", "/report", "/log", "/settings",
)  # fmt: skip


def every_page(folder: Path) -> None:
    """Print for each page (shown, whole, CPU) in seconds: at first, again, after a statement, after a decision."""

    def stated() -> None:
        said = {"individual": "llnp:A7", "about": "comment", "value": f"{time.time()}", "on": "2026-01-01"}
        with open_survey(folder, write=True) as store, store.transaction():
            SAYER.say(store, "individuals-stated", {"statements": [{**said, "by": "llnp:benchmark"}]})

    def decided() -> None:
        said = {
            "observation": "llnp:o7-0",
            "about": "individual",
            "value": f"llnp:A{time.time_ns() % ANIMALS}",
        }
        with open_survey(folder, write=True) as store, store.transaction():
            SAYER.say(store, "decisions-made", {"decisions": [said]})

    for path in PAGES:
        with chromium() as browser, served(folder, patience_s=PATIENCE_S) as (desk, address):
            page, _seen = sit_down(browser, desk, address)
            page.set_default_timeout(600_000)
            times = []
            for before in (None, None, stated, decided):
                if before is not None:
                    before()
                used, began = time.process_time(), time.perf_counter()
                page.goto(f"{address}{path}")
                shown = page.evaluate("() => performance.getEntriesByType('navigation')[0].duration / 1000")
                page.wait_for_selector("[data-waiting], [data-counting]", state="detached")
                times.append((shown, time.perf_counter() - began, time.process_time() - used))
        print(f"{path:26}" + "".join(f"{a:8.2f}{b:8.2f}{c:8.2f} |" for a, b, c in times), flush=True)


SCROLL = """async () => {
  const gaps = []; let last = performance.now();
  for (let n = 0; n < 120; n++) {
    window.scrollBy(0, 60);
    await new Promise(requestAnimationFrame);
    const now = performance.now(); gaps.push(now - last); last = now;
  }
  return gaps.slice(2);
}"""


def next_pair(folder: Path, answers: int) -> dict[str, float]:
    """Return milliseconds from the key to the next pair on the screen, and of a bare page of the same server."""
    desk_survey(folder, events=120, animals=40, pictures=2, seed=11, rendered=False)
    with chromium() as browser, served(folder) as (desk, address):
        page, _seen = sit_down(browser, desk, address)
        bare = page.evaluate(BARE)
        page.goto(f"{address}/match")
        page.wait_for_selector("#match[data-question]")
        dice = random.Random(2)
        for _n in range(answers):
            page.wait_for_timeout(300)  # a person looks; the next pair is loaded meanwhile
            if not decide(page, dice.choice("sddddf")):
                break
        found = page.evaluate("() => performance.getEntriesByName('next-pair').map(m => m.duration)")
    found.sort()
    return {
        "pairs": len(found), "median ms": statistics.median(found), "p95 ms": found[int(0.95 * len(found))],
        "bare page, median ms": statistics.median(bare),
    }  # fmt: skip


BARE = """async () => {
  const times = [];
  for (let n = 0; n < 20; n++) {
    const began = performance.now();
    await (await fetch('/static/icon.svg', {cache: 'no-store'})).text();
    times.push(performance.now() - began);
  }
  return times;
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--media", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, help="Keep the large survey here and use it again.")
    parser.add_argument("--answers", type=int, default=60)
    parser.add_argument("--pages", action="store_true", help="Only the pages of the large survey.")
    options = parser.parse_args()
    print(f"load of the machine: {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory() as temporary:
        if not options.pages:
            for key, value in next_pair(Path(temporary) / "pairs", options.answers).items():
                print(f"{key:36} {value:10.1f}")
        kept = options.folder or Path(temporary) / "large"
        if not (kept / DATABASE).exists():
            shutil.rmtree(kept, ignore_errors=True)
            began = time.perf_counter()
            large(kept, options.media)
            print(f"{'making the large survey, s':36} {time.perf_counter() - began:10.1f}")
        if not options.pages:
            for key, value in first_page(kept).items():
                print(f"{key + ', s':36} {value:10.3f}")
        print("shown, whole, CPU in seconds: at first | again | after a statement | after a decision")
        every_page(kept)


if __name__ == "__main__":
    main()
