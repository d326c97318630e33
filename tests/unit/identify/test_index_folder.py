import json
from pathlib import Path

import numpy as np
import pytest

from pardus.identify.index_folder import HEAD, read_index, staleness, write_index
from pardus.identify.matcher import CoatMatcher
from pardus.model.coat import Picture
from pardus.model.errors import SurveyError
from tests.unit.identify.test_matcher import picture


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [picture(a, f"animal {a} event {e}", "left", 10 * a + e) for a in range(6) for e in range(2)]


def test_an_index_read_back_scores_the_same_and_grows(tmp_path: Path, pictures: list[Picture]) -> None:
    folder = tmp_path / "index"
    matcher = CoatMatcher.learn(pictures[:-2])
    write_index(folder, matcher, 1, 10)
    write_index(folder, matcher, 1, 10)
    again = read_index(folder)
    assert (again.score(pictures[0]) == matcher.score(pictures[0])).all()
    again.add(pictures[-2:])
    assert again.ids[int(np.argmax(again.score(pictures[-1])))] == pictures[-2].id
    assert [p.name for p in tmp_path.iterdir()] == ["index"]


def test_an_index_is_stale_for_a_reason(tmp_path: Path, pictures: list[Picture]) -> None:
    folder = tmp_path / "index"
    flanks = {p.id: p.flank for p in pictures}
    assert "no index" in staleness(folder, 1, flanks)
    write_index(folder, CoatMatcher.learn(pictures), 1, len(pictures))
    assert staleness(folder, 1, flanks) == ""
    assert staleness(folder, 1, flanks | {"new": "right"}) == ""
    assert "another version" in staleness(folder, 2, flanks)
    assert "corrected" in staleness(folder, 1, flanks | {pictures[0].id: "right"})
    assert "removed" in staleness(folder, 1, dict(list(flanks.items())[1:]))
    assert "grown" in staleness(folder, 1, flanks | {f"new {i}": "left" for i in range(100)})


def test_a_damaged_index_is_refused_with_what_to_do(tmp_path: Path, pictures: list[Picture]) -> None:
    folder = tmp_path / "index"
    write_index(folder, CoatMatcher.learn(pictures), 1, len(pictures))
    head = json.loads((folder / HEAD).read_text())
    (folder / HEAD).write_text(json.dumps(head | {"pictures": head["pictures"][:3]}))
    with pytest.raises(SurveyError, match="does not fit"):
        read_index(folder)
    (folder / HEAD).write_text("{")
    with pytest.raises(SurveyError, match="built anew"):
        read_index(folder)
