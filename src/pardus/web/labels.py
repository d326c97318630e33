"""Where the names on a map can stand: beside their dots, and never on a dot, on another name or outside the map."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

Rectangle = tuple[float, float, float, float]
"""left, top, right, bottom in units of the drawing, y down."""

SIZE = 10.0
"""Height of the letters, as `.map text` of the style sheet has it."""


def width_of(text: str) -> float:
    """Return about how wide a name is."""
    return sum(SIZE if unicodedata.east_asian_width(c) in "WF" else 0.6 * SIZE for c in text)


def label_places(
    dots: Sequence[tuple[float, float, float]],
    names: Sequence[str],
    width: float,
    height: float,
    taken: Iterable[Rectangle] = (),
) -> list[tuple[float, float] | None]:
    """Return for each dot (x, y, radius) the middle of its name's base line, or None where there is no room.

    Below the dot if possible, then above, to the right, to the left. Those that come first choose first.
    taken: what names must keep clear of besides the dots.
    """
    used = [*taken, *((x - r, y - r, x + r, y + r) for x, y, r in dots)]
    places: list[tuple[float, float] | None] = []
    for (x, y, radius), name in zip(dots, names, strict=True):
        half = width_of(name) / 2
        beside = radius + half + 3
        found = None
        for place in (
            (x, y + radius + SIZE),
            (x, y - radius - 3),
            (x + beside, y + 0.35 * SIZE),
            (x - beside, y + 0.35 * SIZE),
        ):
            box = (place[0] - half, place[1] - 0.8 * SIZE, place[0] + half, place[1] + 0.2 * SIZE)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= width and box[3] <= height
            if inside and not any(_meet(box, other) for other in used):
                found = place
                used.append(box)
                break
        places.append(found)
    return places


def _meet(a: Rectangle, b: Rectangle) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
