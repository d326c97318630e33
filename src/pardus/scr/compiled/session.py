"""The compiled engine as `pardus.scr.problem.Engine`: it remembers layouts, and keeps their error in bounds."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from typing import Any

import numpy as np

from pardus.scr.compiled.curves import CODES
from pardus.scr.compiled.engine import Jacobian, Prepared, chance_missed, evaluate, posterior_means, prepare
from pardus.scr.compiled.layout import Geometry, Layout, error_bound, geometry, layout, reaches
from pardus.scr.compiled.pruning import CUT
from pardus.scr.compiled.strips import Floats
from pardus.scr.compiled.tables import Reach
from pardus.scr.problem import Evaluation, Parameters, SessionProblem

ALLOWED = 1e-7
"""Largest proven error of the log-likelihood, for each animal, by what the windows leave out."""

NEARBY = 0.01
"""Change of log sigma that a reach, made with the full cut, stands without harm (exp(-29.4) for exp(-30))."""

FAR = 0.1
"""Change of log sigma after which windows are made anew without further questions."""

MOST_STATES = 5_000_000
"""Most (type, class, cell) whose scores are held at once; beyond it the plain engine, which works in blocks."""

_KEPT = 128
_POINTS = 4


@dataclass(frozen=True, slots=True, eq=False)
class _Place:
    """Cameras and mask of a session, with reaches made for some parameters; histories of one design share it."""

    geometry: Geometry
    reach: list[Reach]
    at: Parameters


@dataclass(frozen=True, slots=True, eq=False)
class _Known:
    """A session that was laid out, with the parameters it was laid out for."""

    problem: SessionProblem
    layout: Layout
    at: Parameters


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A name for a point of a design: session, theta as bytes, and the object that says what theta means."""

    owner: object
    session: int
    theta: bytes

    @property
    def key(self) -> tuple[int, int, bytes]:
        """Return what it is kept under."""
        return id(self.owner), self.session, self.theta


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A first pass that was done, at which point and with which reaches."""

    point: Point
    reach: list[Reach]
    prepared: Prepared


class CompiledEngine:
    """The fast engine. One object may serve many fits: it remembers the last 128 sessions and places.

    threads: how many to use where it pays (None: two, if there are two cores). Not to be shared by threads.
    cut: see `pruning`; a lower one is faster, and the error allowed rises with it.
    """

    name = "compiled"

    def __init__(self, threads: int | None = None, cut: float = CUT) -> None:
        self.threads = min(2, os.cpu_count() or 1) if threads is None else threads
        self.cut = cut
        self.allowed = ALLOWED * float(np.exp(CUT - cut))
        self._places: dict[bytes, _Place] = {}
        self._known: dict[int, _Known] = {}
        self._prepared: dict[tuple[int, int, bytes], _Kept] = {}
        self._keys: dict[int, tuple[object, bytes]] = {}

    def supports(self, problem: SessionProblem) -> bool:
        """Whether the problem is one of ours: not multi-catch, and of a size that fits."""
        states = problem.n_types * problem.n_classes * problem.n_cells
        return (
            problem.kind in ("bernoulli", "poisson")
            and problem.detectfn in CODES
            and len(problem.repeats) == 1
            and states <= MOST_STATES
        )

    def evaluate(self, problem: SessionProblem, parameters: Parameters, gradient: bool = True) -> Evaluation:
        """Return value and adjoints, within what is allowed of the likelihood with nothing left out."""
        if not _finite(parameters):
            return _impossible(problem)
        return evaluate(self.checked(problem, parameters), parameters)[0]

    def second_order(
        self, problem: SessionProblem, parameters: Parameters, jacobian: Jacobian, point: Point | None = None
    ) -> tuple[Evaluation, Floats | None]:
        """Return the evaluation and the Hessian by the coefficients. The windows may be those of a point near by.

        Ask `checked` when the search has ended. point: names parameters and Jacobian, so that in a loop of fits
        what does not depend on the records is not worked out again where every fit starts.
        """
        if not _finite(parameters):
            return _impossible(problem), None
        lay = self.near(problem, parameters)
        if point is None or self.cut >= CUT:
            return evaluate(lay, parameters, jacobian)
        kept = self._prepared.pop(point.key, None)
        if kept is None or kept.point.owner is not point.owner or kept.reach is not lay.reach:
            kept = _Kept(point, lay.reach, prepare(lay, parameters, jacobian))
        while len(self._prepared) >= _POINTS:
            self._prepared.pop(next(iter(self._prepared)))
        self._prepared[point.key] = kept
        return evaluate(lay, parameters, jacobian, kept.prepared)

    def missed(self, problem: SessionProblem, parameters: Parameters) -> Floats:
        """Return (type, cell) chance that an animal centred there is never detected, averaged over classes."""
        place = self._place(problem, parameters)
        return chance_missed(problem, place.geometry, place.reach, parameters, self.threads)

    def posterior_means(self, problem: SessionProblem, parameters: Parameters, values: Floats) -> Floats:
        """Return (animal, value) posterior means of values (value, cell) over where each centre may be."""
        return posterior_means(self.checked(problem, parameters), parameters, values)

    def near(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        """Return a layout made at parameters not far from these."""
        known = self._known.get(id(problem))
        if known is not None and _growth(known.at, parameters) < FAR:
            return known.layout
        return self._renew(problem, parameters)

    def checked(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        """Return a layout whose proven error at these parameters is within what is allowed."""
        known = self._known.get(id(problem))
        allowed = self.allowed * max(problem.n_animals, 1)
        if known is not None and (known.at is parameters or error_bound(known.layout, parameters) <= allowed):
            return known.layout
        return self._renew(problem, parameters)

    def _renew(self, problem: SessionProblem, parameters: Parameters) -> Layout:
        before = self._known.pop(id(problem), None)
        place = self._place(problem, parameters)
        old = None if before is None else before.layout
        made = layout(
            problem, parameters, place.geometry, place.reach, before=old, cut=self.cut, threads=self.threads
        )
        _trim(self._known)
        self._known[id(problem)] = _Known(problem, made, parameters)
        return made

    def _place(self, problem: SessionProblem, parameters: Parameters) -> _Place:
        key = self._design_key(problem)
        found = self._places.get(key)
        if found is None or _growth(found.at, parameters) > NEARBY:
            about = geometry(problem) if found is None else found.geometry
            _trim(self._places)
            found = self._places[key] = _Place(
                about, reaches(problem, about, parameters, self.cut), parameters
            )
        return found

    def _design_key(self, problem: SessionProblem) -> bytes:
        """Return the name of a problem's design; problems with one exposure table (the same object) share it."""
        table, key = self._keys.get(id(problem.exposure), (None, b""))
        if table is not problem.exposure:
            key = _design_key(problem)
            _trim(self._keys)
            self._keys[id(problem.exposure)] = (problem.exposure, key)
        return key


