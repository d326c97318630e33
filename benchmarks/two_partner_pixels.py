"""Two partners with pixels, end to end: flanks cut out, swapped, compared, asked about; the joint estimate.

    python benchmarks/two_partner_pixels.py --seeds 1 2 3 --out pixels.jsonl

The demo's world and its steps (cards with pictures and videos to the joint report), with three more: an animal finder's
results are taken in (boxes of the truth, moved a little, so that silhouettes, coats and matches are real), flanks are
cut out and accepted, and `reconcile` asks by the coats. The reviewer makes no error.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app import demo as steps
from pardus.app.boxes import import_boxes
from pardus.app.demo import Demo
from pardus.app.executor import Executor, Processes, Serial
from pardus.app.flank_pictures import accept_pictures, propose_pictures
from pardus.app.match_catalogues import match_catalogues
from pardus.app.reconcile import ReconcileOptions, reconcile
from pardus.exchange.shared import ErrorRates
from pardus.sim.parameters import Parameters, read_parameters

WORLD = """
[landscape]
area_km2 = 600
elongation = 1.2
[population]
n = 16
years = 1
[detection]
lambda0_female = 0.08
lambda0_male = 0.08
sigma_female = 3000
sigma_male = 4000
[survey]
stations = 24
days = 30
spacing_min = 2500
two_cameras = 0.2
other_visits = 0
blanks = 0
[pictures]
width = 640
height = 360
burst = 1
video_width = 320
video_height = 180
video_seconds = 1
video_fps = 2
difficulty = 0.3
[observers]
false_split = 0
false_merge = 0
cannot_tell = 0
"""
SPARED = ("_estimate", "_report", "_report_together")
MATCHED: dict[str, Any] = {}


def boxes(d: Demo, rng: np.random.Generator) -> None:
    """Write an animal finder's results for each partner and take them in."""
    by_partner: dict[str, list[dict[str, Any]]] = {p.id: [] for p in d.parties}
    for file in d.facts["files"]:
        found = []
        for seen in file["present"]:
            x, y, w, h = (float(v) for v in seen["box"] or (0, 0, 0, 0))
            if w * h > 0.01 and seen["visible"] > 0.3:
                moved = np.array([x, y, w, h]) + rng.normal(0, 0.01, 4) * [w, h, w, h]
                x, y = max(0.0, moved[0]), max(0.0, moved[1])
                box = [x, y, min(moved[2], 1 - x), min(moved[3], 1 - y)]
                one = {"category": "1", "conf": 0.9, "bbox": [round(float(v), 4) for v in box]}
                found.append(one | ({"frame_number": seen["frame"]} if "frame" in seen else {}))
        by_partner[file["partner"]].append({"file": file["file"], "detections": found})
    for party in d.parties:
        path = d.folder / f"{party.id}-boxes.json"
        what = {"info": {"detector": "truth, moved", "format_version": "1.4"},
                "detection_categories": {"1": "animal"}, "images": by_partner[party.id]}  # fmt: skip
        path.write_text(json.dumps(what), encoding="utf-8")
        done = import_boxes(party.folder, path, sayer=party.sayer)
        d.say(f"  {party.id}: {done.sentences()[0]} {done.added} boxes")


def cut_out(d: Demo) -> None:
    """Cut flanks out and accept all of them."""
    for party in d.parties:
        done = propose_pictures(party.folder, executor=d.executor)
        accepted = accept_pictures(party.folder, sayer=party.sayer)
        d.say(f"  {party.id}: {accepted} flanks, not cut out: {dict(done.left_out)}")


def compare(d: Demo) -> None:
    """Compare the swapped flanks, and say where the true pairs stand."""
    first = d.parties[0]
    matches = match_catalogues(first.folder, executor=d.executor)
    who = steps.animals_of_catalogues(d.facts)
    total: dict[tuple[str, str], float] = {}
    for (a, b, _side), v in matches.rows.items():
        total[a, b] = total.get((a, b), 0.0) + v
    ranks = []
    for (a, b), v in total.items():
        if who[a] == who[b]:
            ranks.append(1 + sum(x > v for (c, _e), x in total.items() if c == a))
    catalogues = [set(names.values()) for names in d.facts["catalogues"].values()]
    MATCHED.clear()
    MATCHED.update(crops=dict(matches.crops), calibrated=matches.calibrated, same=matches.same, better=matches.better,
                   compared_shared=len(ranks), first=sum(r == 1 for r in ranks), in_five=sum(r <= 5 for r in ranks),
                   shared=len(catalogues[0] & catalogues[1]))  # fmt: skip
    d.say(f"  {MATCHED}")


def run(seed: int, parameters: Parameters, executor: Executor) -> dict[str, Any]:
    """Take one world the whole way."""
    with tempfile.TemporaryDirectory(prefix="pardus-pixels-") as place:
        began = time.monotonic()
        d = Demo(
            Path(place) / "demo",
            parameters,
            seed,
            executor,
            lambda *_a, **_k: "",
            lambda text: print(text, flush=True),
        )
        d.folder.mkdir()
        for _sentence, act in steps.STEPS:
            if act.__name__ in SPARED:
                continue
            print(seed, act.__name__, round(time.monotonic() - began), flush=True)
            act(d)
            if act.__name__ == "_ingest":
                boxes(d, np.random.default_rng(seed))
                cut_out(d)
            if act.__name__ == "_swap_catalogues":
                compare(d)
        assert d.reviewed is not None
        state = reconcile(d.parties[0].folder, ReconcileOptions(rates=ErrorRates()))
        return {
            "seed": seed, **MATCHED, "asked": d.reviewed.asked, "pairs": d.reviewed.pairs,
            "linked": len(state.table.groups), "contradictions": [c.kind for c in state.table.contradictions],
            "interval": [[s.lower, s.upper] for s in d.reviewed.state.shared],
            "beside": [[b.what, b.estimate, b.lower, b.upper, b.truth] for b in d.beside],
            "seconds": round(time.monotonic() - began),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    parameters = read_parameters(WORLD, "pixels")
    for seed in asked.seeds:
        if asked.workers > 1:
            with Processes(asked.workers) as executor:
                done = run(seed, parameters, executor)
        else:
            done = run(seed, parameters, Serial())
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(done) + "\n")
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
