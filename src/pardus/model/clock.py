"""Time is an instant plus the clock rule that produced it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class ClockRule:
    """How a camera's wall clock becomes an instant: a fixed offset for ever, or a civil zone with its history.

    zone: "+10:00", "-03:30" (fixed; the default of most cameras) or an IANA name ("Asia/Vladivostok").
    """

    zone: str

    def tz(self) -> tzinfo:
        """Return the tzinfo. Raises ValueError for a malformed offset, KeyError for an unknown zone."""
        return parse_zone(self.zone)

    def instant(self, wall: datetime) -> datetime:
        """Return the aware instant of a naive wall-clock time (fold 0 in an ambiguous hour)."""
        return wall.replace(tzinfo=self.tz())


@dataclass(frozen=True, slots=True)
class ClockCorrection:
    """A statement that a camera's clock was wrong, reversible because it is an entry, never an edit.

    deployment: whose media it applies to. kind:
    "offset": add `offset_s` to the wall time;
    "drift": linear between two anchors (wall_1 -> true_1, wall_2 -> true_2, naive, camera's zone);
    "zone": the wall time is in `zone` instead of the deployment's rule.
    from_wall / to_wall bound the wall times it applies to (None: unbounded; to_wall exclusive).
    """

    deployment: str
    kind: str
    offset_s: float = 0.0
    zone: str = ""
    wall_1: datetime | None = None
    true_1: datetime | None = None
    wall_2: datetime | None = None
    true_2: datetime | None = None
    from_wall: datetime | None = None
    to_wall: datetime | None = None
    reason: str = ""


def parse_zone(zone: str) -> tzinfo:
    """Return the tzinfo for "+10:00" or an IANA name."""
    if zone[:1] in "+-" and zone[1:]:
        hours, _colon, minutes = zone[1:].partition(":")
        delta = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(-delta if zone[0] == "-" else delta)
    return ZoneInfo(zone)


def correct(wall: datetime, rule: ClockRule, corrections: tuple[ClockCorrection, ...]) -> datetime:
    """Return the instant of a naive wall time under a rule and the corrections in force, in their order.

    A correction applies when its bounds hold the wall time as the camera wrote it.
    """
    corrected = wall
    for correction in corrections:
        if correction.from_wall is not None and wall < correction.from_wall:
            continue
        if correction.to_wall is not None and wall >= correction.to_wall:
            continue
        if correction.kind == "offset":
            corrected += timedelta(seconds=correction.offset_s)
        elif correction.kind == "drift":
            corrected = _undrift(corrected, correction)
        elif correction.kind == "zone":
            rule = ClockRule(correction.zone)
    return rule.instant(corrected)


def _undrift(wall: datetime, c: ClockCorrection) -> datetime:
    if c.wall_1 is None or c.true_1 is None or c.wall_2 is None or c.true_2 is None:
        raise ValueError("a drift correction needs both anchors")
    rate = (c.true_2 - c.true_1) / (c.wall_2 - c.wall_1)
    return c.true_1 + (wall - c.wall_1) * rate
