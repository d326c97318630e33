"""A table file as it is: a header and rows of cells, from CSV or XLSX, with the row numbers a person sees."""

from __future__ import annotations

import csv
import difflib
import io
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from pardus.ingest.tables.encoding import decode
from pardus.model.config import TABLE_COLUMNS
from pardus.model.errors import Finding
from pardus.model.language import _
from pardus.model.survey import TableMapping

Cell = str | float | int | bool | date | datetime | time
SEPARATORS = ",;\t|"
SPREADSHEETS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
BLANK = frozenset({"", "NA", "N/A", "#N/A", "NaN", "nan", "NULL", "null", "None", "-", "–", "—"})


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file (1 = first line), and its cells by the header's names."""

    number: int
    cells: Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """A table as read. file: name for the reader. decimal_comma: a comma in a number is its decimal mark."""

    file: str
    header: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()
    findings: tuple[Finding, ...] = ()
    encoding: str = ""
    separator: str = ""


def read_grid(folder: Path, mapping: TableMapping) -> Grid:
    """Read a table file that a mapping names, relative to a folder; every fault is a finding, none is raised."""
    name, _hash, sheet = mapping.file.partition("#")
    path = folder / name
    if not path.is_file():
        near = difflib.get_close_matches(
            name, [p.name for p in folder.iterdir()] if folder.is_dir() else [], n=1
        )
        remedy = (
            _("Did you mean {near}?").format(near=near[0])
            if near
            else _("Paths are relative to survey.toml.")
        )
        return Grid(name, findings=(Finding("table-missing", name, _("there is no such file."), remedy),))
    if path.suffix.lower() in SPREADSHEETS:
        return _spreadsheet(path, mapping.file, sheet)
    decoded = decode(path.read_bytes(), mapping.encoding, name)
    if any(f.severity == "error" for f in decoded.findings):
        return Grid(name, findings=decoded.findings, encoding=decoded.encoding)
    return _csv(decoded.text, name, decoded.encoding, mapping, decoded.findings)


def _spreadsheet(path: Path, name: str, sheet: str) -> Grid:
    try:
        book = CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        message = _("can't be read as a spreadsheet: {reason}").format(reason=error)
        remedy = _("Open it and save it again as XLSX or CSV.")
        return Grid(name, findings=(Finding("table-unreadable", name, message, remedy),))
    if sheet and sheet not in book.sheet_names:
        message = _("has no sheet {sheet!r}; it has {names}.").format(
            sheet=sheet, names=", ".join(book.sheet_names)
        )
        return Grid(name, findings=(Finding("sheet-missing", name, message),))
    if not sheet and len(book.sheet_names) > 1:
        message = _("has several sheets: {names}.").format(names=", ".join(book.sheet_names))
        remedy = _('Say which: file = "{file}#{sheet}".').format(file=path.name, sheet=book.sheet_names[0])
        return Grid(name, findings=(Finding("sheet-not-named", name, message, remedy),))
    found = book.get_sheet_by_name(sheet) if sheet else book.get_sheet_by_index(0)
    lines = [
        (n, [_cell(cell) for cell in line])
        for n, line in enumerate(found.to_python(skip_empty_area=False), 1)
    ]
    return _grid(lines, name, "", "", [])


def _cell(cell: Cell | timedelta) -> Cell:
    """Return a cell of a spreadsheet; a length of time below a day is a time of day."""
    if not isinstance(cell, timedelta):
        return cell
    moment = datetime.min + cell  # noqa: DTZ901 (only its time of day is used)
    return moment.time() if timedelta(0) <= cell < timedelta(days=1) else str(cell)


