"""Distances to the nearest point."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from pardus.model.capture import Floats


def nearest(points: Floats, to: Floats, within: float = np.inf) -> Floats:
    """Return for each point (n, 2) the distance to the nearest of `to` (m, 2); inf beyond `within`."""
    return np.asarray(cKDTree(to).query(points, distance_upper_bound=within)[0], dtype=np.float64)


def gaps(points: Floats) -> Floats:
    """Return for each point the distance to the nearest other one; empty for fewer than two points."""
    if len(points) < 2:
        return np.zeros(0)
    return np.asarray(cKDTree(points).query(points, k=2)[0], dtype=np.float64)[:, 1]
