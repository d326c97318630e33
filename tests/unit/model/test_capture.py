"""A capture history refuses every contradiction, all at once."""

from __future__ import annotations

import numpy as np
import pytest

from pardus.model.capture import CaptureHistory, Detectors, capture_history
from pardus.model.errors import HistoryError


def detectors() -> Detectors:
    return Detectors(("A", "B"), np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([[1.0, 1.0], [1.0, 0.0]]))


def history(
    animal: list[int], occasion: list[int], detector: list[int], count: list[int], kind: str
) -> CaptureHistory:
    arrays = [np.array(x, dtype=np.int64) for x in (animal, occasion, detector, count)]
    return CaptureHistory("s", ("a", "b"), detectors(), *arrays, kind=kind)


def test_dense_and_sparse_are_the_same() -> None:
    dense = np.zeros((2, 2, 2), dtype=np.int64)
    dense[0, 1, 0] = 3
    dense[1, 0, 1] = 1
    built = capture_history("s", ("a", "b"), detectors(), dense, "count")
    assert (built.dense() == dense).all()
    assert built.totals().tolist() == [[3, 0], [0, 1]]
    assert built.n_detections == 4


@pytest.mark.parametrize(
    ("arrays", "kind", "codes"),
    [
        (([0, 1], [0, 1], [0, 1], [1, 1]), "proximity", {"capture-outside-usage"}),
        (([0, 0], [0, 0], [0, 0], [1, 1]), "proximity", {"duplicate-detection", "animal-never-seen"}),
        (([1, 0], [0, 0], [0, 0], [1, 1]), "proximity", {"not-sorted"}),
        (([0, 1], [0, 0], [0, 5], [1, 1]), "proximity", {"index-outside"}),
        (([0, 1], [0, 0], [0, 0], [2, 1]), "proximity", {"count-in-binary"}),
        (([0, 1], [0, 0], [0, 0], [0, 1]), "count", {"count-below-one"}),
        (([0, 1], [0, 0], [0, 0], [1, 1]), "capture", {"unknown-kind"}),
        (([0, 1], [0, 0], [0, 0], [1]), "count", {"ragged-detections"}),
    ],
)
def test_contradictions_are_named(arrays: tuple[list[int], ...], kind: str, codes: set[str]) -> None:
    with pytest.raises(HistoryError) as error:
        history(*arrays, kind=kind)
    assert {finding.code for finding in error.value.findings} == codes


def test_arrays_can_not_be_changed_afterwards() -> None:
    built = history([0, 1], [0, 0], [0, 0], [1, 1], "count")
    with pytest.raises(ValueError, match="read-only"):
        built.count[0] = 7
