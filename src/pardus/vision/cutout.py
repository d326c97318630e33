"""An animal cut out of its picture: colours inside the outline, nothing outside."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pardus.model.observation import Box
from pardus.vision.boxes import cut
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image, find_silhouette

MARGIN = 0.015
"""By how much the outline is worn away, as a share of the box's diagonal: ground clings to its edge."""


def cut_out(image: Image, box: Box | None) -> NDArray[np.uint8]:
    """Return (row, column, 4) red, green, blue, alpha of an animal; alpha is 0 outside its outline, colours too.

    image: the whole picture, BGR. The outline is the machine's and must be looked at. Raises MediaError if the box has
    fewer than 16 pixels on a side.
    """
    pixels = cut(image, box)
    found = find_silhouette(pixels)
    rows, columns = pixels.shape[:2]
    inside = found.at((rows, columns)).astype(np.uint8)
    radius = max(1, round(MARGIN * float(np.hypot(rows, columns))))
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    worn = cv2.erode(np.pad(inside, radius), disc)[radius:-radius, radius:-radius]
    out = np.zeros((rows, columns, 4), np.uint8)
    out[..., :3] = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    out[..., 3] = 255 * worn
    out[worn == 0] = 0
    return out
