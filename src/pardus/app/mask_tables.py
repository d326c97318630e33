"""Masks from files: a table of cells, or a layer of points with their covariates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from pardus.app.cells import numbers, read_table, typed
from pardus.model.capture import Floats
from pardus.model.errors import Finding, TableError
from pardus.model.language import _
from pardus.model.mask import Mask

ALL = "all"
LAYERS = (".gpkg", ".geojson", ".json", ".shp")


def read_masks(
    path: Path,
    sessions: Sequence[str],
    columns: Mapping[str, str] | None = None,
    cell_area: float | None = None,
    spacing: float | None = None,
) -> tuple[Mask, ...]:
    """Return one mask for each session (or one for all, if the table says "all" or has no session column).

    cell_area in hectares, spacing in metres; found from the coordinates when not given. Other columns become
    covariates. A GeoPackage, GeoJSON or shapefile gives points, or the middle of polygons. Raises TableError.
    """
    layer = path.suffix.lower() in LAYERS
    table = _read_layer(path) if layer else read_table(path, columns or {}, ["x", "y"])
    findings: list[Finding] = []
    x, y = numbers(table, "x", path.name, findings), numbers(table, "y", path.name, findings)
    if findings:
        raise TableError(_("The mask table cannot be used as it is."), findings)
    names = table["session"] if "session" in table else pd.Series(ALL, index=table.index)
    shared = set(names) == {ALL} or (len(set(names)) == 1 and not set(names) & set(sessions))
    extra = [c for c in table.columns if c not in ("x", "y", "session", "row", "cell_area")]
    out = []
    for session in [ALL] if shared else sessions:
        rows = np.ones(len(table), dtype=bool) if shared else (names == session).to_numpy()
        if not rows.any():
            raise TableError(
                _("{path}: session {session!r} has no mask cell.").format(path=path.name, session=session)
            )
        xy = np.stack((x[rows], y[rows]), axis=1)
        step = spacing or grid_spacing(xy)
        covariates = {name: typed(table[name].to_numpy()[rows]) for name in extra}
        out.append(Mask(xy, cell_area or step**2 / 10_000, step, covariates))
    return tuple(out)


def grid_spacing(xy: Floats) -> float:
    """Return the spacing of a square grid: the smallest step between neighbouring coordinates.

    Raises TableError for a single cell, which has none.
    """
    steps = []
    for axis in (0, 1):
        values = np.unique(xy[:, axis])
        gaps = np.diff(values)
        gaps = gaps[gaps > 1e-6 * max(1.0, float(np.ptp(values)))]
        if len(gaps):
            steps.append(float(np.median(gaps[gaps < 1.5 * gaps.min()])))
    if not steps:
        raise TableError(_("The mask has one cell, which has no spacing; give --spacing."))
    return min(steps)


def _read_layer(path: Path) -> pd.DataFrame:
    """Return the features of a vector file as a mask table, all cells as text."""
    import pyogrio
    import shapely

    try:
        info, _ids, geometry, fields = pyogrio.raw.read(path)
    except Exception as error:
        raise TableError(
            _("{path}: cannot be read: {reason}").format(path=path.name, reason=error)
        ) from error
    xy = shapely.get_coordinates(shapely.centroid(shapely.from_wkb(geometry)))
    columns: dict[str, object] = {"x": xy[:, 0].astype(str), "y": xy[:, 1].astype(str)}
    for name, values in zip(info["fields"], fields, strict=True):
        columns[str(name)] = ["" if pd.isna(v) else str(v) for v in values]
    return pd.DataFrame(columns).assign(row=np.arange(len(xy)) + 1)
