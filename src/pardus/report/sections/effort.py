"""What was surveyed: effort by session, failures, the map, and when each camera worked."""

from __future__ import annotations

from pardus.model.language import _
from pardus.report.cell_map import cell_map
from pardus.report.document import Block, Column, Figure, Paragraph, Section, Table, Text
from pardus.report.figures import draw
from pardus.report.numbers import day
from pardus.report.writer import Writer, cell, count, day_count, joined, runs, text


def effort(w: Writer) -> Section | None:
    """Return the section, or None if nothing was surveyed."""
    if not w.content.sessions:
        return None
    blocks: list[Block] = [*_whose(w), _sessions(w), *_figures(w)]
    return Section("effort", _("What was surveyed"), tuple(blocks))


def _whose(w: Writer) -> list[Block]:
    """Say whose survey the rest of a joint report is about."""
    if w.content.joint is None:
        return []
    said = _(
        "From here on the report is about the survey of {organisation} alone; each partner has such a report."
    )
    return [Paragraph(text(said.format(organisation=w.content.organisation)))]


def _sessions(w: Writer) -> Table:
    a = w.ask("SELECT session, start, end, stations, occasions, nominal_days, operating_days FROM sessions")
    lost = w.ask("SELECT session, cause, days FROM lost")
    causes: dict[str, list[Text]] = {}
    for session, cause, days_ in lost.rows:
        what = cause or _("no cause given")
        causes.setdefault(session, []).append(runs(what, " ", day_count(days_, lost)))
    rows = []
    for (session, start, end, stations, occasions, nominal, worked), s in zip(
        a.rows, w.content.sessions, strict=True
    ):
        del start, end
        period = f"{day(s.start)} – {day(s.end)}" if s.start else "–"
        row = [
            text(session.replace("_", " ")),
            text(period),
            cell(count(stations, a)),
            cell(count(occasions, a)),
            cell(day_count(nominal, a)),
            cell(day_count(worked, a)),
        ]
        if not w.public:
            row.append(joined(causes.get(session, ())) or text("–"))
        rows.append(tuple(row))
    foot = []
    if len(rows) > 1:
        t = w.ask("SELECT SUM(nominal_days), SUM(operating_days) FROM sessions")
        nominal, worked = t.one
        blank = text("")
        total = [text(_("All")), blank, blank, blank, cell(day_count(nominal, t)), cell(day_count(worked, t))]
        foot = [tuple(total if w.public else [*total, blank])]
    columns = [
        Column(_("Session")), Column(_("Period")), Column(_("Stations"), "number"),
        Column(_("Occasions"), "number"), Column(_("Nominal"), "number"), Column(_("Operating"), "number"),
    ]  # fmt: skip
    if not w.public:
        columns.append(Column(_("Lost, by cause"), "wide"))
    caption = _(
        "Effort by session. Nominal: days between setup and retrieval. Operating: days on which the station recorded."
    )
    return Table(tuple(columns), tuple(rows), text(caption), tuple(foot))


def _figures(w: Writer) -> list[Figure]:
    if w.public:
        if not w.content.cells:
            return []
        return [
            Figure(
                cell_map(w.content.cells, w.content.cell_degrees),
                text(
                    _(
                        "Where cameras stood, in cells of {degrees} degrees of a fixed grid. Number: stations; shade: "
                        "independent events."
                    ).format(degrees=w.content.cell_degrees)
                ),
                _("map of cells"),
            )
        ]
    drawn = draw(w.content)
    figures = []
    if "map" in drawn:
        figures.append(
            Figure(
                drawn["map"],
                text(
                    _(
                        "Stations. The size of a dot is the number of independent events; hollow: none. Positions "
                        "are shown without coordinates."
                    )
                ),
                _("map of the stations"),
            )
        )
    if "operation" in drawn:
        figures.append(
            Figure(
                drawn["operation"],
                text(_("Operation of the cameras (bars), failures (gaps) and detections (ticks).")),
                _("bars of the cameras' operation"),
            )
        )
    return figures


def stations(w: Writer) -> Section | None:
    """Return the table of stations, or None where there is none to show."""
    if not w.content.stations or w.content.config is None:
        return None
    a = w.ask("SELECT session, station, nominal_days, operating_days, events, animals FROM stations")
    many = len({row[0] for row in a.rows}) > 1
    rows = [
        (
            *((text(session.replace("_", " ")),) if many else ()),
            text(w.name(station)),
            cell(day_count(nominal, a)),
            cell(day_count(worked, a)),
            cell(count(events, a)),
            cell(count(animals, a)),
        )
        for session, station, nominal, worked, events, animals in a.rows
    ]
    t = w.ask("SELECT SUM(nominal_days), SUM(operating_days), SUM(events) FROM stations")
    nominal, worked, events = t.one
    foot = (
        text(_("All")), *((text(""),) if many else ()), cell(day_count(nominal, t)),
        cell(day_count(worked, t)), cell(count(events, t)), text(""),
    )  # fmt: skip
    columns = (
        *((Column(_("Session")),) if many else ()), Column(_("Station"), "wide"), Column(_("Nominal days"), "number"),
        Column(_("Operating days"), "number"), Column(_("Events"), "number"), Column(_("Animals"), "number"),
    )  # fmt: skip
    note = text(_("Effort and events of identified animals by station."))
    return Section("stations", _("Stations"), (Table(columns, tuple(rows), note, (foot,)),))
