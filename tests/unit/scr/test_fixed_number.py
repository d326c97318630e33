"""Where the number of animals is fixed, N is a parameter: nothing is taken from its variance, and regions add up."""

import dataclasses

import numpy as np
import pytest

from pardus import scr
from tests.unit.scr.survey import grid, simulated


@pytest.fixture(scope="module", params=[False, True], ids=["full", "conditional"])
def fit(request):
    history, mask = simulated(6, grid(5, 2500.0, 3), N=60, kind="proximity", spacing=2500.0)
    west = mask.xy[:, 0] < np.median(mask.xy[:, 0])
    mask = dataclasses.replace(mask, regions={"west": west, "east": ~west})
    return scr.fit(history, mask, distribution="binomial", conditional=request.param)


def numbers(fit, quantity, region):
    return next(e for e in fit.estimates if e.quantity == quantity and e.region == region)


def test_realised_number_of_the_mask_has_the_uncertainty_of_the_parameter_itself(fit):
    realised, expected = numbers(fit, "N", ""), numbers(fit, "E(N)", "")
    assert realised.se == pytest.approx(expected.se, rel=1e-8)
    assert realised.estimate == pytest.approx(expected.estimate, rel=0.02)


def test_regions_add_up_and_each_is_less_certain_than_its_share_of_the_whole(fit):
    whole, west, east = (numbers(fit, "N", region) for region in ("", "west", "east"))
    assert west.estimate + east.estimate == pytest.approx(whole.estimate, rel=1e-9)
    assert west.se < whole.se * 1.5
    assert west.se**2 + east.se**2 > whole.se**2 * 0.5
    assert west.se > whole.se * west.estimate / whole.estimate * 0.9
