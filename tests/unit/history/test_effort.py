from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.history.effort import Effort, effort, sessions_of
from pardus.model.deployment import Deployment
from pardus.model.errors import ParameterError
from pardus.model.survey import Session, Survey
from tests.fixtures.field import at, deployment, seen, survey

NAN = float("nan")


def worked(of: Survey) -> Effort:
    return effort(of, sessions_of(of)[0])


def test_usage_sums_match_a_table_made_by_hand() -> None:
    """Three stations, ten days from midnight, 5-day occasions.

    A: set up on the 1st at 18:00, taken in on the 10th at 06:00: 0.25 + 8 + 0.25.
    B: out all the time; dead from the 3rd 12:00 to the 6th 00:00: 10 - 2.5.
    C: set up on the 8th at 00:00 and stolen at once (dead from then on).
    """
    of = survey(
        [
            deployment("A", at(1, 18), at(10, 6)),
            deployment("B", at(1), at(11), problems=[(at(3, 12), at(6))]),
            deployment("C", at(8), at(11), problems=[(at(8), at(11))]),
        ],
        occasion_days=5,
    )
    found = worked(of)
    np.testing.assert_array_equal(found.operation[0], [0.25, *[1] * 8, 0.25])
    np.testing.assert_array_equal(found.operation[1], [1, 1, 0.5, 0, 0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(found.operation[2], [*[NAN] * 7, 0, 0, 0])
    np.testing.assert_array_equal(found.usage(), [[4.25, 4.25], [2.5, 5], [0, 0]])
    assert found.total == 16.0
    np.testing.assert_array_equal(found.nominal, [8.5, 10, 3])
    assert found.lost == {"failed": 5.5}


@pytest.mark.parametrize(
    ("rule", "day_2", "day_3", "day_4"),
    [("any", 1.0, 1.0, 1.0), ("all", 0.0, 0.5, 0.0), ("sum", 1.0, 1.5, 1.0)],
)
def test_two_cameras_count_by_the_rule(rule: str, day_2: float, day_3: float, day_4: float) -> None:
    """Camera 2 comes on the 3rd at noon and fails on the 4th: all = both, sum = camera-days."""
    of = survey(
        [
            deployment("A", at(2), at(6), "1"),
            deployment("A", at(3, 12), at(6), "2", problems=[(at(4), at(5))]),
        ],
        camera_rule=rule,
    )
    found = worked(of).operation[0]
    assert (found[1], found[2], found[3]) == (day_2, day_3, day_4)
    assert found[4] == (2.0 if rule == "sum" else 1.0)
    assert np.isnan(found[[0, 5]]).all()


def test_a_stolen_camera_that_is_replaced_leaves_both_places_filled() -> None:
    of = survey(
        [
            deployment("A", at(1), at(11), "1"),
            deployment("A", at(1), at(4), "2"),
            deployment("A", at(6), at(11), "3"),
        ],
        camera_rule="all",
    )
    np.testing.assert_array_equal(worked(of).operation[0], [1, 1, 1, 0, 0, 1, 1, 1, 1, 1])


def test_days_without_a_time_count_from_noon_to_noon() -> None:
    day_only = replace(deployment("A", at(2), at(6)), start_is_day=True, end_is_day=True)
    for rule in ("half", "exact"):
        found = worked(survey([day_only], part_days=rule)).operation[0]
        np.testing.assert_array_equal(found[1:5], [0.5, 1, 1, 0.5])
    nights = worked(survey([day_only], part_days="half", occasion_start_hour=12)).operation[0]
    np.testing.assert_array_equal(nights[:5], [NAN, 1, 1, 1, NAN])


def test_half_ignores_the_hour_that_exact_uses() -> None:
    timed = deployment("A", at(2, 18), at(5, 3))
    np.testing.assert_array_equal(
        worked(survey([timed], part_days="half")).operation[0][1:5], [0.5, 1, 1, 0.5]
    )
    np.testing.assert_array_equal(worked(survey([timed])).operation[0][1:5], [0.25, 1, 1, 0.125])


def test_partial_counts_half_and_unknown_nothing_unless_told_otherwise() -> None:
    of = survey(
        [deployment("A", at(1), at(11), problems=[(at(2), at(3), "partial"), (at(3), at(4), "unknown")])]
    )
    assert worked(of).operation[0][:4].tolist() == [1, 0.5, 0, 1]
    told = effort(of, sessions_of(of)[0], {"failed": 0, "unknown": 1, "partial": 0.25})
    assert told.operation[0][:4].tolist() == [1, 0.25, 1, 1]
    assert worked(of).lost == {"partial": 0.5, "unknown": 1.0}


def test_overlapping_problems_are_lost_once() -> None:
    of = survey(
        [deployment("A", at(1), at(11), problems=[(at(2), at(5)), (at(4), at(6)), (at(1), at(6), "partial")])]
    )
    found = worked(of)
    assert found.operation[0][:6].tolist() == [0.5, 0, 0, 0, 0, 1]
    assert sum(found.lost.values()) == 10 - found.total


def test_a_day_of_23_hours_is_a_whole_day() -> None:
    start, end = at(1) - timedelta(days=365), at(10)
    of = survey(
        [deployment("A", start, end)],
        zone="Europe/Berlin",
        sessions=(Session("s", date(2025, 3, 29), date(2025, 3, 31)),),
    )
    np.testing.assert_array_equal(worked(of).operation[0], [1, 1, 1])


def test_a_camera_still_out_counts_to_the_end_of_the_day_of_its_last_record() -> None:
    out = deployment("A", at(2), None)
    assert worked(survey([out, deployment("B", at(1), at(3))])).stations == ("park:B",)
    of = survey([out], [seen(1, out, at(4, 6), "F1")])
    np.testing.assert_array_equal(worked(of).operation[0][:5], [NAN, 1, 1, 1, NAN])


def test_without_sessions_one_holds_every_deployment() -> None:
    of = survey([deployment("A", at(2), at(6)), deployment("B", at(4), at(9))], sessions=())
    assert sessions_of(of) == (Session("winter", date(2025, 12, 2), date(2025, 12, 8)),)
    assert sessions_of(survey([], sessions=())) == ()


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ParameterError, match="Camera rule"):
        worked(survey([deployment("A", at(1), at(2))], camera_rule="best"))
    with pytest.raises(ParameterError, match="Part days"):
        worked(survey([deployment("A", at(1), at(2))], part_days="third"))


minutes = st.integers(0, 10 * 24 * 60)
moments = minutes.map(lambda m: at(1) + timedelta(minutes=m))
spans = st.tuples(moments, moments).map(sorted).filter(lambda span: span[0] < span[1])
states = st.sampled_from(["failed", "partial", "unknown"])
problem_lists = st.lists(st.tuples(spans, states).map(lambda p: (*p[0], p[1])), max_size=3)


@given(
    spans,
    problem_lists,
    moments,
    st.sampled_from(["half", "exact"]),
    st.sampled_from(["any", "all", "sum"]),
    st.integers(0, 23),
    st.booleans(),
)
def test_effort_is_the_same_when_a_deployment_is_split_in_two(
    span: list[object],
    problems: list[object],
    cut: object,
    part_days: str,
    rule: str,
    hour: int,
    by_day: bool,
) -> None:
    start, end = span
    whole = deployment("A", start, end, problems=problems)  # type: ignore[arg-type]
    whole = replace(whole, start_is_day=by_day, end_is_day=by_day)
    if not start < cut < end:  # type: ignore[operator]
        return
    first = replace(whole, id="park:first", end=cut, end_is_day=False)
    second = replace(whole, id="park:second", start=cut, start_is_day=False)
    other = deployment("A", at(3), at(8), "2")
    changes = {"part_days": part_days, "camera_rule": rule, "occasion_start_hour": hour}

    def operation(*parts: Deployment) -> np.ndarray:
        return worked(survey([*parts, other], **changes)).operation

    if by_day and cut - start < timedelta(days=1):  # type: ignore[operator]
        return  # the camera was set up "some time" that day: it can't be split before it is known to stand
    if by_day and end - cut < timedelta(days=2):  # type: ignore[operator]
        return
    np.testing.assert_array_equal(operation(whole), operation(first, second))


@given(st.lists(st.tuples(spans, problem_lists, st.sampled_from("12")), min_size=1, max_size=4), st.randoms())
def test_the_order_of_deployments_does_not_matter(parts: list[object], random: object) -> None:
    cameras = [
        replace(deployment("A", *span, camera=camera, problems=problems), id=f"park:{n}")  # type: ignore[misc]
        for n, (span, problems, camera) in enumerate(parts)  # type: ignore[misc]
    ]
    shuffled = list(cameras)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = worked(survey(cameras)), worked(survey(shuffled))
    np.testing.assert_array_equal(one.operation, other.operation)
    assert one.lost == other.lost


@given(
    st.lists(st.tuples(spans, problem_lists, st.sampled_from("12")), min_size=1, max_size=4),
    st.integers(1, 12),
)
def test_total_usage_does_not_depend_on_occasion_length(parts: list[object], length: int) -> None:
    cameras = [
        replace(deployment("A", *span, camera=camera, problems=problems), id=f"park:{n}")  # type: ignore[misc]
        for n, (span, problems, camera) in enumerate(parts)  # type: ignore[misc]
    ]
    found = worked(survey(cameras, occasion_days=length))
    assert found.usage().sum() == pytest.approx(found.total, rel=1e-12)
    assert found.total <= found.nominal.sum() * (1 + 1e-12)
