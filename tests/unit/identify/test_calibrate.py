import numpy as np
import pytest
from scipy.special import expit

from pardus.identify.calibrate import fit, held_out, reliability_bins
from pardus.identify.evidence import gather
from pardus.model.errors import ParameterError


def world(seed: int, animals: int = 40, per: int = 5) -> tuple[np.ndarray, np.ndarray, list[str], list[str]]:
    """Scores of pairs of events whose true log odds are known: 2 x - 4."""
    rng = np.random.default_rng(seed)
    who = np.repeat([f"animal {i}" for i in range(animals)], per)
    a, b = np.tril_indices(len(who), -1)
    same = who[a] == who[b]
    x = np.where(same, rng.normal(2, 1, len(a)), rng.normal(0, 1, len(a)))
    return np.column_stack([x, rng.normal(size=len(a))]), same, list(who[a]), list(who[b])


def test_stated_probabilities_are_true_on_animals_it_has_not_seen() -> None:
    features, same, a, b = world(1)
    found = held_out(features, same, a, b)
    assert found.better_than_prior
    judged = [bin_ for bin_ in found.bins if bin_.holds is not None]
    assert len(judged) >= 4
    assert all(bin_.holds for bin_ in judged)


def test_evidence_never_counts_against() -> None:
    features, same, _a, _b = world(2)
    upside_down = fit(-features, same)
    assert (upside_down.weights[:-1] >= 0).all()
    assert np.ptp(upside_down.log_odds(-features)) < 1


def test_nothing_is_claimed_without_both_kinds_of_pairs() -> None:
    with pytest.raises(ParameterError, match="one kind is missing"):
        fit(np.ones((4, 1)), np.ones(4, bool))
    with pytest.raises(ParameterError, match="Too few"):
        held_out(np.ones((2, 1)), np.array([True, False]), ["a", "a"], ["a", "b"])


def test_a_bin_of_few_pairs_says_nothing_and_a_wrong_one_fails() -> None:
    few, wrong = reliability_bins(np.r_[np.full(49, 0.2), np.full(200, 0.8)], np.zeros(249, bool))
    assert few.holds is None
    assert wrong.holds is False


def test_evidence_is_the_best_pair_of_each_flank_summed() -> None:
    event, flank = ("x", "x", "y", "y", "z"), ("left", "right", "left", "right", "left")
    scores = np.zeros((5, 5))
    scores[0, 2] = scores[2, 0] = 3
    scores[1, 3] = scores[3, 1] = 4
    scores[0, 3] = scores[3, 0] = 99  # left against right: never
    scores[4, 2] = scores[2, 4] = 1
    found = gather(event, flank, scores)
    by_pair = {
        (found.events[a], found.events[b]): s for a, b, s in zip(found.a, found.b, found.score, strict=True)
    }
    assert by_pair == {("y", "x"): 7, ("z", "x"): 0, ("z", "y"): 1}
    assert expit(fit(found.features, np.array([True, False, False])).log_odds(found.features)).argmax() == 0
