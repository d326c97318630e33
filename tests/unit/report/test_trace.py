"""Every number is the answer of a query to the rows that the report carries."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import replace

import pytest

from pardus.app.public_edition import public
from pardus.report.book import make
from pardus.report.document import Cards, Paragraph, Report, Run, Table
from pardus.report.json_form import as_json
from pardus.report.trace import quoted, table, tracing
from tests.fixtures.full_content import HOSTILE, whole


def runs(report: Report) -> list[Run]:
    found: list[Run] = []
    for block in (b for p in report.parts for s in p.sections for b in s.blocks):
        match block:
            case Paragraph():
                found += block.text
            case Cards():
                found += [r for c in block.cards for text in ((c.value,), *c.lines) for r in text]
            case Table():
                found += [r for row in (*block.rows, *block.foot) for cell in row for r in cell]
    return found


@pytest.mark.parametrize("edition", ["restricted", "public"])
def test_a_reader_gets_every_answer_again_from_the_rows(edition: str) -> None:
    content = public(whole()) if edition == "public" else whole()
    data = as_json(content, make(content, ("en",)))
    connection = sqlite3.connect(":memory:")
    for name, rows in data["tables"].items():
        columns = ", ".join(f'"{c}"' for c in rows["columns"])
        connection.execute(f'CREATE TABLE "{name}" ({columns})')
        connection.executemany(
            f'INSERT INTO "{name}" VALUES ({", ".join("?" for _c in rows["columns"])})', rows["rows"]
        )
    asked = 0
    for number in data["numbers"]:
        try:
            found = [list(row) for row in connection.execute(number["query"])]
        except sqlite3.OperationalError as error:
            if "no such table" not in str(error):  # a table without a row is left out
                raise
            assert not any(value for row in number["rows"] for value in row)
            continue
        asked += 1
        assert found == number["rows"]
    connection.close()
    assert asked > 15


NAMES = re.compile(r"[^\W\d_][\w/-]*\d[\w-]*|\d{4}-\d\d-\d\d( [\d:+]+)?|\d{4}\b|100 km|km2|:00 in the zone")
"""Digits that are no numbers: in names, days, years, units and the way an hour is written."""


@pytest.mark.parametrize("of_status", [False, True])
@pytest.mark.parametrize("edition", ["restricted", "public"])
def test_no_number_of_the_text_is_without_its_query(edition: str, of_status: bool) -> None:
    content = public(whole()) if edition == "public" else whole()
    report = make(content, ("en",), of_status=of_status)
    known = {a.id for a in report.answers}
    bare = [r.text for r in runs(report) if not r.ref and r.style != "code" and _numbers(r.text)]
    assert [text for text in bare if edition == "restricted" or text not in PEOPLE] == []
    assert {r.ref for r in runs(report)} - {""} <= known


def _numbers(text: str) -> bool:
    return any(c in "0123456789" for c in NAMES.sub("", text))


PEOPLE = ("1", "2")
"""How observers are called in public."""


def test_every_number_in_a_table_or_a_card_says_where_it_comes_from() -> None:
    report = make(whole(), ("en",))
    known = {a.id for a in report.answers}
    cells = [
        cell
        for s in report.parts[0].sections
        for b in s.blocks
        if isinstance(b, Table)
        for row in b.rows
        for cell, column in zip(row, b.columns, strict=True)
        if column.kind == "number"
    ]
    linked = [r for cell in cells for r in cell if any(c.isdigit() for c in r.text)]
    assert len(linked) > 40
    assert all(r.ref in known for r in linked)
    assert {r.ref for r in runs(report)} - {""} <= known


def test_the_languages_say_the_same_numbers_from_the_same_queries() -> None:
    report = make(whole(), ("en", "zh"))
    said = [[r.ref for r in runs(replace(report, parts=(part,)))] for part in report.parts]
    assert sorted(said[0]) == sorted(said[1])
    assert [s.key for s in report.parts[0].sections] == [s.key for s in report.parts[1].sections]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_is_never_part_of_a_query(name: str) -> None:
    rows = table(("session", "n"), [(name, 1), ("other", 2)])
    with tracing({"t": rows}) as trace:
        query = f"SELECT n FROM t WHERE session = {quoted(name)}"
        if "\n" not in name:
            assert trace.ask(query).rows == ((1,),)
        assert trace.ask("SELECT COUNT(*) FROM t").one == (2,)
