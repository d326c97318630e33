"""What a coat looks like, patch by patch: descriptors inside the silhouette, placed in units of the trunk."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pardus.model.coat import Coat, Patches
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image, Silhouette

VERSION = 2
"""Changes when the same picture would be described otherwise; kept indexes are then stale."""

TRUNK_PIXELS = 150
"""The picture is resized so that the mean half axis of the trunk has this many pixels."""

FOOTPRINTS = (24, 36)
"""Width of the upright patches, in those pixels."""

STEP = 0.4
"""Distance between patches, in footprints."""

POINT_SIDE = 800
POINTS = 1000
MARGIN = 24

SPREAD = 12.0
"""Standard deviation in pixels of the blur that continues the coat beyond its outline; as wide as half a patch."""

FAINT = 0.01


def describe(image: Image, silhouette: Silhouette) -> Coat:
    """Describe the coat inside a silhouette; no pixel outside it has a say.

    image: the box's pixels, BGR. What lies outside is replaced by the coat's own colour continued smoothly, so that a
    patch at the edge sees neither the ground nor a sharp outline. The grid catches faint marks that no key-point
    detector fires on; the points stand a turned animal. Descriptors: Lowe 2004.
    """
    grey = cv2.cvtColor(image, cv2.COLOR_BGR2GRAY) if image.ndim == 3 else image
    return Coat(_grid(grey, silhouette), _points(grey, silhouette))


def _resized(grey: Image, scale: float) -> Image:
    height, width = grey.shape
    size = (max(16, int(width * scale)), max(16, int(height * scale)))
    out: Image = cv2.resize(grey, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return out


def _continued(grey: Image, inside: NDArray[np.bool_]) -> Image:
    """Replace what is outside by a weighted mean of the pixels inside that are near, far away by the mean of all."""
    weight = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), SPREAD)
    summed = cv2.GaussianBlur(grey.astype(np.float32) * inside, (0, 0), SPREAD)
    mean = float(grey[inside].mean()) if inside.any() else 0.0
    near = np.where(weight > FAINT, summed / np.maximum(weight, FAINT), mean)
    out: Image = np.where(inside, grey, np.clip(near, 0, 255)).astype(np.uint8)
    return out


def _grid(grey: Image, silhouette: Silhouette) -> Patches:
    work = _resized(grey, silhouette.scale * TRUNK_PIXELS / silhouette.trunk.size)
    rows, columns = work.shape
    inside = silhouette.at((rows, columns))
    work = _continued(work, inside)
    sift = cv2.SIFT_create()
    places, found = [], []
    for footprint in FOOTPRINTS:
        step = STEP * footprint
        y, x = (axis.ravel() for axis in np.mgrid[step / 2 : rows : step, step / 2 : columns : step])
        on = inside[y.astype(int), x.astype(int)]
        x, y = x[on], y[on]
        shrink = min(1.0, 32 / footprint)
        smaller = (
            cv2.resize(work, None, fx=shrink, fy=shrink, interpolation=cv2.INTER_AREA) if shrink < 1 else work
        )
        # OpenCV's descriptor is six key-point sizes wide
        points = [
            cv2.KeyPoint(float(a * shrink), float(b * shrink), footprint * shrink / 6, 0.0, 1.0, 0)
            for a, b in zip(x, y, strict=True)
        ]
        kept, raw = sift.compute(smaller, points)
        places.append(np.array([p.pt for p in kept], np.float32).reshape(-1, 2) / (shrink * TRUNK_PIXELS))
        found.append(np.zeros((0, 128), np.uint8) if raw is None else raw.astype(np.uint8))
    return Patches(np.vstack(places).astype(np.float32), np.vstack(found))


def _points(grey: Image, silhouette: Silhouette) -> Patches:
    """Key points of the part of the picture that holds the animal, with room for the patches at its edge."""
    scale = POINT_SIDE / max(grey.shape)
    work = _resized(grey, scale)
    inside = silhouette.at((work.shape[0], work.shape[1]))
    y, x = np.nonzero(inside)
    if not len(x):
        return Patches(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8))
    left, top = max(0, x.min() - MARGIN), max(0, y.min() - MARGIN)
    part = slice(top, y.max() + MARGIN), slice(left, x.max() + MARGIN)
    work, inside = np.ascontiguousarray(work[part]), np.ascontiguousarray(inside[part])
    work = _continued(work, inside)
    points, raw = cv2.SIFT_create(0, 3, 0.02, 15).detectAndCompute(work, inside.astype(np.uint8))
    if raw is None:
        return Patches(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8))
    strength = np.array([p.response for p in points])
    best = np.argsort(-strength, kind="stable")[:POINTS]
    xy = np.array([points[i].pt for i in best], np.float32) + np.array([left, top], np.float32)
    unit = silhouette.scale / (scale * silhouette.trunk.size)
    return Patches((xy * unit).astype(np.float32), raw[best].astype(np.uint8))
