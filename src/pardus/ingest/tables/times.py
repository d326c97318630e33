"""Dates and times of a row, read into aware instants; each fault named with its cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta, tzinfo

from pardus.ingest.tables.grid import Cell, Columns, Row
from pardus.ingest.tables.values import CellError, instant, is_serial, read_date, read_time
from pardus.model.errors import Finding
from pardus.model.language import _, ngettext

DAY = timedelta(days=1)


@dataclass(slots=True)
class Clock:
    """Reads the times of one table in one zone; counts what was taken on a rule worth telling."""

    columns: Columns
    zone: tzinfo
    serials: int = 0
    ambiguous: list[str] = field(default_factory=list)

    def at(
        self, row: Row, ours: str, cell: Cell | None, clock: Cell | None = None, column: str = ""
    ) -> tuple[datetime, bool] | None:
        """Return (instant, is a day only) of a date cell with an optional time cell; None if blank or at fault.

        A day without a time is its first midnight in the zone.
        """
        if cell is None:
            return None
        try:
            day, with_time, offset = read_date(cell, self.columns.mapping.date_format)
            self.serials += is_serial(cell)
            if clock is not None:
                with_time = read_time(clock)
            found = instant(day, with_time or time(), self.zone, offset)
        except CellError as error:
            self.columns.fault(error.code, row, ours, error.message, error.remedy, column=column)
            return None
        if with_time and not offset and found.utcoffset() != found.replace(fold=1).utcoffset():
            self.ambiguous.append(self.columns.where(row, ours, column))
        return found, with_time is None

    def report(self) -> None:
        """Add what was read on a rule to the table's findings."""
        name = self.columns.grid.file
        if self.serials:
            message = ngettext(
                "{count} date was a bare number and read as Excel's day count from 1899-12-30.",
                "{count} dates were bare numbers and read as Excel's day count from 1899-12-30.",
                self.serials,
            ).format(count=self.serials)
            remedy = _(
                "Excel for Mac of old counts from 1904; then they are four years off: format the cells as dates."
            )
            self.columns.findings.append(Finding("excel-serial", name, message, remedy, "warning"))
        if self.ambiguous:
            message = ngettext(
                "{count} time came twice that day, when clocks were put back; the earlier one was taken.",
                "{count} times came twice that day, when clocks were put back; the earlier one was taken.",
                len(self.ambiguous),
            ).format(count=len(self.ambiguous))
            self.columns.findings.append(
                Finding("time-twice", name, message, "; ".join(self.ambiguous[:20]), "warning")
            )
