from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pardus.app.review import HELD, LEASE, Question, Review
from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from tests.fixtures.reviewed import event_id, reviewed_survey, write_scores
from tests.fixtures.small_survey import ANNA as SAYER

ANNA, BORIS = "llnp:anna", "llnp:boris"


def individuals(folder: Path) -> dict[str, str]:
    with open_survey(folder) as store:
        return {o.id: o.individual for o in store.survey(media=False).observations}


def parts(folder: Path) -> set[frozenset[str]]:
    """Events that the survey says are one animal."""
    found: dict[str, set[str]] = {}
    for row, name in individuals(folder).items():
        if name:
            found.setdefault(name, set()).add(row[:-1])
    return {frozenset(v) for v in found.values() if len(v) > 1}


def make(folder: Path, log_odds: Mapping[tuple[int, int], float], events: int = 4, **more: object) -> Review:
    reviewed_survey(folder, events, log_odds, **more)  # type: ignore[arg-type]
    return Review(folder, controls=0.0, seed=1)


def say_all(review: Review, by: str, same: set[frozenset[str]], most: int = 100) -> int:
    """Answer as if these events were one animal, until the queue is empty for this person."""
    for n in range(most):
        question = review.next_question(by)
        if question is None:
            return n
        yes = any({question.a.event, question.b.event} <= group for group in same)
        review.answer(question.id, "same" if yes else "different", by)
    raise AssertionError("the queue does not end")


def test_the_most_likely_pair_is_asked_first_and_a_yes_by_two_people_makes_one_animal(tmp_path: Path) -> None:
    review = make(tmp_path / "s", {(0, 1): 1.8, (1, 2): -1.0, (2, 3): -3.0})
    question = review.next_question(ANNA)
    assert question is not None
    assert {question.a.event, question.b.event} == {event_id(0), event_id(1)}
    assert question.flank == "left"
    assert question.probability == pytest.approx(0.8581, abs=1e-3)
    review.answer(question.id, "same", ANNA)
    assert parts(tmp_path / "s") == set()
    again = review.next_question(BORIS)
    assert again is not None
    assert {again.a.event, again.b.event} == {event_id(0), event_id(1)}
    assert {again.a.id, again.b.id} != {question.a.id, question.b.id}
    done = review.answer(again.id, "same", BORIS)
    assert done.merged
    (animal,) = set(done.changed.values())
    assert review.who_said(animal) == {ANNA: (1, 0), BORIS: (1, 0)}
    assert review.who_said("llnp:nobody") == {}
    other = review.next_question(ANNA)
    assert other is not None
    review.answer(other.id, "different", ANNA)
    assert review.who_said(animal) == {ANNA: (1, 1), BORIS: (1, 0)}
    assert parts(tmp_path / "s") == {frozenset({"llnp:o000-", "llnp:o001-"})}
    names = individuals(tmp_path / "s")
    assert names["llnp:o000-0"] == names["llnp:o001-1"] != ""


def asked(folder: Path) -> tuple[Review, Question]:
    """A review and its first question."""
    review = make(folder, {(0, 1): 1.8})
    question = review.next_question(ANNA)
    assert question is not None
    return review, question


def test_a_bad_crop_of_the_candidate_leaves_the_query_alone(tmp_path: Path) -> None:
    review, question = asked(tmp_path / "s")
    done = review.answer(question.id, "bad-crop", ANNA, of_b=True)
    assert (done.answer.a, done.answer.b) == (question.b.id, question.a.id)
    assert review.answer(question.id, "bad-crop", ANNA, of_b=True).entry == done.entry  # a retry
    again = review.next_question(ANNA)
    assert again is not None
    assert again.a.id == question.a.id
    assert question.b.id not in {again.a.id, again.b.id}


def test_who_is_one_has_no_side(tmp_path: Path) -> None:
    review, question = asked(tmp_path / "s")
    done = review.answer(question.id, "same", ANNA, of_b=True)
    assert (done.answer.a, done.answer.b) == (question.a.id, question.b.id)


