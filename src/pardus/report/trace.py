"""Every number of a report is the answer of a query to tables that the report carries.

The tables are the rows behind the numbers; the queries are plain SQL, run here by SQLite in memory and printed in the
appendix. So a number can't differ from its rows, and a reader can run the query on the rows and get it.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Value = str | float | int | None


@dataclass(frozen=True, slots=True)
class Rows:
    """A table that numbers are taken from."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a query gave. id: "q1", "q2", ... in the order of the report."""

    id: str
    query: str
    rows: tuple[tuple[Any, ...], ...]

    @property
    def one(self) -> tuple[Any, ...]:
        """The only row. Raises ValueError if there is not exactly one."""
        (row,) = self.rows
        return row


class Trace:
    """Asks queries of tables and remembers them. The same query asked again has the same id."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._asked: dict[str, Answer] = {}

    def ask(self, query: str) -> Answer:
        """Return the answer of a SELECT."""
        query = " ".join(line.strip() for line in query.strip().splitlines())
        if query not in self._asked:
            rows = tuple(tuple(row) for row in self._connection.execute(query))
            self._asked[query] = Answer(f"q{len(self._asked) + 1}", query, rows)
        return self._asked[query]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """All that was asked so far, in order."""
        return tuple(self._asked.values())


@contextmanager
def tracing(tables: Mapping[str, Rows]) -> Iterator[Trace]:
    """Lay tables into a database in memory for as long as the block lasts."""
    connection = sqlite3.connect(":memory:")
    try:
        for name, table in tables.items():
            columns = ", ".join(f'"{c}"' for c in table.columns)
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" for _c in table.columns)
            connection.executemany(f'INSERT INTO "{name}" VALUES ({marks})', table.rows)
        yield Trace(connection)
    finally:
        connection.close()


def quoted(text: str) -> str:
    """Return text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> Rows:
    """Return a table with numbers that are not there as None, and truth as 0 or 1."""
    return Rows(tuple(columns), tuple(tuple(_value(v) for v in row) for row in rows))


def _value(value: Any) -> Value:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, int):
        return value
    return str(value)
