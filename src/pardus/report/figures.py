"""The figures that a survey's content can be drawn as."""

from __future__ import annotations

from pardus.app.content import Content
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
        figures["operation"] = operation_plot(content.operation, zone)
    return figures
