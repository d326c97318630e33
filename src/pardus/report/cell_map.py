"""Where cameras stood, told by cells of a fixed grid only."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pardus.app.content import CoarseCell
from pardus.model.language import _
from pardus.report.figure import INK, QUIET, SERIES, styled, to_svg

WIDTH, TALLEST = 4.6, 5.0


def cell_map(cells: Sequence[CoarseCell], degrees: float) -> str:
    """Return an SVG: one square per cell, shaded by independent events, with the number of its stations.

    degrees: side of a cell. Several sessions: the most stations, events added up. North is up.
    """
    stations: dict[tuple[int, int], int] = defaultdict(int)
    events: dict[tuple[int, int], int] = defaultdict(int)
    for c in cells:
        at = c.row, c.column
        stations[at] = max(stations[at], c.stations)
        events[at] += c.events
    rows, columns = [r for r, _c in stations], [c for _r, c in stations]
    height, width = max(rows) - min(rows) + 1, max(columns) - min(columns) + 1
    # A degree of longitude is shorter.
    shape = math.cos(math.radians((sum(rows) / len(rows) + 0.5) * degrees))
    km = degrees * 111.32
    most = max(events.values())
    with styled():
        tall = min(TALLEST, 0.55 + (WIDTH - 0.4) * (height + 0.5) / ((width + 0.2) * shape))
        figure = Figure(figsize=(WIDTH, tall), layout="constrained")
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_aspect("equal")
        for (row, column), n in sorted(stations.items()):
            x, y = (column - min(columns)) * shape, row - min(rows)
            seen = events[row, column]
            alpha = 0.12 + 0.68 * seen / most if most and seen else 0.0
            square = Rectangle((x, y), shape, 1, facecolor=(*_rgb(SERIES[0]), alpha), edgecolor=QUIET, lw=0.8)
            axes.add_patch(square)
            dark = alpha > 0.5
            axes.text(x + shape / 2, y + 0.5, str(n), ha="center", va="center", fontsize=11,
                      color="white" if dark else INK)  # fmt: skip
        axes.set_xlim(-0.1, width * shape + 0.1)
        axes.set_ylim(-0.45, height + 0.1)
        axes.plot([0, shape], [-0.16, -0.16], color=INK, lw=2, solid_capstyle="butt")
        axes.text(shape / 2, -0.2, _("{km:.0f} km").format(km=km * shape), ha="center", va="top", fontsize=8)
        return to_svg(figure)


def _rgb(colour: str) -> tuple[float, float, float]:
    return tuple(int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))  # type: ignore[return-value]
