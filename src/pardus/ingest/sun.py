"""Where the sun stands, to about a tenth of a degree: the formulae of NOAA's solar calculator.

NOAA Global Monitoring Laboratory, "General Solar Position Calculations" (the low-accuracy series). Refraction is
left out: it is below 0.6 degrees at the horizon, and no alarm is decided so close to it.
"""

from __future__ import annotations

from datetime import datetime

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def sun_elevation(latitude: float, longitude: float, unix_seconds: Floats) -> Floats:
    """Return the sun's elevation over the horizon, degrees, for each instant.

    latitude, longitude: WGS84 degrees, east positive. unix_seconds: (n,) seconds since 1970 UTC. Returns (n,).
    """
    days = np.asarray(unix_seconds, dtype=np.float64) / 86_400.0
    day = np.floor(days).astype("datetime64[D]")
    year_start = day.astype("datetime64[Y]").astype("datetime64[D]")
    year_days = ((day.astype("datetime64[Y]") + 1).astype("datetime64[D]") - year_start).astype(np.float64)
    day_of_year = (day - year_start).astype(np.float64)
    hours = (days - np.floor(days)) * 24.0
    angle = 2 * np.pi / year_days * (day_of_year + (hours - 12) / 24)
    equation_minutes = 229.18 * (
        0.000075
        + 0.001868 * np.cos(angle)
        - 0.032077 * np.sin(angle)
        - 0.014615 * np.cos(2 * angle)
        - 0.040849 * np.sin(2 * angle)
    )
    declination = (
        0.006918
        - 0.399912 * np.cos(angle)
        + 0.070257 * np.sin(angle)
        - 0.006758 * np.cos(2 * angle)
        + 0.000907 * np.sin(2 * angle)
        - 0.002697 * np.cos(3 * angle)
        + 0.00148 * np.sin(3 * angle)
    )
    solar_minutes = hours * 60 + equation_minutes + 4 * longitude
    hour_angle = np.radians(solar_minutes / 4 - 180)
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    elevation: Floats = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
    return elevation


def elevation_at(latitude: float, longitude: float, at: datetime) -> float:
    """Return the sun's elevation in degrees at one timezone-aware instant."""
    return float(sun_elevation(latitude, longitude, np.array([at.timestamp()]))[0])
