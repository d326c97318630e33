from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

from pardus.identify.home_ranges import (
    NOWHERE,
    Ground,
    coarse,
    drawn_density,
    first_guess,
    log_weight,
    process,
    redrawn,
    united,
)
from pardus.model.mask import Mask


def ground(side: int = 12, width: float = 1000.0) -> Ground:
    """A square of cells with cameras on every third."""
    axis = (np.arange(side) + 0.5) * width
    cells = np.array(list(product(axis, axis)))
    stations = np.array(list(product(axis[1::3], axis[1::3])))
    return Ground(cells, np.full(len(cells), width**2 / 1e4), stations, np.full(len(stations), 60.0))


def test_the_weight_of_one_animal_is_the_mean_over_its_factor_and_its_place() -> None:
    """One cell, one station, two events: D area E[(u H)^2 exp(-u H) / T^2], u gamma of mean 1; by quadrature."""
    here = Ground(np.zeros((1, 2)), np.array([300.0]), np.array([[0.0, 1000.0]]), np.array([40.0]))
    rate, sigma, evenness = 0.02, 1500.0, 2.5
    model = process(here, here.square_distances(), rate, sigma, evenness)
    k = math.exp(-(1000.0**2) / (2 * sigma**2))
    u = np.linspace(1e-6, 40, 400_001)
    gamma = evenness**evenness / math.gamma(evenness) * u ** (evenness - 1) * np.exp(-evenness * u)
    step = u[1] - u[0]
    twice = 300.0 * float((gamma * (u * rate * k) ** 2 * np.exp(-u * rate * k * 40.0)).sum() * step)
    seen = 300.0 * (1 - float((gamma * np.exp(-u * rate * k * 40.0)).sum() * step))
    assert model.seen_area == pytest.approx(seen, rel=1e-6)
    assert log_weight(model, np.array([[2.0]])) == pytest.approx(math.log(twice) - math.log(seen), abs=1e-6)


def test_parameters_are_found_again_when_it_is_known_who_is_who() -> None:
    """Rate, sigma, evenness and D of simulated animals lie in the middle of what is drawn."""
    place, rng = ground(20), np.random.default_rng(1)
    rate, sigma, evenness, animals = 0.04, 1800.0, 4.0, 160
    centre = place.cells[rng.integers(len(place.cells), size=animals)]
    k = np.exp(-((centre[:, None] - place.stations[None]) ** 2).sum(axis=2) / (2 * sigma**2))
    factor = rng.gamma(evenness, 1 / evenness, animals)
    seen = rng.poisson(rate * factor[:, None] * k * place.effort).astype(float)
    seen = seen[seen.any(axis=1)]
    squares = place.square_distances()
    model = process(place, squares, *first_guess(place, int(seen.sum())))
    drawn = []
    for step in range(1500):
        model = redrawn(place, squares, model, seen, rng)
        if step >= 300:
            drawn.append((model.rate, model.sigma, model.evenness, drawn_density(model, len(seen), rng)))
    low, high = np.quantile(drawn, [0.01, 0.99], axis=0)
    true = np.array([rate, sigma, evenness, animals / place.area.sum()])
    assert (low < true).all()
    assert (true < high).all()
    assert high[1] / low[1] < 1.4, "sigma is known well"


def test_cells_are_put_together_without_losing_ground() -> None:
    place = ground(30)
    xy, area = coarse(place.cells, place.area, 120)
    assert len(xy) <= 120
    assert area.sum() == pytest.approx(90_000.0)
    assert (xy * area[:, None]).sum(axis=0) / area.sum() == pytest.approx(place.cells.mean(axis=0))
    same, own = coarse(place.cells, place.area, 1000)
    assert len(same) == 900
    assert (own == 100.0).all()


def test_ground_that_two_sessions_share_counts_once() -> None:
    """The second mask is the first, moved by half a cell and one row longer."""
    axis = np.arange(10) * 1000.0
    first = np.array(list(product(axis, axis)))
    second = np.array(list(product(np.arange(11) * 1000.0, axis))) + 500.0
    xy, area = united([Mask(first, 100.0, 1000.0), Mask(second, 100.0, 1000.0)])
    assert (xy[:100] == first).all()
    # new: of the moved ones those beyond the old edge by a whole cell, one row of ten
    assert (xy[100:, 0] > 9500).all()
    assert len(xy) == len(area) == 110


def test_a_first_guess_lies_where_sigma_may_be() -> None:
    wide = Ground(
        np.array([[0.0, 0.0], [200_000.0, 0.0]]),
        np.full(2, 100.0),
        np.array([[0.0, 0.0], [50.0, 0.0]]),
        np.ones(2),
    )
    assert first_guess(wide, 10)[1] == pytest.approx(2000.0)


def test_without_places_only_how_often_animals_are_seen_counts() -> None:
    squares, rng = NOWHERE.square_distances(), np.random.default_rng(3)
    drawn = {}
    for name, events in (("even", [6.0] * 20), ("uneven", [100.0] + [1.0] * 20)):
        seen = np.array(events)[:, None]
        model = process(NOWHERE, squares, *first_guess(NOWHERE, int(seen.sum())))
        found = []
        for _step in range(600):
            model = redrawn(NOWHERE, squares, model, seen, rng)
            found.append(model.evenness)
        drawn[name] = float(np.median(found[200:]))
    assert drawn["even"] > 4
    assert drawn["uneven"] < 1
