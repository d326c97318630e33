"""Histories as tables in our columns (docs/reference/history.md): file name -> text. Nothing is written here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

import numpy as np

from pardus.history.build import USED, Histories
from pardus.history.effort import Effort
from pardus.model.capture import CaptureHistory, Column
from pardus.model.clock import parse_zone
from pardus.model.spreadsheet import harmless

Row = Sequence[object]


def effort_tables(efforts: Iterable[Effort]) -> dict[str, str]:
    """Return operation.csv (station by day: empty = no camera, 0 = none worked), usage.csv and occasions.csv."""
    efforts = list(efforts)
    operation: list[Row] = []
    for e in efforts:
        days = e.calendar
        for station, row in zip(e.stations, e.operation, strict=True):
            for date, value, occasion in zip(days.dates, row, days.occasion, strict=True):
                operation.append((days.session.name, station, date, int(occasion) + 1, number(value)))
    occasions = [
        (e.calendar.session.name, n + 1, first, int((e.calendar.occasion == n).sum()))
        for e in efforts
        for n, first in enumerate(e.calendar.first_dates())
    ]
    usage = [(e.calendar.session.name, station, row) for e in efforts for station, row in _usage(e)]
    return {
        "operation.csv": table(("session", "station", "date", "occasion", "days"), operation),
        "usage.csv": _usage_table(usage),
        "occasions.csv": table(("session", "occasion", "first_date", "days"), occasions),
    }


def _usage(effort: Effort) -> list[tuple[str, Column]]:
    return list(zip(effort.stations, effort.usage(), strict=True))


def _usage_table(rows: Sequence[tuple[str, str, Column]]) -> str:
    most = max((len(row) for _session, _station, row in rows), default=0)
    return table(
        ("session", "detector", *(f"o{n + 1}" for n in range(most))),
        ((s, d, *(number(v) for v in row), *[""] * (most - len(row))) for s, d, row in rows),
    )


def history_tables(histories: Histories, zone: str) -> dict[str, str]:
    """Return every table of some histories.

    detectors.csv, captures.csv and usage.csv are what `pardus estimate` reads; operation.csv and occasions.csv
    the effort behind them; events.csv, not-used.csv, families.csv and associations.csv what people read.
    zone: in which times are written.
    """
    return effort_tables(histories.effort) | {
        "detectors.csv": detectors_table(histories.sessions),
        "captures.csv": captures_table(histories.sessions),
        "events.csv": _events(histories, zone),
        "not-used.csv": table(
            ("reason", "records"), ((k, n) for k, n in histories.records.items() if k != USED)
        ),
        "families.csv": _families(histories, zone),
        "associations.csv": _associations(histories, zone),
    }


def detectors_table(sessions: Iterable[CaptureHistory]) -> str:
    """Return session, detector, x, y and the stations' covariates."""
    sessions = list(sessions)
    names = sorted({name for h in sessions for name in h.detectors.covariates})
    rows = (
        (
            h.session,
            station,
            number(h.detectors.xy[k, 0]),
            number(h.detectors.xy[k, 1]),
            *(cell(h.detectors.covariates.get(name), k) for name in names),
        )
        for h in sessions
        for k, station in enumerate(h.detectors.ids)
    )
    return table(("session", "detector", "x", "y", *names), rows)


def captures_table(sessions: Iterable[CaptureHistory]) -> str:
    """Return session, individual, occasion (from 1), detector, count, the animals' covariates, and `removed`.

    `removed` is there if any animal died; 1 stands at its records of the occasion in which it did.
    """
    sessions = list(sessions)
    names = sorted({name for h in sessions for name in h.covariates})
    died = any(h.removed is not None for h in sessions)
    rows = (
        (
            h.session,
            h.animals[a],
            int(o) + 1,
            h.detectors.ids[k],
            int(n),
            *(cell(h.covariates.get(name), int(a)) for name in names),
            *([int(h.removed is not None and h.removed[a] == o)] if died else []),
        )
        for h in sessions
        for a, o, k, n in zip(h.animal, h.occasion, h.detector, h.count, strict=True)
    )
    header = (
        "session",
        "individual",
        "occasion",
        "detector",
        "count",
        *names,
        *(["removed"] if died else []),
    )
    return table(header, rows)


def _events(histories: Histories, zone: str) -> str:
    names = [e.calendar.session.name for e in histories.effort]
    rows = []
    for visit in histories.visits:
        event, first = visit.event, visit.first
        days = histories.effort[first.session].calendar if first.session >= 0 else None
        rows.append(
            (
                event.id,
                names[first.session] if first.session >= 0 else "",
                int(days.occasion[first.day]) + 1 if days else "",
                event.station,
                local(event.start, zone),
                local(event.end, zone),
                event.individual,
                " ".join(event.flanks),
                event.cubs,
                " ".join(event.companions),
                len(event.observations),
                histories.reasons[event.id],
            )
        )
    header = (
        "event", "session", "occasion", "station", "start", "end", "individual", "flanks", "cubs",
        "companions", "records", "use",
    )  # fmt: skip
    return table(header, rows)


def _families(histories: Histories, zone: str) -> str:
    return table(
        ("session", "mother", "cubs", "names", "events", "stations", "first", "last"),
        (
            (
                x.session,
                x.mother,
                x.cubs,
                " ".join(x.names),
                len(x.visits),
                " ".join(x.stations),
                local(x.first, zone),
                local(x.last, zone),
            )
            for x in histories.families.litters
        ),
    )


def _associations(histories: Histories, zone: str) -> str:
    return table(
        ("session", "one", "other", "kind", "times", "first", "last"),
        (
            (x.session, x.one, x.other, x.kind, x.times, local(x.first, zone), local(x.last, zone))
            for x in histories.families.associations
        ),
    )


def table(header: Sequence[str], rows: Iterable[Row]) -> str:
    """Return a CSV: comma, dot, quotes where needed, one line feed per row; no cell is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue()


def number(value: float) -> str:
    """Return a number in the fewest digits that read back the same; "" for nan, no .0 on whole numbers."""
    if np.isnan(value):
        return ""
    return repr(float(value)).removesuffix(".0")


def cell(values: Column | None, row: int) -> str:
    """Return one value of a covariate as text, "" where it is missing."""
    if values is None:
        return ""
    return number(float(values[row])) if values.dtype.kind == "f" else str(values[row])


def local(moment: datetime, zone: str) -> str:
    """Return a time with its offset in a zone, to the second."""
    return moment.astimezone(parse_zone(zone)).isoformat(sep=" ", timespec="seconds")
