from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.identify.animals import AnimalEvent, Seen, animals
from pardus.identify.observers import Observer
from pardus.identify.pairs_folder import MachinePairs
from pardus.identify.queue import Queue, picture_pairs
from pardus.identify.resolve import resolve
from pardus.model.answer import Answer
from pardus.model.deployment import Deployment, Station
from pardus.model.observation import Box, Observation
from pardus.model.survey import Survey, SurveyConfig

START = datetime(2025, 1, 1, tzinfo=UTC)
IDS = [f"e{n}" for n in range(6)]
SURE = {"ann": Observer(0.02, 0.02), "bob": Observer(0.2, 0.1)}


def event(n: int) -> AnimalEvent:
    at = START + timedelta(days=n)
    seen = tuple(
        Seen(i, (i,), f"m{i}", None, Box(0, 0, 1, 1), "d", at, at, "left") for i in (f"e{n}", f"f{n}")
    )
    return AnimalEvent(f"e{n}", "s", 1000.0 * n, 0.0, at, at, seen)


EVENTS = [event(n) for n in range(6)]
PAIRS = [(0, 1, 1.5), (1, 2, 0.5), (2, 3, -1.0), (0, 4, -3.0), (4, 5, 1.0)]
MACHINE = MachinePairs(
    tuple(IDS),
    np.array([p[0] for p in PAIRS], np.int32),
    np.array([p[1] for p in PAIRS], np.int32),
    np.array([p[2] for p in PAIRS], np.float32),
)

rows = st.sampled_from([f"{a}{n}" for n in range(6) for a in "ef"])
answer = st.builds(
    Answer,
    rows,
    rows,
    st.sampled_from(["same", "same", "different", "cannot-tell", "bad-crop"]),
    st.sampled_from(["ann", "bob"]),
    st.sampled_from(["", "", "", "different"]),
    st.sampled_from([0.0, 1.5]),
)


def state(queue: Queue) -> tuple[object, ...]:
    groups = {queue.group(e) for e in IDS}
    return (
        sorted(tuple(queue.said.members(g)) for g in groups),
        queue.said.contradictions,
        sorted(queue.said.set_aside.items()),
        [(q.a, q.b, round(q.log_odds, 6), q.why) for q in queue.open_pairs()],
    )


@given(st.lists(answer, max_size=15), st.randoms(use_true_random=False))
@settings(max_examples=120, deadline=None)
def test_answers_one_by_one_in_any_order_give_what_all_at_once_give(
    answers: list[Answer], shuffle: object
) -> None:
    whole = Queue(EVENTS, MACHINE, answers, SURE)
    shuffled = list(answers)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    step = Queue(EVENTS, MACHINE, [], SURE)
    for n in range(len(shuffled)):
        step.answer(shuffled[: n + 1], SURE)
    assert state(step) == state(whole)


@given(st.lists(answer, min_size=1, max_size=12), st.data())
@settings(max_examples=80, deadline=None)
def test_taking_any_answer_back_restores_what_the_others_give(
    answers: list[Answer], data: st.DataObject
) -> None:
    queue = Queue(EVENTS, MACHINE, answers, SURE)
    gone = data.draw(st.integers(0, len(answers) - 1))
    rest = answers[:gone] + answers[gone + 1 :]
    queue.answer(rest, SURE)
    assert state(queue) == state(Queue(EVENTS, MACHINE, rest, SURE))


@given(st.lists(answer, max_size=12))
@settings(max_examples=80, deadline=None)
def test_chain_by_chain_merges_no_less_than_all_together(answers: list[Answer]) -> None:
    """Resolving all at once joins nothing that chains keep apart; chains add what no picture is left for."""
    unit = {row: f"e{row[1]}" for row in [f"{a}{n}" for n in range(6) for a in "ef"]}
    priors = {}
    for a in sorted(answers, key=lambda a: (a.pair, a.by, a.said, a.prior)):
        if not a.truth and unit[a.a] != unit[a.b]:
            priors[tuple(sorted((unit[a.a], unit[a.b])))] = a.prior
    whole = resolve(unit, priors, answers, SURE).partition  # type: ignore[arg-type]
    queue = Queue(EVENTS, MACHINE, answers, SURE)
    for group in whole:
        assert len({queue.group(e) for e in group}) == 1


