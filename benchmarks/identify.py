"""Measure identification on labelled folders: the plain baseline, its leak check, and the product beside it.

python benchmarks/identify.py FOLDER... [--json OUT] [--baseline-only]

Every figure is cross-event: no picture is compared with its own encounter or clip.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

import identify_baseline as baseline
from pardus.app.bench_identify import RECALLS, bench_identify, gain, held_out_log_odds, judge
from pardus.identify.decisions import decisions_to, p_ordered
from pardus.identify.labelled import LabelledFolder, read_labelled, usable_pairs
from pardus.identify.retrieval import chance, comparable, retrieve
from pardus.model.errors import ParameterError

LEAK_MARGIN = 0.02  # of the diagonal: the silhouette is widened by this before the outside is described


def load(folder: LabelledFolder, i: int) -> NDArray[np.uint8]:
    """Return the animal's box of picture i, BGR."""
    image = cv2.imread(str(folder.files[i]))
    box = folder.boxes[i]
    if box is None:
        return image
    x, y, width, height = box
    return image[max(y, 0) : y + height, max(x, 0) : x + width]


def outside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Everything clearly not animal."""
    radius = max(1, round(LEAK_MARGIN * float(np.hypot(*mask.shape))))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    return cv2.dilate(mask.astype(np.uint8), kernel) == 0


def measure_baseline(
    folder: LabelledFolder, cache: Path | None
) -> tuple[dict[str, Any], NDArray[np.float64]]:
    """Return the baseline's figures, its leak check, its cost, and its scores."""
    if cache is not None and cache.is_file():
        kept = np.load(cache, allow_pickle=False)
        return json.loads(str(kept["figures"])), kept["scores"]
    allowed = comparable(folder.labels)
    started = time.process_time()
    inside, beyond = [], []
    for i in range(len(folder.files)):
        image = load(folder, i)
        mask = baseline.silhouette(image)
        inside.append(baseline.describe(image, mask))
        beyond.append(baseline.describe(image, outside(mask)))
    described = time.process_time()
    scores = baseline.score(inside, allowed)
    scored = time.process_time()
    found = judge(folder, scores)
    leak = retrieve(folder.labels, baseline.score(beyond, allowed), "event")
    found["leak"] = {"top1": round(leak.top(1), 3), "top1_by_chance": round(chance(folder.labels), 3)}
    found["cost"] = {
        "describe_cpu_s_per_picture": round((described - started) / 2 / len(inside), 3),
        "score_cpu_s_per_picture": round((scored - described) / len(inside), 3),
        "points_per_picture": round(float(np.mean([len(f.xy) for f in inside]))),
    }
    if cache is not None:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, scores=scores, figures=np.array(json.dumps(found)))
    return found, scores


def plain_queue(folder: LabelledFolder, scores: NDArray[np.float64]) -> dict[str, int | None]:
    """Decisions of a perfect observer who is asked event pairs in order of probability, to each recall."""
    try:
        log_odds, who = held_out_log_odds(folder.labels, scores)
    except ParameterError:
        return {}
    points = p_ordered(log_odds, who)
    return {f"{recall:g}": decisions_to(points, recall) for recall in RECALLS}


def main() -> None:
    """Measure each folder and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--cache", type=Path, help="folder for the baseline's scores, so that it runs once")
    arguments = parser.parse_args()
    report: dict[str, Any] = {}
    for path in arguments.folders:
        folder = read_labelled(path)
        same, different = usable_pairs(folder)
        cache = arguments.cache / f"baseline-{path.name}.npz" if arguments.cache else None
        found, before = measure_baseline(folder, cache)
        started = time.process_time()
        bench = bench_identify(path)
        seconds = time.process_time() - started
        np.save(cache.with_name(f"product-{path.name}.npy"), bench.scores) if cache else None
        report[path.name] = {
            "baseline": found,
            "product": bench.figures,
            "baseline_plain_queue": plain_queue(folder, before),
            "gain": {unit: gain(folder.labels, before, bench.scores, unit) for unit in ("event", "picture")},
            "cpu_s_per_picture": round(seconds / len(folder.files), 3),
        }
        if len(same) + len(different) < 200:
            report[path.name]["same_pairs_listed"] = same
            report[path.name]["different_pairs_listed"] = different
    text = json.dumps(report, indent=1)
    print(text)
    if arguments.json:
        arguments.json.write_text(text)


if __name__ == "__main__":
    main()