def _csv(text: str, name: str, encoding: str, mapping: TableMapping, findings: tuple[Finding, ...]) -> Grid:
    said, _newline, rest = text.partition("\n")
    if said.strip().lower().startswith("sep=") and len(said.strip()) == 5:  # Excel's own way to name it
        separators, text = said.strip()[4], "\n" + rest
    else:
        separators = mapping.separator or SEPARATORS
    wanted = {_tidy(column) for column in mapping.columns.values()} | {
        column for columns in TABLE_COLUMNS.values() for column in columns
    }
    found = [(_fit(text, separator, wanted), separator) for separator in separators]
    best = max(found)
    ties = [separator for fit, separator in found if fit == best[0]]
    if len(ties) > 1 and best[0][1] > 1:
        message = _("columns may be separated by any of {found}.").format(found=" ".join(map(repr, ties)))
        remedy = _('Declare it in survey.toml: separator = ";".')
        return Grid(name, findings=(Finding("separator-ambiguous", name, message, remedy),))
    separator = ties[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True)
    lines: list[tuple[int, list[Cell]]] = []
    try:
        for line in reader:
            lines.append((reader.line_num - sum(cell.count("\n") for cell in line), list(line)))
    except csv.Error as error:
        message = _("line {line} can't be read: {reason}").format(line=reader.line_num, reason=error)
        findings = (*findings, Finding("table-unreadable", name, message))
    return _grid(lines, name, encoding, separator, list(findings))


def _fit(text: str, separator: str, wanted: set[str]) -> tuple[int, int, bool]:
    """Say how well a separator fits: names known in the header, columns, all rows alike."""
    lines = []
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=separator, skipinitialspace=True):
            if any(cell.strip() for cell in line):
                lines.append(line)
            if len(lines) == 50:
                break
    except csv.Error:
        return (0, 0, False)
    if not lines:
        return (0, 0, False)
    known = sum(_tidy(cell) in wanted for cell in lines[0])
    return (known, len(lines[0]), all(len(line) == len(lines[0]) for line in lines))


def _grid(
    lines: list[tuple[int, list[Cell]]], name: str, encoding: str, separator: str, findings: list[Finding]
) -> Grid:
    """Return the grid under the first line that is not blank."""
    kept = [(number, line) for number, line in lines if any(not is_blank(cell) for cell in line)]
    if not kept:
        findings.append(Finding("table-empty", name, _("the table is empty.")))
        return Grid(name, (), (), tuple(findings), encoding, separator)
    number, first = kept[0]
    header = [_tidy(cell) for cell in first]
    while header and not header[-1]:
        header.pop()
    for column in sorted({c for c in header if c and header.count(c) > 1}):
        message = _("the column {column} stands there twice.").format(column=column)
        findings.append(Finding("column-twice", f"{name}, row {number}", message, _("Rename one of them.")))
    rows = []
    for number, line in kept[1:]:
        if any(not is_blank(cell) for cell in line[len(header) :]):
            message = _("has {found} cells, the header {expected}.").format(
                found=len(line), expected=len(header)
            )
            remedy = _("A separator or a quote is too many, or the header lacks a name.")
            findings.append(Finding("row-too-long", f"{name}, row {number}", message, remedy))
        cells = {column: cell for column, cell in zip(header, line, strict=False) if column}
        rows.append(Row(number, cells))
    return Grid(name, tuple(c for c in header if c), tuple(rows), tuple(findings), encoding, separator)


def is_blank(cell: Cell | None) -> bool:
    """Say whether a cell holds nothing: empty, or one of the usual marks for it (NA, -, NULL ...)."""
    return cell is None or (isinstance(cell, str) and cell.strip() in BLANK)


def as_text(cell: Cell | None) -> str:
    """Return a cell as the text a person sees: NFC, no outer blanks, whole numbers without a point."""
    if cell is None or is_blank(cell):
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.isoformat(sep=" ")
    return unicodedata.normalize("NFC", str(cell)).strip()


def _tidy(cell: Cell) -> str:
    """Return a header's name as compared: NFC, no mark, blanks inside as one."""
    return " ".join(unicodedata.normalize("NFC", str(cell)).replace("\ufeff", "").split())


