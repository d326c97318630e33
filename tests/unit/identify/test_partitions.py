import math

import numpy as np
import pytest

from pardus.identify.decisions import decisions_to, p_ordered, quality, simulate
from pardus.identify.groups import Groups
from pardus.identify.partitions import expected_errors


def test_expected_errors_worked_by_hand() -> None:
    reported = (("a", "b"), ("c",))
    samples = [(("a", "b", "c"),), (("a",), ("b",), ("c",)), (("a", "b"), ("c",))]
    found = expected_errors(reported, samples)
    assert found.individuals == 2
    assert found.animals == pytest.approx(2)
    assert found.false_merges == pytest.approx(1 / 3)
    assert found.false_splits == pytest.approx(1 / 3)


def catalogue(seed: int, animals: int = 25) -> tuple[dict[tuple[str, str], float], dict[str, str]]:
    rng = np.random.default_rng(seed)
    who = {f"e{i:03d}": f"animal {i % animals}" for i in range(4 * animals)}
    names = sorted(who)
    odds = {
        (a, b): float(rng.normal(1 if who[a] == who[b] else -4, 1.5))
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    }
    return odds, who


def test_a_perfect_observer_ends_with_the_truth_and_asks_less_than_the_plain_queue_allows() -> None:
    odds, who = catalogue(1)
    ours = simulate(odds, who, 0.0, np.random.default_rng(1), stop=0.99)
    plain = p_ordered(odds, who)
    assert ours[-1].recall >= 0.99
    assert ours[-1].precision == 1
    last, reference = decisions_to(ours, 0.99), decisions_to(plain, 0.99)
    assert last is not None
    assert reference is not None
    assert last <= 1.1 * reference


def test_an_observer_with_three_percent_errors_merges_almost_no_one_wrongly() -> None:
    odds, who = catalogue(2)
    ends = [simulate(odds, who, 0.03, np.random.default_rng(s))[-1] for s in range(4)]
    assert np.mean([p.precision for p in ends]) >= 0.99
    assert np.mean([p.recall for p in ends]) >= 0.95


def test_quality_worked_by_hand() -> None:
    who = {"a": "x", "b": "x", "c": "x", "d": "y"}
    assert quality({"a": ["a", "b", "d"], "c": ["c"]}, who) == (1 / 3, 1 / 3)


def test_a_no_between_large_groups_is_asked_again_and_one_between_single_events_is_not() -> None:
    priors = {("a1", "b1"): -3.0, ("c", "d"): -3.0}
    groups = Groups(["a1", "a2", "a3", "b1", "b2", "b3", "c", "d"], priors)
    for one, other in (("a1", "a2"), ("a1", "a3"), ("b1", "b2"), ("b1", "b3")):
        groups.merge(one, other)
    for one, other in (("a1", "b1"), ("c", "d")):
        groups.vote(one, other, -3.5, (one, other), "different")
    worth = {(a, b): groups.worth(a, b, link) for a, b, link in groups.links()}
    assert worth["a1", "b1"] > worth["c", "d"] == -math.inf
    groups.vote("a1", "b1", -3.5, ("a2", "b2"), "different")
    assert groups.worth("a1", "b1", groups.link("a1", "b1")) == -math.inf


def test_the_best_of_many_pairs_counts_less_than_the_best_of_one() -> None:
    priors = {("a", "c"): -1.0, ("b", "c"): -4.0}
    groups = Groups("abc", priors)
    before = groups.link("a", "c").prior
    groups.merge("a", "b")
    assert -4 < groups.link("a", "c").prior < before == -1
