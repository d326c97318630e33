"""Stations, and cameras deployed at them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

OPERATION_STATES = ("failed", "partial", "unknown")


@dataclass(frozen=True, slots=True)
class Station:
    """A place where animals are recorded; the detector of SCR. Camtrap DP: locationID, locationName.

    x, y: metres in the survey's coordinate system (`SurveyConfig.crs`).
    latitude, longitude: WGS84 degrees. original: the coordinates as they were written, with their system.
    """

    id: str
    name: str
    x: float
    y: float
    latitude: float
    longitude: float
    original: str = ""
    original_crs: str = ""
    uncertainty_m: float | None = None
    covariates: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class ProblemPeriod:
    """A time in which a deployed camera did not work as it should.

    start inclusive, end exclusive, timezone-aware. state: "failed" (nothing recorded), "partial"
    (for example a dead flash: nights missing), "unknown". cause and basis as in the field record.
    """

    start: datetime
    end: datetime
    state: str = "failed"
    cause: str = ""
    basis: str = "fieldNote"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One camera at one station from setup to retrieval; the Camtrap DP deployment.

    start inclusive, end exclusive, timezone-aware. Where the field record gives a day and no time,
    `start_is_day` / `end_is_day` say so (setup and retrieval days then count by the part-day rule): start is then
    the midnight that begins the setup day, end the midnight that ends the retrieval day.
    end None: still running. clock: id of the clock rule in force (see `pardus.model.clock`).
    extra: fields of a partner's file that we do not know, kept to be written back.
    """

    id: str
    station: str
    camera: str
    start: datetime
    end: datetime | None
    start_is_day: bool = False
    end_is_day: bool = False
    problems: tuple[ProblemPeriod, ...] = ()
    camera_model: str = ""
    camera_serial: str = ""
    clock: str = ""
    setup_by: str = ""
    comments: str = ""
    extra: dict[str, str] = field(default_factory=dict, hash=False)
