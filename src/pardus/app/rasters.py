"""Covariates of a mask from rasters: what lies in a cell, averaged over it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import Finding, MaskError
from pardus.model.language import _
from pardus.model.mask import Mask


def with_rasters(mask: Mask, rasters: Mapping[str, Path], crs: str = "") -> Mask:
    """Return a mask with one more covariate for each raster (any format that rasterio reads, first band).

    crs: coordinate system of the mask; the raster is moved into it, averaging over each cell (all its pixels count by
    their share). Without crs, or if the raster names none, both are taken to be in the same system.
    Raises MaskError, naming every raster that can't be read or leaves cells without a value.
    """
    if not rasters:
        return mask
    found: list[Finding] = []
    values: dict[str, Floats] = {}
    for name, path in rasters.items():
        try:
            values[name] = cell_means(mask, path, crs)
        except MaskError as error:
            found += error.findings
            continue
        empty = int(np.isnan(values[name]).sum())
        if empty:
            message = _("{empty} of {all} mask cells have no value in it.").format(empty=empty, all=len(mask))
            remedy = _("Give a raster that covers the whole mask, or a smaller mask.")
            found.append(Finding("raster-does-not-cover", str(path), message, remedy))
    if found:
        raise MaskError(_("Covariates could not be taken from rasters."), found)
    return replace(mask, covariates={**mask.covariates, **values})


def cell_means(mask: Mask, path: Path, crs: str = "") -> Floats:
    """Return (cell,) the mean of a raster over each cell of a mask, nan where it has no value."""
    import rasterio
    from rasterio.enums import Resampling
    from rasterio.transform import from_origin
    from rasterio.warp import reproject

    low, high = mask.xy.min(axis=0), mask.xy.max(axis=0)
    columns, rows = (np.rint((high - low) / mask.spacing).astype(int) + 1).tolist()
    west, north = float(low[0]) - mask.spacing / 2, float(high[1]) + mask.spacing / 2
    grid = np.full((rows, columns), np.nan)
    try:
        with rasterio.open(path) as source:
            system = crs or source.crs or "EPSG:3857"
            reproject(
                source.read(1, masked=True).astype(np.float64).filled(np.nan),
                grid,
                src_transform=source.transform,
                src_crs=source.crs or system,
                src_nodata=np.nan,
                dst_transform=from_origin(west, north, mask.spacing, mask.spacing),
                dst_crs=system,
                dst_nodata=np.nan,
                resampling=Resampling.average,
            )
    except rasterio.errors.RasterioError as error:
        message = _("It can't be read as a raster: {reason}").format(reason=error)
        raise MaskError(str(path), [Finding("raster-unreadable", str(path), message)]) from error
    at = np.rint((mask.xy - low) / mask.spacing).astype(int)
    return np.asarray(grid[rows - 1 - at[:, 1], at[:, 0]], dtype=np.float64)
