"""What is left out stays within the proven bound, on any mask."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.scr.compiled.engine import evaluate
from pardus.scr.compiled.layout import error_bound, geometry, layout
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.compiled.strips import runs, strips
from pardus.scr.plain import PlainEngine
from pardus.scr.problem import Parameters
from tests.fixtures.scr_problems import DETECTFNS, random_problem

cases = st.fixed_dictionaries(
    {
        "seed": st.integers(0, 10_000),
        "detectfn": st.sampled_from(DETECTFNS),
        "kind": st.sampled_from(("bernoulli", "poisson")),
        "n_classes": st.integers(1, 2),
        "n_sets": st.integers(1, 3),
        "corrections": st.booleans(),
        "grid": st.booleans(),
    }
)


@given(cases, st.sampled_from((1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0)))
@settings(max_examples=80, deadline=None)
def test_the_error_of_any_cut_is_below_its_bound(case, cut):
    problem, parameters = random_problem(**case)
    exact = PlainEngine().evaluate(problem, parameters, gradient=False).value
    lay = layout(problem, parameters, cut=cut)
    pruned = evaluate(lay, parameters)[0].value
    rounding = 1e-11 * abs(exact)
    assert abs(pruned - exact) <= error_bound(lay, parameters) + rounding


@given(cases)
@settings(max_examples=30, deadline=None)
def test_the_default_cut_has_a_bound_that_no_model_choice_can_feel(case):
    problem, parameters = random_problem(**case)
    assert error_bound(layout(problem, parameters), parameters) < 1e-7 * problem.n_animals


def test_a_low_cut_does_leave_something_out():
    problem, parameters = random_problem(1)
    lay = layout(problem, parameters, cut=4.0)
    exact = PlainEngine().evaluate(problem, parameters).value
    assert lay.windows.cells.mean() < 0.8 * problem.n_cells
    assert abs(evaluate(lay, parameters)[0].value - exact) > 1e-6


@given(cases, st.floats(0.3, 3.0))
@settings(max_examples=30, deadline=None)
def test_the_engine_makes_new_windows_when_sigma_grows(case, factor):
    problem, parameters = random_problem(**case)
    engine = CompiledEngine(threads=1)
    engine.evaluate(problem, parameters)
    moved = replace(parameters, log_sigma=parameters.log_sigma + np.log(factor))
    expected = PlainEngine().evaluate(problem, moved, gradient=False).value
    assert engine.evaluate(problem, moved).value == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("detectfn", DETECTFNS)
def test_masks_of_every_shape_give_what_the_plain_engine_gives(detectfn):
    problem, parameters = random_problem(5, detectfn=detectfn)
    rng = np.random.default_rng(1)
    fine = np.stack(np.meshgrid(np.arange(-3000, 7000, 150.0), np.arange(-3000, 7000, 150.0)), -1).reshape(
        -1, 2
    )
    masks = {
        "one cell": np.array([[2000.0, 2000.0]]),
        "one row": np.stack((np.arange(-3000, 7000, 200.0), np.full(50, 2000.0)), axis=1),
        "one column": np.stack((np.full(50, 2000.0), np.arange(-3000, 7000, 200.0)), axis=1),
        "fine": fine,
        "scattered": rng.uniform(-3000, 7000, (400, 2)),
        "two patches far apart": np.concatenate((fine[:400], fine[:400] + 3e6)),
        "half sea": fine[fine[:, 0] < 2000 + 800 * np.sin(fine[:, 1] / 700)],
        "columns not evenly spaced": fine * [1.0, 1.0] + 40 * (fine[:, :1] % 450 == 0) * [1.0, 0.0],
    }
    for name, xy in masks.items():
        one = replace(problem, mask_xy=np.ascontiguousarray(xy))
        there = Parameters(
            parameters.log_amplitude,
            parameters.log_sigma,
            parameters.log_z,
            np.log(0.003) + 0.3 * np.sin(xy[None, :, 0] / 900),
            parameters.log_pmix,
        )
        expected = PlainEngine().evaluate(one, there)
        found = evaluate(layout(one, there), there)[0]
        assert found.value == pytest.approx(expected.value, rel=1e-10), name
        np.testing.assert_allclose(
            found.adjoint.log_density, expected.adjoint.log_density, rtol=1e-8, atol=1e-10, err_msg=name
        )


def test_a_mask_of_millions_of_metres_has_no_empty_strips_by_the_million():
    xy = np.array([[0.0, 0.0], [0.0, 1e9]])
    assert len(strips(xy, 1.0).start) < 2_000


@given(st.integers(0, 10_000), st.floats(10.0, 9_000.0), st.booleans())
@settings(max_examples=40, deadline=None)
def test_runs_cover_every_cell_of_the_disc_once(seed, radius, grid):
    problem, _parameters = random_problem(seed, grid=grid)
    mask = strips(problem.mask_xy, problem.cell_area)
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(-4000, 8000, (2, 5))
    found = runs(mask, x, y, np.full(5, radius))
    for c in range(5):
        part = slice(found.start[c], found.start[c + 1])
        pieces = [np.arange(a, b) for a, b in zip(found.low[part], found.high[part], strict=True)]
        cells = np.concatenate([*pieces, np.zeros(0, dtype=np.int64)])
        inside = np.flatnonzero(np.hypot(mask.x - x[c], mask.y - y[c]) <= radius)
        assert len(np.unique(cells)) == len(cells) == found.cells[c]
        assert set(inside) <= set(cells.tolist())


def test_clipped_grids_are_known_for_grids():
    problem, _parameters = random_problem(1)
    assert len(geometry(problem).mask.column) == problem.n_cells
    scattered, _parameters = random_problem(1, grid=False)
    assert len(geometry(scattered).mask.column) == 0
