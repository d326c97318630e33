"""Packing and opening a package of 1,000 animals and 50,000 events with flank pictures.

    python benchmarks/exchange.py [--animals 1000] [--events 50000] [--seasons 1] [--tier T2] [--workers 2]

The cut-outs are different files, made from pictures that the simulator rendered and `pardus exchange pictures` would
cut; as many as `pack` takes, which is three of each flank of each animal in each season. Both acts are measured beside
a plain reference in the same run: copying the same number of crop files (read, hash, write).
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from functools import cache, partial
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.exchange_open import accept, open_package
from pardus.app.exchange_pack import pack
from pardus.app.executor import Executor, Processes, Serial
from pardus.app.flank_pictures import accept_pictures
from pardus.app.survey_folder import open_survey
from pardus.exchange.redact import MOST_PLATES
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Statement
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from pardus.sim import body
from pardus.sim.coats import make_coat
from pardus.sim.pictures import Light, Subject, render
from pardus.sim.scenes import make_scene
from pardus.vision.cutout import cut_out
from spent import cpu_s, peak_kb
from tests.fixtures.partners import SETUP, Party, parties

STATIONS = 300
BATCH = 500
KINDS = 8
"""Pictures that are rendered; each cut-out is one of them, lit, trimmed and grained anew."""
WIDTH, HEIGHT = 1920, 1080


def fill(party: Party, animals: int, events: int, seasons: int) -> dict[str, str]:
    """Say a large survey into a log. Return observation -> flank of those of which a picture would leave."""
    rng = np.random.default_rng(1)
    org = party.id
    stations = [
        Station(f"{org}:T{k:03}", f"T{k:03}", 600_000 + 2500.0 * (k % 20), 4_750_000 + 2500.0 * (k // 20),
                42.9 + 0.022 * (k // 20), 130.2 + 0.031 * (k % 20))
        for k in range(STATIONS)
    ]  # fmt: skip
    cameras = [
        Deployment(
            f"{org}:T{k:03}-a",
            f"{org}:T{k:03}",
            f"{org}:cam{k}",
            SETUP,
            SETUP + timedelta(days=366 * seasons),
        )
        for k in range(STATIONS)
    ]
    minutes = rng.integers(0, 60 * 24 * 30, events)  # of December
    years = rng.integers(0, seasons, events)
    wanted: dict[str, str] = {}
    taken: Counter[tuple[str, str, int]] = Counter()
    flanks = rng.choice(["left", "right"], events)
    with open_survey(party.folder, write=True) as store, store.transaction():
        party.sayer.say(store, "stations-declared", {"stations": [to_record(s) for s in stations]})
        party.sayer.say(store, "deployments-declared", {"deployments": [to_record(d) for d in cameras]})
        for at in range(0, events, BATCH):
            said = []
            for n in range(at, min(at + BATCH, events)):
                year = int(years[n])
                when = SETUP.replace(year=SETUP.year + year) + timedelta(minutes=int(minutes[n]))
                who = f"{org}:C{n % animals:04}"
                taken[who, flanks[n], year] += 1
                if taken[who, flanks[n], year] <= MOST_PLATES:
                    wanted[f"e{n:06}"] = str(flanks[n])
                said.append(
                    Observation(f"{org}:e{n:06}", cameras[n % STATIONS].id, when, when, individual=who,
                                scientific_name="Panthera pardus", flank=str(flanks[n]))
                )  # fmt: skip
            party.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in said]})
        sexes = [Statement(f"{org}:C{n:04}", "sex", "female", date(2025, 12, 7)) for n in range(animals)]
        party.sayer.say(store, "individuals-stated", {"statements": [to_record(s) for s in sexes]})
    return wanted


def silhouettes(party: Party, wanted: dict[str, str], executor: Executor) -> None:
    """Lay a cut-out beside each of these observations, and accept all."""
    place = party.folder / "silhouettes" / "proposed"
    place.mkdir(parents=True)
    kinds = party.folder.parent / "kinds"
    kinds.mkdir()
    list(executor.map(partial(_draw, kinds), range(KINDS)))
    names = sorted(wanted)
    batches = [
        [(name, wanted[name]) for name in names[at : at + BATCH]] for at in range(0, len(names), BATCH)
    ]
    list(executor.map(partial(_vary, kinds, place), batches))
    accept_pictures(party.folder, sayer=party.sayer)


def _draw(kinds: Path, k: int) -> None:
    """Render a picture, by day or by flash, and cut the animal out of it."""
    flank, night = ("left", "right")[k % 2], k % 4 > 1
    coat = make_coat(1, f"cat{k}", flank)
    heading = np.pi if flank == "left" else 0.0
    subject = Subject("cat", coat, coat, body.Pose(k / KINDS), 0.0, 2.5 + k % 3 / 2, heading)
    scene = make_scene(1, f"place{k}", WIDTH, HEIGHT)
    pixels, seen = render(scene, [subject], Light(night=night, sun=0.0 if night else 0.5), (k,))
    assert seen[0].box is not None
    assert seen[0].flank == flank
    np.save(kinds / f"{k}.npy", cut_out(pixels[..., ::-1], Box(*seen[0].box)))


@cache
def _kind(path: Path) -> np.ndarray:
    return np.asarray(np.load(path))


def _vary(kinds: Path, place: Path, batch: list[tuple[str, str]]) -> None:
    for name, flank in batch:
        rng = np.random.default_rng(int(name[1:]))
        pixels = _kind(kinds / f"{2 * int(rng.integers(KINDS // 2)) + (flank == 'right')}.npy")
        top, left, bottom, right = (int(v) for v in rng.integers(0, 12, 4))
        pixels = pixels[top : len(pixels) - bottom, left : pixels.shape[1] - right].copy()
        grain = rng.integers(-3, 4, (*pixels.shape[:2], 1))
        lit = pixels[..., :3] * rng.uniform(0.8, 1.2) + grain
        pixels[..., :3] = np.where(pixels[..., 3:] > 0, np.clip(lit, 0, 255), 0)
        Image.fromarray(pixels).save(place / f"{name}.png", compress_level=1)


@contextmanager
def measured(what: str, facts: dict[str, object]) -> Iterator[None]:
    """Write down how long something took."""
    began, cpu = time.perf_counter(), cpu_s()
    yield
    facts[f"{what}_s"] = round(time.perf_counter() - began, 1)
    facts[f"{what}_cpu_s"] = round(cpu_s() - cpu, 1)


def main() -> None:
    """Run and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--animals", type=int, default=1000)
    parser.add_argument("--events", type=int, default=50_000)
    parser.add_argument("--seasons", type=int, default=1)
    parser.add_argument("--tier", choices=("T2", "T3"), default="T2")
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    facts: dict[str, object] = dict(vars(asked))
    with tempfile.TemporaryDirectory() as folder:
        one, two = parties(Path(folder))
        wanted = fill(one, asked.animals, asked.events, asked.seasons)
        with Processes(asked.workers) as several:
            silhouettes(one, wanted, several)
        path = Path(folder) / "p.pardus"
        with measured("pack", facts), ExitStack() as stack:
            how = stack.enter_context(Processes(asked.workers)) if asked.workers > 1 else Serial()
            done = pack(one.folder, path, asked.tier, [two.id], keys=one.keys, sayer=one.sayer, executor=how)
        with measured("open", facts):
            opened = open_package(two.folder, path, keys=two.keys, sayer=two.sayer)
        crops = sorted((opened.place / "crops").glob("*.jpg"))
        aside = Path(folder) / "plain"
        aside.mkdir()
        with measured("plain_copy", facts):
            for crop in crops:
                data = crop.read_bytes()
                (aside / hashlib.sha256(data).hexdigest()).write_bytes(data)
        with measured("accept", facts):
            accept(two.folder, opened.hash, sayer=two.sayer)
        facts |= {"crops": len(crops), "bytes": path.stat().st_size, "leaves": done.contents,
                  "load": os.getloadavg()[0], "peak_mb": peak_kb() // 1024}  # fmt: skip
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
