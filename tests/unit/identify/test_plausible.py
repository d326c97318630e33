from __future__ import annotations

from collections import Counter
from itertools import combinations

import numpy as np
import pytest

from pardus.identify import plausible
from pardus.identify.home_ranges import Ground, Process, log_weight, process
from pardus.identify.plausible import (
    Answers,
    Evidence,
    drawn_rates,
    plausible_catalogues,
    share_same,
)

NOBODY = Answers(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, bool), np.zeros(0, np.int64), ())


def evidence(
    n: int, machine: dict[tuple[int, int], float], apart: tuple[tuple[int, int], ...] = (), **more: object
) -> Evidence:
    """n units of one event each at one station; the log likelihood ratio of every pair, 0 where it is not said."""
    pairs = list(combinations(range(n), 2))
    fields: dict[str, object] = {
        "size": np.ones(n, np.int64),
        "named": np.zeros(n, bool),
        "answers": NOBODY,
        "unit_seen": np.arange(n),
        "station_seen": np.zeros(n, np.int64),
        **more,
    }
    ratio = np.array([machine.get(pair, 0.0) for pair in pairs], float)
    made = Evidence(
        tuple("abcdefghijklmnopqrstuvwxyz"[:n]),
        compared=np.ones(n, bool),
        a=np.array([a for a, _b in pairs], np.int64),
        b=np.array([b for _a, b in pairs], np.int64),
        kept=np.ones(len(pairs), np.int64),
        log_odds=ratio,
        every_log_odds=np.zeros(len(pairs)),  # one half each: then the share is one half, and odds are ratios
        apart=np.array([pair in apart for pair in pairs], bool),
        **fields,  # type: ignore[arg-type]
    )
    assert n < 2 or share_same(made, -1.0) == pytest.approx(0.5)
    return made


def answered(
    one: list[int], other: list[int], yes: list[bool], controls: tuple[int, int, int, int]
) -> Answers:
    """Answers of one observer."""
    by = np.zeros(len(one), np.int64)
    return Answers(np.array(one, np.int64), np.array(other, np.int64), np.array(yes, bool), by, (controls,))


RIVER = Ground(
    np.array([[0.0, 0.0], [2000.0, 0.0], [4000.0, 0.0], [6000.0, 0.0]]),
    np.full(4, 400.0),
    np.array([[0.0, 500.0], [4000.0, 500.0]]),
    np.array([50.0, 30.0]),
)
DENSITY = 0.002


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Process:
    """Parameters that stay as they are, and pairs that have nothing in common: the posterior can be counted."""
    model = process(RIVER, RIVER.square_distances(), 0.03, 1500.0, 3.0)
    monkeypatch.setattr(plausible, "process", lambda *given: model)
    monkeypatch.setattr(plausible, "redrawn", lambda ground, squares, model, seen, rng: model)
    monkeypatch.setattr(plausible, "drawn_density", lambda model, animals, rng: DENSITY)
    monkeypatch.setattr(plausible, "ALIKE", (1e-9, 1e-9))
    return model


def weight(model: Process, animals: list[list[int]]) -> float:
    """Prior of a partition at DENSITY, up to a factor. animals: the stations of each one's events."""
    total = 1.0
    for stations in animals:
        seen = np.bincount(stations, minlength=2).astype(float)[None]
        total *= (
            DENSITY * float(np.exp(log_weight(model, seen))) * model.seen_area
        )  # of one animal, D taken back
    return total


def test_three_events_are_drawn_as_counting_all_five_partitions_says(known: Process) -> None:
    ratio = {(0, 1): 1.5, (0, 2): -0.5, (1, 2): 0.7}
    at = np.array([0, 0, 1])
    drawn = plausible_catalogues(
        evidence(3, ratio, station_seen=at, ground=RIVER), 4000, np.random.default_rng(2)
    )
    expected = {
        (("a",), ("b",), ("c",)): weight(known, [[0], [0], [1]]),
        (("a", "b"), ("c",)): weight(known, [[0, 0], [1]]) * np.exp(1.5),
        (("a", "c"), ("b",)): weight(known, [[0, 1], [0]]) * np.exp(-0.5),
        (("a",), ("b", "c")): weight(known, [[0], [0, 1]]) * np.exp(0.7),
        (("a", "b", "c"),): weight(known, [[0, 0, 1]]) * np.exp(1.5 - 0.5 + 0.7),
    }
    count = Counter(drawn)
    for partition, w in expected.items():
        assert count[partition] / len(drawn) == pytest.approx(w / sum(expected.values()), abs=0.03)


def test_a_plate_of_a_catalogue_has_no_place_and_is_an_unseen_animal_or_one_of_those_seen(
    known: Process,
) -> None:
    """Unit a was photographed at a station, unit b is a plate: joined weighs 1 against the animals not seen."""
    made = evidence(2, {}, unit_seen=np.array([0]), station_seen=np.array([0]), ground=RIVER)
    drawn = plausible_catalogues(made, 3000, np.random.default_rng(8))
    unseen = DENSITY * (RIVER.area.sum() - known.seen_area)
    assert np.mean([len(p) == 1 for p in drawn]) == pytest.approx(1 / (1 + unseen), abs=0.03)


def test_far_apart_is_seldom_one_animal_when_home_ranges_are_small(known: Process) -> None:
    near, far = (
        np.mean(
            [
                len(p) == 1
                for p in plausible_catalogues(
                    evidence(2, {(0, 1): 1.0}, station_seen=np.array(at), ground=RIVER),
                    1000,
                    np.random.default_rng(9),
                )
            ]
        )
        for at in ([0, 0], [0, 1])
    )
    assert far < near - 0.25


def test_what_a_chain_takes_is_spread_and_no_place_is_taken_twice() -> None:
    settings = [plausible._settings(chain) for chain in range(plausible.CHAINS)]
    for values in zip(*settings, strict=True):
        assert len(set(values)) == plausible.CHAINS
    alike, unkept = np.array(settings).T
    low, high = plausible.ALIKE
    assert low < alike.min()
    assert alike.max() < high
    assert unkept.mean() == pytest.approx(plausible.UNKEPT)
    assert abs(np.corrcoef(alike, unkept)[0, 1]) < 0.1


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
