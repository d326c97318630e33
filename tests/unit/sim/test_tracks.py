from datetime import date

import numpy as np
import pytest

from pardus.sim.parameters import DetectionParameters
from pardus.sim.population import Animal, Census
from pardus.sim.stations import Station
from pardus.sim.tracks import is_night, simulate_visits, track

P = DetectionParameters(
    lambda0_female=0.05, lambda0_male=0.05, sigma_female=3_000.0, sigma_male=3_000.0, pair_share=0.0
)
START = date(2024, 11, 25)


def test_space_use_matches_sigma() -> None:
    spread = [track(np.random.default_rng(i), np.zeros(2), 3_000.0, P, 90) for i in range(40)]
    sd = float(np.sqrt(np.mean([np.mean(path**2) for path in spread])))
    assert float(np.hypot(sd, P.reach)) == pytest.approx(3_000, rel=0.05)


def test_visits_fall_with_distance_as_in_the_model() -> None:
    stations = tuple(Station(0, i + 1, 1_500.0 * i, 0.0, 0.0, ("A",)) for i in range(6))
    n = 300
    animals = tuple(Animal(i, "F", 2018) for i in range(n))
    census = Census(2024, np.arange(n), np.zeros((n, 2)), np.full(n, 5), np.full(n, -1))
    visits = simulate_visits(3, census, animals, stations, P, START, 88)
    counts = np.zeros((n, 6))
    np.add.at(counts, ([v.animal for v in visits], [v.station for v in visits]), 1)
    expected = 88 * P.lambda0_female * np.exp(-((1_500.0 * np.arange(6)) ** 2) / (2 * 3_000.0**2))
    error = counts.std(axis=0) / np.sqrt(n)
    assert (np.abs(counts.mean(axis=0) - expected) < 3.5 * error).all()
    assert (error < 0.2 * expected)[:4].all()
    share = np.mean([v.night for v in visits])
    assert share == pytest.approx(P.night_share, abs=0.02)
    assert np.mean([v.toward for v in visits]) == pytest.approx(0, abs=0.05)
    assert all(v.night == is_night(v.at) for v in visits)


def test_cubs_come_with_their_mother_on_the_stated_share_of_visits() -> None:
    stations = (Station(0, 1, 0.0, 0.0, 0.0, ("A",)),)
    animals = (Animal(0, "F", 2018), Animal(1, "F", 2024, 0), Animal(2, "M", 2024, 0))
    census = Census(2024, np.arange(3), np.zeros((3, 2)), np.array([6, 0, 0]), np.array([-1, 0, 0]))
    busy = DetectionParameters(lambda0_female=3.0, family_share=0.7)
    visits = simulate_visits(3, census, animals, stations, busy, START, 88)
    assert {v.animal for v in visits} == {0}
    assert {v.companions for v in visits} == {(), (1, 2)}
    assert np.mean([len(v.companions) > 0 for v in visits]) == pytest.approx(0.7, abs=0.1)
