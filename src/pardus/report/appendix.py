"""The appendix of a report: its queries, and the rows they were asked of as comma-separated values."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pardus.report.document import Report
from pardus.report.numbers import plain
from pardus.report.trace import Value


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """A table as lines of text. left: rows that are not shown."""

    name: str
    lines: tuple[str, ...]
    left: int


@dataclass(frozen=True, slots=True)
class PrintedQuery:
    """A query as text. tables: those it reads that are printed. answers: how many rows it gave."""

    id: str
    query: str
    tables: tuple[str, ...]
    answers: int


def printed_tables(report: Report, most: int) -> list[PrintedTable]:
    """Return the tables that some query reads, each with at most so many rows."""
    used = {name for q in report.answers for name in read_by(q.query)}
    out = []
    for name, table in report.tables.items():
        if name not in used:
            continue
        shown = table.rows[:most]
        lines = [comma_separated(table.columns), *(comma_separated(row) for row in shown)]
        out.append(PrintedTable(name, tuple(plain(line) for line in lines), len(table.rows) - len(shown)))
    return out


def printed_queries(report: Report) -> list[PrintedQuery]:
    """Return every query of the report, in order."""
    return [
        PrintedQuery(
            a.id, plain(a.query), tuple(n for n in read_by(a.query) if n in report.tables), len(a.rows)
        )
        for a in report.answers
    ]


def read_by(query: str) -> list[str]:
    """Return the tables that a query reads."""
    return list(dict.fromkeys(re.findall(r"(?:FROM|JOIN) (\w+)", query)))


def comma_separated(row: Sequence[Value]) -> str:
    """Return one line of comma-separated values."""
    buffer = io.StringIO()
    cells = [f"{v:.10g}" if isinstance(v, float) else v for v in row]
    csv.writer(buffer, lineterminator="").writerow(cells)
    return buffer.getvalue()


def together(words: Sequence[str]) -> str:
    """Return the same words of several languages as one line."""
    return " · ".join(dict.fromkeys(words))
