"""Looking at files for animals: the work of one process on one burst or clip. Reads files, writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.model.observation import Box
from pardus.vision.boxes import cut, read_image
from pardus.vision.clip import read_frames
from pardus.vision.finder import AnimalFinder, Found, Look
from pardus.vision.flank import by_walking
from pardus.vision.motion import LEAST_FRAMES, MotionFinder
from pardus.vision.onnx_model import OnnxFinder
from pardus.vision.opencv import cv2
from pardus.vision.quality import LEAST_GAP_S, Quality, best_frames, judge
from pardus.vision.silhouette import LEAST_SIDE, Image, sketch_silhouette

FRAMES = 36
"""Frames of a clip that are looked at by motion."""

FRAMES_MODEL = 12
"""Frames of a clip that are looked at by a model."""

GRADED = 5
"""Frames of a clip whose animal is outlined and graded: the largest and sharpest."""


@dataclass(frozen=True, slots=True)
class Work:
    """One burst (own pictures, and others of the same camera to know the background by), or one clip.

    model: a user's ONNX finder, None for motion. pictures: (media id, file). context: files. clip: it is a video.
    """

    model: Path | None
    pictures: tuple[tuple[str, Path], ...]
    context: tuple[Path, ...] = ()
    clip: bool = False
    seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Animal:
    """One box. quality, flank: "" if not judged. confidence None: by motion, unchecked."""

    category: str
    box: Box
    confidence: float | None
    frame: int | None = None
    quality: str = ""
    flank: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen on one file. reason: why nothing can be said, or ""."""

    media: str
    animals: tuple[Animal, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one piece of work."""

    seen: tuple[Seen, ...]
    extra: dict[str, str] = field(default_factory=dict)


@cache
def _finder(model: Path | None) -> AnimalFinder:
    return MotionFinder() if model is None else OnnxFinder(model)


def look(work: Work) -> Done:
    """Look at one burst or clip."""
    return Done((_look_clip(work),) if work.clip else tuple(_look_burst(work)))


def _look_burst(work: Work) -> list[Seen]:
    images, own, failed = [], [], {}
    for media, path in work.pictures:
        try:
            images.append(read_image(path))
            own.append(media)
        except MediaError as error:
            failed[media] = error.summary
    finder = _finder(work.model)
    if work.model is None:
        looks = _by_motion(finder, images, work.context)
    else:
        looks = finder.find(images)
    walked = by_walking([box for one in looks if (box := _main(one)) is not None])
    found = {
        media: Seen(media, tuple(_graded(image, f, None, walked) for f in one.found), one.reason)
        for media, image, one in zip(own, images, looks, strict=True)
    }
    return [found.get(m) or Seen(m, reason=failed[m]) for m, _path in work.pictures]


def _main(one: Look) -> Box | None:
    """Return the box of the animal of a picture, if one is much larger than all others."""
    area = sorted((f.box.width * f.box.height for f in one.found), reverse=True)
    if not area or (len(area) > 1 and area[0] < 3 * area[1]):
        return None
    return max((f.box for f in one.found), key=lambda b: b.width * b.height)


def _by_motion(finder: AnimalFinder, images: list[Image], context: Sequence[Path]) -> list[Look]:
    """Find by motion among the pictures of a burst; with too few, others of the camera help to know the background."""
    if not images:
        return []
    others = []
    if len(images) < LEAST_FRAMES:
        for path in context:
            try:
                image = read_image(path)
            except MediaError:
                continue
            if image.shape == images[0].shape and _is_grey(image) == _is_grey(images[0]):
                others.append(image)
            if len(images) + len(others) >= 2 * LEAST_FRAMES - 1:
                break
    return finder.find([*images, *others])[: len(images)]


def _is_grey(image: Image) -> bool:
    """Whether a picture was taken in infrared light: no colour."""
    some = image[::16, ::16].astype(int)
    return float(abs(some[:, :, 0] - some[:, :, 2]).mean()) < 4.0


def _look_clip(work: Work) -> Seen:
    ((media, path),) = work.pictures
    most = FRAMES if work.model is None else FRAMES_MODEL
    try:
        frames = list(read_frames(path, step=max(1, round(work.seconds * 25 / most)), most=most))
        if len(frames) < most // 2:  # fewer frames a second than thought
            frames = list(read_frames(path, step=max(1, round(_count(path) / most)), most=most))
    except MediaError as error:
        return Seen(media, reason=error.summary)
    if not frames:
        return Seen(media, reason=_("The video has no frames."))
    looks = _finder(work.model).find([image for _n, _s, image in frames])
    reasons = {one.reason for one in looks} - {""}
    animals = [
        (n, seconds, image, one.found[0])
        for (n, seconds, image), one in zip(frames, looks, strict=True)
        if one.found
    ]
    if not animals:
        return Seen(media, reason=min(reasons, default=""))
    walked = by_walking([f.box for _n, _s, _i, f in animals])
    best: list[tuple[int, float, Image, Found]] = []
    for a in sorted(animals, key=lambda a: -_promise(a[2], a[3].box)):
        if len(best) < GRADED and all(abs(a[1] - b[1]) >= LEAST_GAP_S for b in best):
            best.append(a)
    graded = [(a, _quality(a[2], a[3].box)) for a in sorted(best, key=lambda a: a[0])]
    usable = [(a, q) for a, q in graded if q is not None]
    keep = best_frames([a[1] for a, _q in usable], [q for _a, q in usable]) or list(
        range(min(1, len(usable)))
    )
    kept = [usable[i] for i in keep]
    return Seen(
        media,
        tuple(Animal(a[3].category, a[3].box, a[3].confidence, a[0], q.grade, walked) for a, q in kept),
        "" if kept else _("What moves is too small to be outlined."),
    )


def _promise(image: Image, box: Box) -> float:
    """Rank a frame before it is outlined: size times sharpness of what is in the box."""
    crop = cut(image, box)
    if min(crop.shape[:2]) < LEAST_SIDE:
        return 0.0
    sharp = float(cv2.Laplacian(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY), cv2.CV_32F).var())
    return float((box.width * box.height) ** 0.5 * np.log1p(sharp))


def _count(path: Path) -> int:
    return sum(1 for _frame in read_frames(path))


def _graded(image: Image, found: Found, frame: int | None, walked: str) -> Animal:
    quality = _quality(image, found.box) if found.category == "animal" else None
    return Animal(
        found.category,
        found.box,
        found.confidence,
        frame,
        "" if quality is None else quality.grade,
        walked if found.category == "animal" else "",
    )


def _quality(image: Image, box: Box) -> Quality | None:
    crop = cut(image, box)
    try:
        return judge(crop, sketch_silhouette(crop))
    except MediaError:
        return None
