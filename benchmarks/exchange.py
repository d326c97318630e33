"""Packing and opening a package of 1,000 animals and 50,000 events with flank crops.

    python benchmarks/exchange.py [--animals 1000] [--events 50000]

Both are measured beside a plain reference in the same run: copying the same number of crop files (read, hash, write).
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import os
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.exchange_open import accept, open_package
from pardus.app.exchange_pack import pack
from pardus.app.flank_pictures import accept_pictures
from pardus.app.survey_folder import open_survey
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Statement
from pardus.model.observation import Observation
from pardus.model.record import to_record
from tests.fixtures.partners import SETUP, Party, parties

STATIONS = 300
BATCH = 500


def fill(party: Party, animals: int, events: int) -> None:
    """Say a large survey into a log."""
    rng = np.random.default_rng(1)
    org = party.id
    stations = [
        Station(f"{org}:T{k:03}", f"T{k:03}", 600_000 + 2500.0 * (k % 20), 4_750_000 + 2500.0 * (k // 20),
                42.9 + 0.022 * (k // 20), 130.2 + 0.031 * (k % 20))
        for k in range(STATIONS)
    ]  # fmt: skip
    cameras = [
        Deployment(f"{org}:T{k:03}-a", f"{org}:T{k:03}", f"{org}:cam{k}", SETUP, SETUP + timedelta(days=60))
        for k in range(STATIONS)
    ]
    minutes = rng.integers(0, 60 * 24 * 59, events)
    flanks = rng.choice(["left", "right"], events)
    with open_survey(party.folder, write=True) as store, store.transaction():
        party.sayer.say(store, "stations-declared", {"stations": [to_record(s) for s in stations]})
        party.sayer.say(store, "deployments-declared", {"deployments": [to_record(d) for d in cameras]})
        for at in range(0, events, BATCH):
            said = []
            for n in range(at, min(at + BATCH, events)):
                when = SETUP + timedelta(minutes=int(minutes[n]))
                who = f"{org}:C{n % animals:04}"
                said.append(
                    Observation(f"{org}:e{n:06}", cameras[n % STATIONS].id, when, when, individual=who,
                                scientific_name="Panthera pardus", flank=str(flanks[n]))
                )  # fmt: skip
            party.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in said]})
        sexes = [Statement(f"{org}:C{n:04}", "sex", "female", date(2025, 12, 7)) for n in range(animals)]
        party.sayer.say(store, "individuals-stated", {"statements": [to_record(s) for s in sexes]})


def silhouettes(party: Party, events: int, kinds: int = 40) -> None:
    """Lay a silhouette of 600 x 400 pixels beside every event (a few pictures under many names), and accept all."""
    rng = np.random.default_rng(2)
    place = party.folder / "silhouettes" / "proposed"
    place.mkdir(parents=True)
    y, x = np.mgrid[-1:1:400j, -1:1:600j]  # type: ignore[misc]
    made = []
    for k in range(kinds):
        coarse = rng.integers(40, 220, (50, 75, 3), dtype=np.uint8).repeat(8, axis=0).repeat(8, axis=1)
        alpha = np.where(x**2 + y**2 < 0.7, 255, 0).astype(np.uint8)
        buffer = io.BytesIO()
        Image.fromarray(np.dstack([coarse, alpha])).save(buffer, "PNG")
        source = place / f"kind{k}.png"
        source.write_bytes(buffer.getvalue())
        made.append(source)
    for n in range(events):
        (place / f"e{n:06}.png").hardlink_to(made[n % kinds])
    for source in made:
        source.unlink()
    accept_pictures(party.folder, sayer=party.sayer)


def main() -> None:
    """Run and print one line of JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--animals", type=int, default=1000)
    parser.add_argument("--events", type=int, default=50_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        one, two = parties(Path(folder))
        fill(one, asked.animals, asked.events)
        silhouettes(one, asked.events)
        path = Path(folder) / "p.pardus"
        began, busy = time.perf_counter(), time.process_time()
        done = pack(one.folder, path, "T2", [two.id], keys=one.keys, sayer=one.sayer)
        packed, packed_cpu = time.perf_counter() - began, time.process_time() - busy
        began, busy = time.perf_counter(), time.process_time()
        opened = open_package(two.folder, path, keys=two.keys, sayer=two.sayer)
        took, took_cpu = time.perf_counter() - began, time.process_time() - busy
        began = time.perf_counter()
        crops = sorted((opened.place / "crops").glob("*.jpg"))
        aside = Path(folder) / "plain"
        aside.mkdir()
        for crop in crops:
            data = crop.read_bytes()
            (aside / hashlib.sha256(data).hexdigest()).write_bytes(data)
        plain = time.perf_counter() - began
        began = time.perf_counter()
        accept(two.folder, opened.hash, sayer=two.sayer)
        accepted = time.perf_counter() - began
        facts: dict[str, object] = {
            "animals": asked.animals, "events": asked.events, "crops": len(crops), "bytes": path.stat().st_size,
            "leaves": done.contents, "pack_s": round(packed, 1),
            "pack_cpu_s": round(packed_cpu, 1), "open_s": round(took, 1),
            "open_cpu_s": round(took_cpu, 1), "load": os.getloadavg()[0],
            "accept_s": round(accepted, 1), "plain_copy_s": round(plain, 2),
        }  # fmt: skip
    print(json.dumps(facts))


if __name__ == "__main__":
    main()
