"""Operation, usage and capture histories against camtrapR 3.0.3, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pardus.history.build import build
from pardus.history.effort import effort, sessions_of
from pardus.model.capture import CaptureHistory
from tests.reference import camtrapr


@pytest.mark.parametrize("which", ["problem", "noproblem"])
def test_operation_matrix_equals_camtrapr(shared: Path, which: str) -> None:
    survey = camtrapr.survey(shared, problems=which == "problem")
    ours = effort(survey, sessions_of(survey)[0])
    dates, theirs = camtrapr.operation(shared, which)
    assert list(ours.calendar.dates) == dates
    assert ours.stations == tuple(theirs)
    np.testing.assert_array_equal(ours.operation, np.array(list(theirs.values())))


def cells(history: CaptureHistory) -> dict[tuple[str, int, int], int]:
    return {
        (history.animals[a], int(o) + 1, int(k) + 1): int(c)
        for a, o, k, c in zip(history.animal, history.occasion, history.detector, history.count, strict=True)
    }


@pytest.mark.parametrize("output", ["binary", "count"])
def test_usage_and_histories_from_tables_equal_camtrapr(shared: Path, output: str) -> None:
    survey = camtrapr.survey(shared, replace(camtrapr.CONFIG, output=output))
    history = build(survey).sessions[0]
    theirs = camtrapr.usage(shared, output)
    assert history.detectors.ids == tuple(theirs)
    np.testing.assert_array_equal(history.detectors.usage, np.array(list(theirs.values())))
    assert cells(history) == camtrapr.captures(shared, output)
