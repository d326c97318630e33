"""The marks that agree between two pictures, for the eye to check."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pardus.app.describe import Described, coat_path, read_coat
from pardus.app.review import FOLDER
from pardus.identify.matcher import CoatMatcher
from pardus.model.coat import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """Marks of a and of b that agree, heaviest first. a, b: (mark, 2) x and y, 0..1 of each box. weight: 0..1."""

    a: NDArray[np.float64]
    b: NDArray[np.float64]
    weight: NDArray[np.float64]


def marks(folder: Path, a: str, b: str) -> Marks:
    """Return the marks that agree between two observations; none if one of them is not described (yet).

    Compared with each other alone, not with the whole catalogue: quick, and enough to show where to look.
    """
    one, other = (read_coat(coat_path(folder / FOLDER, id_)) for id_ in (a, b))
    if one is None or other is None:
        return Marks(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))
    matcher = CoatMatcher.learn([Picture(b, "b", "unknown", other.coat)])
    pairs = matcher.key_pairs(Picture(a, "a", "unknown", one.coat), 0)
    heaviest = float(pairs.weight.max(initial=0.0)) or 1.0
    return Marks(_relative(pairs.query, one), _relative(pairs.mate, other), pairs.weight / heaviest)


def _relative(xy: NDArray[np.float32], of: Described) -> NDArray[np.float64]:
    return np.clip(xy.astype(float) * of.unit, 0.0, 1.0)
