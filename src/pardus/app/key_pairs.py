"""Marks that agree between two pictures, for the eye: places in both, as shares of the cut picture."""

from __future__ import annotations

from pathlib import Path

MOST = 40
Place = tuple[float, float, float, float, float]


def key_pairs(folder: Path, a: str, b: str) -> list[Place]:
    """Return (x in a, y in a, x in b, y in b, weight 0..1), heaviest first; nothing where it can't be said.

    a, b: observation ids. Places are shares of the width and height of the animal's box. Needs the optional part
    `vision`; without it there are no lines, and the page says so.
    """
    return []
