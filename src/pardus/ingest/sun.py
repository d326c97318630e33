"""Where the sun stands, to some hundredths of a degree: the formulae of NOAA's solar calculator.

NOAA Global Monitoring Laboratory, "Solar Calculation Details", after Meeus, Astronomical Algorithms (1991), chapters
24 and 27. Refraction is left out: it is below 0.6 degrees at the horizon, and no alarm is decided so close to it.
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
    century = (days + 2_440_587.5 - 2_451_545.0) / 36_525.0
    longitude_mean = np.radians((280.46646 + century * (36_000.76983 + century * 0.0003032)) % 360)
    anomaly = np.radians(357.52911 + century * (35_999.05029 - 0.0001537 * century))
    eccentricity = 0.016708634 - century * (0.000042037 + 0.0000001267 * century)
    centre = np.radians(
        np.sin(anomaly) * (1.914602 - century * (0.004817 + 0.000014 * century))
        + np.sin(2 * anomaly) * (0.019993 - 0.000101 * century)
        + np.sin(3 * anomaly) * 0.000289
    )
    node = np.radians(125.04 - 1934.136 * century)
    longitude_apparent = longitude_mean + centre - np.radians(0.00569 + 0.00478 * np.sin(node))
    obliquity = np.radians(23.43929111 - century * 0.0130042 + 0.00256 * np.cos(node))
    declination = np.arcsin(np.sin(obliquity) * np.sin(longitude_apparent))
    y = np.tan(obliquity / 2) ** 2
    equation_minutes = 4 * np.degrees(
        y * np.sin(2 * longitude_mean)
        - 2 * eccentricity * np.sin(anomaly)
        + 4 * eccentricity * y * np.sin(anomaly) * np.cos(2 * longitude_mean)
        - y**2 / 2 * np.sin(4 * longitude_mean)
        - 1.25 * eccentricity**2 * np.sin(2 * anomaly)
    )
    minutes_utc = (days - np.floor(days)) * 1440.0
    hour_angle = np.radians((minutes_utc + equation_minutes + 4 * longitude) / 4 - 180)
    phi = np.radians(latitude)
    sine = np.sin(phi) * np.sin(declination) + np.cos(phi) * np.cos(declination) * np.cos(hour_angle)
    elevation: Floats = np.degrees(np.arcsin(np.clip(sine, -1, 1)))
    return elevation


def elevation_at(latitude: float, longitude: float, at: datetime) -> float:
    """Return the sun's elevation in degrees at one timezone-aware instant."""
    return float(sun_elevation(latitude, longitude, np.array([at.timestamp()]))[0])
