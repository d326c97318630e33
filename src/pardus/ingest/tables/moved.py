"""Stations that stand elsewhere than before: a slip, another coordinate system, or a true move."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pardus.ingest.tables.coordinates import distance_m, to_wgs84
from pardus.ingest.tables.gcj02 import from_gcj02, to_gcj02
from pardus.model.deployment import Station
from pardus.model.errors import Finding
from pardus.model.language import _

FAR_M = 5_000.0
NOTABLE_M = 30.0
MATCH_M = 20.0
"""How near a shift must be to that of another system to be taken for it."""


def moved_stations(before: Mapping[str, Station], now: Iterable[Station]) -> list[Finding]:
    """Return a finding for each station that was known at another place.

    before: id -> station as the survey has it. More than 5 km is an error; less is a warning from 30 m on, which
    says so if the shift is that of GCJ-02 or of SK-42 degrees read as WGS84.
    """
    found = []
    for station in now:
        known = before.get(station.id)
        if known is None:
            continue
        was, here = (known.latitude, known.longitude), (station.latitude, station.longitude)
        metres = distance_m(was, here)
        if metres < NOTABLE_M:
            continue
        message = _("{name} stands {metres:.0f} m from where it was known.").format(
            name=station.name, metres=metres
        )
        system = _system(was, here)
        if system:
            remedy = _(
                "The shift is that of {system}. Declare the system that the table is in: crs = ..."
            ).format(system=system)
            found.append(Finding("station-shifted", station.id, message, remedy, "warning"))
        elif metres > FAR_M:
            remedy = _("Correct it, or give the new place a name of its own.")
            found.append(Finding("station-far-from-before", station.id, message, remedy))
        else:
            found.append(Finding("station-moved-since", station.id, message, severity="warning"))
    return found


def _system(was: tuple[float, float], here: tuple[float, float]) -> str:
    """Return the system in whose coordinates one place is the other's, "" if in none."""
    if min(distance_m(to_gcj02(*was), here), distance_m(from_gcj02(*was), here)) < MATCH_M:
        return "GCJ-02"
    read_as = to_wgs84(was[1], was[0], "EPSG:4284")
    back = (2 * was[0] - read_as[0], 2 * was[1] - read_as[1])
    if min(distance_m(read_as, here), distance_m(back, here)) < MATCH_M:
        return "SK-42"
    return ""
