"""From a simulated survey to a folder of known animals, as `pardus bench identify` reads it.

    python benchmarks/sim_labels.py WORLD WORLD-truth OUT

Takes every still on which a leopard shows at least --visible of itself, with the box and the flank of the truth. A
tiger, a cub's mother beside it and a second animal in the picture are boxes of their own.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
from pathlib import Path

from PIL import Image


def main() -> None:
    """Copy the pictures and write labels.csv."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("world", type=Path)
    parser.add_argument("truth", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--visible", type=float, default=0.3)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    facts = json.loads((options.truth / "truth.json").read_text(encoding="utf-8"))
    rows = []
    for number, shown in enumerate(facts["files"]):
        source = options.world / shown["partner"] / "cards" / str(shown["year"]) / shown["file"]
        animals = [a for a in shown.get("present", []) if a.get("animal") is not None and a.get("box")]
        if source.suffix.lower() != ".jpg" or not animals:
            continue
        try:
            with Image.open(source) as picture:
                picture.load()
                width, height = picture.size
        except OSError:  # a planted fault
            continue
        name = f"{number:05d}.jpg"
        for animal in animals:
            if animal["visible"] < options.visible or animal["flank"] not in ("left", "right"):
                continue
            x, y, w, h = animal["box"]
            box = [round(x * width), round(y * height), round(w * width), round(h * height)]
            if min(box[2:]) < 32:
                continue
            if not (options.out / name).exists():
                shutil.copy(source, options.out / name)
            event = f"{shown['partner']} {shown['station']} {shown['event']}"
            rows.append([name, animal["animal"], animal["flank"], event, " ".join(map(str, box))])
    with (options.out / "labels.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "individual", "flank", "encounter", "roi_xywh"])
        writer.writerows(rows)
    print(
        f"{len(rows)} animals in {len({r[0] for r in rows})} pictures, {len({r[1] for r in rows})} individuals"
    )


if __name__ == "__main__":
    main()
