"""Capture histories from plain tables: detectors, captures and usage as CSV (or .csv.gz), or as data frames.

Files that end in .txt are read as secr's own text formats (see `pardus.app.secr_text`). Column names other than
ours are given by a mapping, our name -> theirs. All bad rows are reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pardus.app import secr_text
from pardus.app.cells import numbers, read_table, refuse_negative, row_name, typed
from pardus.app.mask_tables import ALL, grid_spacing, read_masks
from pardus.app.table_checks import check_captures, check_detectors
from pardus.model.capture import CaptureHistory, Column, Detectors, Floats
from pardus.model.errors import Finding, HistoryError, TableError
from pardus.model.language import _

__all__ = [
    "TableOptions",
    "grid_spacing",
    "histories_from_frames",
    "read_histories",
    "read_masks",
    "read_table",
    "typed",
]

OCCASION_PREFIX = "o"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How the tables are to be read.

    columns: our name -> their column. usage_column: column of the detector table that holds the effort of a
    survey with one occasion. ignore_animals: ids that mean "nobody". kind: "proximity", "count", "multi", or
    "auto" (count if any count is above 1 or a record repeats, else proximity). session: name where there is none.
    occasions: number of occasions where neither usage nor captures tell. metres_per_unit: of the coordinates.
    ids_by_session: the same id in two sessions may be two animals (as in secr), so its sex may differ.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    usage_column: str = ""
    ignore_animals: tuple[str, ...] = ()
    kind: str = "auto"
    session: str = "1"
    occasions: int | None = None
    metres_per_unit: float = 1.0
    ids_by_session: bool = False


def read_histories(
    detectors: Path, captures: Path, usage: Path | None = None, options: TableOptions | None = None
) -> tuple[CaptureHistory, ...]:
    """Return one history for each session of the detector table, in order of first appearance.

    Raises TableError with every bad row: unknown detector or session, duplicate detector, capture when usage is
    0, occasion outside the survey, animal of two sexes, coordinates that look like degrees or kilometres.
    """
    options = options or TableOptions()
    if detectors.suffix == secr_text.SUFFIX:
        sessions = (
            secr_text.sessions_of(captures) if captures.suffix == secr_text.SUFFIX else (options.session,)
        )
        traps, effort = secr_text.read_traps(detectors, sessions)
    else:
        traps, effort = (
            _with_session(read_table(detectors, options.columns, ["detector", "x", "y"]), options),
            None,
        )
    if captures.suffix == secr_text.SUFFIX:
        caught = secr_text.read_captures(captures)
    else:
        caught = _with_session(read_table(captures, options.columns, ["individual", "detector"]), options)
    if usage is not None:
        effort = _with_session(read_table(usage, options.columns, ["detector"]), options)
    files = (detectors.name, captures.name, usage.name if usage else detectors.name)
    return _histories(traps, caught, effort, options, files)


def histories_from_frames(
    detectors: Any, captures: Any, usage: Any = None, options: TableOptions | None = None
) -> tuple[CaptureHistory, ...]:
    """Return histories from data frames (pandas, polars, or a mapping of columns) with the columns of the tables.

    Rows are named in findings by their place, from 1. Raises TableError as `read_histories`.
    """
    options = options or TableOptions()
    traps, caught = (_with_session(_as_text(f, options), options) for f in (detectors, captures))
    effort = None if usage is None else _with_session(_as_text(usage, options), options)
    return _histories(traps, caught, effort, options, ("detectors", "captures", "usage"))


def _as_text(frame: Any, options: TableOptions) -> pd.DataFrame:
    """Return a data frame of any kind with all cells as text and our column names."""
    theirs = {their: ours for ours, their in options.columns.items()}
    columns = {theirs.get(str(name), str(name)): frame[name] for name in getattr(frame, "columns", frame)}
    text = {n: ["" if v is None or v != v else _cell(v) for v in values] for n, values in columns.items()}
    return pd.DataFrame(text).assign(row=range(1, 1 + len(next(iter(text.values()), []))))


def _cell(value: Any) -> str:
    return str(int(value)) if isinstance(value, float | np.floating) and value == int(value) else str(value)


def _histories(
    traps: pd.DataFrame,
    caught: pd.DataFrame,
    effort: pd.DataFrame | None,
    options: TableOptions,
    files: tuple[str, str, str],
) -> tuple[CaptureHistory, ...]:
    findings = check_detectors(traps, files[0], options.metres_per_unit)
    caught, ignored = _without_ignored(caught, options)
    findings += check_captures(caught, traps, files[1], options.ids_by_session)
    if findings:
        raise TableError(_("The tables cannot be used as they are."), findings)
    multiple = len(set(traps.session)) > 1
    histories = []
    for session in dict.fromkeys(traps.session):
        own_effort = None if effort is None else effort[effort.session.isin((session, ALL))]
        own = (
            caught[caught.session.isin((session, ALL))] if not multiple else caught[caught.session == session]
        )
        histories.append(
            _history(
                session,
                traps[traps.session == session],
                own,
                own_effort,
                options,
                files,
                ignored.get(session, 0),
                _kind(caught, options),
                findings,
            )
        )
    if findings:
        raise TableError(_("The tables cannot be used as they are."), findings)
    return tuple(h for h in histories if h is not None)


def _with_session(table: pd.DataFrame, options: TableOptions) -> pd.DataFrame:
    return table if "session" in table else table.assign(session=options.session)


def _without_ignored(caught: pd.DataFrame, options: TableOptions) -> tuple[pd.DataFrame, dict[str, int]]:
    ignored = caught.individual.isin(options.ignore_animals)
    return caught[~ignored], {str(k): int(v) for k, v in caught[ignored].groupby("session").size().items()}


def _kind(caught: pd.DataFrame, options: TableOptions) -> str:
    if options.kind != "auto":
        return options.kind
    above = "count" in caught and (pd.to_numeric(caught["count"], errors="coerce") > 1).any()
    keys = [c for c in ("session", "individual", "occasion", "detector") if c in caught]
    return "count" if above or caught.duplicated(keys).any() else "proximity"


def _history(
    session: str,
    traps: pd.DataFrame,
    caught: pd.DataFrame,
    effort: pd.DataFrame | None,
    options: TableOptions,
    files: tuple[str, str, str],
    ignored: int,
    kind: str,
    findings: list[Finding],
) -> CaptureHistory | None:
    before = len(findings)
    ids = tuple(traps.detector)
    index = {d: j for j, d in enumerate(ids)}
    occasion = _occasions(caught, files[1], findings)
    usage = _usage(traps, index, effort, occasion, options, (files[0], files[2]), findings)
    count = numbers(caught, "count", files[1], findings) if "count" in caught else np.ones(len(caught))
    if len(findings) > before:
        return None
    detector = np.array([index[d] for d in caught.detector], dtype=np.int64)
    for at in np.flatnonzero(occasion >= usage.shape[1]):
        findings.append(
            Finding(
                "occasion-outside",
                row_name(files[1], caught, at),
                _("Occasion {found}; the survey has {last}.").format(
                    found=occasion[at] + 1, last=usage.shape[1]
                ),
            )
        )
    for at in np.flatnonzero((count < 1) | (count != np.rint(count))):
        findings.append(
            Finding(
                "count-not-whole",
                row_name(files[1], caught, at),
                _("Count {found}: expected a whole number of 1 or more.").format(
                    found=caught["count"].iloc[at]
                ),
            )
        )
    inside = occasion < usage.shape[1]
    off = np.zeros(len(caught), dtype=bool)
    off[inside] = usage[detector[inside], occasion[inside]] <= 0
    for at in np.flatnonzero(off):
        findings.append(
            Finding(
                "capture-outside-usage",
                row_name(files[1], caught, at),
                _(
                    "Animal {animal!r} is recorded at {detector!r} on occasion {occasion}, when usage is 0."
                ).format(
                    animal=caught.individual.iloc[at],
                    detector=caught.detector.iloc[at],
                    occasion=occasion[at] + 1,
                ),
                _("Correct the usage or the record; such records are never dropped silently."),
            )
        )
    if len(findings) > before:
        return None
    animals = tuple(dict.fromkeys(caught.individual))
    who = {a: i for i, a in enumerate(animals)}
    animal = np.array([who[a] for a in caught.individual], dtype=np.int64)
    merged, repeated = _merged(animal, occasion, detector, count, kind)
    covariates = {c: np.asarray(v) for c, v in _animal_covariates(caught, animals).items()}
    not_used = {_("records of an animal id that means nobody"): ignored} if ignored else {}
    if repeated:
        not_used[_("repeated records of one animal, occasion and detector, counted once")] = repeated
    fixed = {"session", "detector", "x", "y", "row", options.usage_column}
    try:
        return CaptureHistory(
            session=session,
            animals=animals,
            detectors=Detectors(
                ids,
                options.metres_per_unit * traps[["x", "y"]].to_numpy(dtype=np.float64),
                usage,
                {c: typed(traps[c].to_numpy()) for c in traps.columns if c not in fixed},
            ),
            animal=merged[0],
            occasion=merged[1],
            detector=merged[2],
            count=merged[3],
            kind=kind,
            covariates=covariates,
            removed=_removed(caught, animal, occasion, len(animals)),
            not_used=not_used,
        )
    except HistoryError as error:
        findings.extend(error.findings)
        return None


def _occasions(caught: pd.DataFrame, file: str, findings: list[Finding]) -> np.ndarray:
    if "occasion" not in caught:
        return np.zeros(len(caught), dtype=np.int64)
    values = numbers(caught, "occasion", file, findings)
    for at in np.flatnonzero(np.isfinite(values) & ((values < 1) | (values != np.rint(values)))):
        findings.append(
            Finding(
                "occasion-not-whole",
                row_name(file, caught, at),
                _("Occasion {found!r}: expected a whole number from 1.").format(
                    found=caught.occasion.iloc[at]
                ),
            )
        )
    return np.where(np.isfinite(values), values, 1).astype(np.int64) - 1


def _usage(
    traps: pd.DataFrame,
    index: Mapping[str, int],
    effort: pd.DataFrame | None,
    occasion: np.ndarray,
    options: TableOptions,
    files: tuple[str, str],
    findings: list[Finding],
) -> Floats:
    if effort is None and options.usage_column:
        if options.usage_column not in traps:
            findings.append(
                Finding(
                    "column-missing",
                    files[0],
                    _("Expected a column {name!r} with the effort.").format(name=options.usage_column),
                )
            )
            return np.ones((len(traps), 1))
        values = numbers(traps, options.usage_column, files[0], findings)
        refuse_negative(values, traps, files[0], findings)
        return values[:, None]
    if effort is None:
        last = int(occasion.max(initial=0)) + 1
        return np.ones((len(traps), options.occasions or last))
    columns = [c for c in effort.columns if c[:1] == OCCASION_PREFIX and c[1:].isdigit()]
    columns.sort(key=lambda c: int(c[1:]))
    out = np.zeros((len(traps), len(columns)))
    rows = []
    for at, detector in enumerate(effort.detector):
        if detector in index:
            rows.append((index[detector], at))
        else:
            findings.append(
                Finding(
                    "unknown-detector",
                    row_name(files[1], effort, at),
                    _("Usage of {detector!r}, which is not among the detectors.").format(detector=detector),
                )
            )
    for c, name in enumerate(columns):
        filled = effort[name].replace({"": "nan", "NA": "nan"})
        used = ~(filled == "nan").to_numpy()
        values = np.full(len(effort), np.nan)
        values[used] = numbers(effort[used], name, files[1], findings)
        refuse_negative(values, effort, files[1], findings)
        for j, at in rows:
            out[j, c] = values[at]
    keep = np.isfinite(out).any(axis=0)  # sessions with fewer occasions have empty columns at the end
    out = out[:, keep]
    absent = set(range(len(traps))) - {j for j, _at in rows}
    for j in sorted(absent):
        findings.append(
            Finding(
                "usage-missing",
                row_name(files[0], traps, j),
                _("Detector {detector!r} has no row in the usage table.").format(
                    detector=traps.detector.iloc[j]
                ),
                _("Write 0 for a camera that never worked."),
            )
        )
    return np.nan_to_num(out)


def _merged(
    animal: np.ndarray, occasion: np.ndarray, detector: np.ndarray, count: Floats, kind: str
) -> tuple[tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray], int]:
    """Return detections sorted, one row for each triple; and how many yes-or-no records repeated another."""
    key = np.stack((animal, occasion, detector), axis=1)
    unique, inverse = np.unique(key, axis=0, return_inverse=True)
    total = np.zeros(len(unique), dtype=np.int64)
    np.add.at(total, inverse.reshape(-1), count.astype(np.int64))
    repeated = 0
    if kind != "count":
        repeated = int((total - 1).sum())
        total = np.minimum(total, 1)
    return (unique[:, 0], unique[:, 1], unique[:, 2], total), repeated


def _animal_covariates(caught: pd.DataFrame, animals: Sequence[str]) -> dict[str, Column]:
    """Return covariates of animals: the first filled value of each column that is not part of a record."""
    fixed = {"session", "individual", "occasion", "detector", "count", "removed", "row"}
    out: dict[str, Column] = {}
    for name in [c for c in caught.columns if c not in fixed]:
        first = dict.fromkeys(animals, "")
        for a, v in zip(caught.individual, caught[name], strict=True):
            if not first[a] and v not in ("", "NA"):
                first[a] = v
        out[name] = typed([first[a] for a in animals])
    return out


def _removed(caught: pd.DataFrame, animal: np.ndarray, occasion: np.ndarray, n: int) -> np.ndarray | None:
    if "removed" not in caught:
        return None
    gone = caught["removed"].str.lower().isin(("1", "true", "yes")).to_numpy()
    if not gone.any():
        return None
    out = np.full(n, -1, dtype=np.int64)
    out[animal[gone]] = occasion[gone]
    return out
