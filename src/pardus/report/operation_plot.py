"""When each camera worked: bars by station, failures as gaps, detections as ticks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from matplotlib import dates as mdates
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from pardus.app.content import Operation
from pardus.model.clock import parse_zone
from pardus.model.language import _
from pardus.report.figure import INK, QUIET, SOFT, styled, to_svg
from pardus.report.names import short_names, text_width

WORKED, TICK, SESSION = "#8db4cf", "#7a2e00", "#f3efe6"
WIDTH, HEAD, FOOT = 7.2, 0.4, 0.35
ROW, SMALLEST_ROW, TALLEST, MOST_LABELS = 0.165, 0.05, 16.0, 80
"""Inches; how many stations still get a name each."""


def operation_plot(
    rows: Sequence[Operation], zone: str = "UTC", sessions: Sequence[tuple[datetime, datetime]] = ()
) -> str:
    """Return an SVG: one line per station, each of its cameras a bar from setup to retrieval.

    A failure is a gap with an outline, partial or unknown operation a pale bar; a detection of an identified
    animal is a tick. zone: of the dates on the axis. sessions: first and last moment of each closed survey, a pale
    band behind the bars. Empty rows give a figure that says so.
    """
    stations = list(dict.fromkeys(row.station for row in rows))
    names = short_names(stations)
    row_height = max(SMALLEST_ROW, min(ROW, TALLEST / max(len(stations), 1)))
    height = HEAD + FOOT + row_height * max(len(stations), 3)
    left = 0.15 + max((text_width(name, 8) for name in names.values()), default=0)
    with styled():
        figure = Figure(figsize=(WIDTH, height))
        axes = figure.add_axes(
            (left / WIDTH, FOOT / height, (WIDTH - left - 0.2) / WIDTH, (height - HEAD - FOOT) / height)
        )
        if not stations:
            axes.text(
                0.5, 0.5, _("No camera was deployed."), ha="center", transform=axes.transAxes, color=QUIET
            )
            axes.set_axis_off()
            return to_svg(figure)
        for y, station in enumerate(stations):
            _station(axes, y, [row for row in rows if row.station == station])
        for start, end in sessions:
            axes.axvspan(_at(start), _at(end), color=SESSION, lw=0, zorder=-2)
        _axes(axes, [names[station] for station in stations], zone)
        _legend(figure, rows, bool(sessions))
        return to_svg(figure)


def _station(axes: Axes, y: int, rows: Sequence[Operation]) -> None:
    """Draw the cameras of one station one above the other, and its detections across them."""
    cameras = sorted({row.camera for row in rows})
    depth = 0.72 / len(cameras)
    for row in rows:
        top = y - 0.36 + depth * cameras.index(row.camera)
        axes.broken_barh([_span(row.start, row.end)], (top, 0.86 * depth), color=WORKED, lw=0)
        for start, end, state in row.failures:
            clipped = _span(max(start, row.start), min(end, row.end))
            if clipped[1] <= 0:
                continue
            failed = state == "failed"
            axes.broken_barh(
                [clipped], (top, 0.86 * depth), facecolor="white" if failed else SOFT, edgecolor=QUIET, lw=0.5
            )
    times = sorted(t for row in rows for t in row.detections)
    axes.vlines([_at(t) for t in times], y - 0.42, y + 0.42, color=TICK, lw=1.1)


def _at(moment: datetime) -> float:
    return float(mdates.date2num(moment))  # type: ignore[no-untyped-call]


def _span(start: datetime, end: datetime) -> tuple[float, float]:
    return _at(start), _at(end) - _at(start)


def _axes(axes: Axes, names: Sequence[str], zone: str) -> None:
    step = -(-len(names) // MOST_LABELS)
    labelled = range(0, len(names), step)
    axes.set_yticks(labelled, [names[n] for n in labelled], fontsize=8)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.spines["left"].set_visible(False)
    locator = mdates.AutoDateLocator(minticks=3, maxticks=6, tz=parse_zone(zone))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    days = mdates.DateFormatter("%Y-%m-%d", tz=parse_zone(zone))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(days)
    axes.tick_params(axis="x", labelsize=8)
    axes.grid(axis="x", color="#e3e3e3", lw=0.5)
    axes.set_axisbelow(True)


def _legend(figure: Figure, rows: Sequence[Operation], sessions: bool) -> None:
    """Write what the marks mean in a line above the bars."""
    states = {state for row in rows for _start, _end, state in row.failures}
    marks: list[tuple[str, dict[str, Any]]] = [(_("worked"), {"color": WORKED, "lw": 0})]
    if "failed" in states:
        marks.append((_("failed"), {"facecolor": "white", "edgecolor": QUIET, "lw": 0.6}))
    if states - {"failed"}:
        marks.append((_("partly or not known"), {"facecolor": SOFT, "edgecolor": QUIET, "lw": 0.6}))
    marks.append((_("detection"), {"color": TICK, "lw": 0}))
    if sessions:
        marks.append((_("closed survey"), {"color": SESSION, "lw": 0}))
    height = float(figure.get_figheight())
    x = 0.15
    for text, look in marks:
        wide = 0.03 if look["color" if "color" in look else "facecolor"] == TICK else 0.18
        box = Rectangle((x / WIDTH, 1 - 0.24 / height), wide / WIDTH, 0.12 / height, **look)
        figure.add_artist(box)
        figure.text((x + wide + 0.06) / WIDTH, 1 - 0.22 / height, text, fontsize=8)
        x += wide + 0.06 + text_width(text, 8) + 0.2
