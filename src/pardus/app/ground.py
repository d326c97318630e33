"""The ground that a map shows: stations and the survey's own polygons, in its coordinate system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import shapely

from pardus.app.estimate import read_polygons
from pardus.app.survey_folder import open_survey, survey_config
from pardus.model.deployment import Station
from pardus.model.errors import MaskError
from pardus.model.record import from_record
from pardus.model.survey import SurveyConfig

SIMPLER_M = 150.0
"""Corners of an outline closer to a straight line than this are left out: a map on a screen shows no more."""

Ring = tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Outline:
    """One polygon of the survey's files. kind: "region", "study" or "sea". ring: corners in metres."""

    name: str
    kind: str
    ring: Ring


@dataclass(frozen=True, slots=True)
class Ground:
    """What lies where, in metres of the survey's coordinate system."""

    stations: tuple[Station, ...]
    outlines: tuple[Outline, ...]


def ground(folder: Path) -> Ground:
    """Return stations and polygons of the survey in a folder. A polygon file that can't be read is left out."""
    config, _warnings = survey_config(folder)
    with open_survey(folder) as store:
        stations = tuple(from_record(Station, record) for _key, record in store.present("stations"))
    return Ground(stations, _outlines(folder, config))


def _outlines(folder: Path, config: SurveyConfig) -> tuple[Outline, ...]:
    wanted = [(name, "region", file) for name, file in config.regions.items()]
    wanted += [("", "study", config.area.study)] if config.area.study else []
    wanted += [("", "sea", file) for file in (*config.area.sea, *config.mask.unsuitable)]
    found: list[Outline] = []
    for name, kind, file in wanted:
        path = folder / file
        if not path.is_file():
            continue
        for ring in _rings(path, path.stat().st_mtime_ns, config.crs):
            outline = Outline(name, kind, ring)
            if outline not in found:
                found.append(outline)
    return tuple(found)


@lru_cache(maxsize=64)
def _rings(path: Path, _changed: int, crs: str) -> tuple[Ring, ...]:
    """Return the outer rings of a polygon file, in a coordinate system."""
    try:
        shapes = read_polygons(path, crs)
    except MaskError:
        return ()
    polygons = shapely.get_parts(shapely.simplify(shapes, SIMPLER_M))
    return tuple(
        tuple((float(x), float(y)) for x, y in shapely.get_coordinates(ring))
        for ring in shapely.get_exterior_ring(polygons)
        if ring is not None
    )
