"""Names on a map: worked by hand, and never one on another."""

from __future__ import annotations

import random

from pardus.web.labels import label_places, width_of


def test_a_name_stands_below_its_dot_else_above_else_beside_it() -> None:
    assert label_places([(50, 50, 3)], ["S01"], 100, 100) == [(50, 63)]
    below = (45.0, 58.0, 55.0, 66.0)
    above = (45.0, 36.0, 55.0, 42.0)
    assert label_places([(50, 50, 3)], ["S01"], 100, 100, [below]) == [(50, 44)]
    assert label_places([(50, 50, 3)], ["S01"], 100, 100, [below, above]) == [(50 + 3 + 9 + 3, 53.5)]


def test_a_name_does_not_leave_the_map() -> None:
    assert label_places([(50, 98, 3)], ["S01"], 100, 100) == [(50, 92)]
    ((x, _y),) = [p for p in label_places([(2, 50, 2)], ["S01"], 100, 100) if p]
    assert x == 2 + 2 + 9 + 3


def test_of_four_dots_at_one_place_nobody_s_name_is_on_another_s() -> None:
    places = label_places([(50, 50, 3)] * 6, ["A"] * 6, 100, 100)
    assert None not in places[:4]
    assert places[4:] == [None, None]


def test_no_name_meets_another_or_a_dot() -> None:
    rng = random.Random(3)
    dots = [(rng.uniform(0, 900), rng.uniform(0, 520), 4.0) for _ in range(60)]
    names = [f"Кедр {n}" for n in range(60)]
    boxes = [
        (x - width_of(name) / 2, y - 8, x + width_of(name) / 2, y + 2)
        for name, place in zip(names, label_places(dots, names, 900, 520), strict=True)
        if place is not None
        for x, y in [place]
    ]
    others = [(x - r, y - r, x + r, y + r) for x, y, r in dots]
    assert len(boxes) > 50
    for n, box in enumerate(boxes):
        for other in [*boxes[:n], *others]:
            assert box[2] <= other[0] or other[2] <= box[0] or box[3] <= other[1] or other[3] <= box[1]


def test_a_chinese_name_is_as_wide_as_its_signs() -> None:
    assert width_of("红松") == 20
