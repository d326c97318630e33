"""A basemap that a partner supplied: a PMTiles file in the survey's own folder, and what lies on it in degrees."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import Transformer

from pardus.app.ground import Ground

SUFFIX = ".pmtiles"
MAGIC = b"PMTiles\x03"
DIGITS = 5
"""Decimals of degrees: about a metre."""


def basemap(folder: Path) -> Path | None:
    """Return the survey's basemap: the first PMTiles file (version 3) in its folder, None if there is none.

    A link that leads out of the folder is none.
    """
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        try:
            if path.resolve().parent != folder.resolve() or not path.is_file():
                continue
            with path.open("rb") as file:
                if file.read(len(MAGIC)) == MAGIC:
                    return path
        except OSError:
            continue
    return None


def on_basemap(
    ground: Ground,
    crs: str,
    *,
    sizes: Mapping[str, float] | None = None,
    paths: Sequence[tuple[str, Sequence[str]]] = (),
) -> dict[str, Any]:
    """Return stations, outlines and paths as GeoJSON, in degrees, and the bounds (west, south, east, north).

    sizes, paths: as `web.drawing.station_map` takes them. The positions are those that the plain map draws, from the
    same x and y: what is withheld or made coarse there is so here.
    """
    degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    placed = [s for s in ground.stations if math.isfinite(s.x) and math.isfinite(s.y)]
    at = _degrees(degrees, [(s.x, s.y) for s in placed])
    places = {s.id: place for s, place in zip(placed, at, strict=True)}
    most = max([*(sizes or {}).values(), 1.0])
    stations = [
        _feature(
            "Point",
            places[s.id],
            name=s.name or s.id,
            radius=4.0 if sizes is None else 3.5 + 9 * math.sqrt(sizes.get(s.id, 0.0) / most),
            seen=sizes is None or sizes.get(s.id, 0.0) > 0,
        )
        for s in placed
    ]
    outlines = [
        _feature("Polygon", [_degrees(degrees, o.ring)], name=o.name, kind=o.kind) for o in ground.outlines
    ]
    lines = [
        _feature("LineString", [places[name] for name in names if name in places], kind=kind)
        for kind, names in paths
        if sum(name in places for name in names) > 1
    ]
    marked = {name for _kind, names in paths for name in names}
    shown = [places[name] for name in sorted(marked) if name in places] or at
    return {
        "stations": _collection(stations),
        "outlines": _collection(outlines),
        "paths": _collection(lines),
        "bounds": _bounds(shown),
    }


def _degrees(to: Transformer, points: Sequence[tuple[float, float]]) -> list[list[float]]:
    if not points:
        return []
    x, y = np.array(points, dtype=np.float64).T
    longitude, latitude = to.transform(x, y)
    return [
        [round(float(a), DIGITS), round(float(b), DIGITS)] for a, b in zip(longitude, latitude, strict=True)
    ]


def _bounds(points: Sequence[Sequence[float]]) -> list[float] | None:
    if not points:
        return None
    east, north = max(p[0] for p in points), max(p[1] for p in points)
    return [min(p[0] for p in points), min(p[1] for p in points), east, north]


def _feature(shape: str, coordinates: Any, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": shape, "coordinates": coordinates},
    }


def _collection(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": features}
