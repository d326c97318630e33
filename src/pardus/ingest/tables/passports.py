"""The table of individuals: what its author states of each animal (sex, age, name, aliases, death), dated."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, tzinfo

from pardus.ingest.tables.grid import Columns, Row
from pardus.ingest.tables.times import Clock
from pardus.ingest.tables.values import CellError, number_in, read_word
from pardus.ingest.tables.words import SEX_WORDS, STAGE_WORDS
from pardus.model.ids import qualify
from pardus.model.individual import Relationship, Statement
from pardus.model.language import _
from pardus.model.lookalike import clean, look_alikes, shown

ALWAYS = date(1900, 1, 1)
"""Date of a statement that has none and needs none: what never changes holds from the beginning."""


@dataclass(frozen=True, slots=True)
class Passports:
    """Statements about individuals, and who is whose mother."""

    statements: tuple[Statement, ...] = ()
    relationships: tuple[Relationship, ...] = ()


def read_passports(columns: Columns, organisation: str, zone: tzinfo) -> Passports:
    """Return the statements of a table; one animal may have several rows with different dates.

    Sex, name, alias and birth year without a date hold always. A life stage or a status without a date is a
    finding: it says nothing without one.
    """
    if not columns.require("individual"):
        return Passports()
    clock = Clock(columns, zone)
    statements: list[Statement] = []
    relationships: list[Relationship] = []
    names = []
    for row in columns.grid.rows:
        name = clean(columns.text(row, "individual"))
        if not name:
            columns.fault("cell-missing", row, "individual", _("expected the individual's id."))
            continue
        names.append(name)
        individual = qualify(organisation, name)
        on = clock.at(row, "on", columns.raw(row, "on"))
        if on is None and columns.raw(row, "on") is not None:
            continue
        statements.extend(_statements(columns, row, individual, on[0] if on else None))
        if mother := clean(columns.text(row, "mother")):
            relationships.append(Relationship(qualify(organisation, mother), individual, "motherOf"))
    clock.report()
    tell_look_alikes(columns, names)
    return Passports(tuple(statements), tuple(dict.fromkeys(relationships)))


def tell_look_alikes(columns: Columns, names: Iterable[str]) -> None:
    """Keep a fault for individuals whose names look the same and are not."""
    for group in look_alikes(names, columns.mapping.values.get("individual", {})):
        columns.fault_at(
            "look-alike-ids",
            _(
                "these individuals look the same but are written differently, and would count twice: {names}."
            ).format(names=", ".join(shown(name) for name in group)),
            _("Write them alike, or say under values.individual which they are."),
        )


def _statements(columns: Columns, row: Row, individual: str, on: datetime | None) -> Iterator[Statement]:
    by = columns.text(row, "author") or columns.mapping.author or columns.grid.file
    basis = columns.text(row, "basis") or "table"
    day = on.date() if on else ALWAYS
    for ours, about, words in (("sex", "sex", SEX_WORDS), ("life_stage", "lifeStage", STAGE_WORDS)):
        try:
            value = read_word(columns.text(row, ours), words)
        except CellError as error:
            columns.fault(error.code, row, ours, error.message, error.remedy)
            continue
        if value and not (ours == "life_stage" and _undated(columns, row, ours, on)):
            yield Statement(individual, about, value, day, by, basis)
    for ours, about in (("name", "name"), ("alias", "alias")):
        for value in columns.text(row, ours).split(";"):
            if value.strip():
                yield Statement(individual, about, value.strip(), day, by, basis)
    if (status := columns.text(row, "status")) and not _undated(columns, row, "status", on):
        yield Statement(individual, "status", status, day, by, basis)
    expected = _("expected a year, found {found}.")
    year = number_in(columns, row, "birth_year", lambda n: n.is_integer() and 1950 <= n <= 2200, expected)
    if year is not None:
        yield Statement(
            individual, "birthYear", str(int(year)), on.date() if on else date(int(year), 1, 1), by, basis
        )


def _undated(columns: Columns, row: Row, ours: str, on: datetime | None) -> bool:
    if on is not None:
        return False
    columns.fault(
        "statement-undated",
        row,
        ours,
        _("{what} changes with time and has no date here.").format(what=columns.names[ours]),
        _("Map the column with its date as on."),
    )
    return True
