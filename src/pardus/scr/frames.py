"""The rows over which formulas are evaluated: what distinguishes one parameter value from another.

Only variables that a formula uses are spread out, so occasions and detectors in which nothing varies are one
row, and the data collapse over them exactly.

Variables of detection parameters: session, Session (0, 1, ...), t (occasion as a class), T (0, 1, ...), the
responses of `pardus.scr.response`, g (group), h2 (class), and covariates of session, occasion, detector and animal.
Variables of D: session, Session, g, covariates of session and mask, regions of the mask (1 inside, 0 outside),
x, y, x2, y2, xy (centred and scaled).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pardus.model.capture import CaptureHistory, Column, Floats, Ints
from pardus.model.errors import Finding, HistoryError, ParameterError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.formula import categorical, variables
from pardus.scr.response import RESPONSES
from pardus.scr.spec import ModelSpec

COORDINATES = ("x", "y", "x2", "y2", "xy")


@dataclass(frozen=True, slots=True, eq=False)
class Axes:
    """What varies in one session.

    start: first row of the session in the detection frame. types: (T,) animal that stands for each type (-1: none);
    type_of_animal: (n,). group_of_type: (T,) index into `groups`. classes: labels. class_of_animal: (n,), -1 unknown.
    occasion_group: (occasion,), detector_group: (detector,); *_first: one occasion (detector) of each group.
    responses: names in use; the state of an animal is a code in bits, 0 = untouched.
    """

    start: int
    types: Ints
    type_of_animal: Ints
    group_of_type: Ints
    groups: tuple[str, ...]
    classes: tuple[str, ...]
    class_of_animal: Ints
    occasion_group: Ints
    occasion_first: Ints
    detector_group: Ints
    detector_first: Ints
    responses: tuple[str, ...]

    @property
    def shape(self) -> tuple[int, int, int, int, int]:
        """(type, class, occasion group, detector group, state)."""
        return (
            len(self.types),
            len(self.classes),
            len(self.occasion_first),
            len(self.detector_first),
            1 << len(self.responses),
        )

    @property
    def n_rows(self) -> int:
        """Number of rows in the detection frame."""
        return int(np.prod(self.shape))


def session_axes(histories: Sequence[CaptureHistory], spec: ModelSpec) -> tuple[Axes, ...]:
    """Find what varies in each session. Raises HistoryError for missing or unfit animal covariates."""
    used = _detection_variables(histories, spec)
    classes = _class_labels(histories, spec)
    groups = _group_labels(histories, spec)
    animal_names = sorted(used & set().union(*(h.covariates for h in histories)) - {spec.hcov})
    _check_animal_covariates(histories, spec, animal_names)
    out: list[Axes] = []
    start = 0
    for history in histories:
        types, type_of_animal, group_of_type = _types(history, spec, groups, animal_names)
        occasion_group, occasion_first = _occasion_groups(history, used)
        detector_group, detector_first = _distinct(
            [history.detectors.covariates[n] for n in sorted(used & set(history.detectors.covariates))],
            len(history.detectors.ids),
        )
        axes = Axes(
            start,
            types,
            type_of_animal,
            group_of_type,
            groups,
            classes,
            _class_of_animal(history, spec, classes),
            occasion_group,
            occasion_first,
            detector_group,
            detector_first,
            tuple(r for r in RESPONSES if r in used),
        )
        out.append(axes)
        start += axes.n_rows
    return tuple(out)


def detection_frame(
    histories: Sequence[CaptureHistory], axes: Sequence[Axes], spec: ModelSpec
) -> pd.DataFrame:
    """Return the rows of detection parameters: (type, class, occasion group, detector group, state) by session."""
    used = _detection_variables(histories, spec)
    columns: dict[str, list[Column]] = {name: [] for name in sorted(used)}
    for index, (history, axis) in enumerate(zip(histories, axes, strict=True)):
        t, c, o, d, state = (g.reshape(-1) for g in np.indices(axis.shape))
        for name in columns:
            columns[name].append(_detection_column(name, index, history, axis, spec, t, c, o, d, state))
    frame = {
        name: categorical(np.concatenate(parts), _levels(name, histories)) for name, parts in columns.items()
    }
    return pd.DataFrame(frame, index=range(sum(a.n_rows for a in axes)))


def density_frame(
    histories: Sequence[CaptureHistory], masks: Sequence[Mask], axes: Sequence[Axes], spec: ModelSpec
) -> tuple[pd.DataFrame, tuple[Ints, ...]]:
    """Return the rows of D and, for each session, (surface, cell) rows; (surface, 1) if D is flat within it."""
    known = {"session", "Session", *COORDINATES, *(["g"] if spec.groups else [])}
    on_mask = set(COORDINATES).union(*(m.covariates for m in masks), *(m.regions for m in masks))
    known |= on_mask.union(*(h.session_covariates for h in histories))
    if spec.groups:
        known.add(spec.groups)
    used = variables(spec.formula("D"), known)
    by_cell = bool(used & on_mask)
    mean, sd = _coordinate_scale(masks)
    columns: dict[str, list[Column]] = {name: [] for name in sorted(used)}
    rows: list[Ints] = []
    start = 0
    for index, (history, mask) in enumerate(zip(histories, masks, strict=True)):
        n_surfaces = max(len(axes[index].groups), 1)
        n_cells = len(mask) if by_cell else 1
        rows.append(start + np.arange(n_surfaces * n_cells).reshape(n_surfaces, n_cells))
        start += n_surfaces * n_cells
        for name in columns:
            columns[name].append(
                _density_column(name, index, history, mask, axes[index].groups, n_cells, (mean, sd), spec)
            )
    frame = {
        name: categorical(np.concatenate(parts), _levels(name, histories)) for name, parts in columns.items()
    }
    return pd.DataFrame(frame, index=range(start)), tuple(rows)


def pmix_frame(
    histories: Sequence[CaptureHistory], axes: Sequence[Axes], spec: ModelSpec
) -> tuple[pd.DataFrame, tuple[Ints, ...]]:
    """Return the rows of pmix, the share of the second class: one for each session."""
    known = {"session", "Session"} | set().union(*(h.session_covariates for h in histories))
    used = variables(spec.formula("pmix"), known)
    columns = {
        name: categorical(
            np.concatenate([_session_column(name, i, h, 1) for i, h in enumerate(histories)]),
            _levels(name, histories),
        )
        for name in sorted(used)
    }
    rows = tuple(np.full(len(a.types), i, dtype=np.int64) for i, a in enumerate(axes))
    return pd.DataFrame(columns, index=range(len(histories))), rows


def _detection_variables(histories: Sequence[CaptureHistory], spec: ModelSpec) -> set[str]:
    known = {"session", "Session", "t", "T", *RESPONSES}
    if spec.groups:
        known |= {"g", spec.groups}
    if spec.has_classes:
        known |= {"h2"} | ({spec.hcov} if spec.hcov else set())
    for h in histories:
        known |= {*h.detectors.covariates, *h.occasion_covariates, *h.session_covariates, *h.covariates}
    used: set[str] = set()
    for name in spec.parameters:
        if name not in ("D", "pmix") and name not in spec.fixed:
            used |= variables(spec.formula(name), known)
    return used


def _detection_column(
    name: str,
    index: int,
    history: CaptureHistory,
    axis: Axes,
    spec: ModelSpec,
    t: Ints,
    c: Ints,
    o: Ints,
    d: Ints,
    state: Ints,
) -> Column:
    if name in axis.responses:
        return np.asarray((state >> axis.responses.index(name)) & 1, dtype=bool)
    if name == "t":
        return np.asarray(axis.occasion_first[o] + 1).astype(str)
    if name == "T":
        return axis.occasion_first[o].astype(np.float64)
    if name == "h2" or (spec.hcov and name == spec.hcov):
        return np.asarray(axis.classes)[c]
    if name == "g" or (spec.groups and name == spec.groups):
        return np.asarray(axis.groups)[axis.group_of_type[t]]
    if name in history.occasion_covariates:
        return np.asarray(history.occasion_covariates[name])[axis.occasion_first[o]]
    if name in history.detectors.covariates:
        return np.asarray(history.detectors.covariates[name])[axis.detector_first[d]]
    if name in history.covariates:
        return np.asarray(history.covariates[name])[axis.types[t]]
    return _session_column(name, index, history, len(t))


def _density_column(
    name: str,
    index: int,
    history: CaptureHistory,
    mask: Mask,
    groups: tuple[str, ...],
    n_cells: int,
    scaling: tuple[Floats, Floats],
    spec: ModelSpec,
) -> Column:
    n_surfaces = max(len(groups), 1)
    if groups and name in ("g", spec.groups):
        return np.repeat(np.asarray(groups), n_cells)
    if name in mask.covariates:
        return np.tile(np.asarray(mask.covariates[name]), n_surfaces)
    if name in mask.regions:
        return np.tile(np.asarray(mask.regions[name], dtype=np.float64), n_surfaces)
    if name in COORDINATES:
        return np.tile(_coordinate(name, mask, *scaling), n_surfaces)
    return _session_column(name, index, history, n_surfaces * n_cells)


def _session_column(name: str, index: int, history: CaptureHistory, n: int) -> Column:
    if name == "session":
        return np.full(n, history.session)
    if name == "Session":
        return np.full(n, float(index))
    if name not in history.session_covariates:
        raise ParameterError(
            _("Session {session!r} has no covariate {name!r}.").format(session=history.session, name=name)
        )
    return np.full(n, history.session_covariates[name])


def _levels(name: str, histories: Sequence[CaptureHistory]) -> tuple[str, ...] | None:
    """Return levels whose order is not alphabetical."""
    if name == "t":
        return tuple(str(k + 1) for k in range(max(h.n_occasions for h in histories)))
    return None


def _coordinate_scale(masks: Sequence[Mask]) -> tuple[Floats, Floats]:
    """Mean and standard deviation (n - 1) of mask coordinates, over all distinct masks."""
    distinct = list({id(m): m for m in masks}.values())
    xy = np.concatenate([m.xy for m in distinct])
    return xy.mean(axis=0), xy.std(axis=0, ddof=1) if len(xy) > 1 else np.ones(2)


def _coordinate(name: str, mask: Mask, mean: Floats, sd: Floats) -> Floats:
    x, y = ((mask.xy - mean) / sd).T
    out: Floats = {"x": x, "y": y, "x2": x * x, "y2": y * y, "xy": x * y}[name]
    return out


def _distinct(columns: list[Column], n: int) -> tuple[Ints, Ints]:
    """Return the group of each row (rows alike in all columns share one), and one row of each group."""
    if not columns or not n:
        return np.zeros(n, dtype=np.int64), np.zeros(1 if n else 0, dtype=np.int64)
    codes = [np.unique(np.asarray(c).astype(str), return_inverse=True)[1] for c in columns]
    _rows, first, group = np.unique(np.stack(codes, axis=1), axis=0, return_index=True, return_inverse=True)
    return group.reshape(-1).astype(np.int64), first.astype(np.int64)


def _occasion_groups(history: CaptureHistory, used: set[str]) -> tuple[Ints, Ints]:
    columns: list[Column] = [
        np.asarray(history.occasion_covariates[n]) for n in sorted(used & set(history.occasion_covariates))
    ]
    if used & {"t", "T"}:
        columns.append(np.arange(history.n_occasions))
    return _distinct(columns, history.n_occasions)


def _types(
    history: CaptureHistory, spec: ModelSpec, groups: tuple[str, ...], animal_names: list[str]
) -> tuple[Ints, Ints, Ints]:
    """Return the animal that stands for each type, the type of each animal, and the group of each type."""
    n = history.n_animals
    if groups:
        codes = {label: i for i, label in enumerate(groups)}
        of_animal = np.array(
            [codes[v] for v in np.asarray(history.covariates[spec.groups]).astype(str)], dtype=np.int64
        )
        stands = np.array(
            [next(iter(np.flatnonzero(of_animal == i)), -1) for i in range(len(groups))], dtype=np.int64
        )
        return stands, of_animal, np.arange(len(groups))
    if not animal_names or not n:
        return np.zeros(1, dtype=np.int64), np.zeros(n, dtype=np.int64), np.zeros(1, dtype=np.int64)
    of_animal, first = _distinct([np.asarray(history.covariates[name]) for name in animal_names], n)
    return first, of_animal, np.zeros(len(first), dtype=np.int64)


def _group_labels(histories: Sequence[CaptureHistory], spec: ModelSpec) -> tuple[str, ...]:
    return _labels(histories, spec.groups) if spec.groups else ()


def _class_labels(histories: Sequence[CaptureHistory], spec: ModelSpec) -> tuple[str, ...]:
    if spec.hcov:
        labels = _labels(histories, spec.hcov)
        if len(labels) != 2:
            raise HistoryError(
                _("A hybrid mixture needs two classes in {name!r}; found {found}.").format(
                    name=spec.hcov, found=", ".join(labels) or _("none")
                )
            )
        return labels
    return ("1", "2") if spec.mixture else ("",)


def _labels(histories: Sequence[CaptureHistory], name: str) -> tuple[str, ...]:
    found: set[str] = set()
    for h in histories:
        if name in h.covariates:
            found |= {str(v) for v in np.asarray(h.covariates[name]).astype(str)}
        elif h.n_animals:
            raise HistoryError(
                _("Session {session!r}: animals have no covariate {name!r}.").format(
                    session=h.session, name=name
                )
            )
    return tuple(sorted(found - {"", "nan", "NA"}))


def _class_of_animal(history: CaptureHistory, spec: ModelSpec, classes: tuple[str, ...]) -> Ints:
    if not spec.hcov:
        return np.full(history.n_animals, -1 if spec.mixture else 0, dtype=np.int64)
    values = history.covariates.get(spec.hcov, np.array([], dtype=str))
    return np.array(
        [classes.index(str(v)) if str(v) in classes else -1 for v in np.asarray(values)], dtype=np.int64
    )


def _check_animal_covariates(histories: Sequence[CaptureHistory], spec: ModelSpec, names: list[str]) -> None:
    if names and not spec.conditional and set(names) - {spec.groups}:
        raise ParameterError(
            _(
                "Animals that were never detected have no {names}, so the full likelihood cannot use it. "
                "Give it as groups (known for all), as hcov (two classes, known for some), "
                "or use the conditional likelihood."
            ).format(names=", ".join(names))
        )
    findings = [
        Finding(
            "missing-animal-covariate",
            f"{h.session}: {h.animals[i]}",
            _("{name} is missing.").format(name=name),
            _("Fill it, leave the covariate out, or model it as partly known (hcov)."),
        )
        for h in histories
        for name in dict.fromkeys([*names, *([spec.groups] if spec.groups else [])])
        for i, value in enumerate(np.asarray(h.covariates.get(name, [])))
        if str(value) in ("", "nan", "NA")
    ]
    if findings:
        raise HistoryError(_("An animal covariate of the model has missing values."), findings)
