"""Numbers, dates and names as the current language writes them."""

from __future__ import annotations

import math
import unicodedata
from datetime import date, datetime

from babel.core import Locale
from babel.numbers import format_decimal

from pardus.model.clock import parse_zone
from pardus.model.fit import Estimate
from pardus.model.language import current_language

_BLANKS = {ord(c): " " for c in "\t\r\n"}
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_LOCALES = {"en": "en_GB", "ru": "ru_RU", "zh": "zh_Hans_CN"}


def number(value: float | None, significant: int = 3) -> str:
    """Return a number for people: significant digits, the language's decimal sign, a dash for none."""
    if value is None or not math.isfinite(value):
        return "–"
    if value == 0:
        return "0"
    digits = max(0, significant - 1 - math.floor(math.log10(abs(value))))
    if float(value).is_integer() and abs(value) < 10**significant:
        digits = 0
    return _decimal(round(value, digits), "#,##0" + ("." + "0" * digits if digits else ""))


def days(value: float | None) -> str:
    """Return a number of days with at most one decimal."""
    return "–" if value is None else _decimal(value, "#,##0.#")


def whole(value: float | None) -> str:
    """Return a count."""
    return "–" if value is None or not math.isfinite(value) else _decimal(round(value), "#,##0")


def percent(share: float | None) -> str:
    """Return a share as whole percents."""
    if share is None or not math.isfinite(share):
        return "–"
    return f"{_decimal(round(100 * share), '#,##0')}\u00a0%"


def percents(low: float | None, high: float | None) -> str:
    """Return an interval of shares in percent, or a dash."""
    if low is None or high is None or not (math.isfinite(low) and math.isfinite(high)):
        return "–"
    return f"{_decimal(round(100 * low), '#,##0')}–{percent(high)}"


def between(low: float | None, high: float | None, significant: int = 3, *, bound: bool = False) -> str:
    """Return "low–high", an upper bound as "≤ high", or a dash."""
    if high is None or not math.isfinite(high):
        return "–"
    if bound or low is None or not math.isfinite(low):
        return f"≤ {number(high, significant)}"
    return f"{number(low, significant)}–{number(high, significant)}"


def interval(estimate: Estimate, significant: int = 3) -> str:
    """Return the interval of an estimate as `between` does."""
    return between(estimate.lower, estimate.upper, significant, bound=estimate.estimate == 0)


def day(value: date | datetime | None, zone: str = "UTC") -> str:
    """Return the ISO day in a zone, or a dash."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(parse_zone(zone)).date()
    return value.isoformat()


def local(value: datetime | None, zone: str = "UTC") -> str:
    """Return the ISO minute with its offset in a zone, or a dash."""
    return "–" if value is None else value.astimezone(parse_zone(zone)).isoformat(sep=" ", timespec="minutes")


def decimal_sign() -> str:
    """Return what stands before the decimals."""
    return _decimal(0.5, "0.0")[1]


def name(identifier: str, organisation: str = "") -> str:
    """Return an id without the organisation when it is the survey's own."""
    return identifier.removeprefix(f"{organisation}:") if organisation else identifier


def plain(text: str) -> str:
    """Return text that does what it says in every format: no control characters, no change of direction.

    A character that would turn text round or hide is written as its code, so that it is seen and counted.
    """
    return visible(text.translate(_BLANKS))


def visible(text: str) -> str:
    """Return text with line ends as they are and every other hidden character as its code."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(c):04X}]" if _hidden(c) else c for c in text)


def _hidden(character: str) -> bool:
    return character != "\n" and unicodedata.category(character) in _HIDDEN


def _decimal(value: float, pattern: str) -> str:
    return str(format_decimal(value, format=pattern, locale=Locale.parse(_LOCALES[current_language()])))
