"""Names as figures show them: without the organisation where it is the same for all, never too long, and how wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from pardus.report.numbers import plain

LONGEST = 28


def short_names(ids: Iterable[str]) -> dict[str, str]:
    """Return id -> local name if all ids are of one organisation, else the whole id; cut in the middle if long."""
    every = list(dict.fromkeys(ids))
    organisations = {name.partition(":")[0] if ":" in name else "" for name in every}
    one = len(organisations) == 1 and "" not in organisations
    return {name: _cut(plain(name.partition(":")[2] if one else name)) for name in every}


def shortest_names(ids: Iterable[str]) -> dict[str, str]:
    """Return `short_names` without the first word where it is the same for all: "Station 07" is "07" on a full map."""
    names = short_names(ids)
    first = {name.partition(" ")[0] for name in names.values()}
    if len(names) < 2 or len(first) > 1 or not all(name.partition(" ")[2].strip() for name in names.values()):
        return names
    return {key: name.partition(" ")[2].strip() for key, name in names.items()}


def _cut(name: str) -> str:
    half = (LONGEST - 1) // 2
    return name if len(name) <= LONGEST else f"{name[:half]}…{name[-half:]}"


def text_width(text: str, points: float) -> float:
    """Return about how wide a text is, in inches, at a font size in points.

    From the characters alone (a Chinese one is as wide as it is high, others 0.6 of that), so that a figure is
    laid out alike whatever fonts a machine has; the text itself stays text and is drawn by the reader's fonts.
    """
    ems = sum(1.0 if unicodedata.east_asian_width(c) in "WF" else 0.6 for c in text)
    return ems * points / 72
