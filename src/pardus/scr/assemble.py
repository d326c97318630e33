"""One session's history and mask to the arrays that engines take; see `pardus.scr.problem` for their meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from pardus.model.capture import CaptureHistory, Floats, Ints
from pardus.model.errors import Finding, HistoryError
from pardus.model.language import _
from pardus.model.mask import Mask
from pardus.scr.frames import Axes
from pardus.scr.problem import SessionProblem
from pardus.scr.response import gone, occasion_states, states
from pardus.scr.spec import ModelSpec


class _Entries:
    """Entries of a sparse matrix, gathered in pieces; the same place twice adds up."""

    def __init__(self) -> None:
        self.rows: list[Ints] = []
        self.codes: list[Ints] = []
        self.values: list[Floats] = []

    def add(self, rows: Ints | int, codes: Ints, values: Floats) -> None:
        self.rows.append(np.broadcast_to(np.asarray(rows, dtype=np.int64), codes.shape))
        self.codes.append(codes)
        self.values.append(np.broadcast_to(values, codes.shape))

    def joined(self) -> tuple[Ints, Ints, Floats]:
        if not self.rows:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, np.zeros(0)
        return np.concatenate(self.rows), np.concatenate(self.codes), np.concatenate(self.values)


def assemble(
    history: CaptureHistory, mask: Mask, axes: Axes, spec: ModelSpec, set_of_row: Ints
) -> SessionProblem:
    """Return the session as arrays. set_of_row: parameter set of each row of the detection frame."""
    n, J = history.n_animals, len(history.detectors.ids)
    C = len(axes.classes)
    sets = set_of_row[axes.start : axes.start + axes.n_rows].reshape(axes.shape)
    kind, size = problem_kind(history.kind, spec.binomial_size)
    check_size(history, spec.binomial_size)
    changed = bool(axes.responses) or (history.removed is not None and bool((history.removed >= 0).any()))
    trial, repeats, stands = _trials(history, axes, kind, changed)
    S = len(repeats)

    def code(t: Ints | int, c: int, j: Ints, k: Ints, status: Ints | int = 0) -> Ints:
        """Return set * J + detector, which names a kernel."""
        out: Ints = sets[t, c, axes.occasion_group[k], axes.detector_group[j], status] * J + j
        return out

    exposure = _Entries()
    usage = _exposed(history.detectors.usage, size)
    for on in stands:
        same = usage[:, [on]] if kind == "multi" else usage[:, axes.occasion_group == axes.occasion_group[on]]
        effort = same.sum(axis=1)
        at = np.flatnonzero(effort > 0)
        for t in range(len(axes.types)):
            for c in range(C):
                exposure.add((t * C + c) * S + trial[on], code(t, c, at, np.full(len(at), on)), effort[at])

    correction = _Entries()
    own = np.zeros(len(history.animal), dtype=np.int64)  # state of the animal at each of its records
    width = (int(set_of_row.max(initial=0)) + 1) * J
    everywhere = set(axes.responses) <= {"b", "B"}  # states that are the same at all detectors
    for who in range(n) if changed else ():
        away = gone(history, who)
        mine = slice(*np.searchsorted(history.animal, (who, who + 1)))
        t = int(axes.type_of_animal[who])
        if everywhere and S == 1:
            alike = occasion_states(history, axes.responses, who)
            own[mine] = alike[history.occasion[mine]]
            for state, effort, on in _moved(usage, alike, away, axes):
                at = np.flatnonzero(effort)
                for c in range(C):
                    correction.add((who * C + c) * S, code(t, c, at, np.full(len(at), on), state), effort[at])
            continue
        status = _state(history, axes, who)
        own[mine] = status[history.detector[mine], history.occasion[mine]]
        j, k = np.nonzero((usage > 0) & ((status > 0) | away[None, :]))
        stays = ~away[k]
        js, ks = j[stays], k[stays]
        for c in range(C):
            places = np.concatenate((code(t, c, j, k), code(t, c, js, ks, status[js, ks])))
            places = places + np.concatenate((trial[k], trial[ks])) * width
            sums = np.bincount(places, np.concatenate((-usage[j, k], usage[js, ks])), minlength=1)
            at = np.flatnonzero(sums)
            correction.add((who * C + c) * S + at // width, at % width, sums[at].astype(np.float64))

    events = _Entries()
    doses = _Entries()
    i, j, k = history.animal, history.detector, history.occasion
    dose = _doses(history, spec)
    for c in range(C):
        codes = code(axes.type_of_animal[i], c, j, k, own)
        events.add(i * C + c, codes, history.count.astype(np.float64))
        doses.add(i * C + c, codes, dose)

    kernels = np.unique(np.concatenate([exposure.joined()[1], correction.joined()[1], events.joined()[1]]))
    event_rows, event_codes, counts = events.joined()
    kinds_of_event, event_at = _event_kinds(event_codes, doses.joined()[2])
    return SessionProblem(
        session=history.session,
        kind=kind,
        detectfn=spec.detectfn,
        counting="conditional" if spec.conditional else spec.distribution,
        detector_xy=history.detectors.xy,
        mask_xy=mask.xy,
        cell_area=mask.cell_area,
        kernel_set=kernels // J,
        kernel_detector=kernels % J,
        n_types=len(axes.types),
        n_classes=C,
        repeats=repeats,
        exposure=_matrix(exposure, kernels, len(axes.types) * C * S),
        correction=_matrix(correction, kernels, n * C * S) if changed else None,
        event_kernel=np.searchsorted(kernels, kinds_of_event[0]),
        event_dose=kinds_of_event[1],
        events=sparse.csr_array((counts, (event_rows, event_at)), shape=(n * C, len(kinds_of_event[1]))),
        caught_animal=i if kind == "multi" else np.zeros(0, dtype=np.int64),
        caught_trial=trial[k] if kind == "multi" else np.zeros(0, dtype=np.int64),
        type_of_animal=axes.type_of_animal,
        class_of_animal=axes.class_of_animal if spec.has_classes else np.full(n, -1, dtype=np.int64),
        surface_of_type=axes.group_of_type,
    )


def _moved(usage: Floats, alike: Ints, away: np.ndarray, axes: Axes) -> Iterator[tuple[int, Floats, int]]:
    """Yield (state, (detector,) effort that an animal gains in it, occasion that stands for a group of like ones).

    State 0, the naive one, loses what the others gain, and all effort after the animal was gone (away). alike,
    away: (occasion,).
    """
    for group, on in enumerate(axes.occasion_first):
        then = axes.occasion_group == group
        yield 0, -(usage @ (then & ((alike > 0) | away)).astype(np.float64)), int(on)
        for state in np.unique(alike[then & ~away]):
            if state:
                yield int(state), usage @ (then & ~away & (alike == state)).astype(np.float64), int(on)


def with_records(
    problem: SessionProblem, history: CaptureHistory, axes: Axes, spec: ModelSpec, sets: Ints
) -> SessionProblem:
    """Return a problem with other records of the same detectors, where no animal is unlike another.

    sets: (type, class, occasion group, detector group, state) parameter sets. Exposures and kernels stay.
    """
    i, j, k = history.animal, history.detector, history.occasion
    n, J, C = history.n_animals, len(problem.detector_xy), problem.n_classes
    found = sets[0, :, axes.occasion_group[k], axes.detector_group[j], 0] * J + j[:, None]  # (record, class)
    dose = np.broadcast_to(_doses(history, spec)[:, None], found.shape)
    counts = np.broadcast_to(history.count[:, None].astype(np.float64), found.shape)
    rows = (i * C)[:, None] + np.arange(C)
    kinds_of_event, event_at = _event_kinds(found.ravel(), dose.ravel())
    names = problem.kernel_set * J + problem.kernel_detector
    return replace(
        problem,
        event_kernel=np.searchsorted(names, kinds_of_event[0]),
        event_dose=kinds_of_event[1],
        events=_summed(rows.ravel(), event_at, counts.ravel(), (n * C, len(kinds_of_event[1]))),
        type_of_animal=np.zeros(n, dtype=np.int64),
        class_of_animal=np.full(n, -1, dtype=np.int64),
    )


def check_size(history: CaptureHistory, size: int | str | None) -> None:
    """Raise HistoryError for counts above the number of trials that binomial counts had."""
    if history.kind != "count" or size is None:
        return
    usage = history.detectors.usage
    trials = _exposed(usage if size == "usage" else (usage > 0).astype(np.float64), size)
    most = trials[history.detector, history.occasion]
    findings = [
        Finding(
            "count-above-size",
            _("animal {animal!r}, occasion {k}").format(
                animal=history.animals[history.animal[r]], k=history.occasion[r] + 1
            ),
            _("Count {found} at {detector!r}, where a binomial count can be {most:g} at most.").format(
                found=history.count[r], detector=history.detectors.ids[history.detector[r]], most=most[r]
            ),
            _("Give a larger size, or take the counts as Poisson."),
        )
        for r in np.flatnonzero(history.count > most)
    ]
    if findings:
        raise HistoryError(
            _("Session {session!r}: counts do not fit their size.").format(session=history.session), findings
        )


def _summed(rows: Ints, columns: Ints, values: Floats, shape: tuple[int, int]) -> sparse.csr_array:
    """Return a matrix in which what is given for one place adds up (as scipy would make it, but quicker)."""
    places, inverse = np.unique(rows * shape[1] + columns, return_inverse=True)
    start = np.searchsorted(places, np.arange(shape[0] + 1) * shape[1])
    sums = np.bincount(inverse.reshape(-1), values, minlength=len(places))
    return sparse.csr_array((sums, places % max(shape[1], 1), start), shape=shape)


def _doses(history: CaptureHistory, spec: ModelSpec) -> Floats:
    """Return the effort of each record where it is a probability that effort raises, else 1."""
    kind, size = problem_kind(history.kind, spec.binomial_size)
    if kind == "bernoulli" and size != "usage":
        return np.asarray(history.detectors.usage[history.detector, history.occasion])
    return np.ones(len(history.animal))


def problem_kind(history_kind: str, size: int | str | None) -> tuple[str, int | str | None]:
    """Return the engine's kind for a kind of history, and the size of binomial counts."""
    if history_kind == "proximity":
        return "bernoulli", 1
    if history_kind == "count" and size is not None:
        return "bernoulli", size
    return ("multi", None) if history_kind == "multi" else ("poisson", None)