@dataclass(slots=True)
class Columns:
    """A grid through a mapping: our names to cells, meanings applied, missing columns named.

    findings: grows as cells are read; shared with whoever reads dates and numbers from the same table.
    blocked: stations that a table has and that could not be taken; whoever names them is told nothing more.
    """

    grid: Grid
    mapping: TableMapping
    kind: str
    names: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    blocked: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        self.findings.extend(self.grid.findings)
        if not self.grid.header:
            return
        for ours, theirs in self.mapping.columns.items():
            theirs = _tidy(theirs)
            if theirs in self.grid.header or "{n}" in theirs:
                self.names[ours] = theirs
                continue
            near = difflib.get_close_matches(theirs, self.grid.header, n=1)
            remedy = (
                _("Did you mean {near}?").format(near=near[0])
                if near
                else _("The columns are: {names}.").format(names=", ".join(self.grid.header))
            )
            message = _("survey.toml maps {ours} to the column {theirs}, which is not there.").format(
                ours=ours, theirs=theirs
            )
            self.findings.append(Finding("column-missing", self.grid.file, message, remedy))
        for ours in TABLE_COLUMNS[self.kind]:
            if ours in self.grid.header and ours not in self.mapping.columns:
                self.names[ours] = ours

    def has(self, *ours: str) -> bool:
        """Say whether every one of our columns is there."""
        return all(name in self.names for name in ours)

    def require(self, *ours: str) -> bool:
        """Name the columns that are not there (and that no mapping names); say whether all are."""
        missing = [name for name in ours if name not in self.names and name not in self.mapping.columns]
        if missing and self.grid.header:
            message = _("no column for {names}.").format(names=", ".join(missing))
            remedy = _("Name it in survey.toml under columns. The file has: {found}.").format(
                found=", ".join(self.grid.header)
            )
            self.findings.append(Finding("column-not-mapped", self.grid.file, message, remedy))
        return self.has(*ours)

    def raw(self, row: Row, ours: str) -> Cell | None:
        """Return a cell by our name for its column, None if blank; a meaning in `values` replaces it."""
        if ours not in self.names:
            return None
        cell = row.cells.get(self.names[ours])
        meaning = self.mapping.values.get(ours, {}).get(as_text(cell))
        if meaning is not None:
            return meaning or None
        return None if is_blank(cell) else cell

    def text(self, row: Row, ours: str) -> str:
        """Return a cell as text, "" if blank."""
        return as_text(self.raw(row, ours))

    def numbered(self, ours: str) -> Iterator[tuple[int, str]]:
        """Yield (n, column) for the columns of a pattern with {n}, in order; (1, column) without one."""
        name = self.names.get(ours, "")
        head, braces, tail = name.partition("{n}")
        if not braces:
            if name:
                yield 1, name
            return
        found = []
        for column in self.grid.header:
            middle = column[len(head) : len(column) - len(tail)]
            if column == head + middle + tail and middle.isdecimal():
                found.append((int(middle), column))
        yield from sorted(found)

    def rest(self, row: Row) -> dict[str, str]:
        """Return the cells of columns that no name of ours maps, as text: kept, never dropped."""
        taken = set(self.names.values())
        for ours in ("problem_from", "problem_to", "problem_state", "problem_cause"):
            taken |= {column for _n, column in self.numbered(ours)}
        return {c: as_text(v) for c, v in row.cells.items() if c not in taken and as_text(v)}

    def where(self, row: Row, ours: str = "", column: str = "") -> str:
        """Return the place of a cell for a person."""
        column = column or self.names.get(ours, "")
        place = f"{self.grid.file}, row {row.number}"
        return f"{place}, column {column}" if column else place

    def fault(
        self,
        code: str,
        row: Row,
        ours: str,
        message: str,
        remedy: str = "",
        severity: str = "error",
        column: str = "",
    ) -> None:
        """Keep a finding about one cell."""
        self.findings.append(Finding(code, self.where(row, ours, column), message, remedy, severity))

    def fault_at(self, code: str, message: str, remedy: str = "", severity: str = "error") -> None:
        """Keep a finding about the whole table."""
        self.findings.append(Finding(code, self.grid.file, message, remedy, severity))
