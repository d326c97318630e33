"""Simulated reviewers go through the real queue: 24 events of 8 animals, scored as a matcher would."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from pardus.app.review import Review
from pardus.app.reviewing import Reviewer, review_survey
from pardus.app.survey_folder import open_survey
from pardus.sim.observers import Observer
from pardus.sim.parameters import ObserverParameters
from pardus.sim.streams import stream
from tests.fixtures.reviewed import reviewed_survey

EVENTS, ANIMALS = 24, 8


def who(observation: str) -> int:
    return int(observation.removeprefix("llnp:o")[:3]) % ANIMALS


def queue(folder: Path) -> Review:
    rng = np.random.default_rng(1)
    scores = {
        (a, b): float(rng.normal(1.5 if a % ANIMALS == b % ANIMALS else -3.5, 1.0))
        for a, b in combinations(range(EVENTS), 2)
    }
    reviewed_survey(folder, EVENTS, scores)
    return Review(folder, seed=1)


def individuals(folder: Path) -> list[set[int]]:
    """Return for each individual of the survey which animals it truly is made of."""
    found: dict[str, set[int]] = {}
    with open_survey(folder) as store:
        for o in store.survey(media=False).observations:
            if o.individual:
                found.setdefault(o.individual, set()).add(who(o.id))
    return list(found.values())


def reviewer(rates: ObserverParameters) -> Reviewer:
    observer = Observer(stream(5, "reviewer"), rates, {})
    return lambda one, other: observer.answer(who(one), who(other))


def test_a_reviewer_without_error_finds_every_animal_and_nobody_else(tmp_path: Path) -> None:
    review = queue(tmp_path / "s")
    perfect = ObserverParameters(false_split=0, false_merge=0, cannot_tell=0)
    asked = review_survey(review, reviewer(perfect), "llnp:anna")
    assert sorted(map(sorted, individuals(tmp_path / "s"))) == [[n] for n in range(ANIMALS)]
    assert asked < EVENTS * (EVENTS - 1) / 2


def test_a_reviewer_with_the_default_errors_is_wrong_at_times_and_the_queue_asks_again(
    tmp_path: Path,
) -> None:
    rates = ObserverParameters()
    assert rates.false_split + rates.false_merge == pytest.approx(0.125)
    said: list[bool] = []
    answer = reviewer(rates)

    def noted(one: str, other: str) -> str:
        outcome = answer(one, other)
        if outcome != "cannot-tell":
            said.append((outcome == "same") == (who(one) == who(other)))
        return outcome

    review = queue(tmp_path / "s")
    asked = review_survey(review, noted, "llnp:anna")
    (anna,) = review.observers()
    assert anna.answers == asked
    assert anna.cannot_tell == asked - len(said) > 0
    assert 0 < said.count(False) < 0.25 * len(said)
    assert ANIMALS - 2 <= len(individuals(tmp_path / "s")) <= ANIMALS + 4


def test_a_reviewer_stops_after_so_many_answers(tmp_path: Path) -> None:
    review = queue(tmp_path / "s")
    assert review_survey(review, reviewer(ObserverParameters()), "llnp:anna", most=5) == 5
    assert review.progress().answers + review.progress().controls == 5
