"""Finding animals in pictures: the interface that every finder keeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pardus.model.observation import Box
from pardus.vision.silhouette import Image


@dataclass(frozen=True, slots=True)
class Found:
    """One box in one picture. category: "animal", "human" or "vehicle". confidence: 0..1, None if none is given.

    unchecked: found by motion, by nobody's eye; a person must confirm before it counts.
    """

    category: str
    box: Box
    confidence: float | None = None
    unchecked: bool = False


@dataclass(frozen=True, slots=True)
class Look:
    """What a finder says about one picture. reason: why it can't say, or "".

    No box and no reason means that the finder looked and found nothing; only a person calls a picture empty.
    """

    found: tuple[Found, ...] = ()
    reason: str = ""


class AnimalFinder(Protocol):
    """Finds animals in pictures.

    `find` takes pictures of one camera in time order, (row, column, 3) uint8 BGR as shown, gives one Look for
    each, in order, and may be repeated. `name` tells the log what looked: program, version, model.
    """

    @property
    def name(self) -> str:
        """Program, version, model."""

    def find(self, images: Sequence[Image]) -> list[Look]:
        """Look at pictures of one camera."""
