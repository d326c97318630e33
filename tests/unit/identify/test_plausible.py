from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from pardus.identify.plausible import Blocks, plausible_catalogues


def blocks(n: int, machine: dict[tuple[int, int], float], **more: object) -> Blocks:
    matrix = np.zeros((n, n), np.float32)
    for (a, b), value in machine.items():
        matrix[a, b] = matrix[b, a] = value
    fields: dict[str, object] = {
        "size": np.ones(n, np.int64),
        "votes": np.zeros((n, n), np.float32),
        "apart": np.zeros((n, n), bool),
        "same": 0.2,
        **more,
    }
    return Blocks(tuple("abcdef"[:n]), tuple((c,) for c in "abcdef"[:n]), machine=matrix, **fields)  # type: ignore[arg-type]


def test_two_groups_are_one_as_often_as_the_odds_say() -> None:
    """Prior odds of a pair 0.2 to 0.8 and a likelihood ratio of 12 give 3 to 1."""
    drawn = plausible_catalogues(blocks(2, {(0, 1): float(np.log(12))}), 3000, np.random.default_rng(1))
    share = np.mean([len(p) == 1 for p in drawn])
    assert share == pytest.approx(0.75, abs=0.03)


def test_three_groups_are_drawn_as_counting_all_five_partitions_says() -> None:
    ratio = {(0, 1): 1.5, (0, 2): -0.5, (1, 2): 0.7}
    drawn = plausible_catalogues(blocks(3, ratio), 6000, np.random.default_rng(2))
    alpha = 1 / 0.2 - 1
    weight = {
        (("a",), ("b",), ("c",)): alpha**3,
        (("a", "b"), ("c",)): alpha**2 * np.exp(1.5),
        (("a", "c"), ("b",)): alpha**2 * np.exp(-0.5),
        (("a",), ("b", "c")): alpha**2 * np.exp(0.7),
        (("a", "b", "c"),): alpha * 2 * np.exp(1.5 - 0.5 + 0.7),
    }
    count = Counter(drawn)
    for partition, w in weight.items():
        assert count[partition] / len(drawn) == pytest.approx(w / sum(weight.values()), abs=0.025)


def test_what_cant_be_one_animal_never_is_and_whole_groups_stay_whole() -> None:
    apart = np.zeros((3, 3), bool)
    apart[0, 1] = apart[1, 0] = True
    made = blocks(3, {(0, 1): 20.0, (0, 2): 3.0, (1, 2): 3.0}, apart=apart, size=np.array([3, 1, 1]))
    for partition in plausible_catalogues(made, 200, np.random.default_rng(3)):
        assert not any({"a", "b"} <= set(animal) for animal in partition)
        assert sorted(u for animal in partition for u in animal) == ["a", "b", "c"]


def test_answers_outweigh_the_machine() -> None:
    votes = np.zeros((2, 2), np.float32)
    votes[0, 1] = votes[1, 0] = -12.0
    drawn = plausible_catalogues(blocks(2, {(0, 1): 4.0}, votes=votes), 300, np.random.default_rng(4))
    assert all(len(p) == 2 for p in drawn)


def test_an_empty_catalogue_gives_empty_samples() -> None:
    assert plausible_catalogues(blocks(0, {}), 3, np.random.default_rng(0)) == [(), (), ()]
