"""Cards: one camera's files, drawn and written. A card is one piece of work, so that many can be made at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pardus.sim import others
from pardus.sim.cameras import Camera
from pardus.sim.clips import mp4
from pardus.sim.coats import make_coat
from pardus.sim.parameters import PictureParameters
from pardus.sim.pictures import Seen, Subject, render
from pardus.sim.scenes import Scene, make_scene
from pardus.sim.season import Presence, Shot
from pardus.sim.shots import Walker, bar_text, light, passage, snow_on, temperature
from pardus.sim.stills import jpeg

CUB_SIZE, FEMALE_SIZE, MALE_SIZE, TIGER = 0.62, 0.95, 1.08, 1.25


@dataclass(frozen=True, slots=True)
class Card:
    """What to draw. place: names the scene. shots: of this camera. tags: keywords of each shot.

    sexes: animal number -> "F" or "M". coats: folder with cached coats. start: the season's first day.
    """

    seed: int
    folder: Path
    place: str
    camera: Camera
    shots: tuple[Shot, ...]
    tags: tuple[tuple[str, ...], ...]
    sexes: dict[int, str]
    coats: Path
    start: date
    pictures: PictureParameters


def coat_file(folder: Path, animal: int, flank: str) -> Path:
    """Return where a coat is cached."""
    return folder / f"{animal:05d}-{flank}.npy"


def cache_coat(job: tuple[int, Path, int, str]) -> None:
    """Grow both flanks of an animal's coat and keep them as files. job: seed, folder, animal, species."""
    seed, folder, animal, species = job
    for flank in ("left", "right"):
        path = coat_file(folder, animal, flank)
        if not path.exists():
            np.save(path, make_coat(seed, str(animal), flank, species))


def write_card(card: Card) -> list[dict[str, Any]]:
    """Write all files of a card; return for each file what is to be seen in it, as the truth says it."""
    return [_write(card, shot, tags) for shot, tags in zip(card.shots, card.tags, strict=True)]


def _write(card: Card, shot: Shot, tags: Sequence[str]) -> dict[str, Any]:
    p = card.pictures
    width, height = (p.video_width, p.video_height) if shot.video else (p.width, p.height)
    scene = _scene(card.seed, card.place, width, height, p.difficulty)
    names = (card.place, shot.passing.event, shot.passing.at.isoformat())
    walkers = [_walker(card, presence) for presence in shot.passing.present]
    day = (shot.at.date() - card.start).days
    snow = snow_on(card.seed + card.start.year, card.place, day)
    lamp = light(card.seed, names, shot.passing.night, snow, p.difficulty)
    celsius = temperature(card.seed, shot.at)
    path = card.folder / shot.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if shot.video:
        times = [k / p.video_fps for k in range(max(1, round(p.video_seconds * p.video_fps)))]
    else:
        times = [0.3 + 1.0 * shot.shot]
    frames = passage(card.seed, names, walkers, shot.flank, scene.view, times, p.difficulty)
    seen: list[list[Seen]] = []

    def pixels(k: int) -> NDArray[np.uint8]:
        bar = bar_text(shot.wall, celsius, card.camera.letter, shot.shot + 1, shot.of)
        who: list[Subject] = frames[k]
        image, found = render(scene, who, lamp, (*names, shot.shot, k), bar, card.seed)
        seen.append(found)
        return image

    if shot.video:
        path.write_bytes(mp4((pixels(k) for k in range(len(times))), p.video_fps, shot.wall))
    else:
        path.write_bytes(jpeg(pixels(0), card.camera.make, shot.wall, tags, p.quality))
    return {"path": shot.path, "night": shot.passing.night, "seen": _truth(seen, shot, len(walkers))}


def _truth(seen: list[list[Seen]], shot: Shot, n: int) -> list[dict[str, Any]]:
    """Return for each of those present the box (of the best frame), its flank and how much of it is visible."""
    out = []
    for k in range(n):
        best = max(range(len(seen)), key=lambda f: seen[f][k].visible)
        one = seen[best][k]
        row: dict[str, Any] = {"box": one.box, "flank": one.flank, "visible": one.visible}
        if shot.video:
            row["frame"] = best
            row["boxes"] = [frame[k].box for frame in seen]
        out.append(row)
    return out


def _walker(card: Card, presence: Presence) -> Walker:
    species = presence.species
    if presence.animal < 0:
        coat = others.plain_coat(card.seed, species, card.place)
        return Walker(species, coat, coat, others.SIZES[species])
    left, right = (
        np.load(coat_file(card.coats, presence.animal, f), mmap_mode="r") for f in ("left", "right")
    )
    size = FEMALE_SIZE if card.sexes[presence.animal] == "F" else MALE_SIZE
    if presence.cub:
        size = CUB_SIZE
    return Walker("cat", np.asarray(left), np.asarray(right), size * (TIGER if species == "tiger" else 1.0))


@lru_cache(maxsize=2)
def _scene(seed: int, place: str, width: int, height: int, difficulty: float) -> Scene:
    return make_scene(seed, place, width, height, difficulty)
