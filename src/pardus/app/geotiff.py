"""A surface on a square grid as a GeoTIFF of 32-bit floats, with its coordinate system by EPSG number.

Tags as in OGC GeoTIFF 1.1: ModelPixelScale 33550, ModelTiepoint 33922, GeoKeyDirectory 34735; GDAL_NODATA 42113.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image, TiffImagePlugin

from pardus.model.capture import Floats

NODATA = -9999.0
_DOUBLE, _SHORT, _ASCII = 12, 3, 2


def write_geotiff(path: Path, xy: Floats, values: Floats, spacing: float, crs: str = "") -> None:
    """Write values of cells (cell,) at their centres (cell, 2), north up; cells that are not there are NODATA.

    crs: "EPSG:32652" or "" (then the file has place and size but no system).
    """
    low, high = xy.min(axis=0), xy.max(axis=0)
    columns, rows = (np.rint((high - low) / spacing).astype(int) + 1).tolist()
    grid = np.full((rows, columns), NODATA, dtype=np.float32)
    at = np.rint((xy - low) / spacing).astype(int)
    grid[rows - 1 - at[:, 1], at[:, 0]] = values
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    west, north = float(low[0]) - spacing / 2, float(high[1]) + spacing / 2
    _put(tags, 33550, _DOUBLE, (float(spacing), float(spacing), 0.0))
    _put(tags, 33922, _DOUBLE, (0.0, 0.0, 0.0, west, north, 0.0))
    keys = [(1024, 1), (1025, 1)]  # projected; a pixel is an area
    if crs.upper().startswith("EPSG:"):
        keys.append((3072, int(crs.split(":")[1])))
    directory = [1, 1, 0, len(keys)] + [v for key, value in keys for v in (key, 0, 1, value)]
    _put(tags, 34735, _SHORT, tuple(directory))
    _put(tags, 42113, _ASCII, str(NODATA))
    Image.fromarray(grid).save(path, format="TIFF", tiffinfo=tags, compression="tiff_adobe_deflate")


def _put(tags: TiffImagePlugin.ImageFileDirectory_v2, tag: int, kind: int, value: object) -> None:
    tags.tagtype[tag] = kind
    tags[tag] = value
