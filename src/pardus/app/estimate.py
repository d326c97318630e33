"""The act `pardus estimate`: histories and masks to a Fit, from arrays or from tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from pardus.app.tables import TableOptions, read_histories, read_masks
from pardus.model.capture import CaptureHistory
from pardus.model.errors import MaskError, UsageError
from pardus.model.fit import Fit
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.fit import FittedModel, fit_model
from pardus.scr.mask import around, inside, within
from pardus.scr.spec import model_spec


@dataclass(frozen=True, slots=True)
class EstimateOptions:
    """What is estimated. Fields as in `pardus.scr.spec.ModelSpec`; level: of the intervals; collapse: see fit_model."""

    model: tuple[str, ...] = ()
    detectfn: str = "HHN"
    distribution: str = "poisson"
    conditional: bool = False
    groups: str = ""
    hcov: str = ""
    binomial_size: int | str | None = None
    fixed: dict[str, float] = field(default_factory=dict, hash=False)
    links: dict[str, str] = field(default_factory=dict, hash=False)
    level: float = 0.95
    collapse: str = "auto"


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """How a mask is made when no table gives it. buffer, spacing: metres; habitat, unsuitable, regions: polygon files.

    rasters: name of a mask covariate -> raster file.
    """

    table: Path | None = None
    buffer: float | None = None
    spacing: float | None = None
    habitat: Path | None = None
    unsuitable: tuple[Path, ...] = ()
    regions: dict[str, Path] = field(default_factory=dict, hash=False)
    crs: str = ""
    cell_area: float | None = None
    rasters: dict[str, Path] = field(default_factory=dict, hash=False)


def estimate(
    histories: Sequence[CaptureHistory], masks: Sequence[Mask], options: EstimateOptions | None = None
) -> Fit:
    """Fit the model and return the result. Weak data give the reason in words, not an exception."""
    return estimate_model(histories, masks, options).fit


def estimate_model(
    histories: Sequence[CaptureHistory], masks: Sequence[Mask], options: EstimateOptions | None = None
) -> FittedModel:
    """Fit the model and return it with what is needed to go on from it."""
    o = options or EstimateOptions()
    spec = model_spec(
        o.model,
        o.detectfn,
        distribution=o.distribution,
        conditional=o.conditional,
        groups=o.groups,
        hcov=o.hcov,
        binomial_size=o.binomial_size,
        fixed=o.fixed,
        links=o.links,
    )
    fitted = fit_model(histories, masks, spec, level=o.level, collapse=o.collapse)
    fitted.fit.provenance.update(versions())
    return fitted


def read_input(
    detectors: Path,
    captures: Path,
    usage: Path | None = None,
    tables: TableOptions | None = None,
    mask: MaskOptions | None = None,
) -> tuple[tuple[CaptureHistory, ...], tuple[Mask, ...]]:
    """Read histories and masks from tables. Raises TableError, MaskError with every bad row."""
    tables = tables or TableOptions()
    mask = mask or MaskOptions()
    histories = read_histories(detectors, captures, usage, tables)
    return histories, make_masks(histories, mask, tables.columns)


def make_masks(
    histories: Sequence[CaptureHistory], options: MaskOptions, columns: dict[str, str] | Any = None
) -> tuple[Mask, ...]:
    """Return one mask for each session, from a table, from habitat polygons or from a buffer.

    Raises UsageError if nothing says how, MaskError if it cannot be made.
    """
    names = [h.session for h in histories]
    if options.table is not None:
        masks = read_masks(options.table, names, columns, options.cell_area, options.spacing)
        masks = masks * len(names) if len(masks) == 1 else masks
    else:
        masks = _built(histories, options)
    if options.rasters:
        from pardus.app.rasters import with_rasters

        masks = tuple(with_rasters(m, options.rasters, options.crs) for m in masks)
    if not options.regions:
        return masks
    shapes = {name: read_polygons(path, options.crs) for name, path in options.regions.items()}
    return tuple(
        Mask(
            m.xy,
            m.cell_area,
            m.spacing,
            m.covariates,
            {**m.regions, **{n: inside(m.xy, s) for n, s in shapes.items()}},
        )
        for m in masks
    )


def _built(histories: Sequence[CaptureHistory], options: MaskOptions) -> tuple[Mask, ...]:
    habitat = read_polygons(options.habitat, options.crs) if options.habitat else []
    unsuitable = [g for path in options.unsuitable for g in read_polygons(path, options.crs)]
    if options.buffer is None:
        if not habitat:
            raise UsageError(
                _(
                    "No mask: give --mask, or --buffer (and --spacing), or --habitat. "
                    "A buffer of 4 sigma or more is needed."
                )
            )
        if options.spacing is None:
            raise UsageError(_("A mask from habitat polygons needs --spacing in metres."))
        one = within(habitat, options.spacing, unsuitable)
        return (one,) * len(histories)
    return tuple(
        around(h.detectors.xy, options.buffer, options.spacing, habitat, unsuitable) for h in histories
    )


def read_polygons(path: Path, crs: str = "") -> list[Any]:
    """Return the polygons of a vector file (GeoPackage, GeoJSON, shapefile), in `crs` if one is given.

    Raises MaskError if it cannot be read, holds no polygon, or is in degrees while the detectors are in metres.
    """
    import pyogrio
    import shapely

    try:
        info, _ids, geometry, _fields = pyogrio.raw.read(path)
    except Exception as error:
        raise MaskError(
            _("{path}: cannot be read as polygons: {reason}").format(path=path, reason=error)
        ) from error
    shapes = [
        g for g in shapely.from_wkb(geometry) if g is not None and g.geom_type in ("Polygon", "MultiPolygon")
    ]
    if not shapes:
        raise MaskError(_("{path}: holds no polygon.").format(path=path))
    source = info.get("crs")
    if crs and source:
        import pyproj

        move = pyproj.Transformer.from_crs(source, crs, always_xy=True)
        shapes = [
            shapely.transform(g, lambda xy: np.stack(move.transform(xy[:, 0], xy[:, 1]), axis=1))
            for g in shapes
        ]
    elif source and _in_degrees(source):
        raise MaskError(
            _(
                "{path}: its coordinates are degrees; give --crs with the system of the detectors (metres)."
            ).format(path=path)
        )
    return shapes


def _in_degrees(crs: str) -> bool:
    import pyproj

    return bool(pyproj.CRS.from_user_input(crs).is_geographic)


def versions() -> dict[str, str]:
    """Return the versions that stand behind a result."""
    out = {}
    for name in ("pardus", "numpy", "scipy"):
        try:
            out[name] = version(name)
        except PackageNotFoundError:
            from pardus import __version__

            out[name] = __version__
    return out
