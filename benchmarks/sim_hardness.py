"""How hard simulated pictures are: RootSIFT on the animal's box, every event at its own station.

    python benchmarks/sim_hardness.py [--difficulty 0.5] [--animals 24] [--species leopard]

Each animal passes --events times, each time at another station, and one picture is taken. A query is scored against
all other pictures: for each of its descriptors the four nearest vote by how much nearer they are than the fifth
(local naive Bayes nearest neighbour, McCann and Lowe 2012); a name scores as its best picture. `background` does
the same with what lies outside the box. Needs the extra `vision`.
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import cv2
import faiss
import numpy as np

from pardus.sim import shots
from pardus.sim.coats import make_coat
from pardus.sim.pictures import render
from pardus.sim.scenes import make_scene
from pardus.sim.streams import stream

SEED, NIGHT_SHARE, KEYPOINTS, SIDE, VISIBLE = 5, 0.6, 1000, 800, 0.15


class Taken(NamedTuple):
    """One picture: who, how much of it is visible, descriptors of its box and of the rest."""

    animal: int
    visible: float
    box: np.ndarray
    background: np.ndarray


def shoot(job: tuple[int, int, float, str]) -> list[Taken]:
    """Return the pictures of one animal. job: animal, events, difficulty, species."""
    animal, events, difficulty, species = job
    cv2.setNumThreads(1)
    coats = [make_coat(SEED, str(animal), flank, species) for flank in ("left", "right")]
    out = []
    for event in range(events):
        scene = make_scene(SEED, f"H{animal}-{event}", grass=difficulty)
        rng = stream(SEED, "hardness", animal, event)
        names = (animal, event)
        walker = shots.Walker("cat", coats[0], coats[1])
        subjects = shots.passage(SEED, names, [walker], "left", scene.view, [0.4], difficulty)[0]
        light = shots.light(SEED, names, rng.random() < NIGHT_SHARE, float(rng.random()), difficulty)
        image, seen = render(scene, subjects, light, names)
        if seen[0].box is None or seen[0].visible < VISIBLE:
            continue
        height, width = image.shape[:2]
        x, y, w, h = (int(v * s) for v, s in zip(seen[0].box, (width, height, width, height), strict=True))
        crop = image[y : y + h, x : x + w]
        scale = SIDE / max(crop.shape[:2])
        rest = np.full((height, width), 255, np.uint8)
        rest[y : y + h, x : x + w] = 0
        box = _descriptors(cv2.resize(crop, None, fx=scale, fy=scale), None)
        out.append(Taken(animal, seen[0].visible, box, _descriptors(image, rest)))
    return out


def _descriptors(image: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    _points, found = cv2.SIFT_create(KEYPOINTS, contrastThreshold=0.02).detectAndCompute(grey, mask)
    if found is None:
        return np.zeros((0, 128), np.float32)
    return np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-9))


def rank(taken: list[Taken], part: str) -> tuple[float, float, int]:
    """Return top-1, top-5 and the number of queries."""
    sets = [getattr(t, part) for t in taken]
    ids = np.array([t.animal for t in taken])
    owner = np.repeat(np.arange(len(sets)), [len(s) for s in sets])
    everything = np.concatenate(sets)
    faiss.omp_set_num_threads(1)
    index = faiss.IndexIVFFlat(faiss.IndexFlatL2(128), 128, 256)
    index.train(everything[:: max(1, len(everything) // 20_000)])
    index.add(everything)
    index.nprobe = 8
    first = five = queries = 0
    for q, descriptors in enumerate(sets):
        if (ids == ids[q]).sum() < 2 or not len(descriptors):
            continue
        score = np.zeros(len(sets))
        distance, nearest = index.search(descriptors, 24)
        own = (owner[nearest] == q) | (nearest < 0)
        first_others = np.argsort(own, axis=1, kind="stable")[:, :5]
        d = np.take_along_axis(distance, first_others, axis=1)
        n = np.take_along_axis(nearest, first_others, axis=1)
        full = ~np.take_along_axis(own, first_others, axis=1).any(axis=1)
        np.add.at(score, owner[n[full, :4]], d[full, 4:] - d[full, :4])
        score[q] = -1
        names = np.unique(ids)
        order = names[
            np.argsort([-score[(ids == a) & (np.arange(len(ids)) != q)].max(initial=-1) for a in names])
        ]
        first += order[0] == ids[q]
        five += ids[q] in order[:5]
        queries += 1
    return first / queries, five / queries, queries


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--difficulty", type=float, default=0.5)
    parser.add_argument("--animals", type=int, default=24)
    parser.add_argument("--events", type=int, default=4)
    parser.add_argument("--species", default="leopard")
    parser.add_argument("--workers", type=int, default=2)
    options = parser.parse_args()
    began = time.perf_counter()
    jobs = [(a, options.events, options.difficulty, options.species) for a in range(options.animals)]
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        taken = [t for some in pool.map(shoot, jobs) for t in some]
    print(f"{options.species}, dial {options.difficulty}: {len(taken)} pictures of {options.animals} animals")
    for part in ("box", "background"):
        first, five, n = rank(taken, part)
        error = np.sqrt(first * (1 - first) / n)
        print(f"  {part}: top-1 {first:.3f} (se {error:.3f}), top-5 {five:.3f}, {n} queries")
    print(f"  {time.perf_counter() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
