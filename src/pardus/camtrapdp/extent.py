"""Where a package says it is: the extent of GeoJSON, and distances good enough to see two numbers exchanged."""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Any


def within(
    place: tuple[float, float], bounds: tuple[float, float, float, float], slack: float = 0.05
) -> bool:
    """Say whether a (latitude, longitude) lies in (west, south, east, north), degrees, with some slack."""
    west, south, east, north = bounds
    return south - slack <= place[0] <= north + slack and west - slack <= place[1] <= east + slack


def km(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the great-circle distance of two (latitude, longitude), km (haversine)."""
    if abs(a[0]) > 90 or abs(b[0]) > 90:
        return float("inf")
    la, lb = radians(a[0]), radians(b[0])
    h = sin((la - lb) / 2) ** 2 + cos(la) * cos(lb) * sin(radians(a[1] - b[1]) / 2) ** 2
    return 2 * 6371.0 * asin(min(1.0, sqrt(h)))


def extent(spatial: Any) -> tuple[float, float, float, float] | None:
    """Return (west, south, east, north) of a GeoJSON geometry or feature, None if it has no coordinates."""
    points: list[tuple[float, float]] = []

    def collect(value: Any, depth: int = 0) -> None:
        if depth > 20:
            return
        if isinstance(value, dict):
            for key in ("coordinates", "geometry", "geometries", "features"):
                if key in value:
                    collect(value[key], depth + 1)
        elif isinstance(value, list):
            if len(value) >= 2 and all(
                isinstance(v, int | float) and not isinstance(v, bool) for v in value[:2]
            ):
                points.append((float(value[0]), float(value[1])))
            else:
                for item in value:
                    collect(item, depth + 1)

    collect(spatial)
    if not points:
        return None
    return (
        min(p[0] for p in points),
        min(p[1] for p in points),
        max(p[0] for p in points),
        max(p[1] for p in points),
    )
