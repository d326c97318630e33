import numpy as np
import pytest

from pardus.identify.retrieval import (
    Labels,
    average_precision,
    bootstrap,
    chance,
    comparable,
    event_pairs,
    retrieve,
)

LABELS = Labels(
    ("a", "a", "a", "b", "b", "c"),
    ("1", "1", "2", "3", "4", "5"),
    ("left", "right", "left", "left", "left", "unknown"),
)


def test_pictures_of_one_event_and_of_two_flanks_are_not_compared() -> None:
    allowed = comparable(LABELS)
    assert not allowed[0, 1]
    assert not allowed[1, 2]
    assert allowed[0, 2]
    assert allowed[1, 5]
    assert not allowed.diagonal().any()


def test_ranks_worked_by_hand() -> None:
    scores = np.zeros((6, 6))
    scores[0, 2], scores[0, 3] = 5, 1  # event 1 finds a first
    scores[2, 0], scores[2, 4] = 1, 3  # event 2 finds b before a
    scores[3, 4] = 2
    scores[4, 3] = 2
    found = retrieve(LABELS, scores)
    assert found.individual == ("a", "a", "b", "b")
    assert found.rank.tolist() == [1, 2, 1, 1]
    assert found.top(1) == 0.75
    assert found.names == 3


def test_a_name_that_ties_with_all_takes_the_middle_place() -> None:
    found = retrieve(LABELS, np.zeros((6, 6)))
    assert found.rank.tolist() == [2, 2, 2, 2]
    assert found.top(1) == 0


def test_average_precision_of_two_relevant_in_four() -> None:
    assert average_precision(np.array([4.0, 3, 2, 1]), np.array([True, False, True, False])) == pytest.approx(
        (1 + 2 / 3) / 2
    )


def test_pairs_know_same_and_different_and_leave_out_what_nobody_knows() -> None:
    scores = np.arange(36.0).reshape(6, 6)
    pairs = event_pairs(LABELS, scores)
    assert int(pairs.same.sum()) == 2
    assert len(pairs.same) == 10
    unknown = event_pairs(LABELS, scores, lambda a, b: "c" not in (a, b))
    assert len(unknown.same) == 6
    assert 0 <= pairs.auc() <= 1


def test_a_constant_gain_has_no_width() -> None:
    assert bootstrap(np.ones(20)) == (1.0, 1.0)
    low, high = bootstrap(np.repeat([0.0, 1.0], 10), ["x"] * 10 + ["y"] * 10)
    assert (low, high) == (0.0, 1.0)


def test_chance_is_near_the_share_of_the_right_pictures() -> None:
    n = 40
    labels = Labels(tuple(f"{i // 4}" for i in range(n)), tuple(map(str, range(n))), ("left",) * n)
    assert chance(labels, repeats=40) == pytest.approx(3 / 39, abs=0.03)
