"""What stands in one cell: a date, a time, a number, a word of a known list. Nothing is guessed."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, time, timedelta, tzinfo

from pardus.ingest.tables.grid import Cell, Columns, Row, as_text
from pardus.model.language import _

EXCEL_EPOCH = datetime(1899, 12, 30)
EXCEL_DAYS = (20_000.0, 80_000.0)
"""Serial days that can be a field date: 1954 to 2119."""

_YEAR_FIRST = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_YEAR_LAST = re.compile(r"(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?!\d)")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*([AaPp]\.?[Mm]\.?)?")
_OFFSET = re.compile(r"(Z|[+-]\d{2}:?\d{2})$")
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?")


class CellError(ValueError):
    """A cell that can't be read. args: code, message, remedy."""

    def __init__(self, code: str, message: str, remedy: str = "") -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy


def read_number(cell: Cell) -> float:
    """Return a number written with a decimal point or comma and blanks between thousands.

    Raises CellError for anything else; "1,234,567" has its commas between thousands.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell)
    text = re.sub(r"[\s\u00a0\u202f']", "", as_text(cell)).replace("−", "-")
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3}){2,}(\.\d*)?", text):
        text = text.replace(",", "")
    if not _NUMBER.fullmatch(text):
        raise CellError("not-a-number", _("expected a number, found {found!r}.").format(found=as_text(cell)))
    return float(text.replace(",", "."))


def number_in(
    columns: Columns, row: Row, ours: str, fits: Callable[[float], bool], expected: str
) -> float | None:
    """Return the number in a cell; None if it is blank, or is kept as a fault. expected: says what was {found}."""
    cell = columns.raw(row, ours)
    if cell is None:
        return None
    try:
        number = read_number(cell)
    except CellError as error:
        columns.fault(error.code, row, ours, error.message)
        return None
    if not fits(number):
        columns.fault("out-of-range", row, ours, expected.format(found=as_text(cell)))
        return None
    return number


def read_date(cell: Cell, date_format: str = "") -> tuple[date, time | None, str]:
    """Return (day, time of day or None, offset text or "") of a date cell.

    Year first, a date cell of a spreadsheet and Excel's serial days are taken as they are. Any other order
    needs `date_format` (strptime form) unless only one reading is a date. Raises CellError otherwise.
    """
    if isinstance(cell, datetime):
        return cell.date(), None if cell.time() == time() else _second(cell.time()), ""
    if isinstance(cell, date):
        return cell, None, ""
    text = as_text(cell)
    serial = _serial(cell, text)
    if serial is not None:
        return serial.date(), None if serial.time() == time() else serial.time(), ""
    if date_format and (found := _formatted(text, date_format)) is not None:
        return found
    head = _YEAR_FIRST.match(text)
    if head:
        year, month, day = (int(part) for part in head.groups())
    else:
        head = _YEAR_LAST.match(text)
        if not head:
            raise CellError(
                "not-a-date",
                _("expected a date, found {found!r}.").format(found=text),
                _('Write it as 2025-11-20, or name its order in survey.toml: date_format = "%d.%m.%Y".'),
            )
        year, month, day = _one_way(head, text, date_format)
    try:
        found_day = date(year, month, day)
    except ValueError:
        raise CellError(
            "not-a-date", _("{found!r} is not a day of the calendar.").format(found=text)
        ) from None
    rest = text[head.end() :].lstrip("T ,\u3000")
    if not rest:
        return found_day, None, ""
    offset = _OFFSET.search(rest)
    clock = read_time(rest[: offset.start()] if offset else rest)
    return found_day, clock, offset.group() if offset else ""


def _formatted(text: str, date_format: str) -> tuple[date, time | None, str] | None:
    for clock in ("", " %H:%M:%S", " %H:%M", "T%H:%M:%S", " %I:%M:%S %p", " %I:%M %p"):
        try:
            found = datetime.strptime(text, date_format + clock)
        except ValueError:
            continue
        with_time = bool(clock) or any(code in date_format for code in ("%H", "%I", "%X", "%T", "%c"))
        return found.date(), _second(found.time()) if with_time else None, ""
    return None


def _one_way(head: re.Match[str], text: str, date_format: str) -> tuple[int, int, int]:
    first, second, year = (int(part) for part in head.groups())
    if date_format:
        raise CellError(
            "not-a-date",
            _("{found!r} is not written as {expected}.").format(found=text, expected=date_format),
            _("Correct the cell, or date_format in survey.toml."),
        )
    if len(head.group(3)) == 4 and first != second:
        if first > 12 >= second:
            return year, second, first
        if second > 12 >= first:
            return year, first, second
    elif len(head.group(3)) == 4:
        return year, first, second
    sign, long = text[head.end(1)], "%Y" if len(head.group(3)) == 4 else "%y"
    raise CellError(
        "date-ambiguous",
        _("{found!r} can be read in more than one way.").format(found=text),
        _('Say the order in survey.toml: date_format = "{day_first}" (day first) or "{month_first}".').format(
            day_first=sign.join(("%d", "%m", long)), month_first=sign.join(("%m", "%d", long))
        ),
    )


def _serial(cell: Cell, text: str) -> datetime | None:
    if isinstance(cell, bool) or not (
        isinstance(cell, int | float) or re.fullmatch(r"\d{5}([.,]\d+)?", text)
    ):
        return None
    days = float(text.replace(",", "."))
    if not EXCEL_DAYS[0] <= days < EXCEL_DAYS[1]:
        return None
    return EXCEL_EPOCH + timedelta(seconds=round(days * 86400))


def is_serial(cell: Cell) -> bool:
    """Say whether a cell is one of Excel's serial days rather than a written date."""
    return _serial(cell, as_text(cell)) is not None


