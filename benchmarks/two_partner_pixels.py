"""Two partners with pixels, end to end: flanks cut out, swapped, compared, asked about; the joint estimate.

    python benchmarks/two_partner_pixels.py --seeds 1 2 3 --out pixels.jsonl

The demo's steps from cards with pictures and videos to the joint table, in a smaller world. In place of motion an
animal finder's results are taken in (boxes of the truth, moved a little, so that silhouettes, coats and matches are
real), and all flanks cut out of them are accepted. The reviewer makes no error.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from pardus.app.boxes import import_boxes
from pardus.app.demo import STEPS, Demo, demo
from pardus.app.executor import Executor, Processes, Serial
from pardus.app.flank_pictures import accept_pictures, propose_pictures
from pardus.app.match_catalogues import read_matches
from pardus.app.reconcile import ReconcileOptions, reconcile
from pardus.app.true_animals import animals_of_catalogues
from pardus.exchange.shared import ErrorRates
from pardus.sim.parameters import Parameters, read_parameters
from tests.fixtures.worlds import SMALL, TINY, toml_of

WORLD = toml_of(
    SMALL,
    TINY,
    {
        "detection": {"lambda0_female": 0.08, "lambda0_male": 0.08},
        "pictures": {"width": 640, "height": 360, "video_fps": 2, "difficulty": 0.3},
    },
)
SPARED = (
    "look_for_animals", "tell_apart", "_estimate", "_report", "cut_flanks", "_report_together",
)  # fmt: skip


def boxes(d: Demo) -> None:
    """Write an animal finder's results for each partner and take them in."""
    rng = np.random.default_rng(d.seed)
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


def compared(found: dict[str, Any], d: Demo) -> None:
    """Say where the true pairs stand among the flanks that were compared."""
    matches = read_matches(d.parties[0].folder)
    assert matches is not None
    who = animals_of_catalogues(d.facts)
    total: dict[tuple[str, str], float] = {}
    for (a, b, _side), v in matches.rows.items():
        total[a, b] = total.get((a, b), 0.0) + v
    ranks = []
    for (a, b), v in total.items():
        if who[a] == who[b]:
            ranks.append(1 + sum(x > v for (c, _e), x in total.items() if c == a))
    catalogues = [set(names.values()) for names in d.facts["catalogues"].values()]
    found.update(crops=dict(matches.crops), calibrated=matches.calibrated, same=matches.same, better=matches.better,
                 compared_shared=len(ranks), first=sum(r == 1 for r in ranks), in_five=sum(r <= 5 for r in ranks),
                 shared=len(catalogues[0] & catalogues[1]))  # fmt: skip
    d.say(f"  {found}")


def run(seed: int, parameters: Parameters, executor: Executor) -> dict[str, Any]:
    """Take one world the whole way."""
    found: dict[str, Any] = {}
    more = {
        "_ingest": (("An animal finder's boxes", boxes), ("Cutting flanks out", cut_out)),
        "_match": (("Where the true pairs stand", partial(compared, found)),),
    }
    steps = [
        step for own in STEPS if own[1].__name__ not in SPARED for step in (own, *more.get(own[1].__name__, ()))
    ]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="pardus-pixels-") as place:
        began = time.monotonic()
        d = demo(
            Path(place) / "demo",
            page=lambda _content, _languages: "",
            parameters=parameters,
            seed=seed,
            executor=executor,
            say=partial(print, flush=True),
            steps=steps,
        )
        assert d.reviewed is not None
        state = reconcile(d.parties[0].folder, ReconcileOptions(rates=ErrorRates()))
        return {
            "seed": seed, **found, "asked": d.reviewed.asked, "pairs": d.reviewed.pairs,
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
        with Processes(asked.workers) if asked.workers > 1 else nullcontext(Serial()) as executor:
            done = run(seed, parameters, executor)
        with asked.out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(done) + "\n")
        print(json.dumps(done), flush=True)


if __name__ == "__main__":
    main()
