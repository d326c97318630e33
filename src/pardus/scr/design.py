"""Histories, masks and a model to arrays: problems for the engine, and predictors that make its parameters.

A linear predictor stands behind each parameter: D over (surface, cell), amplitude, sigma and z over parameter
sets, pmix over (session, type). theta, the vector that is estimated, holds their coefficients one after the
other. `Design.parameters` goes from theta to the engine's arrays; `Design.pull_back` brings derivatives home.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from pardus.model.capture import CaptureHistory, Floats, Ints
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr import links
from pardus.scr.assemble import assemble, with_records
from pardus.scr.formula import Matrix, design
from pardus.scr.frames import Axes, density_frame, detection_frame, pmix_frame, session_axes
from pardus.scr.problem import Parameters, SessionProblem
from pardus.scr.spec import ModelSpec

HECTARE = 10_000.0


@dataclass(frozen=True, slots=True, eq=False)
class Predictor:
    """One parameter: its design over all rows, link, place in theta, or a fixed value of the predictor.

    start: place of its first coefficient in theta. fixed: the predictor's value where it is not estimated.
    """

    name: str
    link: str
    matrix: Matrix
    start: int
    fixed: float | None

    @property
    def place(self) -> slice:
        """Where its coefficients are in theta."""
        return slice(self.start, self.start + (0 if self.fixed is not None else self.matrix.values.shape[1]))

    def log_values(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return log(parameter) for each design row and its derivative by the predictor."""
        if self.fixed is not None:
            eta = np.full(len(self.matrix.values), self.fixed)
        else:
            eta = self.matrix.values @ theta[self.place]
        return links.to_log(self.link, eta)


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """Everything that is needed to evaluate a model on data.

    problems: one for each session. predictors: by parameter; rows of detection parameters are parameter sets.
    density_rows: for each session, (surface, cell) row of D's design, or (surface, 1) if D does not vary within it.
    pmix_rows: for each session, (type,) row of pmix's design. axes: what varies, for each session.
    set_labels: for each parameter set, variable -> value that first led to it. variables: used by each parameter.
    sets: for each session, (type, class, occasion group, detector group, state) index of the parameter set.
    """

    spec: ModelSpec
    histories: tuple[CaptureHistory, ...]
    masks: tuple[Mask, ...]
    axes: tuple[Axes, ...]
    problems: tuple[SessionProblem, ...]
    predictors: Mapping[str, Predictor]
    density_rows: tuple[Ints, ...]
    pmix_rows: tuple[Ints, ...]
    set_labels: tuple[Mapping[str, str], ...]
    sets: tuple[Ints, ...]
    variables: Mapping[str, frozenset[str]]

    @property
    def names(self) -> tuple[str, ...]:
        """Coefficient names in the order of theta."""
        return tuple(n for p in self.predictors.values() if p.fixed is None for n in p.matrix.names)

    @property
    def link_of(self) -> tuple[str, ...]:
        """Link of each coefficient."""
        return tuple(p.link for p in self.predictors.values() if p.fixed is None for _n in p.matrix.names)

    @property
    def scale(self) -> Floats:
        """(coefficient,) size of each design column, so that theta * scale is of order one everywhere."""
        parts = [np.abs(p.matrix.values).max(axis=0, initial=1e-12) for p in self._free()]
        return np.maximum(np.concatenate(parts), 1e-12) if parts else np.zeros(0)

    def _free(self) -> list[Predictor]:
        return [p for p in self.predictors.values() if p.fixed is None]

    def parameters(self, theta: Floats, sessions: Sequence[int] | None = None) -> list[Parameters]:
        """Return the engine's arrays for each session (or only some)."""
        amplitude, sigma, z = self._detection(theta)
        pmix = self._pmix(theta)
        out = []
        chosen = range(len(self.problems)) if sessions is None else sessions
        log_D = self.predictors["D"].log_values(theta)[0]
        for s in chosen:
            surface = log_D[self.density_rows[s]]
            shape = (len(surface), self.problems[s].n_cells)
            log_pmix = np.zeros((self.problems[s].n_types, self.problems[s].n_classes))
            if pmix is not None:
                p2 = pmix[0][self.pmix_rows[s]]
                log_pmix = np.stack((np.log1p(-np.exp(p2)), p2), axis=1)
            out.append(Parameters(amplitude, sigma, z, np.broadcast_to(surface, shape), log_pmix))
        return out

    def pull_back(self, theta: Floats, adjoints: Sequence[Parameters]) -> Floats:
        """Return the gradient by theta, from each session's derivatives."""
        gradient = np.zeros(len(self.names))
        amplitude = np.sum([a.log_amplitude for a in adjoints], axis=0)
        sigma = np.sum([a.log_sigma for a in adjoints], axis=0)
        z = np.sum([a.log_z for a in adjoints], axis=0)
        name = self.spec.amplitude
        if name == "a0":
            sigma = sigma - 2 * amplitude
        for parameter, by_log in ((name, amplitude), ("sigma", sigma), ("z", z)):
            if parameter in self.predictors:
                self._add(gradient, self.predictors[parameter], theta, by_log)
        self._add_density(gradient, theta, adjoints)
        if "pmix" in self.predictors:
            self._add_pmix(gradient, theta, adjoints)
        return gradient

    def _detection(self, theta: Floats) -> tuple[Floats, Floats, Floats]:
        sigma = self.predictors["sigma"].log_values(theta)[0]
        amplitude = self.predictors[self.spec.amplitude].log_values(theta)[0]
        if self.spec.amplitude == "a0":
            amplitude = amplitude + np.log(HECTARE / (2 * np.pi)) - 2 * sigma
        z = self.predictors["z"].log_values(theta)[0] if "z" in self.predictors else np.zeros_like(sigma)
        return amplitude, sigma, z

    def _pmix(self, theta: Floats) -> tuple[Floats, Floats] | None:
        return self.predictors["pmix"].log_values(theta) if "pmix" in self.predictors else None

    def _add(self, gradient: Floats, predictor: Predictor, theta: Floats, by_log: Floats) -> None:
        if predictor.fixed is None:
            slope = predictor.log_values(theta)[1]
            gradient[predictor.place] += predictor.matrix.values.T @ (by_log * slope)

    def _add_density(self, gradient: Floats, theta: Floats, adjoints: Sequence[Parameters]) -> None:
        predictor = self.predictors["D"]
        if predictor.fixed is not None:
            return
        by_row = np.zeros(len(predictor.matrix.values))
        for rows, adjoint in zip(self.density_rows, adjoints, strict=True):
            by_cell = adjoint.log_density
            np.add.at(by_row, rows, by_cell.sum(axis=1, keepdims=True) if rows.shape[1] == 1 else by_cell)
        self._add(gradient, predictor, theta, by_row)

    def _add_pmix(self, gradient: Floats, theta: Floats, adjoints: Sequence[Parameters]) -> None:
        predictor = self.predictors["pmix"]
        log_p, _slope = predictor.log_values(theta)
        odds = np.exp(log_p) / -np.expm1(log_p)  # -d log(1 - p) / d log p
        by_log = np.zeros_like(log_p)
        for rows, adjoint in zip(self.pmix_rows, adjoints, strict=True):
            np.add.at(by_log, rows, adjoint.log_pmix[:, 1] - adjoint.log_pmix[:, 0] * odds[rows])
        self._add(gradient, predictor, theta, by_log)


