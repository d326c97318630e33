"""Cameras as they are in the field: what each is, when it works, and what its clock shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo

import numpy as np

from pardus.model.clock import parse_zone
from pardus.sim.parameters import CameraParameters, Parameters
from pardus.sim.stations import Station
from pardus.sim.stills import CameraMake
from pardus.sim.streams import stream
from pardus.sim.tracks import SUN_ZONE_H

MODELS = (
    ("RECONYX", "HC600 HYPERFIRE", "H600HH"),
    ("RECONYX", "HYPERFIRE 2 COVERT", "HLPXGM"),
    ("Bushnell", "119837", "B1"),
    ("LTL ACORN", "LTL-6210MC", "L6"),
    ("Yianws", "L710", "Y7"),
)
FACTORY = datetime(2000, 1, 1, tzinfo=UTC)
FAILURES = ("lost", "half_season", "gap", "dead_flash")
CLOCKS = ("clock_zone", "clock_12_hours", "clock_reset", "clock_drift")


@dataclass(frozen=True, slots=True)
class Clock:
    """How a camera's clock goes. kind: "" (right), or a name in CLOCKS.

    offset: added to the rule's wall time; from `since` on the clock runs from the factory date (reset);
    drift: seconds gained per second since setup.
    """

    kind: str = ""
    offset: timedelta = timedelta(0)
    since: datetime | None = None
    drift: float = 0.0


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera at one station for one season. Instants are aware.

    failure: "" or a name in FAILURES. off: periods in which it recorded nothing; dark_from: since when its flash
    is dead. A lost camera brings no card home and its true working time is not known to the field team.
    """

    station: int
    letter: str
    make: CameraMake
    video: bool
    setup: datetime
    retrieval: datetime
    zone: str
    failure: str = ""
    off: tuple[tuple[datetime, datetime], ...] = ()
    dark_from: datetime | None = None
    clock: Clock = field(default_factory=Clock)

    def records(self, at: datetime, night: bool) -> bool:
        """Say whether it takes a picture at an instant."""
        if not self.setup <= at <= self.retrieval or any(a <= at < b for a, b in self.off):
            return False
        return not (night and self.dark_from is not None and at >= self.dark_from)

    def wall_zone(self) -> tzinfo:
        """Return the zone of its partner's clock rule, in which the field team writes."""
        return parse_zone(self.zone)

    def wall(self, at: datetime) -> datetime:
        """Return what its clock shows at an instant, naive."""
        if self.clock.since is not None and at >= self.clock.since:
            return (FACTORY + (at - self.clock.since)).replace(tzinfo=None)
        shown = at.astimezone(parse_zone(self.zone)) + self.clock.offset
        shown += timedelta(seconds=round(self.clock.drift * (at - self.setup).total_seconds()))
        return shown.replace(tzinfo=None)


def noon(day: date) -> datetime:
    """Return noon of a day in programme time (UTC+10)."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=timezone(timedelta(hours=SUN_ZONE_H)))


def set_up(
    seed: int, parameters: Parameters, stations: Sequence[Station], start: date, year: int
) -> list[Camera]:
    """Return all cameras of a season, with their failures and clocks."""
    p = parameters
    out = []
    for index, station in enumerate(stations):
        partner = p.partners[station.partner]
        for letter in station.cameras:
            rng = stream(seed, "camera", year, partner.id, station.number, letter)
            brand, model, head = MODELS[int(rng.integers(len(MODELS)))]
            make = CameraMake(brand, model, f"{head}{int(rng.integers(10**6, 10**7))}")
            setup = noon(start) - timedelta(
                days=int(rng.integers(2, 9)), minutes=int(rng.integers(-180, 180))
            )
            retrieval = noon(start) + timedelta(
                days=p.survey.days + int(rng.integers(2, 12)), minutes=int(rng.integers(-180, 180))
            )
            video = letter == "B" and rng.random() < p.survey.video
            failure = _pick(rng, p.cameras, FAILURES)
            off, dark = _failing(rng, failure, start, p.survey.days, setup, retrieval)
            clock = _clock(rng, _pick(rng, p.cameras, CLOCKS), partner.zone, start, p.survey.days)
            out.append(
                Camera(index, letter, make, video, setup, retrieval, partner.zone, failure, off, dark, clock)
            )
    return out


def _pick(rng: np.random.Generator, shares: CameraParameters, names: tuple[str, ...]) -> str:
    draw, total = float(rng.random()), 0.0
    for name in names:
        total += getattr(shares, name)
        if draw < total:
            return name
    return ""


def _failing(
    rng: np.random.Generator, failure: str, start: date, days: int, setup: datetime, retrieval: datetime
) -> tuple[tuple[tuple[datetime, datetime], ...], datetime | None]:
    first = noon(start) + timedelta(days=int(rng.integers(days // 5, max(days // 5 + 1, days * 4 // 5))))
    if failure == "lost":
        return ((setup, retrieval),), None
    if failure == "half_season":
        return ((first, retrieval),), None
    if failure == "gap":
        return ((first, min(first + timedelta(days=int(rng.integers(7, 28))), retrieval)),), None
    if failure == "dead_flash":
        return (), first
    return (), None


def _clock(rng: np.random.Generator, kind: str, zone: str, start: date, days: int) -> Clock:
    if kind == "clock_zone":
        others = [timedelta(hours=h) for h in (8, 10, 11) if f"+{h:02d}:00" != zone]
        here = parse_zone(zone).utcoffset(noon(start)) or timedelta(0)
        return Clock(kind, others[int(rng.integers(len(others)))] - here)
    if kind == "clock_12_hours":
        return Clock(kind, timedelta(hours=12 if rng.random() < 0.5 else -12))
    if kind == "clock_reset":
        return Clock(kind, since=noon(start) + timedelta(days=float(rng.uniform(0.2, 0.8)) * days))
    if kind == "clock_drift":
        minutes = float(rng.uniform(25, 90)) * (1 if rng.random() < 0.5 else -1)
        return Clock(kind, drift=minutes * 60 / (days * 86400))
    return Clock()


def camera_days(camera: Camera, start: date, days: int) -> tuple[float, float]:
    """Return days of the season on which a camera worked, and of these those with a dead flash."""
    first, last = max(noon(start), camera.setup), min(noon(start) + timedelta(days=days), camera.retrieval)
    worked = max((last - first).total_seconds(), 0.0)
    for a, b in camera.off:
        worked -= max((min(b, last) - max(a, first)).total_seconds(), 0.0)
    dark = 0.0
    if camera.dark_from is not None:
        dark = max((last - max(camera.dark_from, first)).total_seconds(), 0.0)
    return round(worked / 86400, 4), round(dark / 86400, 4)
