"""A report from tables alone counts what the tables say."""

from __future__ import annotations

import numpy as np

from pardus.app.tables_report import content_of_tables
from pardus.model.capture import Detectors, capture_history


def test_effort_known_animals_and_events_are_those_of_the_tables() -> None:
    detectors = Detectors(
        ("A", "B"), np.array([[0.0, 0.0], [1000.0, 0.0]]), np.array([[10.0, 5.0], [8.0, 0.0]])
    )
    dense = np.zeros((3, 2, 2), dtype=np.int64)
    dense[0, 0, 0] = 2
    dense[0, 1, 0] = 1
    dense[1, 0, 1] = 1
    dense[2, 0, 0] = 1
    sex = np.array(["F", "M", ""])
    history = capture_history("s", ("a", "b", "c"), detectors, dense, "count", {"sex": sex})
    content = content_of_tables("t", "Panthera pardus", [history], [])
    assert content.sessions[0].operating_days == 23
    known = content.minimum_known[0]
    assert (known.animals, known.females, known.males, known.unknown_sex, known.seen_once) == (3, 1, 1, 1, 2)
    assert [(s.events, s.animals) for s in content.stations] == [(4, 2), (1, 1)]
