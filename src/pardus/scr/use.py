"""From where an animal lives to where it goes: the share of its use that falls on each side of a line.

The use of an animal centred at s is the detection function as a kernel around s, over the cells of the mask: what the
model says of where it can be met. Royle et al. (2014) Spatial Capture-Recapture, ch. 5 and 12.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from pardus.model.capture import Floats
from pardus.model.mask import Mask
from pardus.scr.detection import hazard, letters
from pardus.scr.nearest import nearest

USED = 0.05
"""An animal uses a side if this share of its kernel or more lies there."""

_BLOCK = 2_000_000


def use_shares(
    mask: Mask, sides: Mapping[str, Floats], detectfn: str, sigma: float, z: float = 1.0
) -> dict[str, Floats]:
    """Return side -> (cell,) share of the use of an animal centred in each cell that lies on that side.

    sides: side -> (cell,) share of each cell that belongs to it. sigma: metres.
    """
    names = list(sides)
    weights = np.stack([np.asarray(sides[n], dtype=np.float64) for n in names], axis=1)
    out = np.empty((len(mask), len(names)))
    step = max(1, _BLOCK // len(mask))
    for at in range(0, len(mask), step):
        d = np.sqrt(((mask.xy[at : at + step, None] - mask.xy[None]) ** 2).sum(axis=2))
        kernel = hazard(letters(detectfn), d, 1e-6, sigma, z)
        out[at : at + step] = kernel @ weights / kernel.sum(axis=1, keepdims=True)
    return {name: np.ascontiguousarray(out[:, k]) for k, name in enumerate(names)}


def along_the_border(xy: Floats, lands: Sequence[Iterable[Any]], width: float) -> np.ndarray:
    """Return (cell,) whether a cell's centre is in one land and within `width` metres of another.

    lands: polygons (shapely) of each. Better than `border_strip` where cells are wide: it measures to the line itself.
    """
    import shapely

    whole = [shapely.union_all(list(land)) for land in lands]
    points = shapely.points(xy)
    near = np.array([shapely.distance(land, points) <= width for land in whole])
    out: np.ndarray = near.sum(axis=0) > 1
    return out


def border_strip(mask: Mask, sides: Mapping[str, Floats], width: float) -> Floats:
    """Return (cell,) 1 where the nearest cell of another side is within `width` metres, 0 elsewhere.

    For a mask without polygons of the sides. Where the line runs across the cells' rows the strip comes out wider.
    """
    strip = np.zeros(len(mask))
    owned = {name: np.asarray(share, dtype=np.float64) > 0.5 for name, share in sides.items()}
    for name, mine in owned.items():
        others = np.zeros(len(mask), dtype=bool)
        for other, theirs in owned.items():
            if other != name:
                others |= theirs
        if mine.any() and others.any():
            distance = nearest(mask.xy[mine], mask.xy[others], within=width + mask.spacing)
            strip[np.flatnonzero(mine)[distance <= width + mask.spacing / 2]] = 1.0
    return strip


def part(mask: Mask, keep: np.ndarray) -> Mask:
    """Return the cells of a mask for which `keep` is true, with their covariates and regions."""
    return Mask(
        np.ascontiguousarray(mask.xy[keep]),
        mask.cell_area,
        mask.spacing,
        {k: v[keep] for k, v in mask.covariates.items()},
        {k: v[keep] for k, v in mask.regions.items()},
    )
