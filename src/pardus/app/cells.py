"""Cells of a table: reading a CSV as text, numbers with every bad row named, text or numbers by content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pardus.model.capture import Column, Floats
from pardus.model.errors import Finding, TableError
from pardus.model.language import _


def read_table(path: Path, columns: Mapping[str, str], needed: Sequence[str]) -> pd.DataFrame:
    """Read a CSV with all cells as text, columns renamed to ours, and `row` the line number in the file.

    Raises TableError if the file cannot be read or needed columns are missing.
    """
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except FileNotFoundError as error:
        raise TableError(_("{path}: no such file.").format(path=path)) from error
    except UnicodeDecodeError as error:
        raise TableError(
            _("{path}: it is not a CSV file in UTF-8. Save it from the spreadsheet as CSV UTF-8.").format(
                path=path.name
            )
        ) from error
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise TableError(
            _("{path}: cannot be read as a table: {reason}").format(path=path.name, reason=error)
        ) from error
    table.columns = [str(c).strip() for c in table.columns]
    theirs = {their: ours for ours, their in columns.items() if their in table.columns}
    table = table.drop(
        columns=[ours for ours in theirs.values() if ours in table.columns and ours not in theirs]
    )
    table = table.rename(columns=theirs)
    missing = [name for name in needed if name not in table.columns]
    if missing:
        raise TableError(
            _("{path}: columns missing.").format(path=path.name),
            [
                Finding(
                    "column-missing",
                    path.name,
                    _("Expected a column {name!r}; found {found}.").format(
                        name=name, found=", ".join(table.columns)
                    ),
                    _("Name it with --columns {name}=YOUR_NAME.").format(name=name),
                )
                for name in missing
            ],
        )
    for name in table.columns:
        table[name] = table[name].str.strip()
    table = table[(table != "").any(axis=1)]
    return table.assign(row=table.index + 2)


def numbers(table: pd.DataFrame, name: str, file: str, findings: list[Finding]) -> Floats:
    """Return a column as numbers (nan where it is none), adding a finding for each bad row."""
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    for at in np.flatnonzero(~np.isfinite(values)):
        findings.append(
            Finding(
                "not-a-number",
                row_name(file, table, at),
                _("{name}: expected a number, found {found!r}.").format(
                    name=name, found=table[name].iloc[at]
                ),
            )
        )
    return values


def refuse_negative(values: Floats, table: pd.DataFrame, file: str, findings: list[Finding]) -> None:
    """Add a finding for each negative value of effort."""
    for at in np.flatnonzero(values < 0):
        findings.append(
            Finding(
                "usage-negative",
                row_name(file, table, at),
                _("Usage is {found}; expected 0 or more.").format(found=values[at]),
            )
        )


def row_name(file: str, table: pd.DataFrame, at: int | np.integer[Any]) -> str:
    """Return "file, row 12" for a line of a table."""
    return _("{file}, row {row}").format(file=file, row=int(table["row"].iloc[int(at)]))


def typed(values: Sequence[str] | np.ndarray) -> Column:
    """Return text as float64 if every filled cell is a number (missing = nan), else as text (missing = '')."""
    texts = np.asarray([("" if v in ("NA", "nan", "NaN") else v) for v in values], dtype=str)
    filled = texts != ""
    try:
        numbers = np.full(len(texts), np.nan)
        numbers[filled] = texts[filled].astype(np.float64)
    except ValueError:
        return texts
    return numbers if filled.any() else texts
