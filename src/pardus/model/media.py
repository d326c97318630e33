"""Pictures and videos, each known by its content's hash."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

KINDS = ("image", "video")
DATE_SOURCES = (
    "exif-original",
    "exif-digitized",
    "container",
    "sidecar",
    "filename",
    "info-bar",
    "mtime",
    "table",
    "none",
)
DATE_FAULTS = ("no-date", "factory-date", "before-2005", "in-future", "wrong-clock")
"""A media with one of these has no time that effort and histories may use. "wrong-clock": a person accepted that
its date is wrong and can't be mended."""
DAMAGE_FAULTS = ("truncated", "overwritten", "undecodable", "too-many-pixels")
"""A media with one of these is kept as evidence and never shown to an animal finder."""


@dataclass(frozen=True, slots=True)
class Media:
    """One file's content. Two paths with the same bytes are one Media with two `paths`.

    id: `organisation:` + first 20 hex digits of sha256. paths: as found, relative to the ingested
    folder, POSIX separators, first one first. wall: the camera's naive clock time; timestamp: the
    instant after clock rule and corrections, or None if no date could be had; date_source: one of
    DATE_SOURCES; raw_date: as the file says it. faults: codes of findings ("truncated",
    "before-2005", ...). A media with a fault in DATE_FAULTS is left out of effort and histories
    and counted. metadata: serial, sequence, temperature and so on, as text.
    """

    id: str
    sha256: str
    bytes: int
    kind: str
    mime: str
    paths: tuple[str, ...]
    deployment: str = ""
    wall: datetime | None = None
    timestamp: datetime | None = None
    date_source: str = "none"
    raw_date: str = ""
    width: int = 0
    height: int = 0
    duration_s: float | None = None
    faults: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict, hash=False)
    extra: dict[str, str] = field(default_factory=dict, hash=False)
