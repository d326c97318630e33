"""The figures that a survey's content can be drawn as."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from pardus.app.content import Content
from pardus.model.clock import parse_zone
from pardus.report.operation_plot import operation_plot
from pardus.report.station_map import station_map


def draw(content: Content) -> dict[str, str]:
    """Return name -> SVG of the figures there is something to draw for: "map" and "operation".

    Several surveys that come as tables have no common map: they may be far apart.
    """
    zone = content.config.zone if content.config else "UTC"
    figures = {}
    if content.stations and (content.config is not None or len(content.sessions) == 1):
        figures["map"] = station_map(content.stations)
    if content.operation:
        figures["operation"] = operation_plot(content.operation, zone, _sessions(content, zone))
    return figures


def _sessions(content: Content, zone: str) -> list[tuple[datetime, datetime]]:
    """Return from when to when each closed survey lasts, as its days are cut."""
    start = time(content.config.occasion_start_hour if content.config else 0, tzinfo=parse_zone(zone))
    return [
        (datetime.combine(s.start, start), datetime.combine(s.end + timedelta(days=1), start))
        for s in content.sessions
        if s.start and s.end
    ]
