"""Profile-likelihood intervals: the quick way and the sure way agree, in either engine; shapes get them unasked."""

import numpy as np
import pytest

from pardus.scr import profile
from pardus.scr.checks import check_steepness
from pardus.scr.compiled.session import CompiledEngine
from pardus.scr.detection import fall_width
from pardus.scr.fit import fit_model
from pardus.scr.plain import PlainEngine
from pardus.scr.spec import model_spec
from tests.unit.scr.survey import grid, simulated


@pytest.fixture(scope="module")
def data():
    return simulated(3, grid(6, 2500.0, 6), N=70, spacing=1500.0)


@pytest.mark.parametrize("engine", [PlainEngine(), CompiledEngine(threads=1)], ids=lambda e: e.name)
def test_newtons_method_finds_what_the_search_finds(data, engine):
    history, mask = data
    fitted = fit_model(history, mask, model_spec(), engine)
    for j, coefficient in enumerate(fitted.fit.coefficients):
        low, high = profile.profile_interval(fitted, coefficient.name)
        turned = profile._Turned(fitted.likelihood, fitted.optimum, np.eye(3)[j])
        aim = fitted.optimum.value - 1.959964**2 / 2
        slow = [turned.middle + profile._search(turned, aim, sign, coefficient.se) for sign in (-1, 1)]
        assert (low, high) == pytest.approx(slow, abs=1e-4 * coefficient.se)


def test_the_interval_of_a_sum_is_that_of_the_coefficient_it_becomes(data):
    history, mask = data
    one = fit_model(history, mask, model_spec("D~x"))
    contrast = np.array([1.0, 1.0, 0.0, 0.0])
    low, high = profile.profile_of(one.likelihood, one.optimum, contrast)
    theta = one.optimum.theta
    assert low < theta[0] + theta[1] < high
    drop = one.optimum.value - 1.959964**2 / 2
    turned = profile._Turned(one.likelihood, one.optimum, contrast)
    for end in (low, high):
        assert turned.best(end - turned.middle, np.zeros(3))[0] == pytest.approx(drop, abs=1e-4)


def test_the_shape_of_a_hazard_rate_function_has_profile_intervals_unasked(data):
    history, mask = data
    fitted = fit_model(history, mask, model_spec(detectfn="HHR"))
    methods = {c.name: c.method for c in fitted.fit.coefficients}
    assert methods == {"D": "Wald", "lambda0": "Wald", "sigma": "profile", "z": "profile"}
    sigma = next(e for e in fitted.fit.estimates if e.quantity == "sigma")
    c = next(c for c in fitted.fit.coefficients if c.name == "sigma")
    assert (sigma.lower, sigma.upper) == pytest.approx((np.exp(c.lower), np.exp(c.upper)))
    plain = fit_model(history, mask, model_spec(detectfn="HHR"), profile=False).fit
    assert {c.method for c in plain.coefficients} == {"Wald"}


def test_cells_too_wide_for_a_steep_curve_are_doubted():
    _history, mask = simulated(3, grid(3, 2500.0, 2), N=20, spacing=1500.0)
    assert fall_width("HHR", 5.0) == pytest.approx(0.105361 ** (-0.2) - 2.302585 ** (-0.2), rel=1e-5)
    assert not check_steepness(2600.0, [mask])
    (doubt,) = check_steepness(2000.0, [mask])
    assert doubt.code == "mask-too-coarse"
    assert "1500 m" in doubt.sentence
    assert "860 m" in doubt.remedy
