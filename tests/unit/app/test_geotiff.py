"""A surface as GeoTIFF."""

import numpy as np
from PIL import Image

from pardus.app.geotiff import NODATA, write_geotiff


def test_cells_are_where_they_belong_north_up(tmp_path):
    xy = np.array([[1000.0, 5000.0], [2000.0, 5000.0], [2000.0, 6000.0]])
    path = tmp_path / "surface.tif"
    write_geotiff(path, xy, np.array([1.0, 2.0, 3.0]), 1000.0, "EPSG:32652")
    with Image.open(path) as image:
        assert np.array(image).tolist() == [[NODATA, 3.0], [1.0, 2.0]]
        tags = image.tag_v2
        assert tags[33550] == (1000.0, 1000.0, 0.0)
        assert tags[33922][3:5] == (500.0, 6500.0)
        assert tags[34735][-1] == 32652
        assert tags[42113] == "-9999.0"
