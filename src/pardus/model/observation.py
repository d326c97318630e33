"""What a person, a machine or a file said about an animal at a camera."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

FLANKS = ("left", "right", "both", "front", "rear", "unknown")
SIDES = ("left", "right")
"""The flanks by which animals are told apart, each a pattern of its own."""

LIFE_STAGES = ("adult", "subadult", "juvenile", "")
SEXES = ("female", "male", "")
QUALITY = "quality"
"""Key of `extra`: how far the picture will carry: good, fair or poor, graded by a machine or a person."""

FLANK_PROPOSED = "flankProposed"
"""Key of `extra`: the flank as a machine sees it, until a person says it."""

UNCHECKED = "unchecked"
"""Key of `extra`: "motion" for a box of what moved: no finder that knows animals and no person has seen one there."""

PLATE = "plate"
"""Key of `extra`: a plate of a catalogue: a picture of a known animal, at no station and no time."""

UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""Where a thing without a date stands, so that it can be put in order; nothing is counted there."""

TYPES = ("animal", "human", "vehicle", "blank", "unknown", "unclassified")


@dataclass(frozen=True, slots=True)
class Box:
    """Part of a picture, 0..1 from the top left of the picture as shown (after EXIF rotation)."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Observation:
    """One animal (or group) at one camera, on one or more media, as one author stated it.

    media: ids of the pictures or clip it is seen on; empty when it comes from a table without files.
    start, end: timezone-aware, end >= start. box and frame: where in the (first) media; frame counts from 0.
    individual: id or "" (not identified); a decision by `classified_by`, reversible like any other.
    life_stage "juvenile": a dependent cub, never in a history. mother: individual id when this is a cub.
    method: "human" or "machine". group: observations with the same group were seen together.
    """

    id: str
    deployment: str
    start: datetime
    end: datetime
    media: tuple[str, ...] = ()
    type: str = "animal"
    scientific_name: str = ""
    count: int = 1
    individual: str = ""
    flank: str = "unknown"
    sex: str = ""
    life_stage: str = ""
    behaviour: str = ""
    group: str = ""
    mother: str = ""
    box: Box | None = None
    frame: int | None = None
    method: str = "human"
    classified_by: str = ""
    probability: float | None = None
    comments: str = ""
    extra: dict[str, str] = field(default_factory=dict, hash=False)
