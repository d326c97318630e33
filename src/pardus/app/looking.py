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
from pardus.vision.boxes import cut, read_image, read_reduced
from pardus.vision.clip import Frame, spread_frames
from pardus.vision.finder import AnimalFinder, Found, Look
from pardus.vision.flank import by_walking
from pardus.vision.motion import LEAST_FRAMES, WIDTH, MotionFinder
from pardus.vision.onnx_model import OnnxFinder
from pardus.vision.opencv import cv2
from pardus.vision.quality import LEAST_GAP_S, Quality, best_frames, judge
from pardus.vision.silhouette import LEAST_SIDE, Image, sketch_silhouette

FRAMES = 36
"""Frames of a clip that are looked at by motion."""

FRAMES_MODEL = 12
"""Frames of a clip that are looked at by a model."""

MOTION_PIXELS = 2 * WIDTH
"""Width of a still, at least, in which motion is looked for; only pictures with a box are decoded at full size."""

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
    motion = work.model is None
    images, own, failed = [], [], {}
    for media, path in work.pictures:
        try:
            images.append(read_reduced(path, MOTION_PIXELS) if motion else read_image(path))
            own.append((media, path))
        except MediaError as error:
            failed[media] = error.summary
    finder = _finder(work.model)
    looks = _by_motion(finder, images, work.context) if motion else finder.find(images)
    walked = by_walking([box for one in looks if (box := _main(one)) is not None])
    found = {}
    for (media, path), image, one in zip(own, images, looks, strict=True):
        if motion and one.found:
            try:
                image = read_image(path)  # graded at full size
            except MediaError as error:
                failed[media] = error.summary
                continue
        found[media] = Seen(media, tuple(_graded(image, f, None, walked) for f in one.found), one.reason)
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
                image = read_reduced(path, MOTION_PIXELS)
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
    try:
        frames = spread_frames(path, FRAMES if work.model is None else FRAMES_MODEL)
    except MediaError as error:
        return Seen(media, reason=error.summary)
    if not frames:
        return Seen(media, reason=_("The video has no frames."))
    # what moves is seen in grey; colours are worked out only for the few frames that are graded
    looks = _finder(work.model).find([f.grey() if work.model is None else f.colour() for f in frames])
    reasons = {one.reason for one in looks} - {""}
    animals = [(frame, one.found[0]) for frame, one in zip(frames, looks, strict=True) if one.found]
    if not animals:
        return Seen(media, reason=min(reasons, default=""))
    walked = by_walking([f.box for _frame, f in animals])
    sharp: list[tuple[Frame, Found]] = []
    for frame, found in sorted(animals, key=lambda a: -_promise(a[0].grey(), a[1].box)):
        if len(sharp) < GRADED and all(abs(frame.seconds - s.seconds) >= LEAST_GAP_S for s, _found in sharp):
            sharp.append((frame, found))
    sharp.sort(key=lambda s: s[0].number)
    graded = [(frame, found, _quality(frame.colour(), found.box)) for frame, found in sharp]
    usable = [(frame, found, q) for frame, found, q in graded if q is not None]
    best = best_frames([f.seconds for f, _found, _q in usable], [q for _f, _found, q in usable])
    kept = [usable[i] for i in best] or usable[:1]
    return Seen(
        media,
        tuple(
            Animal(found.category, found.box, found.confidence, f.number, q.grade, walked)
            for f, found, q in kept
        ),
        "" if kept else _("What moves is too small to be outlined."),
    )


def _promise(grey: Image, box: Box) -> float:
    """Rank a frame before it is outlined: size times sharpness of what is in the box."""
    crop = cut(grey, box)
    if min(crop.shape[:2]) < LEAST_SIDE:
        return 0.0
    sharp = float(cv2.Laplacian(crop, cv2.CV_32F).var())
    return float((box.width * box.height) ** 0.5 * np.log1p(sharp))


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