def make_design(histories: Sequence[CaptureHistory], masks: Sequence[Mask], spec: ModelSpec) -> Design:
    """Build the design. One mask for each history, or one for all. Raises ParameterError, HistoryError."""
    if len(masks) == 1:
        masks = [masks[0]] * len(histories)
    if len(masks) != len(histories):
        raise ParameterError(
            _("{masks} masks for {sessions} sessions: expected one for each, or one for all.").format(
                masks=len(masks), sessions=len(histories)
            )
        )
    axes = session_axes(histories, spec)
    detection = detection_frame(histories, axes, spec)
    start = 0
    predictors: dict[str, Predictor] = {}

    def add(name: str, matrix: Matrix) -> None:
        nonlocal start
        value = spec.fixed.get(name)
        fixed = None if value is None else links.forward(spec.link(name), value)
        if name == "D" and spec.conditional and not matrix.values.shape[1]:
            fixed = 0.0
        predictors[name] = Predictor(name, spec.link(name), matrix, start, fixed)
        start = predictors[name].place.stop

    density, density_rows = density_frame(histories, masks, axes, spec)
    formula = spec.formula("D")
    add("D", design("D", formula, density, intercept=not spec.conditional))
    raw = {name: design(name, spec.formula(name), detection) for name in _detection_parameters(spec)}
    set_of_row, first = _unique_rows([m.values for m in raw.values()])
    for name, matrix in raw.items():
        add(name, replace(matrix, values=matrix.values[first]))
    pmix_rows: tuple[Ints, ...] = tuple(np.zeros(0, dtype=np.int64) for _h in histories)
    if spec.has_classes:
        frame, pmix_rows = pmix_frame(histories, axes, spec)
        add("pmix", design("pmix", spec.formula("pmix"), frame))
    problems = tuple(
        assemble(history, mask, axis, spec, set_of_row)
        for history, mask, axis in zip(histories, masks, axes, strict=True)
    )
    labels = tuple(
        {str(k): _label(v) for k, v in row.items()} for row in detection.iloc[first].to_dict("records")
    )
    return Design(
        spec,
        tuple(histories),
        tuple(masks),
        axes,
        problems,
        predictors,
        density_rows,
        pmix_rows,
        labels if detection.shape[1] else ({},) * len(first),
        tuple(set_of_row[a.start : a.start + a.n_rows].reshape(a.shape) for a in axes),
        {name: frozenset(re.findall(r"[A-Za-z_][\w.]*", spec.formula(name))) for name in predictors},
    )


