"""Identification at the size of a large catalogue: memory, and the time to rank a new event.

    python benchmarks/identify_scale.py [--events 10000] [--animals 50] [--folder DIR]

An event keeps three pictures of one flank, each with --grid and --points patches (the means of 281 real pictures). The
descriptors are invented: an animal's flank is a set of descriptors drawn from simulated leopards; each picture holds
a share of them with noise, and others drawn anew. --real events are described, shortened and added as a survey would
do it; the others are copies of their codes with a fifth of the numbers drawn anew, which costs the index the same.
The index is written; another process reads it, ranks new events of the animals of real ones, and tells its memory.
Needs the extra `vision`.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import faiss
import numpy as np

from pardus.identify.index_folder import read_index, write_index
from pardus.identify.matcher import CoatMatcher, combined
from pardus.identify.patch_index import SEGMENT, marks
from pardus.model.coat import Coat, Patches, Picture
from pardus.sim import shots
from pardus.sim.coats import make_coat
from pardus.sim.pictures import render
from pardus.sim.scenes import make_scene
from pardus.vision.coat import describe
from pardus.vision.silhouette import find_silhouette
from spent import peak_kb

PICTURES, SEEN, NOISE, STEP = 3, 0.35, 12.0, 50
SEED = 7


def pool(animals: int) -> dict[str, np.ndarray]:
    """Return descriptors of simulated leopards: kind -> (patch, 128) uint8."""
    found: dict[str, list[np.ndarray]] = {"grid": [], "points": []}
    began, count = time.process_time(), 0
    for animal in range(animals):
        coats = [make_coat(SEED, str(animal), flank, "leopard") for flank in ("left", "right")]
        scene = make_scene(SEED, f"S{animal}", grass=0.5)
        walker = shots.Walker("cat", coats[0], coats[1])
        for frame, subjects in enumerate(
            shots.passage(SEED, (animal,), [walker], "left", scene.view, [0.3, 0.5], 0.5)
        ):
            image, seen = render(
                scene, subjects, shots.light(SEED, (animal,), animal % 2 == 0, 0.4, 0.5), (animal, frame)
            )
            if seen[0].box is None or seen[0].visible < 0.3:
                continue
            height, width = image.shape[:2]
            x, y, w, h = (
                int(v * s) for v, s in zip(seen[0].box, (width, height, width, height), strict=True)
            )
            crop = np.ascontiguousarray(image[y : y + h, x : x + w, ::-1])
            if min(crop.shape[:2]) < 32:
                continue
            coat = describe(crop, find_silhouette(crop))
            for kind in found:
                found[kind].append(coat.patches(kind).descriptor)
            count += 1
    print(f"{count} simulated pictures, {time.process_time() - began:.0f} CPU s", flush=True)
    return {kind: np.vstack(some) for kind, some in found.items()}


class World:
    """Invented pictures of invented animals, the same for the same numbers."""

    def __init__(self, descriptors: dict[str, np.ndarray], animals: int, counts: dict[str, int]) -> None:
        self.descriptors, self.animals, self.counts = descriptors, animals, counts
        self.noise = np.random.default_rng(SEED).normal(0, NOISE, (20_011, 128)).astype(np.int16)

    def event(self, number: int) -> list[Picture]:
        """Return the pictures of an event; its animal is number % animals, its flank is that of the number's parity."""
        animal = number % self.animals
        flank = ("left", "right")[number // self.animals % 2]
        return [
            Picture(
                f"{number}-{i}",
                f"event {number}",
                flank,
                Coat(
                    self._patches("grid", animal, flank, number, i),
                    self._patches("points", animal, flank, number, i),
                ),
            )
            for i in range(PICTURES)
        ]

    def _patches(self, kind: str, animal: int, flank: str, number: int, i: int) -> Patches:
        source, count = self.descriptors[kind], self.counts[kind]
        own = np.random.default_rng([animal, len(flank), len(kind)])
        place = own.uniform(0, 4, (count, 2)).astype(np.float32)
        which = own.integers(len(source), size=count)
        rng = np.random.default_rng([number, i, len(kind)])
        other = rng.random(count) >= SEEN
        which[other] = rng.integers(len(source), size=int(other.sum()))
        raw = source[which] + self.noise[(rng.integers(len(self.noise)) + np.arange(count)) % len(self.noise)]
        raw = np.clip(raw, 0, 255).astype(np.uint8)
        moved = place + rng.normal(0, 0.03, (count, 2)) + rng.uniform(-0.3, 0.3, 2)
        return Patches(moved.astype(np.float32), raw)


def build(world: World, events: int, real: int, folder: Path) -> dict[str, float]:
    """Fill a catalogue and write it."""
    began = time.process_time()
    first = [p for n in range(real) for p in world.event(n)]
    made = time.process_time()
    matcher = CoatMatcher.learn(first[: 2 * STEP * PICTURES], PICTURES * events)
    learned = time.process_time()
    matcher.add(first)
    added = time.process_time()
    multiply(matcher, first, -(-events // real))
    write_index(folder, matcher, 1, len(first))
    return {
        "make_cpu_s": round(made - began, 1),
        "learn_cpu_s": round(learned - made, 1),
        "add_cpu_ms_per_event": round(1000 * (added - learned) / max(real - 2 * STEP, 1), 1),
        "pictures": len(matcher.ids),
        "patches": sum(map(len, matcher.indexes.values())),
        "index_gb": round(sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()) / 1e9, 2),
    }


def multiply(matcher: CoatMatcher, pictures: list[Picture], times: int) -> None:
    """Fill the catalogue up to so many times its events: codes with a fifth of the numbers drawn anew."""
    rng = np.random.default_rng(SEED)
    for copy in range(1, times):
        matcher._note([(f"{copy}/{p.id}", f"{copy}/{p.event}", p.flank) for p in pictures])
    for kind, index in matcher.indexes.items():
        for side, (small,) in index._sides.items():
            some = [(n, p.coat.patches(kind)) for n, p in enumerate(pictures) if p.flank == side]
            vectors = np.vstack([index.projection(p.descriptor) for _n, p in some])
            owner = np.repeat([n for n, _p in some], [len(p) for _n, p in some])
            ids = marks(owner, np.vstack([p.xy for _n, p in some]))
            index._sides[side] = _multiplied(small, vectors, ids, times, len(pictures), rng)


def _multiplied(
    small: faiss.Index,
    vectors: np.ndarray,
    ids: np.ndarray,
    times: int,
    pictures: int,
    rng: np.random.Generator,
) -> list[faiss.Index]:
    """Return segments as full as the product makes them."""
    each = max(1, SEGMENT // len(vectors))
    spans = [range(start, min(start + each, times)) for start in range(0, times, each)]
    return [_segment(small, vectors, ids, span, pictures, rng) for span in spans]


def _segment(
    small: faiss.Index,
    vectors: np.ndarray,
    ids: np.ndarray,
    span: range,
    pictures: int,
    rng: np.random.Generator,
) -> faiss.Index:
    large = faiss.IndexIVFPQ(small.quantizer, small.d, small.nlist, small.pq.M, small.pq.nbits)
    large.by_residual, large.pq, large.is_trained = small.by_residual, small.pq, True
    cell_of = small.quantizer.search(vectors, 1)[1][:, 0]
    code_of = small.pq.compute_codes(vectors)
    order = np.argsort(cell_of, kind="stable")
    start = np.searchsorted(cell_of[order], np.arange(small.nlist + 1))
    for cell in range(small.nlist):
        here = order[start[cell] : start[cell + 1]]
        n = len(here)
        if not n:
            continue
        copies = np.arange(span.start, span.stop)
        all_marks = (ids[here][None] + ((copies * pictures) << 32)[:, None]).ravel()
        codes = np.tile(code_of[here], (len(span), 1))
        new = codes[n if span.start == 0 else 0 :]  # the first copy is the real one
        low, high = (rng.random(new.shape, np.float32) < 0.2 for _ in range(2))
        keep = (np.where(low, 0, 0x0F) | np.where(high, 0, 0xF0)).astype(np.uint8)
        new[:] = (new & keep) | (rng.integers(256, size=new.shape, dtype=np.uint8) & ~keep)
        large.invlists.add_entries(cell, len(codes), faiss.swig_ptr(all_marks), faiss.swig_ptr(codes))
        large.ntotal += len(codes)
    whole = faiss.IndexIVFPQFastScan(large)
    whole.nprobe = small.nprobe
    whole.referenced_objects = [small, large]  # the cells are only pointed to
    return whole


def rank(world: World, real: int, folder: Path, queries: int) -> dict[str, float]:
    """Read the catalogue and rank new events; each is added when it was ranked."""
    began = time.perf_counter()
    matcher = read_index(folder)
    read = time.perf_counter() - began
    wall, cpu, adding, first, five = [], [], [], 0, 0
    for number in range(real, real + queries + 1):
        pictures = world.event(number)
        began, busy = time.perf_counter(), time.process_time()
        scores = np.max([combined(matcher.parts(p)) for p in pictures], axis=0)
        order = np.argsort(-scores)[: PICTURES * 5]
        wall.append(time.perf_counter() - began)
        cpu.append(time.process_time() - busy)
        names = list(dict.fromkeys(_animal(matcher.events[i], world) for i in order))
        first += number > real and names[0] == number % world.animals
        five += number > real and number % world.animals in names[:5]
        began = time.perf_counter()
        matcher.add(pictures)
        adding.append(time.perf_counter() - began)
    return {
        "read_s": round(read, 1),
        "rank_s_median": round(float(np.median(wall[1:])), 3),
        "rank_s_worst": round(max(wall[1:]), 3),
        "rank_cpu_s_median": round(float(np.median(cpu[1:])), 3),
        "add_s_median": round(float(np.median(adding[1:])), 3),
        "first": round(first / queries, 3),
        "in_5": round(five / queries, 3),
        "peak_gb": round(peak_kb() / 1e6, 2),
    }


def _animal(event: str, world: World) -> int | str:
    """Return whose event it is; copies are of nobody."""
    copy, _, name = event.rpartition("/")
    return event if copy else int(name.split()[1]) % world.animals


def main() -> None:
    """Build, then rank in another process; print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--real", type=int, default=250)
    parser.add_argument("--animals", type=int, default=50)
    parser.add_argument("--grid", type=int, default=1_240)
    parser.add_argument("--points", type=int, default=760)
    parser.add_argument("--queries", type=int, default=20)
    parser.add_argument(
        "--folder", type=Path, help="Where to keep the index; it is not built if it is there."
    )
    parser.add_argument("--rank", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / "pool.npz"
    if not kept.is_file():
        np.savez(kept, **pool(60))
    with np.load(kept) as arrays:
        descriptors = {kind: arrays[kind] for kind in arrays.files}
    world = World(descriptors, options.animals, {"grid": options.grid, "points": options.points})
    index = folder / "index"
    if options.rank:
        print(json.dumps(rank(world, options.real, index, options.queries)))
        return
    if not index.is_dir():
        print(json.dumps({"built": build(world, options.events, options.real, index)}, indent=1), flush=True)
    command = [sys.executable, __file__, "--rank", "--folder", str(folder)]
    for name in ("events", "real", "animals", "grid", "points", "queries"):
        command += [f"--{name}", str(getattr(options, name))]
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(json.dumps({"ranked": json.loads(said)}, indent=1))


if __name__ == "__main__":
    main()
