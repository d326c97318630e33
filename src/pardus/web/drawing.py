"""Drawings for pages: a plain map and bars of operation, as SVG without styles or scripts of its own."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from markupsafe import Markup, escape

from pardus.app.content import Operation
from pardus.app.ground import Ground
from pardus.model.language import _
from pardus.report.names import short_names
from pardus.web.labels import label_places

MOST_LABELS = 60


@dataclass(frozen=True, slots=True)
class Frame:
    """Metres to the units of a drawing: x to the right, y down, one scale for both."""

    left: float
    top: float
    scale: float
    width: float
    height: float

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the place of a point."""
        return (x - self.left) * self.scale, (self.top - y) * self.scale


def frame(points: Sequence[tuple[float, float]], width: float, height: float, least: float = 2000.0) -> Frame:
    """Return the frame that shows all points with a margin, at least so many metres wide and high."""
    xs, ys = [p[0] for p in points] or [0.0], [p[1] for p in points] or [0.0]
    middle = (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2
    span_x, span_y = max(max(xs) - min(xs), least) * 1.15, max(max(ys) - min(ys), least) * 1.2
    scale = min(width / span_x, height / span_y)
    return Frame(middle[0] - width / scale / 2, middle[1] + height / scale / 2, scale, width, height)


def station_map(
    ground: Ground,
    *,
    width: float = 900,
    height: float = 520,
    sizes: Mapping[str, float] | None = None,
    paths: Sequence[tuple[str, Sequence[str]]] = (),
    labels: bool = True,
) -> Markup:
    """Return a map: the survey's polygons, its stations, and what happened there. North is up.

    sizes: station -> what its dot's area stands for; 0 is drawn hollow. paths: (class of the style sheet, stations
    in order of time) to be joined by lines and marked. Stations without a place (withheld) are left out. A name for
    which there is no room is left out; it is in the dot's title.
    """
    placed = [s for s in ground.stations if math.isfinite(s.x) and math.isfinite(s.y)]
    wanted = {name for _style, names in paths for name in names}
    near = [] if sizes else [s for s in placed if s.id in wanted]
    view = frame([(s.x, s.y) for s in near or placed], width, height, 9000.0 if wanted else 2000.0)
    called = escape(_("Map of the stations"))
    parts = [
        f'<svg class="map" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{called}" xmlns="http://www.w3.org/2000/svg">'
    ]
    parts += _outlines(ground, view)
    names = short_names([s.id for s in placed])
    most = max([*(sizes or {}).values(), 1.0])
    places = {s.id: view.at(s.x, s.y) for s in placed}
    for style, stations in paths:
        line = [places[name] for name in stations if name in places]
        if len(line) > 1:
            dots = " ".join(f"{x:.1f},{y:.1f}" for x, y in line)
            parts.append(f'<polyline class="path {escape(style)}" points="{dots}"/>')
    marked = {name: style for style, stations in paths for name in stations}
    inside = [s for s in placed if _inside(view, places[s.id])]
    radii: dict[str, float] = {}
    for station in inside:
        x, y = places[station.id]
        value = None if sizes is None else sizes.get(station.id, 0.0)
        radius = 3.2 if value is None else 3 + 9 * math.sqrt(value / most) if value else 3.4
        style = marked.get(station.id) or ("none" if value == 0 or (wanted and value is None) else "dot")
        if station.id in marked:
            radius = 6
        radii[station.id] = radius
        title = station.name or names[station.id]
        parts.append(
            f'<circle class="{escape(style)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
            f"<title>{escape(title)}</title></circle>"
        )
    if labels and len(inside) <= MOST_LABELS:
        inside.sort(key=lambda s: (s.id not in marked, -radii[s.id]))
        around = [(*places[s.id], radii[s.id]) for s in inside]
        corners = [(0, height - 34, 20 + width / 5, height), (width - 32, height - 20, width, height)]
        said = [names[s.id] for s in inside]
        for name, place in zip(said, label_places(around, said, width, height, corners), strict=True):
            if place is not None:
                x, y = place
                parts.append(f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle">{escape(name)}</text>')
    parts += _scale_bar(view)
    parts.append("</svg>")
    return Markup("".join(parts))


def _inside(view: Frame, place: tuple[float, float]) -> bool:
    return 0 <= place[0] <= view.width and 0 <= place[1] <= view.height


def _outlines(ground: Ground, view: Frame) -> Iterable[str]:
    style = {"region": "land", "study": "border", "sea": "sea"}
    for outline in sorted(ground.outlines, key=lambda o: ("study", "region", "sea").index(o.kind)):
        points = " ".join(f"{x:.1f},{y:.1f}" for x, y in (view.at(*p) for p in outline.ring))
        title = f"<title>{escape(outline.name)}</title>" if outline.name else ""
        yield f'<polygon class="{style[outline.kind]}" points="{points}">{title}</polygon>'


def _scale_bar(view: Frame) -> list[str]:
    wanted = view.width / 5 / view.scale / 1000
    power = 10.0 ** math.floor(math.log10(max(wanted, 1e-6)))
    km = max(step * power for step in (1, 2, 5) if step * power <= wanted)
    length, y = km * 1000 * view.scale, view.height - 12
    label = escape(_("{km:g} km").format(km=km))
    return [
        f'<line class="scale" x1="12" y1="{y:g}" x2="{12 + length:.1f}" y2="{y:g}"/>',
        f'<text x="12" y="{y - 6:g}">{label}</text>',
        f'<text x="{view.width - 16:g}" y="{view.height - 8:g}" text-anchor="middle">N ↑</text>',
    ]


def operation_bars(rows: Sequence[Operation], begin: datetime, end: datetime) -> Markup:
    """Return one bar for each deployment between two moments: working, failed, and when animals were seen."""
    width, left, step, top = 1080.0, 150.0, 17.0, 22.0
    names = short_names([row.station for row in rows])
    span = max((end - begin) / timedelta(days=1), 1.0)
    height = top + step * len(rows) + 6

    def x(moment: datetime) -> float:
        return left + (width - left - 8) * min(max((moment - begin) / timedelta(days=1) / span, 0.0), 1.0)

    called = escape(_("When each camera worked"))
    parts = [
        f'<svg class="bars" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{called}" xmlns="http://www.w3.org/2000/svg">'
    ]
    for moment in _months(begin, end):
        parts.append(
            f'<line class="grid" x1="{x(moment):.1f}" y1="16" x2="{x(moment):.1f}" y2="{height:g}"/>'
        )
        parts.append(f'<text x="{x(moment) + 3:.1f}" y="12">{moment:%Y-%m}</text>')
    for n, row in enumerate(rows):
        y = top + step * n
        title = f"{names[row.station]} {row.camera}: {row.start:%Y-%m-%d} – {row.end:%Y-%m-%d}"
        label = f"{names[row.station]} {row.camera}".strip()
        parts.append(f'<text x="{left - 6:g}" y="{y + 10:g}" text-anchor="end">{escape(label[:24])}</text>')
        parts.append(_bar("works", x(row.start), x(row.end), y, title))
        for start, stop, state in row.failures:
            said = {"failed": _("failed"), "partial": _("partly"), "unknown": _("not known")}.get(
                state, state
            )
            state = state if state in ("failed", "partial", "unknown") else "unknown"
            parts.append(_bar(state, x(start), x(stop), y, f"{said}: {start:%Y-%m-%d} – {stop:%Y-%m-%d}"))
        ticks = sorted({round(2 * x(at)) / 2 for at in row.detections})
        if ticks:  # one path for all: a large survey has 50,000 of them
            parts.append(f'<path class="seen" d="{"".join(f"M{at:g} {y:g}v11" for at in ticks)}"/>')
    parts.append("</svg>")
    return Markup("".join(parts))


def _bar(style: str, x1: float, x2: float, y: float, title: str) -> str:
    return (
        f'<rect class="{style}" x="{x1:.1f}" y="{y + 1:g}" width="{max(x2 - x1, 0.8):.1f}" height="9">'
        f"<title>{escape(title)}</title></rect>"
    )


def _months(begin: datetime, end: datetime) -> list[datetime]:
    """Return the firsts of months between two moments, at most about a dozen."""
    months = []
    at = begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while at <= end:
        if at >= begin:
            months.append(at)
        at = (at + timedelta(days=32)).replace(day=1)
    return months[:: max(1, len(months) // 12)]


def timeline(moments: Sequence[datetime]) -> Markup:
    """Return a line with a mark for each moment, and the months under it."""
    if not moments:
        return Markup("")
    width = 900.0
    begin, end = min(moments) - timedelta(days=10), max(moments) + timedelta(days=10)
    span = (end - begin) / timedelta(days=1)
    called = escape(_("When it was seen"))
    parts = [
        f'<svg class="bars" viewBox="0 0 {width:g} 46" role="img" '
        f'aria-label="{called}" xmlns="http://www.w3.org/2000/svg">',
        f'<line class="grid" x1="0" y1="24" x2="{width:g}" y2="24"/>',
    ]
    for month in _months(begin, end):
        x = width * ((month - begin) / timedelta(days=1)) / span
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="18" x2="{x:.1f}" y2="30"/>')
        parts.append(f'<text x="{x + 2:.1f}" y="43">{month:%Y-%m}</text>')
    for moment in sorted(moments):
        x = width * ((moment - begin) / timedelta(days=1)) / span
        parts.append(
            f'<circle class="works" cx="{x:.1f}" cy="24" r="5"><title>{moment:%Y-%m-%d}</title></circle>'
        )
    parts.append("</svg>")
    return Markup("".join(parts))
