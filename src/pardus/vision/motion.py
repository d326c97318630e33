"""The finder that needs no weights: what moves before a fixed camera, in a burst or a clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pardus.model.language import _
from pardus.model.observation import Box
from pardus.vision.finder import Found, Look
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image

LEAST_FRAMES = 5
"""Below this the median of the frames is not the background."""

WIDTH = 320
STILL = 1.0
"""Median shift between frames, in pixels of a copy 320 wide, up to which the camera is fixed."""

LEAST_AREA = 0.004
MOST_AREA = 0.6
STEP = 14.0
"""Least difference of grey levels from the background."""


@dataclass(frozen=True, slots=True)
class MotionFinder:
    """Median of the frames as background, threshold, closing, largest parts. Boxes are unchecked.

    An animal that stands still through the whole burst is background to it: no box never means empty.
    """

    name: str = "pardus motion 1"
    most: int = 3

    def find(self, images: Sequence[Image]) -> list[Look]:
        """Look at the frames of one burst or clip of one camera, in time order, all of one size, colour or grey."""
        if len(images) < LEAST_FRAMES:
            reason = _("Fewer than {least} frames of one camera: the background can't be known.").format(
                least=LEAST_FRAMES
            )
            return [Look(reason=reason)] * len(images)
        if len({image.shape for image in images}) > 1:
            return [Look(reason=_("The frames are not of one size."))] * len(images)
        grey = np.stack([_small(image) for image in images])
        shift = camera_shift(grey)
        if shift > STILL:
            reason = _("The camera moved by more than {limit:g} pixel of {width} between frames.").format(
                limit=STILL, width=grey.shape[2]
            )
            return [Look(reason=reason)] * len(images)
        level = np.median(grey, axis=(1, 2), keepdims=True)
        even = grey * (np.median(level) / np.maximum(level, 1))  # exposure differs between frames
        background = np.median(even, axis=0)
        difference = np.abs(even - background)
        noise = 1.4826 * np.median(difference)
        return [Look(self._parts(frame > max(STEP, 6 * noise))) for frame in difference]

    def _parts(self, moving: NDArray[np.bool_]) -> tuple[Found, ...]:
        rows, columns = moving.shape
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9))
        opened = cv2.morphologyEx(moving.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        closed = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, disc)
        count, _part, statistics, _centres = cv2.connectedComponentsWithStats(closed)
        parts = sorted(range(1, count), key=lambda i: -statistics[i, cv2.CC_STAT_AREA])[: self.most]
        found = []
        for i in parts:
            x, y, width, height, area = (int(v) for v in statistics[i])
            if area / (rows * columns) >= LEAST_AREA and width * height <= MOST_AREA * rows * columns:
                box = Box(x / columns, y / rows, width / columns, height / rows)
                found.append(Found("animal", box, unchecked=True))
        return tuple(found)


def camera_shift(grey: NDArray[np.float32], blocks: int = 3) -> float:
    """Median shift between successive frames, in pixels, by phase correlation. grey: (frame, row, column).

    Each part of the picture has a say in proportion to how clear its correlation is, so that a moving animal, which
    fills a few parts, does not pass for a moving camera.
    """
    rows, columns = grey.shape[1] // blocks, grey.shape[2] // blocks
    window = cv2.createHanningWindow((columns, rows), cv2.CV_32F)
    shifts = []
    for a, b in pairwise(grey):
        found = []
        for i in range(blocks):
            for j in range(blocks):
                part = slice(i * rows, (i + 1) * rows), slice(j * columns, (j + 1) * columns)
                # copies: OpenCV 5 multiplies the window into its arguments
                (x, y), clear = cv2.phaseCorrelate(a[part].copy(), b[part].copy(), window)
                found.append((float(np.hypot(x, y)), max(float(clear), 1e-6)))
        found.sort()
        weight = np.cumsum([clear for _shift, clear in found])
        shifts.append(found[int(np.searchsorted(weight, weight[-1] / 2))][0])
    return float(np.median(shifts))


def _small(image: Image) -> NDArray[np.float32]:
    height = max(16, round(image.shape[0] * WIDTH / image.shape[1]))
    small = cv2.resize(image, (WIDTH, height), interpolation=cv2.INTER_AREA)
    small = small if small.ndim == 2 else cv2.cvtColor(small, cv2.COLOR_BGR2GRAY)
    blurred: NDArray[np.float32] = cv2.GaussianBlur(small, (0, 0), 1.2).astype(np.float32)
    return blurred
