"""Capture histories: which animal was recorded at which detector on which occasion.

Axes are always ordered animal, occasion, detector. One CaptureHistory is one session (a closed survey);
several sessions are a sequence of them. Detections are kept sparse, as secr and the field's tables write them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pardus.model.errors import Finding, HistoryError
from pardus.model.language import _

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Column = NDArray[np.generic]
"""A covariate: float64 (nan = missing) or unicode ('' = missing), one value per row of its axis."""

DETECTOR_TYPES = ("proximity", "count", "multi")


@dataclass(frozen=True, slots=True, eq=False)
class Detectors:
    """The places where animals are recorded, and how long each worked.

    ids: (detector,). xy: (detector, 2) metres. usage: (detector, occasion) effort >= 0 in the unit that
    lambda0 is per (normally nights); 0 = not exposed. covariates: name -> (detector,).
    """

    ids: tuple[str, ...]
    xy: Floats
    usage: Floats
    covariates: Mapping[str, Column] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.ids)
        if self.xy.shape != (n, 2) or self.usage.ndim != 2 or self.usage.shape[0] != n:
            raise HistoryError(
                _("Detectors: {n} ids, but coordinates {xy} and usage {usage}.").format(
                    n=n, xy=self.xy.shape, usage=self.usage.shape
                )
            )
        for array in (self.xy, self.usage):
            array.setflags(write=False)


@dataclass(frozen=True, slots=True, eq=False)
class CaptureHistory:
    """Detections of identified animals in one session.

    session: its name. animals: (animal,) ids; animals without a detection are not allowed.
    animal, occasion, detector: (detection,) indices from 0; count: (detection,) >= 1; each
    (animal, occasion, detector) at most once, sorted in that order.
    kind: "proximity" (seen or not), "count", or "multi" (at most one detector per animal and occasion).
    covariates: name -> (animal,), for example "sex" with 'F', 'M' or '' for unknown.
    occasion_covariates: name -> (occasion,). session_covariates: name -> value.
    removed: (animal,) occasion index after which the animal is gone (death, removal), -1 = not removed.
    not_used: reason -> count of records that are reported and not in the history.
    """

    session: str
    animals: tuple[str, ...]
    detectors: Detectors
    animal: Ints
    occasion: Ints
    detector: Ints
    count: Ints
    kind: str = "proximity"
    covariates: Mapping[str, Column] = field(default_factory=dict)
    occasion_covariates: Mapping[str, Column] = field(default_factory=dict)
    session_covariates: Mapping[str, float | str] = field(default_factory=dict)
    removed: Ints | None = None
    not_used: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        findings = check(self)
        if findings:
            raise HistoryError(
                _("Session {session!r}: the capture history is not consistent.").format(session=self.session),
                findings,
            )
        for array in (self.animal, self.occasion, self.detector, self.count):
            array.setflags(write=False)

    @property
    def n_animals(self) -> int:
        """Number of distinct animals."""
        return len(self.animals)

    @property
    def n_occasions(self) -> int:
        """Number of occasions."""
        return int(self.detectors.usage.shape[1])

    @property
    def n_detections(self) -> int:
        """Sum of counts."""
        return int(self.count.sum())

    def dense(self) -> Ints:
        """Return counts as (animal, occasion, detector). For small cases and tests."""
        y = np.zeros((self.n_animals, self.n_occasions, len(self.detectors.ids)), dtype=np.int64)
        y[self.animal, self.occasion, self.detector] = self.count
        return y

    def totals(self) -> Ints:
        """Return counts summed over occasions, (animal, detector)."""
        y = np.zeros((self.n_animals, len(self.detectors.ids)), dtype=np.int64)
        np.add.at(y, (self.animal, self.detector), self.count)
        return y


def capture_history(
    session: str,
    animals: tuple[str, ...],
    detectors: Detectors,
    dense: Ints,
    kind: str = "proximity",
    covariates: Mapping[str, Column] | None = None,
) -> CaptureHistory:
    """Build a history from counts (animal, occasion, detector); animals without a detection are refused."""
    animal, occasion, detector = np.nonzero(dense)
    return CaptureHistory(
        session=session,
        animals=animals,
        detectors=detectors,
        animal=animal.astype(np.int64),
        occasion=occasion.astype(np.int64),
        detector=detector.astype(np.int64),
        count=dense[animal, occasion, detector].astype(np.int64),
        kind=kind,
        covariates=covariates or {},
    )


def check(history: CaptureHistory) -> list[Finding]:
    """Return every contradiction inside a history (indices, order, usage, counts, removals)."""
    h = history
    found: list[Finding] = []

    def fault(code: str, where: str, message: str, remedy: str = "") -> None:
        found.append(Finding(code, where, message, remedy))

    if h.kind not in DETECTOR_TYPES:
        fault(
            "unknown-kind",
            "",
            _("Kind {kind!r}: expected one of {kinds}.").format(kind=h.kind, kinds=", ".join(DETECTOR_TYPES)),
        )
    lengths = {len(h.animal), len(h.occasion), len(h.detector), len(h.count)}
    if len(lengths) != 1:
        fault(
            "ragged-detections",
            "",
            _("Detections: arrays of different length {found}.").format(found=sorted(lengths)),
        )
        return found
    limits = (
        (h.animal, h.n_animals, "animal"),
        (h.occasion, h.n_occasions, "occasion"),
        (h.detector, len(h.detectors.ids), "detector"),
    )
    for index, limit, axis in limits:
        if len(index) and (index.min() < 0 or index.max() >= limit):
            fault(
                "index-outside",
                "",
                _("Index of {axis}: expected 0 to {last}, found {low} to {high}.").format(
                    axis=axis, last=limit - 1, low=index.min(), high=index.max()
                ),
            )
    if found:
        return found
    if (h.count < 1).any():
        fault("count-below-one", "", _("A detection has a count below 1."))
    if h.kind != "count" and (h.count > 1).any():
        fault("count-in-binary", "", _("A count above 1 in a history that is only yes or no."))
    order = np.lexsort((h.detector, h.occasion, h.animal))
    key = np.stack((h.animal, h.occasion, h.detector), axis=1)
    if len(key) and not (order == np.arange(len(order))).all():
        fault("not-sorted", "", _("Detections must be sorted by animal, occasion and detector."))
    elif len(key) and (np.diff(key, axis=0) == 0).all(axis=1).any():
        fault("duplicate-detection", "", _("An animal, occasion and detector appears twice."))
    if h.kind == "multi":
        again = np.flatnonzero((np.diff(key[:, :2], axis=0) == 0).all(axis=1)) + 1
        for row in again:
            fault(
                "two-detectors-at-once",
                h.animals[h.animal[row]],
                _(
                    "Recorded at more than one detector on occasion {occasion}; a multi-catch detector holds it."
                ).format(occasion=h.occasion[row] + 1),
                _("Take the detectors as proximity or count, or correct the records."),
            )
    seen = np.zeros(h.n_animals, dtype=bool)
    seen[h.animal] = True
    for i in np.flatnonzero(~seen):
        fault("animal-never-seen", h.animals[i], _("This animal has no detection."), _("Remove it."))
    off = h.detectors.usage[h.detector, h.occasion] <= 0
    for row in np.flatnonzero(off):
        fault(
            "capture-outside-usage",
            h.animals[h.animal[row]],
            _("Recorded at detector {detector} on occasion {occasion}, when usage is 0.").format(
                detector=h.detectors.ids[h.detector[row]], occasion=h.occasion[row] + 1
            ),
            _("Correct the operation table or the record's date; such records are never dropped silently."),
        )
    return found
