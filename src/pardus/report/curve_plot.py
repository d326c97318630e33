"""Detection against distance, with the band of its uncertainty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from pardus.model.language import _
from pardus.report.figure import SERIES, styled, to_svg

if TYPE_CHECKING:
    from pardus.scr.predict import Curve


def curve_plot(curves: Sequence[Curve]) -> str:
    """Return an SVG: one line and one band per curve, distance in kilometres."""
    with styled():
        figure = Figure(figsize=(5.6, 3.2), layout="constrained")
        axes = figure.subplots()
        for curve, colour in zip(curves, SERIES * (1 + len(curves) // len(SERIES)), strict=False):
            km = curve.distance / 1000
            axes.fill_between(km, curve.lower, curve.upper, color=colour, alpha=0.18, lw=0)
            axes.plot(km, curve.probability, color=colour, lw=1.6, label=curve.label or None)
        axes.set_xlim(0, max(float(c.distance.max()) for c in curves) / 1000)
        axes.set_ylim(0, None)
        axes.set_xlabel(_("distance from the activity centre, km"))
        axes.set_ylabel(_("chance of detection per unit of effort"))
        if any(c.label for c in curves):
            axes.legend(fontsize=8)
        return to_svg(figure)
