"""The joint table as a picture: each country's own numbers, their sums, and all partners together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from matplotlib.figure import Figure

from pardus.app.joint_conventions import CONVENTIONS
from pardus.app.joint_result import Total
from pardus.model.language import _
from pardus.report.figure import ACCENT, INK, QUIET, styled, to_svg
from pardus.report.words import STRIPS, word


def joint_plot(totals: Sequence[Total]) -> str:
    """Return an SVG of the realised numbers of one session, "" if none can be given.

    A mark and the bar of its interval: grey dots for countries alone and sums, coloured squares for all partners
    together, so that a print in grey tells them apart. An interval that ends beyond the axis has an arrow.
    """
    rows = [t for t in totals if t.quantity == "N" and math.isfinite(t.estimate)]
    if not rows:
        return ""
    rows = rows[::-1]
    edge = 1.35 * max(t.estimate for t in rows)
    edge = min(
        max(edge, *(t.upper for t in rows if math.isfinite(t.upper))), 2.2 * max(t.estimate for t in rows)
    )
    with styled():
        figure = Figure(figsize=(7.0, 0.6 + 0.23 * len(rows)), layout="constrained")
        axes = figure.subplots()
        for y, t in enumerate(rows):
            ours = t.who == "integrated"
            colour = ACCENT if ours else QUIET
            axes.plot([max(t.lower, 0), min(t.upper, edge)], [y, y], color=colour, lw=2.2 if ours else 1.0)
            if t.upper > edge:
                axes.plot([edge], [y], marker=">", color=colour, ms=4, clip_on=False)
            axes.plot([t.estimate], [y], marker="s" if ours else "o", color=colour, ms=5 if ours else 4)
        axes.set_yticks(range(len(rows)), [label(t) for t in rows], fontsize=8)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.set_xlim(0, edge)
        axes.set_ylim(-0.7, len(rows) - 0.3)
        axes.grid(axis="x", color="#dddddd", lw=0.5)
        axes.set_axisbelow(True)
        axes.set_xlabel(_("animals; bars are 95 % intervals"))
        return to_svg(figure)


def label(total: Total) -> str:
    """Return what a number is, short enough for an axis."""
    if total.who == "integrated":
        where = word(STRIPS, total.region) if total.region else ""
        return _("together, {region}").format(region=where) if where else _("together, all of the area")
    who = _("naive sum") if total.who == "sum" else total.who
    return _("{who}: {what}").format(who=who, what=_(CONVENTIONS[total.convention]))