def _exposed(usage: Floats, size: int | str | None) -> Floats:
    """Return (detector, occasion) exposure: usage times the number of trials of binomial counts."""
    if isinstance(size, int):
        return usage * size
    return np.rint(usage) if size == "usage" else usage


def _trials(history: CaptureHistory, axes: Axes, kind: str, changed: bool) -> tuple[Ints, Floats, Ints]:
    """Return the trial of each occasion, repeats of each trial, and occasions that stand for the others."""
    K = history.n_occasions
    if kind != "multi":
        return np.zeros(K, dtype=np.int64), np.ones(1), axes.occasion_first
    if changed:
        return np.arange(K), np.ones(K), np.arange(K)
    key = np.concatenate((axes.occasion_group[None, :], history.detectors.usage)).T
    _rows, first, trial, repeats = np.unique(
        key, axis=0, return_index=True, return_inverse=True, return_counts=True
    )
    return trial.reshape(-1).astype(np.int64), repeats.astype(np.float64), first.astype(np.int64)


def _state(history: CaptureHistory, axes: Axes, animal: int) -> Ints:
    """Return (detector, occasion) state of an animal as bits, one for each response."""
    out = np.zeros((len(history.detectors.ids), history.n_occasions), dtype=np.int64)
    for bit, response in enumerate(axes.responses):
        out |= states(history, response, animal).astype(np.int64) << bit
    return out


def _event_kinds(codes: Ints, doses: Floats) -> tuple[tuple[Ints, Floats], Ints]:
    """Return distinct (kernel code, dose) pairs, and which of them each event is."""
    if not len(codes):
        return (codes, doses), codes
    order = np.lexsort((doses, codes))
    new = np.ones(len(codes), dtype=bool)
    new[1:] = (np.diff(codes[order]) != 0) | (np.diff(doses[order]) != 0)
    at = np.empty(len(codes), dtype=np.int64)
    at[order] = np.cumsum(new) - 1
    return (codes[order][new], doses[order][new]), at


def _matrix(entries: _Entries, kernels: Ints, n_rows: int) -> sparse.csr_array:
    rows, codes, values = entries.joined()
    return sparse.csr_array((values, (rows, np.searchsorted(kernels, codes))), shape=(n_rows, len(kernels)))
