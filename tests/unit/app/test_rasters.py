"""Rasters become mask covariates: averaged over cells, moved into the mask's system, never with holes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Transformer
from rasterio.transform import from_origin

from pardus.app.rasters import with_rasters
from pardus.model.errors import MaskError
from pardus.model.mask import Mask

WEST, SOUTH = 655_000.0, 4_770_000.0


def mask() -> Mask:
    x, y = np.meshgrid(WEST + 500 + 1000 * np.arange(6), SOUTH + 500 + 1000 * np.arange(4))
    keep = ~((x > WEST + 4000) & (y > SOUTH + 2000))  # clipped: not a full grid
    return Mask(np.stack([x[keep], y[keep]], axis=1), 100.0, 1000.0)


def raster(path: Path, values: np.ndarray, pixel: float, west: float, north: float, crs: str) -> Path:
    with rasterio.open(
        path, "w", driver="GTiff", width=values.shape[1], height=values.shape[0], count=1, dtype="float64",
        crs=crs, transform=from_origin(west, north, pixel, pixel), nodata=-9999.0,
    ) as out:  # fmt: skip
        out.write(values, 1)
    return path


def test_a_cell_gets_the_mean_of_the_pixels_in_it(tmp_path: Path) -> None:
    fine = np.arange(24 * 16, dtype=float).reshape(16, 24)
    path = raster(tmp_path / "f.tif", fine, 250.0, WEST, SOUTH + 4000, "EPSG:32652")
    got = with_rasters(mask(), {"forest": path}, "EPSG:32652").covariates["forest"]
    means = fine.reshape(4, 4, 6, 4).mean(axis=(1, 3))[::-1]
    column = np.rint((mask().xy[:, 0] - WEST - 500) / 1000).astype(int)
    row = np.rint((mask().xy[:, 1] - SOUTH - 500) / 1000).astype(int)
    np.testing.assert_allclose(np.asarray(got, dtype=float), means[row, column], rtol=1e-12)


def test_a_raster_in_degrees_lands_where_it_belongs(tmp_path: Path) -> None:
    to_degrees = Transformer.from_crs("EPSG:32652", "EPSG:4326", always_xy=True)
    lon, lat = to_degrees.transform([WEST - 3000, WEST + 9000], [SOUTH - 3000, SOUTH + 7000])
    pixel = 0.0005
    columns, rows = int((lon[1] - lon[0]) / pixel) + 1, int((lat[1] - lat[0]) / pixel) + 1
    centres = np.meshgrid(
        lon[0] + pixel * (np.arange(columns) + 0.5), lat[1] - pixel * (np.arange(rows) + 0.5)
    )
    easting, _northing = Transformer.from_crs("EPSG:4326", "EPSG:32652", always_xy=True).transform(*centres)
    path = raster(tmp_path / "e.tif", (easting - WEST) / 1000, pixel, lon[0], lat[1], "EPSG:4326")
    got = np.asarray(with_rasters(mask(), {"east": path}, "EPSG:32652").covariates["east"], dtype=float)
    np.testing.assert_allclose(got, (mask().xy[:, 0] - WEST) / 1000, atol=0.03)


def test_holes_and_unreadable_files_are_all_named_at_once(tmp_path: Path) -> None:
    small = raster(tmp_path / "s.tif", np.ones((2, 2)), 1000.0, WEST, SOUTH + 4000, "EPSG:32652")
    nonsense = tmp_path / "n.tif"
    nonsense.write_text("no raster")
    with pytest.raises(MaskError) as error:
        with_rasters(mask(), {"small": small, "nonsense": nonsense}, "EPSG:32652")
    assert {f.code for f in error.value.findings} == {"raster-does-not-cover", "raster-unreadable"}
    assert all(f.where.endswith(".tif") for f in error.value.findings)
