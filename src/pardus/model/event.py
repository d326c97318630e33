"""Independent events: one animal's visit to one station."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Event:
    """Observations of one individual (or one unidentified animal) at one station, close in time.

    Stills and video of both cameras of a station become one event with the flanks of all.
    media and observations: ids, in time order. flanks: sorted, without "unknown" unless it is all we know.
    """

    id: str
    station: str
    start: datetime
    end: datetime
    scientific_name: str
    individual: str
    flanks: tuple[str, ...]
    observations: tuple[str, ...]
    media: tuple[str, ...]
    cubs: int = 0
    companions: tuple[str, ...] = ()