def read_time(cell: Cell) -> time:
    """Return a time of day: 17:11, 17:11:05, 5:11 PM, a time cell, or Excel's fraction of a day.

    Raises CellError otherwise.
    """
    if isinstance(cell, datetime):
        return _second(cell.time())
    if isinstance(cell, time):
        return _second(cell)
    text = as_text(cell)
    if isinstance(cell, int | float) or re.fullmatch(r"0[.,]\d+", text):
        fraction = float(text.replace(",", "."))
        if 0 <= fraction < 1:
            return (EXCEL_EPOCH + timedelta(seconds=round(fraction * 86400))).time()
    match = _CLOCK.fullmatch(text.strip())
    if match:
        hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
        half = (match[4] or "").replace(".", "").lower()
        if half and 1 <= hour <= 12:
            hour = hour % 12 + (12 if half == "pm" else 0)
        if hour < 24 and minute < 60 and second < 60:
            return time(hour, minute, second)
    raise CellError("not-a-time", _("expected a time as 17:11, found {found!r}.").format(found=text))


def _second(value: time) -> time:
    return value.replace(microsecond=0, tzinfo=None)


def instant(day: date, clock: time, zone: tzinfo, offset: str = "") -> datetime:
    """Return the aware instant of a day and a time in a zone; an offset in the cell itself comes first.

    Raises CellError for a time that the zone's clocks left out when they were put forward.
    """
    if offset:
        return datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset == 'Z' else offset}")
    found = datetime.combine(day, clock, zone)
    back = datetime.fromtimestamp(found.timestamp(), zone)
    if back.replace(tzinfo=None) != found.replace(tzinfo=None):
        raise CellError(
            "time-not-in-zone",
            _("{found} did not exist there: clocks were put forward over it.").format(found=f"{day} {clock}"),
            _('If the camera kept one offset for ever, write it as zone = "+10:00" in survey.toml.'),
        )
    return found


def read_word(text: str, words: dict[str, tuple[str, ...]]) -> str:
    """Return which of the words a text means, "" if it is blank. words: meaning -> ways to write it.

    Raises CellError that lists the meanings.
    """
    wanted = text.casefold().rstrip(".")
    if not wanted:
        return ""
    for meaning, ways in words.items():
        if wanted == meaning or wanted in ways:
            return meaning
    names = ", ".join(meaning for meaning in words if meaning)
    raise CellError(
        "word-unknown",
        _("expected one of {names}, found {found!r}.").format(names=names, found=text),
        _('Say what it means in survey.toml under values, as values.sex = {"ж" = "female"}.'),
    )