def _design_key(problem: SessionProblem) -> bytes:
    """Return bytes that name cameras, efforts, parameter sets and mask, whatever was recorded."""
    digest = hashlib.blake2b(f"{problem.detectfn} {problem.cell_area!r} {problem.exposure.shape}".encode())
    table = problem.exposure
    arrays = (problem.mask_xy, problem.detector_xy, problem.kernel_set, problem.kernel_detector)
    for array in (*arrays, table.data, table.indices, table.indptr):
        digest.update(np.ascontiguousarray(array).data)
        digest.update(b"|")
    return digest.digest()


def _trim(memory: dict[Any, Any]) -> None:
    """Forget what was remembered first, to keep room for one more."""
    while len(memory) >= _KEPT:
        memory.pop(next(iter(memory)))


def _growth(one: Parameters, two: Parameters) -> float:
    """Return how much sigma grew or z changed, in logarithms (a smaller sigma only makes windows too large)."""
    sigma = float((two.log_sigma - one.log_sigma).max(initial=-np.inf))
    return max(sigma, float(np.abs(two.log_z - one.log_z).max(initial=0.0)))


def _finite(p: Parameters) -> bool:
    arrays = (p.log_amplitude, p.log_sigma, p.log_z, p.log_density)
    return all(bool(np.isfinite(a).all()) for a in arrays) and not bool(np.isnan(p.log_pmix).any())


def _impossible(problem: SessionProblem) -> Evaluation:
    nothing = np.full(problem.n_types, np.nan)
    return Evaluation(-np.inf, nothing, nothing, None)
