"""secr's text formats in: the trap-layout file and the capture file (`read.capthist` of secr).

Trap file, one detector a line:      ID  x  y  [usage]  [/ covariates]
    usage: one number for each occasion, or one string of 0 and 1 (00111).
Capture file, one detection a line:  session  ID  occasion  detector  [covariates]
Separated by blanks, tabs or commas; "#" starts a comment. A line of headings that starts with # may name the columns.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from pardus.model.errors import Finding, TableError
from pardus.model.language import _

SUFFIX = ".txt"


def read_traps(path: Path, sessions: Sequence[str] = ("1",)) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """Return the detector table and the usage table (None if the file has no usage), repeated for each session.

    Raises TableError naming every line that cannot be read.
    """
    findings: list[Finding] = []
    names = _covariate_names(path)
    traps: list[dict[str, object]] = []
    effort: list[dict[str, object]] = []
    for number, text in _lines(path):
        left, _slash, right = text.partition("/")
        cells = _cells(left)
        if len(cells) < 3:
            findings.append(_short(path, number, 3, len(cells)))
            continue
        row: dict[str, object] = {"detector": cells[0], "x": cells[1], "y": cells[2], "row": number}
        extra = _cells(right)
        row |= dict(zip(_named(names, len(extra)), extra, strict=True))
        traps.append(row)
        usage = cells[3:]
        if len(usage) == 1 and len(usage[0]) > 1 and set(usage[0]) <= {"0", "1"}:
            usage = list(usage[0])
        if usage:
            days = {f"o{k}": value for k, value in enumerate(usage, start=1)}
            effort.append({"detector": cells[0], "row": number, **days})
    if findings:
        raise TableError(_("{path}: not a trap file of secr.").format(path=path.name), findings)
    table = _repeated(pd.DataFrame(traps), sessions)
    return table, _repeated(pd.DataFrame(effort).fillna(""), sessions) if effort else None


def read_captures(path: Path) -> pd.DataFrame:
    """Return the capture table. A negative occasion means that the animal was removed, as in secr.

    Raises TableError naming every line that cannot be read.
    """
    findings: list[Finding] = []
    names = _covariate_names(path, after=4)
    rows: list[dict[str, object]] = []
    for number, text in _lines(path):
        cells = _cells(text)
        if len(cells) < 4:
            findings.append(_short(path, number, 4, len(cells)))
            continue
        if cells[1].upper() == "NONE":  # a session without a capture
            continue
        gone = cells[2].startswith("-")
        row: dict[str, object] = {
            "session": cells[0],
            "individual": cells[1],
            "occasion": cells[2].lstrip("-"),
            "detector": cells[3],
            "removed": "1" if gone else "0",
            "row": number,
        }
        row |= dict(zip(_named(names, len(cells) - 4), cells[4:], strict=True))
        rows.append(row)
    if findings:
        raise TableError(_("{path}: not a capture file of secr.").format(path=path.name), findings)
    columns = ["session", "individual", "occasion", "detector", "removed", "row"]
    return pd.DataFrame(rows, columns=None if rows else columns).fillna("")


def sessions_of(path: Path) -> tuple[str, ...]:
    """Return the sessions of a capture file in order, those without a capture (NONE) included."""
    return tuple(dict.fromkeys(_cells(text)[0] for _number, text in _lines(path) if _cells(text)))


def _repeated(table: pd.DataFrame, sessions: Sequence[str]) -> pd.DataFrame:
    return pd.concat([table.assign(session=s) for s in sessions], ignore_index=True).astype({"row": int})


def _lines(path: Path) -> list[tuple[int, str]]:
    """Return (line number, text) of lines with content, comments taken off."""
    text = path.read_text(encoding="utf-8-sig")
    stripped = ((i, line.split("#", 1)[0].strip()) for i, line in enumerate(text.splitlines(), start=1))
    return [(i, line) for i, line in stripped if line]


def _cells(text: str) -> list[str]:
    return [cell for cell in re.split(r"[\s,]+", text.strip()) if cell]


def _covariate_names(path: Path, after: int | None = None) -> list[str]:
    """Return names of covariates from a heading comment: behind "/" (traps), or after so many columns (captures)."""
    for line in path.read_text(encoding="utf-8-sig").splitlines():
        if line.startswith("#"):
            head = line[1:]
            if after is None and "/" in head:
                return _cells(head.split("/", 1)[1])
            if after is not None and len(_cells(head)) > after:
                return _cells(head)[after:]
    return []


def _named(names: list[str], count: int) -> list[str]:
    return [names[i] if i < len(names) else f"V{i + 1}" for i in range(count)]


def _short(path: Path, number: int, expected: int, found: int) -> Finding:
    return Finding(
        "too-few-columns",
        _("{path}, row {row}").format(path=path.name, row=number),
        _("Expected at least {expected} columns, found {found}.").format(expected=expected, found=found),
    )
