"""The world to learn on: only grown animals before the cameras, each passage in one burst, some met again."""

from __future__ import annotations

import dataclasses
from collections import defaultdict

from pardus.sim.practice import practice
from pardus.sim.world import make_world


def test_a_learner_meets_grown_animals_alone_and_few_passages() -> None:
    (season,) = make_world(1, practice()).seasons
    passages: dict[int, set[str]] = defaultdict(set)
    for shot in season.shots:
        (who,) = shot.passing.present
        assert (who.species, who.cub) == ("leopard", False)
        passages[who.animal].add(shot.passing.event)
    assert 4 <= sum(map(len, passages.values())) <= 10
    assert max(map(len, passages.values())) >= 2
    assert {shot.of for shot in season.shots} == {5}


def test_without_staff_nobody_stands_there_at_setup() -> None:
    p = practice()
    with_staff = dataclasses.replace(p, survey=dataclasses.replace(p.survey, staff=True))
    (season,) = make_world(1, with_staff).seasons
    assert "person" in {who.species for shot in season.shots for who in shot.passing.present}
