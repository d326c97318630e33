"""Text that a spreadsheet would compute is made text again; numbers, clocks and dashes stay."""

from __future__ import annotations

import csv
import io

import pytest

from pardus.history.write import table
from pardus.model.spreadsheet import harmless


@pytest.mark.parametrize(
    "cell",
    ['=HYPERLINK("http://evil.example")', "@SUM(1)", "+cmd|' /C calc'!A0", "-2+cmd()", "\t=1", "-x"],
)
def test_a_formula_is_text(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    rows = list(csv.reader(io.StringIO(table(("a",), [(cell,)]), newline="")))
    assert rows == [["a"], [f"'{cell}"]]


@pytest.mark.parametrize(
    "cell", ["", "-", "-1.5", "+10:00", "-3.2e-05", "llnp:F1", "a=b", "Кира", 7, -2.5, None]
)
def test_everything_else_stays(cell: object) -> None:
    assert harmless(cell) is cell


def test_an_end_of_line_hides_no_formula() -> None:
    assert harmless("\r=1") == "'\r=1"