def renewed(design: Design, histories: Sequence[CaptureHistory]) -> Design | None:
    """Return the design with other records, or None where more than records would change.

    It is the same as `make_design` would make, in a fraction of the time: for histories of the very same detectors
    (the same objects), under a model in which no animal is unlike another.
    """
    spec = design.spec
    if spec.groups or spec.hcov or len(histories) != len(design.histories):
        return None
    problems, axes = [], []
    for s, (old, new) in enumerate(zip(design.histories, histories, strict=True)):
        one = design.axes[s]
        alike = old.detectors is new.detectors and (old.session, old.kind) == (new.session, new.kind)
        plain = not one.responses and len(one.types) == 1 and design.problems[s].kind != "multi"
        if not (alike and plain and old.removed is None and new.removed is None):
            return None
        if not (
            _same(old.occasion_covariates, new.occasion_covariates) and _covariates_unused(design, old, new)
        ):
            return None
        problem = with_records(design.problems[s], new, one, spec, design.sets[s])
        problems.append(problem)
        unknown = problem.class_of_animal if spec.mixture else np.zeros(new.n_animals, dtype=np.int64)
        axes.append(replace(one, type_of_animal=problem.type_of_animal, class_of_animal=unknown))
    return replace(design, histories=tuple(histories), problems=tuple(problems), axes=tuple(axes))


def _same(one: Mapping[str, object], two: Mapping[str, object]) -> bool:
    """Whether two tables hold the same objects."""
    return one.keys() == two.keys() and all(one[name] is two[name] for name in one)


def _covariates_unused(design: Design, old: CaptureHistory, new: CaptureHistory) -> bool:
    """Whether no formula uses a covariate of animals, and those of the session are the same."""
    used = frozenset().union(*design.variables.values())
    return old.session_covariates == new.session_covariates and not used & {*old.covariates, *new.covariates}


def _label(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _detection_parameters(spec: ModelSpec) -> list[str]:
    return [name for name in spec.parameters if name not in ("D", "pmix")]


def _unique_rows(matrices: list[Floats]) -> tuple[Ints, Ints]:
    """Return for each row the index of its parameter set, and for each set its first row."""
    together = np.concatenate(matrices, axis=1)
    _values, first, inverse = np.unique(together, axis=0, return_index=True, return_inverse=True)
    order = np.argsort(first)  # sets in order of first use
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return rank[inverse.reshape(-1)], first[order]
