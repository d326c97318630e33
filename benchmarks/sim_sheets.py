"""Sheets of 24 simulated pictures for the documentation: day, night, video frames, hard dial.

python benchmarks/sim_sheets.py docs/pictures
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from PIL import Image

from pardus.sim import shots
from pardus.sim.coats import make_coat
from pardus.sim.pictures import render
from pardus.sim.scenes import make_scene
from pardus.sim.streams import stream

SEED, COLUMNS, ROWS, SMALL, LIMIT = 11, 4, 6, (400, 225), 300_000
SHEETS = {
    "day": (0.4, False),
    "night": (0.4, True),
    "video": (0.4, None),
    "hard": (0.9, None),
    "tiger": (0.4, None),
}


def picture(
    coats: dict[tuple[int, str], np.ndarray], sheet: str, number: int, second: float = 0.4
) -> np.ndarray:
    difficulty, night = SHEETS[sheet]
    scene = make_scene(SEED, f"{sheet}{number}", 1280, 720, difficulty)
    rng = stream(SEED, "sheet", sheet, number)
    animal = number // 2
    walker = shots.Walker("cat", coats[animal, "left"], coats[animal, "right"])
    dark = rng.random() < 0.5 if night is None else night
    flank = "left" if number % 2 else "right"
    frames = shots.passage(SEED, (sheet, number), [walker], flank, scene.view, [second], difficulty)
    light = shots.light(
        SEED, (sheet, number), dark, shots.snow_on(SEED, sheet, float(rng.uniform(0, 88))), difficulty
    )
    return render(scene, frames[0], light, (sheet, number, second), "", SEED)[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", choices=tuple(SHEETS), default=None)
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    for sheet in [options.only] if options.only else SHEETS:
        species = "tiger" if sheet == "tiger" else "leopard"
        animals = range(COLUMNS * ROWS // 2)
        coats = {(a, f): make_coat(SEED, str(a), f, species) for a in animals for f in ("left", "right")}
        canvas = Image.new("RGB", (COLUMNS * SMALL[0], ROWS * SMALL[1]))
        for k in range(COLUMNS * ROWS):
            if sheet == "video":  # six clips, four frames each, 0.8 s apart
                pixels = picture(coats, sheet, k // COLUMNS, 0.2 + 0.8 * (k % COLUMNS))
            else:
                pixels = picture(coats, sheet, k)
            place = ((k % COLUMNS) * SMALL[0], (k // COLUMNS) * SMALL[1])
            canvas.paste(Image.fromarray(pixels).resize(SMALL, Image.Resampling.LANCZOS), place)
        path = options.folder / f"simulated-{sheet}.jpg"
        for quality in range(80, 20, -8):
            canvas.save(path, quality=quality, optimize=True)
            if path.stat().st_size < LIMIT:
                break
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
