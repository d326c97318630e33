"""Animals over the mask, with the stations, as a map of cells."""

from __future__ import annotations

import numpy as np
from matplotlib.figure import Figure

from pardus.app.content import Surface
from pardus.app.joint_result import STRIP
from pardus.model.capture import Floats
from pardus.model.language import _
from pardus.report.figure import INK, styled, to_svg


def surface_plot(xy: Floats, values: Floats, spacing: float, detectors: Floats, label: str) -> str:
    """Return an SVG: each mask cell in its colour, stations as crosses, axes in kilometres from the south-west corner.

    xy: (cell, 2) metres. values: (cell,). detectors: (detector, 2) metres. label: of the colour bar.
    """
    low = xy.min(axis=0) - spacing / 2
    columns, rows = (np.rint(np.ptp(xy, axis=0) / spacing).astype(int) + 1).tolist()
    grid = np.full((rows, columns), np.nan)
    at = np.rint((xy - xy.min(axis=0)) / spacing).astype(int)
    grid[at[:, 1], at[:, 0]] = values
    width, height = columns * spacing / 1000, rows * spacing / 1000
    with styled():
        figure = Figure(figsize=(6.4, min(8.0, 0.9 + 5.2 * height / width)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(
            grid, origin="lower", extent=(0, width, 0, height), cmap="viridis", interpolation="none"
        )
        km = (detectors - low) / 1000
        axes.plot(km[:, 0], km[:, 1], "+", color="white", ms=5, mew=1.6)
        axes.plot(km[:, 0], km[:, 1], "+", color=INK, ms=4, mew=0.7)
        axes.set_xlabel(_("km"))
        axes.set_ylabel(_("km"))
        figure.colorbar(image, ax=axes, shrink=0.8, label=label)
        return to_svg(figure)


def surface_map(surface: Surface) -> str:
    """Return an SVG of a kept density map: cells in their colour, stations as crosses, borders of regions as lines."""
    grid = np.array([[np.nan if v is None else v for v in line] for line in surface.values], dtype=np.float64)
    rows, columns = grid.shape
    width, height = columns * surface.spacing, rows * surface.spacing
    with styled():
        figure = Figure(figsize=(5.2, min(4.5, 0.6 + 4.1 * height / width)), layout="constrained")
        axes = figure.subplots()
        image = axes.imshow(
            grid, origin="lower", extent=(0, width, 0, height), cmap="YlOrBr", interpolation="none", vmin=0
        )
        x = (np.arange(columns) + 0.5) * surface.spacing
        y = (np.arange(rows) + 0.5) * surface.spacing
        for name, share in surface.regions.items():
            inside = np.array(share, dtype=np.float64)
            inside[np.isnan(grid)] = np.nan
            if np.nanmin(inside, initial=1.0) < 0.5 < np.nanmax(inside, initial=0.0):
                axes.contour(x, y, inside, levels=[0.5], colors=[INK], linewidths=0.8,
                             linestyles="dotted" if name == STRIP else "solid")  # fmt: skip
        at = np.array(surface.stations, dtype=np.float64).reshape(-1, 2)
        axes.plot(at[:, 0], at[:, 1], "+", color="white", ms=5, mew=1.8)
        axes.plot(at[:, 0], at[:, 1], "+", color=INK, ms=4, mew=0.8)
        axes.set_xlabel(_("km"))
        axes.set_ylabel(_("km"))
        bar = figure.colorbar(image, ax=axes, shrink=0.7, label=_("animals per 100 km²"))
        bar.outline.set_visible(False)
        return to_svg(figure)
