"""Realised N of half of the mask: the interval must hold the number of animals that lived there, survey by survey."""

import numpy as np
import pytest
from scipy.stats import binom

from pardus.model.capture import Detectors, capture_history
from pardus.model.mask import Mask
from pardus.scr.fit import fit_model
from pardus.scr.mask import around
from pardus.scr.spec import model_spec

SURVEYS = 1000
SIGMA, LAMBDA0, N, NIGHTS = 2700.0, 0.03, 80, 60


def survey(seed: int):
    """Eight by eight cameras 1.5 sigma apart; N animals at the centres of the mask's cells; about 40 are seen."""
    rng = np.random.default_rng(seed)
    xy = np.stack([g.reshape(-1) for g in np.meshgrid(*[np.arange(8) * 1.5 * SIGMA] * 2)], axis=1)
    plain = around(xy, 4 * SIGMA, 1600.0)
    west = plain.xy[:, 0] < 3.5 * 1.5 * SIGMA
    mask = Mask(plain.xy, plain.cell_area, plain.spacing, regions={"west": west})
    cell = rng.integers(len(mask), size=N)
    d2 = ((mask.xy[cell][:, None, :] - xy[None]) ** 2).sum(axis=2)
    y = rng.poisson(LAMBDA0 * NIGHTS * np.exp(-d2 / (2 * SIGMA**2)))
    seen = np.flatnonzero(y.sum(axis=1))
    detectors = Detectors(tuple(str(j) for j in range(len(xy))), xy, np.full((len(xy), 1), float(NIGHTS)))
    ids = tuple(str(i) for i in seen)
    return capture_history("1", ids, detectors, y[seen][:, None, :], "count"), mask, int(west[cell].sum())


@pytest.mark.slow
@pytest.mark.parametrize("conditional", [False, True])
def test_the_interval_of_realised_n_in_a_region_covers_the_animals_that_were_there(conditional):
    inside, error, ses, there = 0, [], [], []
    for seed in range(SURVEYS):
        history, mask, truth = survey(seed)
        found = fit_model(history, mask, model_spec(conditional=conditional)).fit.estimate("N", "1", "west")
        inside += found.lower <= truth <= found.upper
        error.append(found.estimate - truth)
        ses.append(found.se)
        there.append(truth)
    low, high = binom.ppf([0.0005, 0.9995], SURVEYS, 0.95) / SURVEYS
    assert low <= inside / SURVEYS <= high, inside / SURVEYS
    assert abs(np.mean(error)) < 0.03 * N / 2 + 2 * np.std(error) / np.sqrt(SURVEYS)
    print(
        f"{SURVEYS} surveys, conditional {conditional}: coverage {inside / SURVEYS:.3f}, "
        f"mean truth {np.mean(there):.1f}, mean error "
        f"{np.mean(error):+.2f} (+- {np.std(error) / np.sqrt(SURVEYS):.2f}), its SD {np.std(error):.2f}, "
        f"mean SE {np.mean(ses):.2f}"
    )
