"""GCJ-02, the shifted coordinates of maps published in China, to and from WGS84.

The polynomial and its constants (Krasovsky 1940 ellipsoid) are the ones published for years in many maps'
open-source clients; the authority itself has never published them. The inverse is found by iteration.
"""

from __future__ import annotations

from math import cos, pi, radians, sin, sqrt

SEMI_MAJOR = 6_378_245.0
ECCENTRICITY_2 = 0.006693421622965943
TOLERANCE_DEGREES = 1e-9
"""About 0.1 mm; the polynomial is smooth, so that few rounds reach it."""


def to_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """Return (latitude, longitude) in GCJ-02 of a WGS84 point, degrees. Defined everywhere; used in China only."""
    north, east = _shift_metres(latitude, longitude)
    w = 1 - ECCENTRICITY_2 * sin(radians(latitude)) ** 2
    meridian = SEMI_MAJOR * (1 - ECCENTRICITY_2) / (w * sqrt(w))
    parallel = SEMI_MAJOR / sqrt(w) * cos(radians(latitude))
    return latitude + north / meridian * 180 / pi, longitude + east / parallel * 180 / pi


def from_gcj02(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the WGS84 (latitude, longitude) whose GCJ-02 coordinates these are, degrees."""
    guess = (latitude, longitude)
    for _round in range(50):
        found = to_gcj02(*guess)
        step = (latitude - found[0], longitude - found[1])
        guess = (guess[0] + step[0], guess[1] + step[1])
        if max(abs(step[0]), abs(step[1])) < TOLERANCE_DEGREES:
            break
    return guess


def _shift_metres(latitude: float, longitude: float) -> tuple[float, float]:
    """Return the shift (north, east): polynomials and sines in degrees from 35 N 105 E."""
    x, y = longitude - 105.0, latitude - 35.0
    common = 20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)
    north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x))
    north += (common + 20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3
    north += (160 * sin(y / 12 * pi) + 320 * sin(y / 30 * pi)) * 2 / 3
    east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x))
    east += (common + 20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3
    east += (150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)) * 2 / 3
    return north, east
