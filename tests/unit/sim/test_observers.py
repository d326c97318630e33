import numpy as np
import pytest

from pardus.sim.observers import CANNOT_TELL, DIFFERENT, SAME, Observer
from pardus.sim.parameters import ObserverParameters

SEXES = dict.fromkeys(range(50), "F")


def observer(**rates: float) -> Observer:
    return Observer(np.random.default_rng(1), ObserverParameters(**rates), SEXES)


def test_a_perfect_observer_gives_each_animal_one_name() -> None:
    one = observer(false_split=0.0, false_merge=0.0, cannot_tell=0.0)
    names = [one.name(a) for a in [0, 1, 0, 2, 1, 0]]
    assert names[0] == names[2] == names[5]
    assert len(one.owner) == 3


def test_one_capture_in_eight_is_wrong_mostly_by_splitting() -> None:
    one = observer(cannot_tell=0.0)
    for animal in range(50):
        one.name(animal)
    order = np.random.default_rng(2).integers(0, 50, 4000)
    before = dict(one.owner)
    wrong_split = wrong_merge = 0
    for animal in order:
        known = set(one.names[int(animal)])
        name = one.name(int(animal))
        wrong_merge += one.owner[name] != animal
        wrong_split += name not in before and name not in known and one.owner[name] == animal
    assert wrong_split / 4000 == pytest.approx(0.10, abs=0.02)
    assert wrong_merge / 4000 == pytest.approx(0.025, abs=0.01)


def test_answers_in_the_queue_are_wrong_at_the_stated_rates() -> None:
    one = observer(cannot_tell=0.05, false_split=0.1, false_merge=0.02)
    same = one.answers([(1, 1)] * 4000)
    other = one.answers([(1, 2)] * 4000)
    assert same.count(CANNOT_TELL) / 4000 == pytest.approx(0.05, abs=0.015)
    assert same.count(DIFFERENT) / (4000 - same.count(CANNOT_TELL)) == pytest.approx(0.1, abs=0.02)
    assert other.count(SAME) / (4000 - other.count(CANNOT_TELL)) == pytest.approx(0.02, abs=0.01)
