from __future__ import annotations

import json
from datetime import timedelta

import pytest

from pardus.app.effort import survey_effort
from pardus.app.pair_clocks import pair_clocks
from pardus.history.build import build
from pardus.model.observation import Observation
from tests.fixtures.field import at, deployment, seen, survey

LEFT, RIGHT = deployment("A", at(1), at(11), "1"), deployment("A", at(1), at(11), "2")
FAR = deployment("B", at(1), at(11), problems=[(at(4), at(7))])


def passages(offset_s: float) -> list[Observation]:
    """Twelve passages, seen by both cameras 4 seconds apart; the second camera's clock is ahead."""
    times = [at(1 + n % 9, 1.7 * n % 24) for n in range(12)]
    return [seen(n, LEFT, t, type="blank", scientific_name="") for n, t in enumerate(times)] + [
        seen(100 + n, RIGHT, t + timedelta(seconds=offset_s + 4), type="human", scientific_name="")
        for n, t in enumerate(times)
    ]


@pytest.mark.parametrize(("offset", "codes"), [(0, []), (-3600, ["pair-offset"]), (7 * 60, ["pair-offset"])])
def test_a_facing_pair_s_clocks_are_compared_on_the_visits_they_share(
    offset: float, codes: list[str]
) -> None:
    pairs, findings = pair_clocks(survey([LEFT, RIGHT, FAR], passages(offset)))
    assert [(p.station, p.first, p.second) for p in pairs] == [("park:A", LEFT.id, RIGHT.id)]
    assert pairs[0].offset is not None
    assert pairs[0].offset.offset_s == pytest.approx(offset + 4)
    assert pairs[0].offset.shared == 12
    assert [f.code for f in findings] == codes


def test_a_pair_with_too_few_shared_visits_can_t_be_compared() -> None:
    pairs, findings = pair_clocks(survey([LEFT, RIGHT], passages(0)[:3]))
    assert pairs[0].offset is None
    assert [f.code for f in findings] == ["pair-too-few"]


def test_cameras_that_followed_one_another_are_no_pair() -> None:
    first, then = deployment("A", at(1), at(5), "1"), deployment("A", at(5), at(11), "2")
    assert pair_clocks(survey([first, then])) == ((), ())


def test_the_effort_of_a_survey_names_what_does_not_fit() -> None:
    of = survey([LEFT, RIGHT, FAR], [*passages(0), seen(900, FAR, at(5), "F1", "left")])
    result = survey_effort(of, build(of))
    assert {f.code for f in result.findings} == {"records-while-off", "detection-outside-operation"}
    (session,) = result.content.sessions
    assert (session.stations, session.operating_days, session.nominal_days) == (2, 17, 20)
    assert session.lost_by_cause == {"failed": 3}
    assert set(result.tables) == {"operation.csv", "usage.csv", "occasions.csv"}


def test_the_json_holds_no_coordinate() -> None:
    of = survey([LEFT, RIGHT, FAR], passages(0))
    text = json.dumps(survey_effort(of, build(of)).as_json(), default=str)
    assert "500000" not in text
    assert json.loads(text)["clocks"][0]["offset"]["shared"] == 12
