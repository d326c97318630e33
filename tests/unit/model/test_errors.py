"""Faults as a person reads them: alike ones once in full and then by place, none left out, rows in their order."""

from __future__ import annotations

from pardus.model.errors import DataError, Finding, told


def rows(*numbers: int, remedy: str = "Mend it.") -> list[Finding]:
    return [Finding("off", f"t.csv, row {n}, column X", f"{n} is off", remedy) for n in numbers]


def test_faults_that_are_alike_are_told_in_few_lines_and_every_row_is_named() -> None:
    error = DataError("t.csv is wrong.", rows(12, 2, 9, 10, 11, 3, 30))
    assert told(error.findings) == [
        "t.csv, row 2, column X: 2 is off",
        "t.csv, row 3, column X: 3 is off",
        "t.csv, row 9, column X: 9 is off",
        "... and 4 more like this: t.csv, row 10-12, 30, column X",
        "  Mend it.",
    ]


def test_four_alike_are_told_one_by_one() -> None:
    assert len(told(rows(1, 2, 3, 4))) == 4


def test_faults_with_remedies_of_their_own_keep_them() -> None:
    some = [f for n in range(5) for f in rows(n, remedy=f"Write {n}.")]
    assert told(some)[:2] == [
        "t.csv, row 0, column X: 0 is off\n  Write 0.",
        "t.csv, row 1, column X: 1 is off\n  Write 1.",
    ]
    assert told(some)[-1] == "... and 2 more like this: t.csv, row 3-4, column X"


def test_places_that_differ_in_more_than_a_number_are_all_named() -> None:
    some = [Finding("off", f"S{n}/{n}.JPG", "off") for n in range(6)]
    assert told(some)[-1] == "... and 3 more like this: S3/3.JPG; S4/4.JPG; S5/5.JPG"


def test_errors_come_before_warnings() -> None:
    late = Finding("aaa", "", "doubtful", "", "warning")
    assert DataError("x", [late, *rows(1)]).findings[0].severity == "error"
