"""Densities with their intervals, one line per site."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from pardus.model.fit import Estimate
from pardus.model.language import _
from pardus.report.figure import ACCENT, INK, QUIET, WARN, styled, to_svg


def density_plot(estimates: Sequence[Estimate]) -> str:
    """Return an SVG: a dot and a bar per density, sorted; a bound is an arrow, nothing where nothing can be said.

    estimates: quantity "D" in animals per 100 km2, one per session or region.
    """
    rows = sorted(estimates, key=lambda e: (e.estimate if math.isfinite(e.estimate) else -1.0, e.upper))
    finite = [e.upper for e in rows if math.isfinite(e.upper)]
    typical = sorted(finite)[int(0.9 * (len(finite) - 1))] if finite else 1.0
    edge = 1.15 * max([typical, *(e.estimate for e in rows if math.isfinite(e.estimate))], default=1.0)
    with styled():
        figure = Figure(figsize=(7.2, 0.6 + 0.24 * max(len(rows), 2)), layout="constrained")
        axes = figure.subplots()
        for y, e in enumerate(rows):
            if not math.isfinite(e.estimate):
                axes.text(0, y, "  " + _("cannot say"), va="center", color=WARN, fontsize=8)
                continue
            bound = e.estimate == 0
            low, high = max(e.lower, 0.0), min(e.upper, edge)
            axes.plot([low, high], [y, y], color=QUIET if bound else INK, lw=1.2, solid_capstyle="butt")
            if e.upper > edge:
                axes.plot([edge], [y], marker=">", color=INK, ms=4, clip_on=False)
            axes.plot([e.estimate], [y], marker="|" if bound else "o", color=WARN if bound else ACCENT, ms=5)
        axes.set_yticks(
            range(len(rows)), [(e.session or e.region or _("all")).replace("_", " ") for e in rows]
        )
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.set_xlim(0, edge)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="x", color="#dddddd", lw=0.5)
        axes.set_axisbelow(True)
        axes.set_xlabel(_("animals per 100 km²; bars are 95 % intervals"))
        return to_svg(figure)
