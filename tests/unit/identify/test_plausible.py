from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from pardus.identify import plausible
from pardus.identify.plausible import (
    SHARES,
    Answers,
    Evidence,
    drawn_prior,
    drawn_rates,
    log_prior,
    plausible_catalogues,
)

NOBODY = Answers(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64), ())


def evidence(
    n: int, machine: dict[tuple[int, int], float], apart: tuple[tuple[int, int], ...] = (), **more: object
) -> Evidence:
    """n units of one event each; what the machine says of every pair, 0 where it is not said."""
    pairs = list(combinations(range(n), 2))
    fields: dict[str, object] = {
        "size": np.ones(n, np.int64),
        "named": np.zeros(n, bool),
        "answers": NOBODY,
        **more,
    }
    return Evidence(
        tuple("abcdefghijklmnopqrstuvwxyz"[:n]),
        compared=np.ones(n, bool),
        a=np.array([a for a, _b in pairs], np.int64),
        b=np.array([b for _a, b in pairs], np.int64),
        kept=np.ones(len(pairs), np.int64),
        ratio=np.array([machine.get(pair, 0.0) for pair in pairs], float),
        apart=np.array([pair in apart for pair in pairs], bool),
        **fields,  # type: ignore[arg-type]
    )


def answered(
    one: list[int], other: list[int], yes: list[bool], controls: tuple[int, int, int, int]
) -> Answers:
    """Answers of one observer."""
    by = np.zeros(len(one), np.int64)
    return Answers(np.array(one, np.int64), np.array(other, np.int64), np.array(yes, bool), by, (controls,))


def weight(events: list[int]) -> float:
    """Prior of one partition, over all numbers of animals and all shares."""
    numbers = np.arange(len(events), 3 * sum(events) + 1)
    sizes: NDArray[np.float64] = np.array(events, float)
    return float(sum(np.exp(log_prior(sizes, numbers, float(share))).sum() for share in SHARES))


def test_two_events_are_one_animal_as_often_as_prior_and_evidence_say() -> None:
    joined, apart = 12 * weight([2]), weight([1, 1])
    drawn = plausible_catalogues(evidence(2, {(0, 1): float(np.log(12))}), 3000, np.random.default_rng(1))
    share = np.mean([len(p) == 1 for p in drawn])
    assert share == pytest.approx(joined / (joined + apart), abs=0.03)


def test_three_events_are_drawn_as_counting_all_five_partitions_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ratio = {(0, 1): 1.5, (0, 2): -0.5, (1, 2): 0.7}
    monkeypatch.setattr(plausible, "SWEEPS", 100)
    # pairs of two animals alike in nothing: then the draws have a posterior that can be counted
    monkeypatch.setattr(plausible, "_sweep", without_likeness())
    drawn = plausible_catalogues(evidence(3, ratio), 4000, np.random.default_rng(2))
    expected = {
        (("a",), ("b",), ("c",)): weight([1, 1, 1]),
        (("a", "b"), ("c",)): weight([2, 1]) * np.exp(1.5),
        (("a", "c"), ("b",)): weight([2, 1]) * np.exp(-0.5),
        (("a",), ("b", "c")): weight([2, 1]) * np.exp(0.7),
        (("a", "b", "c"),): weight([3]) * np.exp(1.5 - 0.5 + 0.7),
    }
    count = Counter(drawn)
    for partition, w in expected.items():
        assert count[partition] / len(drawn) == pytest.approx(w / sum(expected.values()), abs=0.03)


def without_likeness() -> object:
    """The sweep in Python (a compiled one has its constants built in) with ALIKE 0."""
    plain = plausible._sweep.py_func
    plain.__globals__["ALIKE"] = 0.0
    return plain


@pytest.fixture(autouse=True)
def _likeness_as_it_was() -> object:
    before = plausible.ALIKE
    yield
    plausible.ALIKE = before


def test_what_cant_be_one_animal_never_is() -> None:
    made = evidence(3, {(0, 1): 20.0, (0, 2): 3.0, (1, 2): 3.0}, apart=((0, 1),), size=np.array([3, 1, 1]))
    for partition in plausible_catalogues(made, 100, np.random.default_rng(3)):
        assert not any({"a", "b"} <= set(animal) for animal in partition)
        assert sorted(u for animal in partition for u in animal) == ["a", "b", "c"]


def test_answers_outweigh_the_machine() -> None:
    no = answered([0] * 6, [1] * 6, [False] * 6, (2, 40, 2, 40))
    drawn = plausible_catalogues(evidence(2, {(0, 1): 4.0}, answers=no), 200, np.random.default_rng(4))
    assert np.mean([len(p) == 2 for p in drawn]) > 0.95


def test_an_observer_s_errors_are_found_out_by_the_animals_drawn_not_only_by_controls() -> None:
    """A hundred answers, a fifth of them against what everything else says, and not one control."""
    animal = np.array([0, 0, 1, 1])
    wrong = np.arange(100) % 5 == 0
    said = answered([0] * 100, [1] * 100, list(~wrong), (0, 0, 0, 0))
    rng = np.random.default_rng(5)
    drawn = np.array([drawn_rates(said, animal, rng) for _ in range(400)])
    assert drawn[:, 0, 1].mean() == pytest.approx(20.5 / 105, abs=0.01)  # same pairs called different
    assert drawn[:, 0, 0].mean() == pytest.approx(0.1, abs=0.02)  # nothing is known of the others: the prior


def test_many_animals_seen_alike_often_are_told_from_one_seen_always() -> None:
    rng = np.random.default_rng(6)
    even = [drawn_prior(np.full(20, 6.0), rng) for _ in range(300)]
    uneven = [drawn_prior(np.array([100.0] + [1.0] * 20), rng) for _ in range(300)]
    assert np.median([share for _k, share in even]) >= 4
    assert np.median([share for _k, share in uneven]) <= 0.5
    assert 20 <= np.median([k for k, _share in even]) <= 22


def test_people_s_two_names_may_be_one_animal_but_seldom_are() -> None:
    named = evidence(2, {(0, 1): 0.0}, named=np.array([True, True]))
    free = evidence(2, {(0, 1): 0.0})
    joined = [
        np.mean([len(p) == 1 for p in plausible_catalogues(e, 600, np.random.default_rng(7))])
        for e in (named, free)
    ]
    assert 0 < joined[0] < joined[1] / 2


def test_an_empty_catalogue_gives_empty_samples() -> None:
    assert plausible_catalogues(evidence(0, {}), 3, np.random.default_rng(0)) == [(), (), ()]
