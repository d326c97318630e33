"""The compiled engine under whole models: formulas, links, sessions."""

from dataclasses import replace

import numpy as np
import pytest

from pardus.scr.compiled.likelihood import CompiledLikelihood
from pardus.scr.design import make_design
from pardus.scr.engines import search
from pardus.scr.likelihood import Likelihood
from pardus.scr.loop import fit_many
from pardus.scr.plain import PlainEngine
from pardus.scr.spec import model_spec
from pardus.scr.start import starting_values
from tests.unit.scr.survey import MODELS, grid, simulated

OPTIONS = [
    *MODELS,
    {"links": {"D": "identity", "sigma": "identity"}},
    {"model": "a0~1", "detectfn": "HHN"},
    {"fixed": {"sigma": 2000.0}},
]


def two_sessions(options, kind, seed=3):
    made = [
        simulated(seed + s, grid(4, 2500.0, 3), N=40, kind=kind, spacing=2500.0, session=str(s))
        for s in (1, 2)
    ]
    histories, masks = [h for h, _m in made], [m for _h, m in made]
    return make_design(histories, masks, model_spec(**options))


@pytest.mark.parametrize("kind", ["count", "proximity"])
@pytest.mark.parametrize("detectfn", ["HHN", "HN", "HHR"])
@pytest.mark.parametrize("options", OPTIONS, ids=lambda o: str(o))
def test_value_gradient_and_hessian_agree_with_the_plain_engine(options, detectfn, kind):
    options = {"detectfn": detectfn, **options}
    amplitude = "g0" if options["detectfn"] == "HN" else "lambda0"
    options["model"] = options.get("model", "").format(a=amplitude)
    design = two_sessions(options, kind)
    plain, fast = Likelihood(design, PlainEngine()), CompiledLikelihood(design)
    rng = np.random.default_rng(1)
    theta = starting_values(design) + 0.1 * rng.normal(size=len(design.names)) / design.scale
    if "identity" in design.link_of:
        theta = starting_values(design)
    value, gradient = plain.value_and_gradient(theta)
    point = fast.point(theta)
    curvature = np.sqrt(np.abs(np.diag(point.hessian)))
    unit = 1 / np.maximum(curvature, 3 * design.scale)  # as a standard error: no parameter's unit matters
    assert point.value == pytest.approx(value, rel=1e-9)
    np.testing.assert_allclose(
        point.gradient * unit, gradient * unit, rtol=1e-7, atol=1e-8 * np.abs(gradient * unit).max()
    )

    def difference(step):
        moves = np.diag(step * unit)
        ends = [
            (plain.value_and_gradient(theta + e)[1], plain.value_and_gradient(theta - e)[1]) for e in moves
        ]
        return np.stack([(up - down) * unit / (2 * step) for up, down in ends])

    numeric = (4 * difference(0.005) - difference(0.01)) / 3
    np.testing.assert_allclose(fast.hessian(theta) * np.outer(unit, unit), numeric, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("options", [{}, {"model": "D~x"}, {"detectfn": "HN"}, {"distribution": "binomial"}])
def test_both_engines_find_the_same_maximum(options):
    design = two_sessions(options, "count")
    start = starting_values(design)
    slow, fast = search(Likelihood(design, PlainEngine()), start), search(CompiledLikelihood(design), start)
    assert slow.converged
    assert fast.converged
    se = np.sqrt(np.diag(slow.vcov))
    assert fast.value == pytest.approx(slow.value, abs=1e-6)
    np.testing.assert_allclose(fast.theta, slow.theta, atol=1e-3 * se.min())
    np.testing.assert_allclose(np.sqrt(np.diag(fast.vcov)), se, rtol=1e-4)


def test_many_fits_give_what_each_fit_alone_gives():
    surveys = [simulated(seed, kind="proximity") for seed in range(3)]
    mask, spec = surveys[0][1], model_spec()
    found = list(fit_many([history for history, _mask in surveys], mask, spec))
    for (history, _mask), one in zip(surveys, found, strict=True):
        design = make_design([history], [mask], spec)
        alone = search(CompiledLikelihood(design), starting_values(design))
        se = np.sqrt(np.diag(alone.vcov))
        assert one.converged
        assert np.abs((one.theta - alone.theta) / se).max() < 1e-3
        np.testing.assert_allclose(one.se, se, rtol=0.01)
        assert one.log_likelihood == pytest.approx(alone.value, abs=1e-5)


@pytest.mark.parametrize("kind", ["count", "proximity"])
def test_a_session_in_which_nobody_was_detected_counts_as_in_the_plain_engine(kind):
    history, mask = simulated(4, grid(4, 2500.0, 3), N=40, kind=kind, spacing=2500.0, session="1")
    none = np.zeros(0, dtype=np.int64)
    nobody = replace(
        history, session="2", animals=(), animal=none, occasion=none, detector=none, count=none, covariates={}
    )
    design = make_design([history, nobody], [mask, mask], model_spec())
    theta = starting_values(design)
    value, gradient = Likelihood(design, PlainEngine()).value_and_gradient(theta)
    point = CompiledLikelihood(design).point(theta)
    assert point.value == pytest.approx(value, rel=1e-9)
    np.testing.assert_allclose(point.gradient, gradient, rtol=1e-7)


def test_a_loop_gives_the_same_with_and_without_what_it_remembers():
    """Designs are renewed and first passes kept between the fits of a loop; another start or mask is no hindrance."""
    detectors = grid(5, 2500.0, 6)
    surveys = []
    mask = None
    for seed in range(4):
        history, mask = simulated(seed, detectors, N=60, spacing=1500.0)
        surveys.append(replace(history, detectors=detectors))
    spec = model_spec()
    start = np.array([-8.0, -2.0, 7.6])
    for given in (None, start):
        together = list(fit_many(surveys, mask, spec, given))
        alone = [next(iter(fit_many([s], mask, spec, given))) for s in surveys]
        for one, two in zip(together, alone, strict=True):
            np.testing.assert_allclose(one.theta, two.theta, rtol=0, atol=1e-7)
            np.testing.assert_allclose(one.vcov, two.vcov, rtol=1e-6)
