"""Lines between marks that agree."""

from __future__ import annotations

import numpy as np
import pytest

from pardus.app.key_pairs import agreeing, one_map


def test_marks_agree_when_each_is_the_other_s_likest_and_clearly_so() -> None:
    rng = np.random.default_rng(1)
    one = rng.integers(0, 200, (12, 128)).astype(np.float32)
    other = one[::-1].copy()
    other[0] = rng.integers(0, 200, 128)  # the mate of the last mark is another's
    pairs, weight = agreeing(one, other)
    assert sorted(map(tuple, pairs.tolist())) == [(i, 11 - i) for i in range(11)]
    assert weight == pytest.approx(np.ones(11))
    assert len(agreeing(one[:1], other)[0]) == 0


def test_pairs_that_one_affine_map_explains_are_kept() -> None:
    rng = np.random.default_rng(2)
    a = rng.random((20, 2))
    b = a @ np.array([[0.9, 0.1], [-0.1, 0.8]]) + [0.1, 0.0]
    b[15:] = rng.random((5, 2)) + 2.0
    assert one_map(a, b).tolist() == [True] * 15 + [False] * 5
    assert not one_map(a[:3], b[:3]).any()
    mirrored = a * [-1, 1]
    assert one_map(a, mirrored).sum() < 20
