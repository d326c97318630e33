"""Covariates of occasions and of sessions from tables of their own, put on the histories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pardus.app.cells import numbers, read_table, row_name, typed
from pardus.app.mask_tables import ALL
from pardus.model.capture import CaptureHistory
from pardus.model.errors import Finding, TableError
from pardus.model.language import _


def with_occasion_covariates(
    histories: Sequence[CaptureHistory], path: Path, columns: Mapping[str, str] | None = None
) -> tuple[CaptureHistory, ...]:
    """Return histories with covariates of their occasions, from a table: session (or none: all), occasion, covariates.

    Raises TableError with every row that is wrong, and for occasions that are missing or come twice.
    """
    table = read_table(path, columns or {}, ["occasion"])
    findings: list[Finding] = []
    occasion = numbers(table, "occasion", path.name, findings)
    names = table["session"] if "session" in table else pd.Series(ALL, index=table.index)
    extra = [c for c in table.columns if c not in ("session", "occasion", "row")]
    covariates = {name: typed(table[name].to_numpy()) for name in extra}
    out = []
    for h in histories:
        own = np.flatnonzero(names.isin((h.session, ALL)).to_numpy())
        place = np.full(h.n_occasions, -1)
        for at in own:
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
    if findings:
        raise TableError(_("The table of occasions cannot be used as it is."), findings)
    return tuple(out)


def with_session_covariates(
    histories: Sequence[CaptureHistory], path: Path, columns: Mapping[str, str] | None = None
) -> tuple[CaptureHistory, ...]:
    """Return histories with covariates of their session, from a table: session, covariates. Raises TableError.

    Rows of other sessions are refused; a missing value is refused by the model that uses it.
    """
    table = read_table(path, columns or {}, ["session"])
    findings: list[Finding] = []
    extra = [c for c in table.columns if c not in ("session", "row")]
    covariates = {name: typed(table[name].to_numpy()) for name in extra}
    known = {h.session for h in histories}
    findings += [
        Finding(
            "unknown-session",
            row_name(path.name, table, at),
            _("There is no session {name!r}; there are {known}.").format(
                name=table.session.iloc[at], known=", ".join(sorted(known))
            ),
        )
        for at in np.flatnonzero(~table.session.isin(known).to_numpy())
    ]
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
        values = {n: c[rows[0]].item() for n, c in covariates.items()}
        out.append(replace(h, session_covariates=values))
    if findings:
        raise TableError(_("The table of sessions cannot be used as it is."), findings)
    return tuple(out)


def _outside(path: Path, table: pd.DataFrame, at: int, h: CaptureHistory) -> Finding:
    return Finding(
        "occasion-outside",
        row_name(path.name, table, at),
        _("Occasion {found}; the survey has {last}.").format(
            found=table["occasion"].iloc[at], last=h.n_occasions
        ),
    )