def test_undo_restores_exactly_what_was_before(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    review = make(folder, {(0, 1): 1.8, (1, 2): 1.0})
    states = [individuals(folder)]
    for by in (ANNA, BORIS, ANNA, BORIS, ANNA):
        question = review.next_question(by)
        assert question is not None
        review.answer(question.id, "same", by)
        states.append(individuals(folder))
    assert states[-1] != states[0]
    for by, state in zip((ANNA, BORIS, ANNA, BORIS, ANNA), reversed(states[:-1]), strict=True):
        assert review.undo(by) is not None
        assert individuals(folder) == state
    assert review.undo(ANNA) is None
    fresh = Review(folder, controls=0.0)
    assert fresh.progress().answers == 0


def test_an_undo_out_of_order_gives_what_the_other_answers_give(tmp_path: Path) -> None:
    """Taking back the first of five answers leaves the state of the other four."""
    scores = {(0, 1): 1.8, (1, 2): 1.0}
    review = make(tmp_path / "a", scores)
    answers, entries = [], []
    for by in (ANNA, BORIS, ANNA, BORIS):
        question = review.next_question(by)
        assert question is not None
        answers.append((question.a.id, question.b.id, by))
        entries.append(review.answer(question.id, "same", by).entry)
    review.undo(ANNA, entries[0])
    other = make(tmp_path / "b", scores)
    for a, b, by in answers[1:]:
        other.say(a, b, "same", by)
    assert parts(tmp_path / "a") == parts(tmp_path / "b")


def test_a_question_in_one_hand_goes_to_nobody_else(tmp_path: Path) -> None:
    now = [datetime(2026, 1, 1, tzinfo=UTC)]
    reviewed_survey(tmp_path / "s", 4, {(0, 1): 1.8, (2, 3): 1.0})
    review = Review(tmp_path / "s", controls=0.0, clock=lambda: now[0])
    first, second = review.next_question(ANNA), review.next_question(BORIS)
    assert first is not None
    assert second is not None
    assert {first.a.event, first.b.event}.isdisjoint({second.a.event, second.b.event})
    assert review.next_question("llnp:third") is None
    with pytest.raises(ParameterError, match="not open"):
        review.answer(first.id, "same", BORIS)
    now[0] += LEASE + timedelta(seconds=1)
    third = review.next_question("llnp:third")
    assert third is not None
    assert {third.a.event, third.b.event} == {first.a.event, first.b.event}


def test_a_person_holds_a_few_questions_at_once(tmp_path: Path) -> None:
    scores = {(2 * n, 2 * n + 1): 1.0 for n in range(6)}
    review = make(tmp_path / "s", scores, events=12)
    held = [review.next_question(ANNA) for _n in range(HELD + 1)]
    assert len({q.id for q in held if q}) == HELD


def test_an_answer_sent_twice_counts_once(tmp_path: Path) -> None:
    review = make(tmp_path / "s", {(0, 1): 1.8})
    question = review.next_question(ANNA)
    assert question is not None
    review.answer(question.id, "different", ANNA)
    again = review.answer(question.id, "different", ANNA)
    assert again.entry == question.id
    restarted = Review(tmp_path / "s", controls=0.0)
    assert restarted.answer(question.id, "different", ANNA).entry == question.id
    assert restarted.progress().answers == 1
    with pytest.raises(ParameterError, match="not open"):
        restarted.answer(question.id, "same", ANNA)


def test_nobody_is_asked_about_the_same_two_pictures_twice(tmp_path: Path) -> None:
    review = make(tmp_path / "s", {(0, 1): 1.8})
    seen = set()
    for _n in range(20):
        question = review.next_question(ANNA)
        if question is None:
            break
        assert (question.a.id, question.b.id) not in seen
        seen.add((question.a.id, question.b.id))
        review.answer(question.id, "cannot-tell", ANNA)
    assert len(seen) == 4


def test_two_animals_of_one_picture_are_never_asked_about_and_a_decision_on_one_leaves_the_other(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "s"
    reviewed_survey(folder, 3, {(0, 1): 1.8})
    with open_survey(folder, write=True) as store, store.transaction():
        first = next(o for o in store.survey().observations if o.id == "llnp:o000-0")
        second = Observation(
            "llnp:z-other", first.deployment, first.start, first.end, first.media,
            scientific_name="Panthera pardus", flank="left", box=Box(0.75, 0.2, 0.2, 0.5),
        )  # fmt: skip
        SAYER.say(store, "observations-made", {"observations": [to_record(second)]})
    review = Review(folder, controls=0.0)
    event, other = review.event("llnp:o000-0"), review.event("llnp:z-other")
    assert other.id in event.together
    assert event.id in other.together
    for by in (ANNA, BORIS):
        review.say("llnp:o000-0", "llnp:o001-0", "same", by)
        review.say("llnp:o000-1", "llnp:o001-1", "same", by)
    names = individuals(folder)
    assert names["llnp:o000-0"] == names["llnp:o001-0"] != ""
    assert names["llnp:z-other"] == ""
    review.say("llnp:o001-0", "llnp:z-other", "same", ANNA)
    review.say("llnp:o001-1", "llnp:z-other", "same", BORIS)
    review.say("llnp:o001-1", "llnp:z-other", "same", ANNA)
    assert individuals(folder)["llnp:z-other"] == ""
    assert any("seen together" in c.reason for c in review.contradictions())


def test_a_new_run_of_the_machine_changes_no_individual(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    review = make(folder, {(0, 1): 1.8, (1, 2): 0.5, (2, 3): -2.0}, events=5)
    say_all(review, ANNA, {frozenset({event_id(0), event_id(1), event_id(2)})})
    say_all(review, BORIS, {frozenset({event_id(0), event_id(1), event_id(2)})})
    before = individuals(folder)
    assert len(set(before.values())) >= 2
    write_scores(folder, 5, {(0, 4): 2.0, (0, 1): -6.0, (3, 4): 1.0})
    again = Review(folder, controls=0.0)
    named = {row: name for row, name in before.items() if name}
    assert {row: individuals(folder)[row] for row in named} == named
    merged = {g.id: set(g.events) for g in again.groups() if len(g.events) > 1}
    assert {frozenset(v) for v in merged.values()} == {frozenset({event_id(0), event_id(1), event_id(2)})}


def test_names_of_a_table_come_first_and_two_of_one_animal_become_aliases(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    changes = {0: {"individual": "llnp:F1"}, 1: {"individual": "llnp:F1"}, 2: {"individual": "llnp:L7"}}
    review = make(folder, {(0, 2): 1.8, (1, 3): 1.0}, changes=changes)
    same = {frozenset({event_id(n) for n in range(4)})}
    say_all(review, ANNA, same)
    say_all(review, BORIS, same)
    assert set(individuals(folder).values()) == {"llnp:F1"}
    group = next(g for g in review.groups() if g.id == "llnp:F1")
    assert group.names == ("llnp:F1", "llnp:L7")
    for _n in range(20):
        if review.undo(ANNA) is None and review.undo(BORIS) is None:
            break
    assert individuals(folder)["llnp:o002-0"] == "llnp:L7"
    assert individuals(folder)["llnp:o003-0"] == ""


def test_an_animal_seen_once_counts_when_somebody_looked_and_poor_pictures_need_two(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    poor = {"extra": {"quality": "poor"}}
    review = make(folder, {(0, 1): -5.5, (1, 2): -5.6, (2, 3): -5.7}, changes={3: poor})
    assert set(individuals(folder).values()) == {""}
    say_all(review, ANNA, set())
    names = individuals(folder)
    assert "" not in {names["llnp:o000-0"], names["llnp:o001-0"], names["llnp:o002-0"]}
    assert names["llnp:o003-0"] == ""
    review.say("llnp:o002-1", "llnp:o003-1", "different", BORIS)
    assert individuals(folder)["llnp:o003-0"] != ""


def test_people_who_disagree_are_listed_and_their_history_is_kept(tmp_path: Path) -> None:
    review = make(tmp_path / "s", {(0, 1): 1.8})
    review.say("llnp:o000-0", "llnp:o001-0", "same", ANNA)
    review.say("llnp:o000-0", "llnp:o001-0", "different", BORIS)
    (found,) = review.disagreements()
    assert [(s.by, s.said) for s in found] == [(ANNA, "same"), (BORIS, "different")]
    assert [s.said for s in review.pair_history(event_id(0), event_id(1))] == ["same", "different"]
    assert review.agreement() == [(ANNA, BORIS, pytest.approx(0.0), 1)]


def test_blind_controls_measure_the_observer_and_decide_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    changes = {n: {"individual": f"llnp:F{n % 2}"} for n in range(4)}
    reviewed_survey(folder, 6, {(0, 1): 1.0, (0, 4): 0.5, (2, 5): 0.2}, changes=changes)
    review = Review(folder, controls=1.0, seed=3)
    before = individuals(folder)
    for _n in range(6):
        question = review.next_question(ANNA)
        assert question is not None
        assert question.why == "likely"
        review.answer(question.id, "same", ANNA)
    assert individuals(folder) == before
    (state,) = review.observers()
    assert state.controls == 6
    assert state.answers == 0
    assert state.false_same.errors > 0
    assert state.false_different.errors == 0
    assert review.pair_history(event_id(0), event_id(1)) == []
