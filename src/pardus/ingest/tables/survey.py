"""All tables that a survey names, read together: every fault of every table at once, or what they say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path
from typing import Any

import numpy as np
import pyogrio
from pyogrio.errors import DataSourceError
from pyproj import Transformer
from shapely import Point, from_wkb, prepare, transform, union_all

from pardus.ingest.tables.cameras import read_deployments
from pardus.ingest.tables.coordinates import Ground, Inside
from pardus.ingest.tables.grid import Columns, read_grid
from pardus.ingest.tables.passports import read_passports
from pardus.ingest.tables.places import read_stations
from pardus.ingest.tables.records import read_records
from pardus.model.clock import parse_zone
from pardus.model.config import table_kind
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import Finding, TableError
from pardus.model.individual import Relationship, Statement
from pardus.model.language import _, ngettext
from pardus.model.lookalike import clean
from pardus.model.observation import Observation
from pardus.model.survey import SurveyConfig, TableMapping


@dataclass(frozen=True, slots=True)
class FieldTables:
    """What the tables say. warnings: doubtful things to show. rows: file -> number of rows read."""

    stations: tuple[Station, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    observations: tuple[Observation, ...] = ()
    decisions: tuple[Decision, ...] = ()
    statements: tuple[Statement, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    warnings: tuple[Finding, ...] = ()
    rows: tuple[tuple[str, int], ...] = ()


def read_tables(folder: Path, config: SurveyConfig) -> FieldTables:
    """Read every table of `config.tables`; files are relative to `folder`, which nothing is written to.

    Raises TableError with every fault of every table at once.
    """
    findings: list[Finding] = []
    ground = read_ground(folder, config, findings)
    tables = {
        name: Columns(read_grid(folder, mapping), mapping, table_kind(name))
        for name, mapping in config.tables.items()
    }
    stations: dict[str, Station] = {}
    for columns in _of(tables, "stations"):
        for station in read_stations(columns, config.organisation, config.crs, ground):
            stations[station.id] = station
    names = {station.id.partition(":")[2]: station.id for station in stations.values()}
    blocked = frozenset(
        clean(columns.text(row, "station"))
        for columns in _of(tables, "stations")
        if columns.has("station")
        for row in columns.grid.rows
    ) - set(names)
    for columns in tables.values():
        columns.blocked = blocked
    deployments: dict[str, Deployment] = {}
    for columns in (*_of(tables, "stations"), *_of(tables, "deployments")):
        if columns.kind == "stations" and not columns.has("setup"):
            continue
        found = read_deployments(columns, config.organisation, names, _zone(columns.mapping, config))
        for name in sorted({d.id for d in found} & set(deployments)):
            columns.fault_at(
                "deployment-twice",
                _("the deployment {name} is in another table too.").format(name=name),
                _("Keep it in one of them."),
            )
        deployments |= {d.id: d for d in found}
    records = [
        read_records(c, config.organisation, names, tuple(deployments.values()), _zone(c.mapping, config))
        for c in _of(tables, "records")
    ]
    passports = [
        read_passports(c, config.organisation, _zone(c.mapping, config)) for c in _of(tables, "individuals")
    ]
    findings += [finding for columns in tables.values() for finding in columns.findings]
    findings = list(dict.fromkeys(findings))
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        summary = ngettext(
            "The tables have {count} fault; nothing was read.",
            "The tables have {count} faults; nothing was read.",
            len(errors),
        )
        raise TableError(summary.format(count=len(errors)), findings)
    return FieldTables(
        stations=tuple(stations.values()),
        deployments=tuple(deployments.values()),
        observations=tuple(o for r in records for o in r.observations),
        decisions=tuple(d for r in records for d in r.decisions),
        statements=tuple(s for p in passports for s in p.statements),
        relationships=tuple(r for p in passports for r in p.relationships),
        warnings=tuple(sorted(findings)),
        rows=tuple((c.mapping.file, len(c.grid.rows)) for c in tables.values()),
    )


def _of(tables: dict[str, Columns], kind: str) -> list[Columns]:
    return [columns for columns in tables.values() if columns.kind == kind]


def _zone(mapping: TableMapping, config: SurveyConfig) -> tzinfo:
    return parse_zone(mapping.zone or config.camera_zone or config.zone)


def read_ground(folder: Path, config: SurveyConfig, findings: list[Finding]) -> Ground:
    """Return where stations can be, from the polygon files of `[area]`; a file that can't be read is a finding."""
    area = config.area
    return Ground(
        crs=config.crs,
        study=_inside(folder, [area.study] if area.study else [], findings),
        sea=_inside(folder, area.sea, findings),
        country=area.country,
        max_km=area.max_km,
    )


def _inside(folder: Path, names: Iterable[str], findings: list[Finding]) -> Inside | None:
    shapes = []
    for name in names:
        try:
            meta, _index, geometry, _fields = pyogrio.raw.read(folder / name, columns=[])
        except (DataSourceError, OSError) as error:
            message = _("can't be read as a polygon file: {reason}").format(reason=error)
            findings.append(
                Finding("polygon-unreadable", name, message, _("GeoPackage, GeoJSON or shapefile."))
            )
            continue
        shapes.append(_in_wgs84(geometry, meta["crs"] or "EPSG:4326"))
    if not shapes:
        return None
    whole = union_all(shapes)
    prepare(whole)
    return lambda latitude, longitude: bool(whole.intersects(Point(longitude, latitude)))


def _in_wgs84(geometry: Any, crs: str) -> Any:
    """Return WKB shapes as one shape in WGS84 degrees, longitude first."""
    to_degrees = Transformer.from_crs(crs, "EPSG:4326", always_xy=True)
    return transform(
        union_all(from_wkb(geometry)),
        lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])),
    )
