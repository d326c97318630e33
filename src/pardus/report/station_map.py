"""Where the stations stand and how often animals passed, without coordinates."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from pardus.app.content import StationEffort
from pardus.model.language import _
from pardus.report.figure import INK, QUIET, SERIES, styled, to_svg
from pardus.report.names import shortest_names

MOST_LABELS = 40
WIDTH, TALLEST = 6.2, 5.2


def station_map(stations: Sequence[StationEffort]) -> str:
    """Return an SVG: a dot per station, its area by the number of independent events; hollow: none.

    A cross is a station that never worked. Several sessions are added up. North is up; a bar gives the scale;
    there are no coordinates on it.
    """
    events: dict[str, int] = defaultdict(int)
    worked: dict[str, float] = defaultdict(float)
    places: dict[str, tuple[float, float]] = {}
    for row in stations:
        events[row.station] += row.events
        worked[row.station] += row.operating_days
        places[row.station] = (row.x / 1000, row.y / 1000)
    with styled():
        width, height = _extent(list(places.values()))
        size = (WIDTH, min(TALLEST, max(2.4, WIDTH * height / width)))
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.subplots()
        axes.set_axis_off()
        if not places:
            axes.text(
                0.5, 0.5, _("No camera was deployed."), ha="center", transform=axes.transAxes, color=QUIET
            )
            return to_svg(figure)
        axes.set_aspect("equal", adjustable="datalim")
        _dots(axes, places, events, worked)
        _labels(axes, places)
        _scale(axes, list(places.values()), width, height)
        _legend(figure, events, worked)
        return to_svg(figure)


def _extent(places: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return width and height in km with room for labels, at least 1 km each."""
    if not places:
        return 1.0, 1.0
    spans = [max(p[axis] for p in places) - min(p[axis] for p in places) for axis in (0, 1)]
    room = 0.15 * max(*spans, 1.0)
    return max(spans[0] + 2 * room, 1.0), max(spans[1] + 2 * room, 1.0)


def _area(events: int, most: int) -> float:
    """Return the area of a dot in points squared: in proportion to events, from 16 up to 220."""
    return 16 + 204 * events / max(most, 1)


def _dots(
    axes: Axes, places: dict[str, tuple[float, float]], events: dict[str, int], worked: dict[str, float]
) -> None:
    most = max(events.values(), default=0)
    for name, (x, y) in places.items():
        if worked[name] <= 0:
            axes.plot(x, y, marker="x", color=QUIET, ms=5, mew=1.2, ls="")
        elif events[name]:
            axes.scatter(
                x, y, s=_area(events[name], most), color=SERIES[0], edgecolor="white", lw=0.6, zorder=3
            )
        else:
            axes.scatter(x, y, s=16, facecolor="white", edgecolor=SERIES[0], lw=0.9, zorder=3)


def _labels(axes: Axes, places: dict[str, tuple[float, float]]) -> None:
    if len(places) > MOST_LABELS:
        return
    names = shortest_names(places)
    for name, (x, y) in places.items():
        axes.annotate(
            names[name], (x, y), xytext=(0, -9), textcoords="offset points", ha="center", va="top", fontsize=7,
            color=INK, zorder=4,
        )  # fmt: skip


def _scale(axes: Axes, places: Sequence[tuple[float, float]], width: float, height: float) -> None:
    """Draw a bar of 1, 2 or 5 times a power of ten km, about a fifth of the width, and an arrow to north."""
    wanted = max(width, height) / 5
    power = 10.0 ** math.floor(math.log10(wanted))
    length = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    left, bottom = min(p[0] for p in places), min(p[1] for p in places) - 0.14 * max(width, height)
    axes.plot([left, left + length], [bottom, bottom], color=INK, lw=2, solid_capstyle="butt")
    axes.annotate(
        _("{km:g} km").format(km=length), (left + length / 2, bottom), xytext=(0, 4), textcoords="offset points",
        ha="center", fontsize=8,
    )  # fmt: skip
    axes.annotate(
        _("N"), (0.99, 0.99), xytext=(0.99, 0.88), xycoords="axes fraction", textcoords="axes fraction",
        ha="center", fontsize=8, color=QUIET, arrowprops={"arrowstyle": "->", "color": QUIET},
    )  # fmt: skip


def _legend(figure: Figure, events: dict[str, int], worked: dict[str, float]) -> None:
    most = max(events.values(), default=0)
    axes = figure.axes[0]
    handles: list[Artist] = []
    if most:
        shown = sorted({1, most} if most < 4 else {1, round(most / 2), most})
        for n in shown:
            label = _("{count} events").format(count=n) if n == shown[-1] else str(n)
            handles.append(axes.scatter([], [], s=_area(n, most), color=SERIES[0], label=label))
    if any(n == 0 and worked[name] > 0 for name, n in events.items()):
        handles.append(
            axes.scatter([], [], s=16, facecolor="white", edgecolor=SERIES[0], lw=0.9, label=_("no event"))
        )
    if any(days <= 0 for days in worked.values()):
        handles.append(axes.plot([], [], marker="x", color=QUIET, ms=5, ls="", label=_("never worked"))[0])
    figure.legend(handles=handles, loc="outside upper left", ncols=len(handles) or 1, fontsize=8)
