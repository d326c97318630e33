"""Covariates of occasions and of sessions from tables of their own, put on the histories."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pardus.app.cells import numbers, read_table, row_name, typed
from pardus.app.mask_tables import ALL
from pardus.history.occasions import Calendar
from pardus.model.capture import CaptureHistory, Column, Ints
from pardus.model.errors import Finding, TableError
from pardus.model.language import _

RESERVED = ("t", "T", "Session", "b", "bk", "B", "Bk", "k", "K", "g", "h2")
"""Names that formulas understand by themselves; a column of such a name would never be looked at."""


@dataclass(frozen=True, slots=True)
class CovariateTables:
    """Which tables hold covariates of occasions and of sessions. columns: our name -> theirs."""

    occasions: Path | None = None
    sessions: Path | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    def put_on(
        self,
        histories: Sequence[CaptureHistory],
        calendars: Sequence[Calendar] = (),
        formulas: Iterable[str] = (),
    ) -> tuple[CaptureHistory, ...]:
        """Return histories with the covariates of both tables. calendars: of all sessions of a survey.

        With calendars the table of occasions may have a row for each day. formulas: of the model; a column that
        they use must have no empty cell. Raises TableError as the functions below.
        """
        out = tuple(histories)
        used = {word for text in formulas for word in re.findall(r"[\w.]+", text)}
        if self.occasions is not None:
            out = with_occasion_covariates(out, self.occasions, self.columns, calendars, used)
        if self.sessions is not None:
            names = [c.session.name for c in calendars]
            out = with_session_covariates(out, self.sessions, self.columns, names, used)
        return out


def with_occasion_covariates(
    histories: Sequence[CaptureHistory],
    path: Path,
    columns: Mapping[str, str] | None = None,
    calendars: Sequence[Calendar] = (),
    used: Collection[str] = (),
) -> tuple[CaptureHistory, ...]:
    """Return histories with covariates of their occasions, from a table: session (or none: all), occasion, covariates.

    With calendars (of all sessions of a survey) `date` may stand in place of `occasion`: a row for each day, of which
    numbers are averaged over the days of an occasion and texts must be the same on all of them; dates outside the
    sessions are passed over. used: columns that must be filled. Raises TableError with every row that is wrong, and for
    what is missing or comes twice.
    """
    table = read_table(path, columns or {}, [] if calendars else ["occasion"])
    if "occasion" not in table and "date" not in table:
        raise TableError(
            _("{path}: columns missing.").format(path=path.name),
            [
                Finding(
                    "column-missing",
                    path.name,
                    _("Expected a column {name!r} or {other!r}; found {found}.").format(
                        name="occasion", other="date", found=", ".join(c for c in table.columns if c != "row")
                    ),
                    _("Name it with --columns {name}=YOUR_NAME.").format(name="occasion"),
                )
            ],
        )
    names = {h.session for h in histories} | {c.session.name for c in calendars}
    findings = _names_in_formulas(table, path) + _unknown_sessions(table, path, names)
    if "occasion" in table:
        out = _by_occasion(histories, table, path, used, findings)
    else:
        out = _by_date(histories, table, path, {c.session.name: c for c in calendars}, used, findings)
    if findings:
        raise TableError(_("The table of occasions cannot be used as it is."), findings)
    return tuple(out)


def with_session_covariates(
    histories: Sequence[CaptureHistory],
    path: Path,
    columns: Mapping[str, str] | None = None,
    known: Sequence[str] = (),
    used: Collection[str] = (),
) -> tuple[CaptureHistory, ...]:
    """Return histories with covariates of their session, from a table: session, covariates. Raises TableError.

    known: further sessions, which may have a row though they have no history. Rows of others are refused. used: columns
    that must be filled.
    """
    table = read_table(path, columns or {}, ["session"])
    findings = _names_in_formulas(table, path)
    findings += _unknown_sessions(table, path, {h.session for h in histories} | set(known), every=False)
    covariates = _covariates(table)
    out = []
    for h in histories:
        rows = np.flatnonzero((table.session == h.session).to_numpy())
        if len(rows) != 1:
            findings.append(
                Finding(
                    "session-row",
                    path.name,
                    _("Session {session!r} has {found} rows; expected one.").format(
                        session=h.session, found=len(rows)
                    ),
                )
            )
            continue
        findings += _empty(table, rows, path, used)
        values = {n: c[rows[0]].item() for n, c in covariates.items()}
        out.append(replace(h, session_covariates=values))
    if findings:
        raise TableError(_("The table of sessions cannot be used as it is."), findings)
    return tuple(out)


def _covariates(table: pd.DataFrame) -> dict[str, Column]:
    own = ("session", "occasion", "row", *(() if "occasion" in table else ("date",)))
    return {str(c): typed(table[c].to_numpy()) for c in table.columns if c not in own}


def _names_in_formulas(table: pd.DataFrame, path: Path) -> list[Finding]:
    return [
        Finding(
            "name-reserved",
            path.name,
            _("Column {name!r}: in formulas this name has a meaning of its own.").format(name=name),
            _("Give the column another name."),
        )
        for name in table.columns
        if name in RESERVED
    ]


def _unknown_sessions(table: pd.DataFrame, path: Path, known: set[str], every: bool = True) -> list[Finding]:
    """Name each row of a session that is not known. every: "all" stands for all sessions."""
    if "session" not in table:
        return []
    wanted = known | ({ALL} if every else set())
    return [
        Finding(
            "unknown-session",
            row_name(path.name, table, at),
            _("There is no session {name!r}; there are {known}.").format(
                name=table.session.iloc[at], known=", ".join(sorted(known))
            ),
        )
        for at in np.flatnonzero(~table.session.isin(wanted).to_numpy())
    ]


def _empty(table: pd.DataFrame, rows: Ints, path: Path, used: Collection[str]) -> list[Finding]:
    """Name each empty cell of the columns that a model uses."""
    return [
        Finding(
            "value-missing",
            row_name(path.name, table, int(at)),
            _("{name} is missing, and the model uses it.").format(name=name),
            _("Fill it, or leave the covariate out of the model."),
        )
        for name in table.columns
        if name in used
        for at in rows
        if table[name].iloc[int(at)] in ("", "NA", "nan", "NaN")
    ]


def _rows_of(table: pd.DataFrame, session: str) -> Ints:
    if "session" not in table:
        return np.arange(len(table))
    return np.flatnonzero(table.session.isin((session, ALL)).to_numpy())


def _by_occasion(
    histories: Sequence[CaptureHistory],
    table: pd.DataFrame,
    path: Path,
    used: Collection[str],
    findings: list[Finding],
) -> list[CaptureHistory]:
    occasion = numbers(table, "occasion", path.name, findings)
    covariates = _covariates(table)
    out = []
    for h in histories:
        place = np.full(h.n_occasions, -1)
        for at in _rows_of(table, h.session):
            k = occasion[at] - 1
            if not (0 <= k < h.n_occasions and k == np.rint(k)):
                if np.isfinite(k):
                    findings.append(_outside(path, table, int(at), h))
            elif place[int(k)] >= 0:
                findings.append(
                    Finding(
                        "occasion-twice",
                        row_name(path.name, table, at),
                        _("Occasion {k} of session {session!r} comes twice.").format(
                            k=int(k) + 1, session=h.session
                        ),
                    )
                )
            else:
                place[int(k)] = at
        findings += _empty(table, place[place >= 0], path, used)
        for k in np.flatnonzero(place < 0):
            findings.append(
                Finding(
                    "occasion-missing",
                    path.name,
                    _("Session {session!r}: occasion {k} has no row.").format(session=h.session, k=k + 1),
                    _("Give one row for each of its {last} occasions.").format(last=h.n_occasions),
                )
            )
        out.append(replace(h, occasion_covariates={n: values[place] for n, values in covariates.items()}))
    return out


def _by_date(
    histories: Sequence[CaptureHistory],
    table: pd.DataFrame,
    path: Path,
    calendars: Mapping[str, Calendar],
    used: Collection[str],
    findings: list[Finding],
) -> list[CaptureHistory]:
    dates = [_date(table, at, path, findings) for at in range(len(table))]
    covariates = _covariates(table)
    out = []
    for h in histories:
        calendar = calendars[h.session]
        day = {on: n for n, on in enumerate(calendar.dates)}
        place = np.full(calendar.n_days, -1)
        for at in _rows_of(table, h.session):
            n = day.get(dates[at], -1) if dates[at] is not None else -1
            if n < 0:
                continue
            if place[n] >= 0:
                findings.append(
                    Finding(
                        "date-twice",
                        row_name(path.name, table, at),
                        _("{date} comes twice in session {session!r}.").format(
                            date=dates[at], session=h.session
                        ),
                    )
                )
            place[n] = at
        findings += _empty(table, place[place >= 0], path, used)
        missing = np.flatnonzero(place < 0)
        if len(missing):
            shown = ", ".join(str(calendar.dates[n]) for n in missing[:3]) + (
                ", ..." if len(missing) > 3 else ""
            )
            findings.append(
                Finding(
                    "date-missing",
                    path.name,
                    _("Session {session!r}: {count} of its {days} days have no row ({dates}).").format(
                        session=h.session, count=len(missing), days=calendar.n_days, dates=shown
                    ),
                    _("Give one row for each day from {first} to {last}.").format(
                        first=calendar.dates[0], last=calendar.dates[-1]
                    ),
                )
            )
            continue
        values = {n: _by_days(n, c[place], calendar, path, findings) for n, c in covariates.items()}
        out.append(replace(h, occasion_covariates=values))
    return out


def _by_days(name: str, values: Column, calendar: Calendar, path: Path, findings: list[Finding]) -> Column:
    """Return (occasion,) means of numbers over days; texts must be one for each occasion."""
    if values.dtype.kind == "f":
        total = np.bincount(calendar.occasion, weights=values, minlength=calendar.n_occasions)
        return np.asarray(total / np.bincount(calendar.occasion, minlength=calendar.n_occasions))
    first = values[np.searchsorted(calendar.occasion, np.arange(calendar.n_occasions))]
    for k in np.unique(calendar.occasion[values != first[calendar.occasion]]):
        found = ", ".join(sorted({str(v) for v in values[calendar.occasion == k]}))
        findings.append(
            Finding(
                "text-differs",
                path.name,
                _("Session {session!r}: {name} is not the same on all days of occasion {k}: {found}.").format(
                    session=calendar.session.name, name=name, k=k + 1, found=found
                ),
                _("Write one text for all its days, or set occasion_days = 1 in survey.toml."),
            )
        )
    return first


def _date(table: pd.DataFrame, at: int, path: Path, findings: list[Finding]) -> date | None:
    text = str(table["date"].iloc[at])
    try:
        return date.fromisoformat(text)
    except ValueError:
        findings.append(
            Finding(
                "not-a-date",
                row_name(path.name, table, at),
                _("Date {found!r}: expected year, month and day as 2025-11-20.").format(found=text),
            )
        )
        return None


def _outside(path: Path, table: pd.DataFrame, at: int, h: CaptureHistory) -> Finding:
    return Finding(
        "occasion-outside",
        row_name(path.name, table, at),
        _("Session {session!r} has no occasion {found}, but occasions 1 to {last}.").format(
            session=h.session, found=table["occasion"].iloc[at], last=h.n_occasions
        ),
    )
