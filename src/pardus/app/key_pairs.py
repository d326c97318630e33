"""Marks that agree between two pictures, for the eye: places in both, as shares of the cut picture."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pardus.app.review import FOLDER

MOST = 40
Place = tuple[float, float, float, float, float]


def key_pairs(folder: Path, a: str, b: str) -> list[Place]:
    """Return (x in a, y in a, x in b, y in b, weight 0..1), heaviest first; nothing where it can't be said.

    a, b: observation ids. Places are shares of the width and height of the animal's box. Compared with each other
    alone, not with the whole catalogue: quick, and enough to show where to look. Needs the optional part `vision`
    and that both are described (`pardus identify`); without it there are no lines, and the page says so.
    """
    try:
        from pardus.app.describe import coat_path, read_coat
        from pardus.identify.matcher import CoatMatcher
    except ImportError:
        return []
    from pardus.model.coat import Picture

    one, other = (read_coat(coat_path(folder / FOLDER, id_)) for id_ in (a, b))
    if one is None or other is None or not (len(one.coat.grid) and len(other.coat.grid)):
        return []
    matcher = CoatMatcher.learn([Picture(b, "b", "unknown", other.coat)])
    found = matcher.key_pairs(Picture(a, "a", "unknown", one.coat), 0)
    heaviest = float(found.weight.max(initial=0.0)) or 1.0
    here = np.clip(found.query.astype(float) * one.unit, 0.0, 1.0)
    there = np.clip(found.mate.astype(float) * other.unit, 0.0, 1.0)
    return [
        (float(x), float(y), float(u), float(v), float(w) / heaviest)
        for (x, y), (u, v), w in zip(here[:MOST], there[:MOST], found.weight[:MOST], strict=True)
    ]
