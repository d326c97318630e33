"""Twenty pairs of simulated pictures, same flank, different stations: are the two the same animal?

    python benchmarks/sim_pairs.py docs/pictures/simulated-pairs.jpg

Draws a sheet of 20 numbered pairs and prints the key. A person who never saw it answers "same" or "different".
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from pardus.sim import shots
from pardus.sim.coats import make_coat
from pardus.sim.pictures import render
from pardus.sim.scenes import make_scene
from pardus.sim.streams import stream

SEED, PAIRS, SMALL, DIFFICULTY, NEEDED = 23, 20, (384, 216), 0.35, 0.6


def picture(animal: int, pair: int, side: int) -> np.ndarray:
    """Return the first picture of an animal, at a station of its own, on which most of it is visible."""
    coat = make_coat(SEED, str(animal), "left")
    for attempt in range(12):
        names = (pair, side, attempt)
        scene = make_scene(SEED, f"pair{pair}-{side}", 960, 544, DIFFICULTY)
        frames = shots.passage(
            SEED, names, [shots.Walker("cat", coat, coat)], "left", scene.view, [0.6], DIFFICULTY
        )
        night = stream(SEED, "pair", pair, side).random() < 0.4
        light = shots.light(SEED, names, night, 0.5 * (pair % 2), DIFFICULTY)
        image, seen = render(scene, frames[0], light, names, "", SEED)
        if seen[0].visible >= NEEDED and seen[0].box and seen[0].box[2] > 0.35:
            return image
    return image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path)
    options = parser.parse_args()
    same = stream(SEED, "key").permutation(PAIRS) < PAIRS // 2
    canvas = Image.new("RGB", (4 * SMALL[0] + 30, PAIRS // 2 * (SMALL[1] + 8)), (255, 255, 255))
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(28)
    for pair in range(PAIRS):
        x, y = (pair % 2) * (2 * SMALL[0] + 30), pair // 2 * (SMALL[1] + 8)
        for side in range(2):
            animal = pair if same[pair] or not side else 100 + pair
            small = Image.fromarray(picture(animal, pair, side)).resize(SMALL, Image.Resampling.LANCZOS)
            canvas.paste(small, (x + side * SMALL[0], y))
        pen.rectangle((x, y, x + 44, y + 34), (255, 255, 255))
        pen.text((x + 5, y), str(pair + 1), (0, 0, 0), font)
    for quality in range(78, 20, -6):
        canvas.save(options.sheet, quality=quality, optimize=True)
        if options.sheet.stat().st_size < 300_000:
            break
    print("same:", ", ".join(str(i + 1) for i in range(PAIRS) if same[i]))


if __name__ == "__main__":
    main()
