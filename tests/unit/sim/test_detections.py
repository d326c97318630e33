import numpy as np
import pytest

from pardus.model.capture import Detectors
from pardus.scr.detection import probability
from pardus.sim.detections import expected_visits, simulate_history


def test_detections_fall_with_distance_as_the_detection_function_says() -> None:
    rng = np.random.default_rng(1)
    xy = np.stack((np.arange(0, 15_000, 1_500.0), np.zeros(10)), axis=1)
    centres = np.zeros((3000, 2))
    rate = expected_visits("HHN", centres, np.zeros(3000, int), xy, np.array([0.05]), np.array([3_000.0]))
    detectors = Detectors(tuple("abcdefghij"), xy, np.ones((10, 20)))
    history = simulate_history(rng, rate, detectors)
    found = np.bincount(history.detector, minlength=10) / (3000 * 20)
    expected = probability("HHN", xy[:, 0], 0.05, 3_000.0)
    assert found == pytest.approx(expected, abs=5 * np.sqrt(0.05 / 60_000))


def test_counts_are_poisson_in_usage() -> None:
    rng = np.random.default_rng(2)
    usage = np.array([[1.0, 0.0, 2.0, 0.5]])
    detectors = Detectors(("a",), np.zeros((1, 2)), usage)
    rate = np.full((40_000, 1), 0.3)
    history = simulate_history(rng, rate, detectors, kind="count")
    by_occasion = np.bincount(history.occasion, weights=history.count, minlength=4) / 40_000
    assert by_occasion[1] == 0
    assert by_occasion == pytest.approx(0.3 * usage[0], abs=0.02)
    total = np.zeros(40_000)
    names = np.array([int(a) - 1 for a in history.animals])
    np.add.at(total, names[history.animal], history.count)
    assert total.var() == pytest.approx(0.3 * 3.5, rel=0.05)


def test_the_same_seed_gives_the_same_history() -> None:
    detectors = Detectors(("a", "b"), np.array([[0.0, 0.0], [2000.0, 0.0]]), np.ones((2, 30)))
    one, two = (
        simulate_history(np.random.default_rng(4), np.full((9, 2), 0.05), detectors) for _i in range(2)
    )
    assert (one.dense() == two.dense()).all()
    assert one.animals == two.animals


def test_sexes_have_their_own_scale() -> None:
    rate = expected_visits(
        "HHN",
        np.zeros((2, 2)),
        np.array([0, 1]),
        np.array([[3_000.0, 0.0]]),
        np.array([0.1, 0.2]),
        np.array([3_000.0, 6_000.0]),
    )
    assert rate[:, 0] == pytest.approx([0.1 * np.exp(-0.5), 0.2 * np.exp(-0.125)])
