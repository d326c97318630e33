"""The pictures and clips of the example survey, one camera after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pardus.sim import others
from pardus.sim.clips import mp4
from pardus.sim.coats import make_coat
from pardus.sim.pictures import render
from pardus.sim.scenes import Scene, make_scene
from pardus.sim.shots import Walker, bar_text, light, passage, snow_on, temperature
from pardus.sim.stills import CameraMake, jpeg

Pixels = NDArray[np.uint8]

WIDTH, HEIGHT = 640, 360
DIFFICULTY = 0.3
CLIP_FRAMES, CLIP_FPS = 4, 2
CUB_SIZE = 0.62


@dataclass(frozen=True, slots=True)
class Entry:
    """One file. at: when in truth; wall: what the clock showed. species: of ours, "" = nobody. day: of the season."""

    event: str
    at: datetime
    wall: datetime
    night: bool
    day: int
    species: str
    animal: str
    flank: str
    cubs: int
    shot: int
    of: int
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Roll:
    """All files of one camera, in order."""

    seed: int
    place: str
    make: CameraMake
    video: bool
    entries: tuple[Entry, ...]


def develop(roll: Roll) -> list[bytes]:
    """Return the content of each file of a camera."""
    scene = make_scene(roll.seed, roll.place, WIDTH, HEIGHT, DIFFICULTY)
    return [_file(roll, scene, entry) for entry in roll.entries]


def _file(roll: Roll, scene: Scene, entry: Entry) -> bytes:
    names = (roll.place, entry.event)
    times = [k / CLIP_FPS for k in range(CLIP_FRAMES)] if roll.video else [0.3 + entry.shot]
    frames = passage(roll.seed, names, _walkers(roll, entry), entry.flank, scene.view, times, DIFFICULTY)
    snow = snow_on(roll.seed, roll.place, entry.day)
    lamp = light(roll.seed, names, entry.night, snow, DIFFICULTY)
    bar = bar_text(entry.wall, temperature(roll.seed, entry.at), roll.place, entry.shot + 1, entry.of)
    images = [
        render(scene, subjects, lamp, (*names, entry.shot, k), bar, roll.seed)[0]
        for k, subjects in enumerate(frames)
    ]
    if roll.video:
        return mp4(images, CLIP_FPS, entry.wall)
    return jpeg(images[0], roll.make, entry.wall, entry.tags)


def _walkers(roll: Roll, entry: Entry) -> Sequence[Walker]:
    if not entry.species:
        return ()
    if not entry.animal:
        coat = others.plain_coat(roll.seed, entry.species, roll.place)
        return (Walker(entry.species, coat, coat, others.SIZES[entry.species]),)
    names = [entry.animal, *(f"{entry.animal} cub {k + 1}" for k in range(entry.cubs))]
    return [
        Walker("cat", _coat(roll.seed, n, "left"), _coat(roll.seed, n, "right"), CUB_SIZE if i else 1.0)
        for i, n in enumerate(names)
    ]


@lru_cache(maxsize=64)
def _coat(seed: int, animal: str, flank: str) -> Pixels:
    return make_coat(seed, animal, flank)
