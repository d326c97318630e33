"""Describing the animals in a survey's pictures: outline and coat, kept in the survey folder, never made twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pardus.app.executor import Executor
from pardus.app.telling import Tell
from pardus.identify.animals import AnimalEvent, Seen
from pardus.model.coat import Coat, Patches
from pardus.model.errors import MediaError
from pardus.model.media import Media
from pardus.model.observation import Box
from pardus.vision.boxes import cut, read_image
from pardus.vision.clip import read_frame
from pardus.vision.coat import VERSION, describe
from pardus.vision.silhouette import Image, find_silhouette

COATS = "coats"
PICTURES = 3
"""Pictures of each flank of an event that are described: the best."""

COMPARED = ("left", "right", "unknown")
"""Flanks that are compared; front and rear views say too little."""


@dataclass(frozen=True, slots=True)
class Job:
    """One animal in one picture. id: of the observation. path: of the file. frame: of a video. to: file to write."""

    id: str
    path: Path
    frame: int | None
    box: Box
    to: Path


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """A coat as kept. unit: what one unit of a patch's place is of the width and height of the box."""

    coat: Coat
    unit: NDArray[np.float64]


def chosen(event: AnimalEvent, most: int = PICTURES) -> list[Seen]:
    """Return the pictures of an event to describe: the best of each flank, with a box."""
    grade = {"good": 0, "fair": 1, "": 1, "poor": 2}
    out: list[Seen] = []
    for side in COMPARED:
        own = [s for s in event.seen if s.side == side and s.box is not None]
        own.sort(key=lambda s: (grade[s.quality], -(s.box.width * s.box.height if s.box else 0), s.id))
        out += own[:most]
    return out


def coat_path(folder: Path, observation: str) -> Path:
    """Return where the coat of an observation is kept, in the folder of what the machine makes."""
    local = observation.replace(":", "_").replace("/", "_")
    return folder / COATS / local[-2:] / f"{local}.npz"


def pixels(path: Path, frame: int | None, box: Box | None) -> Image:
    """Return the pixels of a box in a picture, or in a frame of a video. Raises MediaError."""
    return cut(read_image(path) if frame is None else read_frame(path, frame), box)


def describe_one(job: Job) -> tuple[str, str]:
    """Describe one animal and keep it; return (observation, why it could not be done or "")."""
    try:
        image = pixels(job.path, job.frame, job.box)
        outline = find_silhouette(image)
    except MediaError as error:
        return job.id, error.summary
    coat = describe(image, outline)
    size = outline.trunk.size / outline.scale
    job.to.parent.mkdir(parents=True, exist_ok=True)
    aside = job.to.with_suffix(f".{os.getpid()}.part")
    with aside.open("wb") as file:
        np.savez(
            file,
            version=VERSION,
            box=np.array([job.box.x, job.box.y, job.box.width, job.box.height]),
            unit=np.array([size / image.shape[1], size / image.shape[0]]),
            grid_xy=coat.grid.xy,
            grid_descriptor=coat.grid.descriptor,
            points_xy=coat.points.xy,
            points_descriptor=coat.points.descriptor,
        )
    aside.replace(job.to)
    return job.id, ""


def read_coat(path: Path, box: Box | None = None) -> Described | None:
    """Return a kept coat; None if there is none, it is of another version, of another box, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            if int(kept["version"]) != VERSION:
                return None
            if box is not None and not np.allclose(kept["box"], [box.x, box.y, box.width, box.height]):
                return None
            grid = Patches(kept["grid_xy"], kept["grid_descriptor"])
            points = Patches(kept["points_xy"], kept["points_descriptor"])
            return Described(Coat(grid, points), kept["unit"])
    except (OSError, ValueError, KeyError, EOFError):
        return None


def describe_all(
    folder: Path,
    events: Iterable[AnimalEvent],
    media: Callable[[Sequence[str]], dict[str, tuple[Media, Path]]],
    executor: Executor,
    tell: Tell,
) -> dict[str, str]:
    """Describe the pictures of events that are not described yet; return observation -> why it could not be done.

    folder: of what the machine makes. media: ids -> media and file. May be stopped at any moment; what is done is kept.
    """
    wanted = [s for e in events for s in chosen(e)]
    todo = [s for s in wanted if read_coat(coat_path(folder, s.id), s.box) is None]
    files = media(sorted({s.media for s in todo}))
    jobs = [
        Job(s.id, files[s.media][1], s.frame, s.box, coat_path(folder, s.id))
        for s in todo
        if s.media in files and s.box is not None
    ]
    failed = {}
    done = len(wanted) - len(jobs)
    tell(done, len(wanted))
    for id_, problem in executor.map(describe_one, jobs):
        done += 1
        tell(done, len(wanted))
        if problem:
            failed[id_] = problem
    return failed
