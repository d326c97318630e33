"""One cell of a Camtrap DP table: text to value and back, as strict as the standard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

from pardus.camtrapdp.tables import Field
from pardus.model.language import _

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_INTEGER = re.compile(r"[+-]?\d+")
_WHOLE = re.compile(r"[+-]?\d+\.0*")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:?\d{2})")
_NAIVE = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?")
_FRACTION = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[.,]\d+(Z|[+-]\d{2}:?\d{2})?")
_TRUE, _FALSE = ("true", "True", "TRUE", "1"), ("false", "False", "FALSE", "0")


class CellFault(ValueError):
    """A cell that the standard does not allow. soft: it has one meaning all the same, given as `value`."""

    def __init__(self, code: str, message: str, *, soft: bool = False, value: Any = None) -> None:
        super().__init__(message)
        self.code, self.message, self.soft, self.value = code, message, soft, value


def parse(field: Field, text: str) -> Any:
    """Return the value of a cell that is not missing. Raises CellFault."""
    value = _PARSERS[field.type](text)
    if field.enum and value not in field.enum:
        raise CellFault(
            "value-not-allowed",
            _("expected one of {names}, found {found!r}.").format(names=", ".join(field.enum), found=text),
        )
    if field.pattern and not _pattern(field.pattern).search(text):
        raise CellFault(
            "value-not-allowed", _("{found!r} is not of the form the standard asks for.").format(found=text)
        )
    if (field.minimum is not None and value < field.minimum) or (
        field.maximum is not None and value > field.maximum
    ):
        low = "" if field.minimum is None else f"{field.minimum:g}"
        high = "" if field.maximum is None else f"{field.maximum:g}"
        raise CellFault(
            "out-of-range",
            _("expected {low} to {high}, found {found}.").format(low=low, high=high, found=text),
        )
    return value


def same(field: Field, one: str, other: str) -> bool:
    """Say whether two texts of a cell mean the same; moments are compared as instants."""
    if one == other:
        return True
    try:
        return bool(parse(field, one) == parse(field, other))
    except CellFault:
        return False


def render(value: Any) -> str:
    """Return a value as the standard writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, datetime):
        text = value.isoformat(timespec="seconds")
        return text[:-6] + "Z" if text.endswith("+00:00") else text
    return str(value)


@cache
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _number(text: str) -> float:
    if _NUMBER.fullmatch(text):
        return float(text)
    if _COMMA.fullmatch(text):
        raise CellFault(
            "decimal-comma", _("{found!r} has a decimal comma; expected a point.").format(found=text)
        )
    raise CellFault("not-a-number", _("expected a number, found {found!r}.").format(found=text))


def _integer(text: str) -> int:
    if _INTEGER.fullmatch(text):
        return int(text)
    if _WHOLE.fullmatch(text):
        raise CellFault(
            "integer-with-decimals",
            _("expected a whole number, found {found!r}.").format(found=text),
            soft=True,
            value=int(float(text)),
        )
    raise CellFault("not-a-number", _("expected a whole number, found {found!r}.").format(found=text))


def _boolean(text: str) -> bool:
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    raise CellFault("not-a-boolean", _("expected true or false, found {found!r}.").format(found=text))


def _moment(text: str) -> datetime:
    if _MOMENT.fullmatch(text):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            pass
    elif _FRACTION.fullmatch(text):
        raise CellFault(
            "time-fraction", _("{found!r} has parts of a second; expected whole ones.").format(found=text)
        )
    elif _NAIVE.fullmatch(text):
        raise CellFault(
            "time-without-zone",
            _("{found!r} lacks its offset from UTC; expected 2025-11-20T05:10:00+10:00.").format(found=text),
        )
    raise CellFault(
        "not-a-time", _("expected a time as 2025-11-20T05:10:00+10:00, found {found!r}.").format(found=text)
    )


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CellFault(
            "not-a-date", _("expected a date as 2025-11-20, found {found!r}.").format(found=text)
        ) from None


def _object(text: str) -> str:
    try:
        json.loads(text)
    except ValueError:
        raise CellFault("not-json", _("expected JSON, found {found!r}.").format(found=text[:80])) from None
    return text


_PARSERS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "any": str,
    "number": _number,
    "integer": _integer,
    "boolean": _boolean,
    "datetime": _moment,
    "date": _date,
    "object": _object,
}
