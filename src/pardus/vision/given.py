"""A silhouette that somebody else drew: from the outline that came with a crop."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import LEAST_SIDE, SIDE, Silhouette, find_trunk


def given_silhouette(outline: NDArray[np.bool_]) -> Silhouette:
    """Return the silhouette of an outline (row, column) as large as its picture. Raises MediaError below 16 pixels."""
    height, width = outline.shape
    if min(height, width) < LEAST_SIDE or not outline.any():
        raise MediaError(
            _("An outline of {width} x {height} pixels: expected at least {least} on each side.").format(
                width=width, height=height, least=LEAST_SIDE
            )
        )
    scale = SIDE / max(height, width)
    size = (max(LEAST_SIDE, round(width * scale)), max(LEAST_SIDE, round(height * scale)))
    small = cv2.resize(outline.astype(np.uint8), size, interpolation=cv2.INTER_AREA) > 0
    return Silhouette(small, size[0] / width, find_trunk(small), small, checked=True)
