"""Marks that agree between two pictures, for the eye: places in both, as shares of the pictures as they are shown."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pardus.app.pictures import MARGIN, open_picture, part_of
from pardus.app.survey_folder import media_files, open_survey
from pardus.model.errors import MediaError, ParameterError
from pardus.model.language import _
from pardus.model.observation import Box

if TYPE_CHECKING:
    from pardus.store.protocol import Store

MOST = 40
RATIO = 0.88
"""A mark agrees when its likeness is this much nearer than the next likest mark (Lowe 2004: 0.8, rigid things)."""

TRIES = 400
FAR = 0.12
"""How far from where the others put it a mark may lie, in shares of the picture: skin moves."""

Floats = NDArray[np.float64]
Line = tuple[float, float, float, float, float]


def key_pairs(folder: Path, a: str, b: str) -> list[Line]:
    """Return (x in a, y in a, x in b, y in b, weight 0..1), heaviest first; nothing where it can't be said.

    a, b: observation ids. Marks are key points inside the silhouette (see `pardus.vision.coat`) whose descriptors
    are each other's likest, and that one affine map of the picture agrees with. Needs the optional part `vision`;
    without it there are no lines. Raises ParameterError for an observation that is not there.
    """
    try:
        from pardus.vision.coat import describe
        from pardus.vision.silhouette import find_silhouette
    except ImportError:
        return []
    places, marks = [], []
    with open_survey(folder) as store:
        for id_ in (a, b):
            try:
                image, origin, size = _animal(folder, store, id_)
            except MediaError:
                return []
            if min(image.shape[:2]) < 32:
                return []
            outline = find_silhouette(image)
            points = describe(image, outline).points
            pixels = points.xy.astype(np.float64) * outline.trunk.size / outline.scale
            places.append((pixels + origin) / size)
            marks.append(points.descriptor.astype(np.float32))
    pairs, weight = agreeing(*marks)
    kept = one_map(places[0][pairs[:, 0]], places[1][pairs[:, 1]])
    rows = [
        (*map(float, places[0][i]), *map(float, places[1][j]), float(w))
        for (i, j), w, good in zip(pairs, weight, kept, strict=True)
        if good
    ]
    return sorted(rows, key=lambda row: -row[4])[:MOST]  # type: ignore[return-value]


def agreeing(one: NDArray[np.float32], other: NDArray[np.float32]) -> tuple[NDArray[np.intp], Floats]:
    """Return (pair, 2) marks that are each other's likest and clearly so, and a weight 0..1 for each.

    one, other: (mark, 128).
    """
    if len(one) < 2 or len(other) < 2:
        return np.zeros((0, 2), np.intp), np.zeros(0)
    square = np.maximum((one**2).sum(1)[:, None] + (other**2).sum(1)[None] - 2 * one @ other.T, 0.0)
    mate = square.argmin(1)
    back = square.argmin(0)
    rows = np.arange(len(one))
    near, second = np.partition(square, 1, axis=1)[:, :2].T
    ratio = np.sqrt(near / np.maximum(second, 1e-9))
    good = (back[mate] == rows) & (ratio < RATIO)
    return np.stack((rows[good], mate[good]), 1), (1 - ratio[good] / RATIO).astype(np.float64)


def one_map(a: Floats, b: Floats) -> NDArray[np.bool_]:
    """Say which pairs of places one affine map agrees with, the best of many drawn from three pairs each.

    a, b: (pair, 2). With fewer than four pairs nothing can be checked and none is kept.
    """
    if len(a) < 4:
        return np.zeros(len(a), bool)
    rng = np.random.default_rng(1)
    full = np.column_stack((a, np.ones(len(a))))
    best = np.zeros(len(a), bool)
    for _try in range(TRIES):
        three = rng.choice(len(a), 3, replace=False)
        base = full[three]
        if abs(np.linalg.det(base)) < 1e-4:
            continue
        found = np.linalg.solve(base, b[three])
        turn = np.linalg.det(found[:2])
        if not 0.2 < turn < 5:  # a coat is not turned inside out, nor a fifth as large
            continue
        good = np.hypot(*(full @ found - b).T) < FAR
        if good.sum() > best.sum():
            best = good
    return best if best.sum() >= 4 else np.zeros(len(a), bool)


def _animal(folder: Path, store: Store, id_: str) -> tuple[NDArray[np.uint8], Floats, Floats]:
    """Return the pixels of an animal's box (BGR), its corner and the size of the picture shown, in pixels."""
    record = dict(store.rows("observations", [id_])).get(id_)
    media = None if record is None else next(store.media(record.get("media", ())[:1]), None)
    if record is None or media is None:
        raise ParameterError(_("There is no observation {id}.").format(id=id_))
    image = open_picture(media_files(folder, store)(media), media, record.get("frame"))
    box = Box(**record["box"]) if isinstance(record.get("box"), dict) else None
    if box is None:
        shown = inside = (0, 0, *image.size)
    else:
        shown, inside = part_of(image, box, MARGIN), part_of(image, box, 0.0)
    pixels = np.asarray(image.crop(inside))[:, :, ::-1].copy()
    origin = np.array([inside[0] - shown[0], inside[1] - shown[1]], float)
    return pixels, origin, np.array([shown[2] - shown[0], shown[3] - shown[1]], float)
