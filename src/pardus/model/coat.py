"""A coat as descriptors of small patches: what `vision` makes and `identify` compares."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

KINDS = ("grid", "points")


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """xy: (patch, 2) float32 in mean half axes of the trunk. descriptor: (patch, 128) uint8, plain SIFT."""

    xy: NDArray[np.float32]
    descriptor: NDArray[np.uint8]

    def __len__(self) -> int:
        """How many patches."""
        return len(self.xy)


@dataclass(frozen=True, slots=True, eq=False)
class Coat:
    """grid: upright patches on a regular grid. points: key points of any scale and rotation, strongest first."""

    grid: Patches
    points: Patches

    def patches(self, kind: str) -> Patches:
        """Return the patches of one of KINDS."""
        return self.grid if kind == "grid" else self.points


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One animal in one picture, ready to be compared.

    id: of the observation (box and flank). event: pictures of one event are never compared. flank: "left",
    "right", or anything else for a flank that nobody has said.
    """

    id: str
    event: str
    flank: str
    coat: Coat
