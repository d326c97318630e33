"""Capture histories and masks from plain tables: detectors, captures, usage and mask as CSV (or .csv.gz).

Files that end in .txt are read as secr's own text formats (see `pardus.app.secr_text`).

Column names other than ours are given by a mapping, our name -> theirs. All bad rows are reported at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from pardus.app import secr_text
from pardus.model.capture import CaptureHistory, Column, Detectors, Floats
from pardus.model.errors import Finding, TableError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.nearest import gaps

ALL = "all"
OCCASION_PREFIX = "o"


@dataclass(frozen=True, slots=True)
class TableOptions:
    """How the tables are to be read.

    columns: our name -> their column. usage_column: column of the detector table that holds the effort of a
    survey with one occasion. ignore_animals: ids that mean "nobody". kind: "proximity", "count", "multi", or
    "auto" (count if any count is above 1 or a record repeats, else proximity). session: name where there is none.
    occasions: number of occasions where neither usage nor captures tell. metres_per_unit: of the coordinates.
    """

    columns: Mapping[str, str] = field(default_factory=dict)
    usage_column: str = ""
    ignore_animals: tuple[str, ...] = ()
    kind: str = "auto"
    session: str = "1"
    occasions: int | None = None
    metres_per_unit: float = 1.0


def read_table(path: Path, columns: Mapping[str, str], needed: Sequence[str]) -> pd.DataFrame:
    """Read a CSV with all cells as text, columns renamed to ours, and `row` the line number in the file.

    Raises TableError if the file cannot be read or needed columns are missing.
    """
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except (OSError, UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
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
    findings = _check_detectors(traps, detectors.name)
    caught, ignored = _without_ignored(caught, options)
    findings += _check_captures(caught, traps, captures.name)
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
                (detectors.name, captures.name, usage.name if usage else detectors.name),
                ignored.get(session, 0),
                _kind(caught, options),
                findings,
            )
        )
    if findings:
        raise TableError(_("The tables cannot be used as they are."), findings)
    return tuple(h for h in histories if h is not None)


def read_masks(
    path: Path,
    sessions: Sequence[str],
    columns: Mapping[str, str] | None = None,
    cell_area: float | None = None,
    spacing: float | None = None,
) -> tuple[Mask, ...]:
    """Return one mask for each session (or one for all, if the table says "all" or has no session column).

    cell_area in hectares, spacing in metres; found from the coordinates when not given. Other columns become
    covariates. Raises TableError.
    """
    table = read_table(path, columns or {}, ["x", "y"])
    findings: list[Finding] = []
    x, y = _numbers(table, "x", path.name, findings), _numbers(table, "y", path.name, findings)
    if findings:
        raise TableError(_("The mask table cannot be used as it is."), findings)
    names = table["session"] if "session" in table else pd.Series(ALL, index=table.index)
    shared = set(names) == {ALL} or (len(set(names)) == 1 and not set(names) & set(sessions))
    extra = [c for c in table.columns if c not in ("x", "y", "session", "row", "cell_area")]
    out = []
    for session in [ALL] if shared else sessions:
        rows = np.ones(len(table), dtype=bool) if shared else (names == session).to_numpy()
        if not rows.any():
            raise TableError(
                _("{path}: session {session!r} has no mask cell.").format(path=path.name, session=session)
            )
        xy = np.stack((x[rows], y[rows]), axis=1)
        step = spacing or grid_spacing(xy)
        covariates = {name: typed(table[name].to_numpy()[rows]) for name in extra}
        out.append(Mask(xy, cell_area or step**2 / 10_000, step, covariates))
    return tuple(out)


def grid_spacing(xy: Floats) -> float:
    """Return the spacing of a square grid: the smallest step between neighbouring coordinates.

    Raises TableError for a single cell, which has none.
    """
    steps = []
    for axis in (0, 1):
        values = np.unique(xy[:, axis])
        gaps = np.diff(values)
        gaps = gaps[gaps > 1e-6 * max(1.0, float(np.ptp(values)))]
        if len(gaps):
            steps.append(float(np.median(gaps[gaps < 1.5 * gaps.min()])))
    if not steps:
        raise TableError(_("The mask has one cell, which has no spacing; give --spacing."))
    return min(steps)


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


def _numbers(table: pd.DataFrame, name: str, file: str, findings: list[Finding]) -> Floats:
    values = pd.to_numeric(table[name], errors="coerce").to_numpy(dtype=np.float64)
    for at in np.flatnonzero(~np.isfinite(values)):
        findings.append(
            Finding(
                "not-a-number",
                _row(file, table, at),
                _("{name}: expected a number, found {found!r}.").format(
                    name=name, found=table[name].iloc[at]
                ),
            )
        )
    return values


def _row(file: str, table: pd.DataFrame, at: int | np.integer[Any]) -> str:
    return _("{file}, row {row}").format(file=file, row=int(table["row"].iloc[int(at)]))


def _check_detectors(traps: pd.DataFrame, file: str) -> list[Finding]:
    findings: list[Finding] = []
    x, y = _numbers(traps, "x", file, findings), _numbers(traps, "y", file, findings)
    for at in np.flatnonzero(traps.duplicated(["session", "detector"]).to_numpy()):
        findings.append(
            Finding(
                "duplicate-detector",
                _row(file, traps, at),
                _("Detector {detector!r} appears twice in session {session!r}.").format(
                    detector=traps.detector.iloc[at], session=traps.session.iloc[at]
                ),
                _("Give each place one row; effort goes into the usage table."),
            )
        )
    for at in np.flatnonzero((traps.detector == "").to_numpy()):
        findings.append(Finding("detector-empty", _row(file, traps, at), _("The detector has no name.")))
    if not np.isfinite(np.r_[x, y]).all():
        return findings
    for session in dict.fromkeys(traps.session):
        own = (traps.session == session).to_numpy()
        findings += _check_units(x[own], y[own], file)
    return list(dict.fromkeys(findings))


def _check_units(x: Floats, y: Floats, file: str) -> list[Finding]:
    """Find coordinates that look like degrees or kilometres rather than metres."""
    width = max(float(np.ptp(x)), float(np.ptp(y)))
    if np.abs(x).max() <= 180 and np.abs(y).max() <= 90 and width < 10 and len(x) > 1 and width > 0:
        fractional = (x != np.rint(x)).any() or (y != np.rint(y)).any()
        if fractional:
            return [
                Finding(
                    "coordinates-in-degrees",
                    file,
                    _("Coordinates from {low:.3f} to {high:.3f} look like degrees; expected metres.").format(
                        low=float(min(x.min(), y.min())), high=float(max(x.max(), y.max()))
                    ),
                    _("Project them (for example to UTM) before the fit."),
                )
            ]
    if (
        0 < width < 1_000
        and len(x) > 1
        and 0 < np.median(gaps(np.stack((x, y), axis=1))) < 10
        and np.abs(np.r_[x, y]).max() > 200
    ):
        return [
            Finding(
                "coordinates-in-km",
                file,
                _(
                    "Neighbouring detectors are {step:.2f} apart at coordinates near {size:.0f}; "
                    "this looks like kilometres, expected metres."
                ).format(step=float(np.median(gaps(np.stack((x, y), axis=1)))), size=float(np.abs(x).max())),
                _("Give --unit km, or write the coordinates in metres."),
            )
        ]
    return []


def _check_captures(caught: pd.DataFrame, traps: pd.DataFrame, file: str) -> list[Finding]:
    findings: list[Finding] = []
    sessions = set(traps.session)
    known = set(zip(traps.session, traps.detector, strict=True))
    for at, (session, detector, animal) in enumerate(
        zip(caught.session, caught.detector, caught.individual, strict=True)
    ):
        if session not in sessions:
            findings.append(
                Finding(
                    "unknown-session",
                    _row(file, caught, at),
                    _("There are no detectors for session {session!r}.").format(session=session),
                )
            )
        elif (session, detector) not in known:
            findings.append(
                Finding(
                    "unknown-detector",
                    _row(file, caught, at),
                    _("Detector {detector!r} is not among the detectors of session {session!r}.").format(
                        detector=detector, session=session
                    ),
                    _("Correct the name, or add the detector with its coordinates and effort."),
                )
            )
        if animal == "":
            findings.append(
                Finding(
                    "animal-empty",
                    _row(file, caught, at),
                    _("The individual has no name."),
                    _("Leave unidentified records out of the captures table."),
                )
            )
    for name in [c for c in caught.columns if c.lower() in ("sex", "species")]:
        for animal, values in caught[caught[name].isin(["", "NA"]) == False].groupby("individual")[name]:  # noqa: E712
            if values.nunique() > 1:
                findings.append(
                    Finding(
                        "animal-of-two-sexes",
                        _("{file}, rows {rows}").format(
                            file=file, rows=", ".join(str(r) for r in caught.loc[values.index, "row"][:6])
                        ),
                        _("Animal {animal!r} is {values} in {name}.").format(
                            animal=animal, values=" / ".join(sorted(values.unique())), name=name
                        ),
                        _("Correct it, or leave it empty for unknown."),
                    )
                )
    return findings


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
    count = _numbers(caught, "count", files[1], findings) if "count" in caught else np.ones(len(caught))
    if len(findings) > before:
        return None
    detector = np.array([index[d] for d in caught.detector], dtype=np.int64)
    for at in np.flatnonzero(occasion >= usage.shape[1]):
        findings.append(
            Finding(
                "occasion-outside",
                _row(files[1], caught, at),
                _("Occasion {found}; the survey has {last}.").format(
                    found=occasion[at] + 1, last=usage.shape[1]
                ),
            )
        )
    for at in np.flatnonzero((count < 1) | (count != np.rint(count))):
        findings.append(
            Finding(
                "count-not-whole",
                _row(files[1], caught, at),
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
                _row(files[1], caught, at),
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
    except Exception as error:
        from pardus.model.errors import HistoryError

        if isinstance(error, HistoryError):
            findings.extend(error.findings)
            return None
        raise


def _occasions(caught: pd.DataFrame, file: str, findings: list[Finding]) -> np.ndarray:
    if "occasion" not in caught:
        return np.zeros(len(caught), dtype=np.int64)
    values = _numbers(caught, "occasion", file, findings)
    for at in np.flatnonzero(np.isfinite(values) & ((values < 1) | (values != np.rint(values)))):
        findings.append(
            Finding(
                "occasion-not-whole",
                _row(file, caught, at),
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
        values = _numbers(traps, options.usage_column, files[0], findings)
        _refuse_negative(values, traps, files[0], findings)
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
                    _row(files[1], effort, at),
                    _("Usage of {detector!r}, which is not among the detectors.").format(detector=detector),
                )
            )
    for c, name in enumerate(columns):
        filled = effort[name].replace({"": "nan", "NA": "nan"})
        used = ~(filled == "nan").to_numpy()
        values = np.full(len(effort), np.nan)
        values[used] = _numbers(effort[used], name, files[1], findings)
        _refuse_negative(values, effort, files[1], findings)
        for j, at in rows:
            out[j, c] = values[at]
    keep = np.isfinite(out).any(axis=0)  # sessions with fewer occasions have empty columns at the end
    out = out[:, keep]
    absent = set(range(len(traps))) - {j for j, _at in rows}
    for j in sorted(absent):
        findings.append(
            Finding(
                "usage-missing",
                _row(files[0], traps, j),
                _("Detector {detector!r} has no row in the usage table.").format(
                    detector=traps.detector.iloc[j]
                ),
                _("Write 0 for a camera that never worked."),
            )
        )
    return np.nan_to_num(out)


def _refuse_negative(values: Floats, table: pd.DataFrame, file: str, findings: list[Finding]) -> None:
    for at in np.flatnonzero(values < 0):
        findings.append(
            Finding(
                "usage-negative",
                _row(file, table, at),
                _("Usage is {found}; expected 0 or more.").format(found=values[at]),
            )
        )


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
