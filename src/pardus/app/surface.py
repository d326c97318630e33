"""Where animals live by a fit, coarse enough to keep in the log and to print."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pardus.app.content import Surface
from pardus.model.capture import CaptureHistory, Floats
from pardus.model.mask import Mask
from pardus.scr.fit import FittedModel
from pardus.scr.predict import cell_table

MOST_CELLS = 4_000
"""A finer mask is averaged over squares of 2 x 2, 3 x 3, ... cells."""


def surfaces(fitted: FittedModel) -> tuple[Surface, ...]:
    """Return realised animals per 100 km2 over the mask of each session; nothing if the fit has no numbers."""
    if fitted.design is None or fitted.optimum is None or fitted.fit.status == "cannot-say":
        return ()
    if fitted.spec.conditional:  # density is then relative
        return ()
    table = cell_table(fitted)
    found = []
    for history, mask in zip(fitted.histories, fitted.masks, strict=True):
        own = table[table["session"] == history.session]
        if own.empty:
            continue
        animals = own.groupby(["x", "y"], sort=False)["animals"].sum()
        at = animals.index.to_frame().to_numpy(dtype=np.float64)
        found.append(_surface(history, mask, at, animals.to_numpy(dtype=np.float64)))
    return tuple(found)


def _surface(history: CaptureHistory, mask: Mask, xy: Floats, animals: Floats) -> Surface:
    """Lay a session's cells on a grid of squares of so many cells that it has at most MOST_CELLS."""
    low = xy.min(axis=0)
    columns, rows = (np.rint(np.ptp(xy, axis=0) / mask.spacing).astype(int) + 1).tolist()
    step = max(1, math.ceil(math.sqrt(columns * rows / MOST_CELLS)))
    at = np.rint((xy - low) / mask.spacing).astype(int) // step
    shape = (-(-rows // step), -(-columns // step))
    count, total = np.zeros(shape), np.zeros(shape)
    np.add.at(count, (at[:, 1], at[:, 0]), 1.0)
    np.add.at(total, (at[:, 1], at[:, 0]), animals)
    area = mask.cell_area / 100
    values = [
        [_short(100 * t / (c * area)) if c else None for t, c in zip(line, cells, strict=True)]
        for line, cells in zip(total.tolist(), count.tolist(), strict=True)
    ]
    order = {(float(x), float(y)): n for n, (x, y) in enumerate(mask.xy.tolist())}
    place = np.array([order[float(x), float(y)] for x, y in xy.tolist()])
    regions = {}
    for name, inside in mask.regions.items():
        share = np.zeros(shape)
        np.add.at(share, (at[:, 1], at[:, 0]), np.asarray(inside, dtype=np.float64)[place])
        regions[name] = tuple(
            tuple(round(v, 2) for v in line) for line in (share / np.maximum(count, 1)).tolist()
        )
    corner = low - mask.spacing / 2
    stations = tuple(
        (round(float(x), 2), round(float(y), 2)) for x, y in ((history.detectors.xy - corner) / 1000).tolist()
    )
    return Surface(
        history.session, mask.spacing * step / 1000, tuple(tuple(line) for line in values), stations, regions
    )


def _short(value: float) -> float:
    return float(f"{value:.3g}")


def surface_records(found: Sequence[Surface]) -> list[dict[str, Any]]:
    """Return surfaces as records for the log and for JSON."""
    return [
        {
            "session": s.session,
            "spacing": s.spacing,
            "values": [list(line) for line in s.values],
            "stations": [list(p) for p in s.stations],
            "regions": {name: [list(line) for line in grid] for name, grid in s.regions.items()},
        }
        for s in found
    ]


def surfaces_from(records: Sequence[Mapping[str, Any]]) -> tuple[Surface, ...]:
    """Read back what `surface_records` gave."""
    return tuple(
        Surface(
            r["session"],
            r["spacing"],
            tuple(tuple(line) for line in r["values"]),
            tuple((float(x), float(y)) for x, y in r["stations"]),
            {name: tuple(tuple(line) for line in grid) for name, grid in r["regions"].items()},
        )
        for r in records
    )
