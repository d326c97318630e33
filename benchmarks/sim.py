"""Speed of the simulator: pictures a second, SCR surveys a minute, each beside a plain reference of the same run.

python benchmarks/sim.py [--pictures 60] [--surveys 1000]
"""

from __future__ import annotations

import argparse
import io
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
from PIL import Image

from pardus.model.capture import Detectors
from pardus.sim import shots
from pardus.sim.coats import make_coat
from pardus.sim.detections import expected_visits, simulate_history
from pardus.sim.landscape import make_landscape
from pardus.sim.parameters import Parameters
from pardus.sim.pictures import render
from pardus.sim.population import density, draw_centres
from pardus.sim.scenes import make_scene
from pardus.sim.stills import CameraMake, jpeg

WIDTH, HEIGHT, BURST, VISITS = 1280, 720, 3, 10


def card(job: tuple[int, int, tuple[np.ndarray, np.ndarray]]) -> float:
    """Make one camera's pictures, its scene included; return seconds."""
    number, pictures, (left, right) = job
    began = time.perf_counter()
    scene = make_scene(1, f"B{number}", WIDTH, HEIGHT)
    walker = shots.Walker("cat", left, right)
    for visit in range(pictures // BURST):
        names = (number, visit)
        frames = shots.passage(1, names, [walker], "left", scene.view, [0.3, 1.3, 2.3], 0.5)
        light = shots.light(1, names, visit % 5 < 3, 0.3, 0.5)
        for k, subjects in enumerate(frames):
            image, _seen = render(scene, subjects, light, (*names, k), "2024-12-01 12:00:00  M 1/3  -5°C")
            jpeg(image, CameraMake("RECONYX", "HC600", "H1"), None)
    return time.perf_counter() - began


def pictures(count: int, workers: int) -> None:
    coats = (make_coat(1, "a", "left"), make_coat(1, "a", "right"))
    per_card = BURST * VISITS
    jobs = [(i, per_card, coats) for i in range(max(workers, count // per_card))]
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        list(pool.map(card, [(10_000 + i, BURST, coats) for i in range(workers)]))  # machine code, body
        began = time.perf_counter()
        list(pool.map(card, jobs))
        seconds = time.perf_counter() - began
    began = time.perf_counter()
    picture = np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    for _picture in range(20):
        Image.fromarray(picture).save(io.BytesIO(), "JPEG", quality=80)
    encode = (time.perf_counter() - began) / 20
    rate = len(jobs) * per_card / seconds
    print(f"pictures: {rate:.1f} a second with {workers} processes at {WIDTH}x{HEIGHT}, scenes included")
    print(
        f"  one picture costs {workers / rate / encode:.1f} times the JPEG encoding of noise ({1e3 * encode:.0f} ms)"
    )
    began = time.perf_counter()
    make_coat(1, "b", "left")
    print(f"coat: {time.perf_counter() - began:.2f} s a flank")


def surveys(count: int) -> None:
    p = Parameters()
    land = make_landscape(1, p.landscape, p.partners)
    chance = density(land, p.population.density_slope)
    rng = np.random.default_rng(1)
    xy = land.mask.xy[rng.choice(len(land.mask), 350, replace=False)].copy()
    detectors = Detectors(tuple(map(str, range(350))), xy, np.ones((350, 88)))
    d = p.detection
    lambda0, sigma = np.array((d.lambda0_female, d.lambda0_male)), np.array((d.sigma_female, d.sigma_male))
    detections = 0
    began = time.perf_counter()
    for _survey in range(count):
        sex = (rng.random(89) < 0.4).astype(np.int64)
        rate = expected_visits("HHN", draw_centres(rng, land, chance, 89), sex, xy, lambda0, sigma)
        detections += simulate_history(rng, rate, detectors).n_detections
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    for _survey in range(20):
        rng.random((89, 88, 350))
    plain = (time.perf_counter() - began) / 20
    print(f"SCR surveys: {60 * count / seconds:.0f} a minute on one core (89 animals, 350 stations, 88 days)")
    print(
        f"  {detections / count:.0f} detections each; {seconds / count / plain:.3f} times a random number for every day"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=120)
    parser.add_argument("--surveys", type=int, default=2000)
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    surveys(options.surveys)
    pictures(options.pictures, options.workers)


if __name__ == "__main__":
    main()
