"""How many different animals were seen up to each day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pardus.app.content import EventRow, SessionEffort
from pardus.model.language import _
from pardus.report.figure import SERIES, styled, to_svg


def accumulation_plot(rows: Sequence[EventRow], sessions: Sequence[SessionEffort]) -> str:
    """Return an SVG: a line of steps for each session, over days since its start."""
    with styled():
        figure = Figure(figsize=(6.2, 2.7), layout="constrained")
        axes = figure.subplots()
        shown = [s for s in sessions if s.start is not None][-len(SERIES) :]
        for session, colour in zip(shown, SERIES, strict=False):
            first: dict[str, date] = {}
            for e in sorted(rows, key=lambda e: (e.start, e.event)):
                if e.session == session.session and e.reason == "used":
                    first.setdefault(e.individual, e.start.date())
            assert session.start is not None
            days = sorted((d - session.start).days for d in first.values())
            end = (session.end - session.start).days if session.end else max(days, default=0)
            x = [0, *days, end]
            y = [0, *range(1, len(days) + 1), len(days)]
            axes.step(x, y, where="post", color=colour, lw=1.6, label=session.session.replace("_", " "))
        axes.set_xlim(0, None)
        axes.set_ylim(0, None)
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_xlabel(_("days since the session began"))
        axes.set_ylabel(_("number of different animals"))
        axes.grid(axis="y", color="#dddddd", lw=0.5)
        axes.set_axisbelow(True)
        if len(shown) > 1:
            axes.legend(fontsize=8, loc="lower right")
        return to_svg(figure)
