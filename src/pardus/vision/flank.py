"""Which flank an animal shows, by the way it walks. A proposal; a person says it."""

from __future__ import annotations

from collections.abc import Sequence

from pardus.model.observation import Box

MOVED = 0.04
"""Of the picture's width: an animal that moved less may turn or sway, and says nothing."""


def by_walking(boxes: Sequence[Box]) -> str:
    """Return the flank of an animal whose boxes are in order of time: it walks forward. "" if it hardly moved.

    Who walks to the left of the picture has its head on the left and shows its left flank.
    """
    if len(boxes) < 2:
        return ""
    first, last = (b.x + b.width / 2 for b in (boxes[0], boxes[-1]))
    if abs(last - first) < MOVED:
        return ""
    return "left" if last < first else "right"
