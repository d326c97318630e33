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
from pardus.identify.labelled import LabelledFolder, read_labelled, usable_pairs
from pardus.identify.retrieval import Retrieval, bootstrap, chance, comparable, event_pairs, retrieve

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


def summary(found: Retrieval) -> dict[str, Any]:
    """Figures with 95 % intervals (queries drawn, and animals drawn)."""
    hit = (found.rank < 1.75).astype(float)
    return {
        "queries": len(hit),
        "animals_queried": len(set(found.individual)),
        "names": found.names,
        **{f"top{k}": round(found.top(k), 3) for k in (1, 5, 20)},
        "mAP": round(float(found.average_precision.mean()), 3),
        "top1_interval": [round(v, 3) for v in bootstrap(hit)],
        "top1_interval_animals": [round(v, 3) for v in bootstrap(hit, found.individual)],
    }


def figures(folder: LabelledFolder, scores: NDArray[np.float64]) -> dict[str, Any]:
    """Every measure of one matrix of picture scores."""
    pairs = event_pairs(folder.labels, scores, folder.different)
    positive, negative = pairs.score[pairs.same], pairs.score[~pairs.same]
    return {
        "event": summary(retrieve(folder.labels, scores, "event")),
        "picture": summary(retrieve(folder.labels, scores, "picture")),
        "pairs": {
            "same": len(positive),
            "different": len(negative),
            "auc": round(pairs.auc(), 3),
            "tpr_at_fpr": {f"{f:g}": round(pairs.true_positive_rate(f), 3) for f in (0.001, 0.01, 0.1)},
            "same_above_every_different": int(np.sum(positive > negative.max())),
        },
    }


def gain(
    folder: LabelledFolder, before: NDArray[np.float64], after: NDArray[np.float64], unit: str
) -> dict[str, Any]:
    """Top-1 of after minus before on the same queries, with paired intervals."""
    a, b = retrieve(folder.labels, before, unit), retrieve(folder.labels, after, unit)
    difference = (b.rank < 1.75).astype(float) - (a.rank < 1.75)
    return {
        "top1_gain": round(float(difference.mean()), 3),
        "interval": [round(v, 3) for v in bootstrap(difference)],
        "interval_animals": [round(v, 3) for v in bootstrap(difference, a.individual)],
    }


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
    found = figures(folder, scores)
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
        found, _scores = measure_baseline(folder, cache)
        report[path.name] = {"same_pairs": len(same), "different_pairs": len(different), "baseline": found}
        if len(same) + len(different) < 200:
            report[path.name]["same_pairs_listed"] = same
            report[path.name]["different_pairs_listed"] = different
    text = json.dumps(report, indent=1)
    print(text)
    if arguments.json:
        arguments.json.write_text(text)


if __name__ == "__main__":
    main()
