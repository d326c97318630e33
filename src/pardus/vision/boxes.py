"""Pixels of a file and of a box in it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image

from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.model.observation import Box
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image

REDUCED = {8: cv2.IMREAD_REDUCED_COLOR_8, 4: cv2.IMREAD_REDUCED_COLOR_4, 2: cv2.IMREAD_REDUCED_COLOR_2}


def read_image(path: Path) -> Image:
    """Return (row, column, 3) uint8 BGR as a person sees it, EXIF rotation applied. Raises MediaError."""
    return _read(path, cv2.IMREAD_COLOR)


def read_reduced(path: Path, least: int) -> Image:
    """Return a picture decoded at a half, a quarter or an eighth of its size, as small as leaves `least` pixels across.

    Pictures of one size are reduced alike; small ones are not. A JPEG is never decoded at full size for it. Raises
    MediaError.
    """
    try:
        with PIL.Image.open(path) as image:
            width = image.width
    except (OSError, ValueError, PIL.Image.DecompressionBombError):
        width = 0  # some files are read by OpenCV alone
    return _read(path, next((how for n, how in REDUCED.items() if width >= n * least), cv2.IMREAD_COLOR))


def _read(path: Path, how: int) -> Image:
    try:
        raw = np.fromfile(path, np.uint8)  # OpenCV can't open every file name on every system
        image = cv2.imdecode(raw, how) if len(raw) else None
    except (OSError, cv2.error):
        image = None
    if image is None:
        raise MediaError(_("{path} is not a picture that can be read.").format(path=path))
    pixels: Image = image
    return pixels


def cut(image: Image, box: Box | None) -> Image:
    """Return the pixels of a box (relative, 0..1), or of the whole picture."""
    if box is None:
        return image
    rows, columns = image.shape[:2]
    left, top = max(0, round(box.x * columns)), max(0, round(box.y * rows))
    right = min(columns, round((box.x + box.width) * columns))
    bottom = min(rows, round((box.y + box.height) * rows))
    return image[top:bottom, left:right]


def beyond(mask: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], share: float = 0.06) -> Image:
    """Everything clearly not animal: outside the mask widened by a share of the diagonal. 1 where outside."""
    radius = max(1, round(share * float(np.hypot(mask.shape[0], mask.shape[1]))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    outside: Image = (cv2.dilate(mask.astype(np.uint8), disc) == 0).astype(np.uint8)
    return outside