@given(st.lists(answer, max_size=12))
@settings(max_examples=60, deadline=None)
def test_another_run_of_the_machine_changes_no_group(answers: list[Answer]) -> None:
    loud = MachinePairs(MACHINE.events, MACHINE.a, MACHINE.b, MACHINE.log_odds * 0 + 9.0)
    one, other = (Queue(EVENTS, m, answers, SURE) for m in (MACHINE, loud))
    assert [one.group(e) for e in IDS] == [other.group(e) for e in IDS]


def family(boxes: list[list[tuple[float, float]]], **said: Any) -> list[AnimalEvent]:
    """Events of one burst; boxes: picture -> (left edge, height). said: fields of every box."""
    station = Station("o:S", "S", 0, 0, 43, 131)
    camera = Deployment("o:D", "o:S", "", START, START + timedelta(days=9))
    observations = tuple(
        Observation(
            f"o:{n}-{k}", "o:D", START + timedelta(seconds=n), START + timedelta(seconds=n), (f"o:m{n}",),
            box=Box(x, 0.5, 0.2, height), **{"scientific_name": "Panthera pardus", **said},
        )
        for n, there in enumerate(boxes)
        for k, (x, height) in enumerate(there)
    )  # fmt: skip
    config = SurveyConfig("o", "s", "Panthera pardus")
    return list(animals(Survey(config, (station,), (camera,), (), observations), unsorted=True).events)


def test_a_mother_and_her_cub_in_a_line_are_followed_as_two_animals() -> None:
    events = family([[(0.1, 0.5), (0.0, 0.3)], [(0.4, 0.5), (0.3, 0.3)], [(0.7, 0.5), (0.6, 0.3)]])
    assert len(events) == 2
    for e in events:
        assert len({s.box.height for s in e.seen if s.box}) == 1
        assert len(e.seen) == 3
        assert len(e.together) == 1


def test_where_it_cant_be_told_who_is_who_nobody_is_followed() -> None:
    events = family([[(0.1, 0.3), (0.4, 0.3)], [(0.4, 0.3), (0.7, 0.3)], [(0.1, 0.3)]])
    assert all(len({s.start for s in e.seen}) == len(e.seen) for e in events)
    one = family([[(0.2, 0.5)], [(0.5, 0.5)]])
    assert len(one) == 1
    assert len(one[0].seen) == 2


PIECES = [[(0.1, 0.5), (0.4, 0.1)], [(0.3, 0.2), (0.5, 0.4), (0.7, 0.1)], [(0.6, 0.5)]]


def test_boxes_of_what_moved_in_one_burst_are_one_event() -> None:
    (one,) = family(PIECES, scientific_name="", extra={"unchecked": "motion"})
    assert len(one.seen) == 6
    assert one.together == ()


@pytest.mark.parametrize("said", [{"extra": {}}, {"flank": "left", "extra": {"unchecked": "motion"}}])
def test_boxes_that_a_finder_or_a_person_vouches_for_are_told_apart(said: dict[str, Any]) -> None:
    assert len(family(PIECES, scientific_name="", **said)) > 1


def test_a_name_that_answers_gave_leaves_the_event_whole() -> None:
    (one,) = family(PIECES, scientific_name="", extra={"unchecked": "motion"}, individual="o:F1")
    assert one.name == "o:F1"


def burst(n: int, boxes: dict[str, tuple[str, Box]]) -> AnimalEvent:
    at = START + timedelta(days=n)
    seen = tuple(Seen(i, (i,), f"m{i}", None, box, "d", at, at, quality=q) for i, (q, box) in boxes.items())
    return AnimalEvent(min(boxes), "s", 0.0, 0.0, at, at, seen)


def test_a_strip_of_paws_is_shown_after_the_whole_cat_and_before_a_blurred_one() -> None:
    cat, paws = Box(0.2, 0.2, 0.5, 0.4), Box(0.2, 0.6, 0.6, 0.05)
    one = burst(0, {"a1": ("fair", paws), "a2": ("fair", cat), "a3": ("poor", cat)})
    other = burst(1, {"b1": ("fair", cat)})
    assert picture_pairs(one, other) == [("a2", "b1"), ("a1", "b1"), ("a3", "b1")]
