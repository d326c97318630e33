"""Three detectors, two animals, four cells: every number here can be checked with a pencil.

The cells are the corners A, B, C, D of a square. Detectors 1, 2, 3 stand at A, B and D. The side is such that the
half-normal halves over it, so it quarters over the diagonal. lambda0 = log 2, so a detector records an animal that
lives at it with chance 1 - exp(-log 2) = 1/2, one that lives a side away with 1 - 2^-1/2, a diagonal away with
1 - 2^-1/4. Sum of the hazards in units of log 2: A 1 + 1/2 + 1/2 = 2; B and D 1 + 1/2 + 1/4 = 7/4;
C 1/2 + 1/2 + 1/4 = 5/4.
"""

from math import log, sqrt

import numpy as np
import pytest

from pardus.model.capture import Detectors, capture_history
from pardus.model.mask import Mask
from pardus.scr.design import make_design
from pardus.scr.likelihood import Likelihood, data_constants, log_factorials
from pardus.scr.plain import PlainEngine
from pardus.scr.spec import model_spec

SIDE = 1000.0
SIGMA = SIDE / sqrt(2 * log(2))
CORNERS = np.array([[0.0, 0.0], [SIDE, 0.0], [SIDE, SIDE], [0.0, SIDE]])  # A, B, C, D
MASK = Mask(CORNERS, cell_area=100.0, spacing=SIDE)
DETECTORS = Detectors(("1", "2", "3"), CORNERS[[0, 1, 3]], np.ones((3, 1)))

MISSED = np.array([2**-2, 2**-1.75, 2**-1.25, 2**-1.75])  # at A, B, C, D
P = {1: 1 - 2**-1, 2: 1 - 2**-0.5, 4: 1 - 2**-0.25}  # at distance 0, a side, a diagonal
Q = {1: 2**-1, 2: 2**-0.5, 4: 2**-0.25}


def history(kind: str, counts: list[list[int]]):
    return capture_history("1", ("x", "y"), DETECTORS, np.array(counts)[:, None, :], kind)


def log_likelihood(h, density=0.01, **options) -> float:
    design = make_design([h], [MASK], model_spec(detectfn="HHN", **options))
    theta = np.array([log(density), log(log(2)), log(SIGMA)][-len(design.names) :])
    record, multinomial = data_constants(design, collapsed=False)
    return Likelihood(design, PlainEngine()).value(theta) + record + multinomial - log_factorials(design)


def test_the_likelihood_of_yes_or_no_detections_by_hand():
    # animal x: seen at detector 1 only; animal y: at detectors 2 and 3. D a = 1 per cell.
    x = P[1] * Q[2] * Q[2] + P[2] * Q[1] * Q[4] + P[4] * Q[2] * Q[2] + P[2] * Q[4] * Q[1]
    y = Q[1] * P[2] * P[2] + Q[2] * P[1] * P[4] + Q[4] * P[2] * P[2] + Q[2] * P[4] * P[1]
    by_hand = log(x) + log(y) - (1 - MISSED).sum()
    assert log_likelihood(history("proximity", [[1, 0, 0], [0, 1, 1]])) == pytest.approx(by_hand, abs=1e-12)


def test_two_equal_histories_count_as_one_pair():
    # the multinomial coefficient: 2! ways to name them, divided by 2! for being alike
    x = P[1] * Q[2] * Q[2] + P[2] * Q[1] * Q[4] + P[4] * Q[2] * Q[2] + P[2] * Q[4] * Q[1]
    by_hand = 2 * log(x) - (1 - MISSED).sum() - log(2)
    assert log_likelihood(history("proximity", [[1, 0, 0], [1, 0, 0]])) == pytest.approx(by_hand, abs=1e-12)


def test_the_likelihood_of_counts_by_hand():
    # Poisson: h^y e^-h / y!; animal x: twice at detector 1; y: once at 2. h = log 2 times 1, 1/2 or 1/4.
    h = log(2)
    x = h**2 / 2 * (MISSED[0] + MISSED[1] / 4 + MISSED[2] / 16 + MISSED[3] / 4)
    y = h * (MISSED[0] / 2 + MISSED[1] + MISSED[2] / 2 + MISSED[3] / 4)
    by_hand = log(x) + log(y) - (1 - MISSED).sum()
    assert log_likelihood(history("count", [[2, 0, 0], [0, 1, 0]])) == pytest.approx(by_hand, abs=1e-12)


def test_the_likelihood_of_multi_catch_by_hand():
    # one detector at most: (h_k / H) (1 - e^-H), else e^-H. At A detector 1 has half of the hazard, and so on.
    caught = 1 - MISSED
    x = caught @ [1 / 2, 0.5 / 1.75, 0.25 / 1.25, 0.5 / 1.75]
    y = caught @ [0.5 / 2, 1 / 1.75, 0.5 / 1.25, 0.25 / 1.75]
    by_hand = log(x) + log(y) - caught.sum()
    assert log_likelihood(history("multi", [[1, 0, 0], [0, 1, 0]])) == pytest.approx(by_hand, abs=1e-12)


def test_the_conditional_likelihood_by_hand():
    x = P[1] * Q[2] * Q[2] + P[2] * Q[1] * Q[4] + P[4] * Q[2] * Q[2] + P[2] * Q[4] * Q[1]
    y = Q[1] * P[2] * P[2] + Q[2] * P[1] * P[4] + Q[4] * P[2] * P[2] + Q[2] * P[4] * P[1]
    by_hand = log(x) + log(y) - 2 * log((1 - MISSED).sum()) + log(2)
    found = log_likelihood(history("proximity", [[1, 0, 0], [0, 1, 1]]), conditional=True)
    assert found == pytest.approx(by_hand, abs=1e-12)


def test_a_fixed_number_of_animals_by_hand():
    # N = 8 animals in 4 cells (D a = 2): 8! / (6! 2!) ways to choose those seen, the six others missed
    x = P[1] * Q[2] * Q[2] + P[2] * Q[1] * Q[4] + P[4] * Q[2] * Q[2] + P[2] * Q[4] * Q[1]
    y = Q[1] * P[2] * P[2] + Q[2] * P[1] * P[4] + Q[4] * P[2] * P[2] + Q[2] * P[4] * P[1]
    by_hand = log(8 * 7 / 2) + log(x / 4) + log(y / 4) + 6 * log(MISSED.mean()) + log(2)
    found = log_likelihood(history("proximity", [[1, 0, 0], [0, 1, 1]]), 0.02, distribution="binomial")
    assert found == pytest.approx(by_hand, abs=1e-12)
