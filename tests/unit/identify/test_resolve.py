from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.identify.groups import FIRST
from pardus.identify.observers import Observer, kappa, observers, rates
from pardus.identify.resolve import resolve
from pardus.model.answer import ANSWERS, Answer

EVENT = {f"{e}{i}": e for e in "abcdefgh" for i in (1, 2, 3)}
SURE = {"ann": Observer(0.001, 0.001), "bob": Observer(0.03, 0.03)}


def same(a: str, b: str, by: str = "ann") -> Answer:
    return Answer(a, b, "same", by)


def different(a: str, b: str, by: str = "ann") -> Answer:
    return Answer(a, b, "different", by)


PRIORS = {("a", "b"): 1.0, ("a", "d"): 1.0}


def groups(answers: list[Answer]) -> list[str]:
    found = resolve(EVENT, PRIORS, answers, SURE)
    return ["".join(g) for g in found.partition if len(g) > 1]


answer = st.builds(
    Answer,
    st.sampled_from(sorted(EVENT)),
    st.sampled_from(sorted(EVENT)),
    st.sampled_from(ANSWERS),
    st.sampled_from(["ann", "bob", "eve"]),
    st.sampled_from(["", "", "", "same"]),
)


@given(st.lists(answer, max_size=25), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_any_order_of_answers_gives_the_same_individuals(answers: list[Answer], shuffle: object) -> None:
    shuffled = list(answers)
    shuffle.shuffle(shuffled)  # type: ignore[attr-defined]
    priors = {("a", "b"): 1.0, ("b", "c"): -2.0, ("c", "d"): 1.0}
    first = resolve(EVENT, priors, answers, SURE)
    second = resolve(EVENT, priors, shuffled, SURE)
    assert first.partition == second.partition
    assert first.contradictions == second.contradictions
    assert first.set_aside == second.set_aside


@given(st.lists(answer, max_size=20), answer)
@settings(max_examples=100, deadline=None)
def test_taking_an_answer_back_restores_the_earlier_state(answers: list[Answer], extra: Answer) -> None:
    before = resolve(EVENT, {}, answers, SURE)
    resolve(EVENT, {}, [*answers, extra], SURE)
    after = resolve(EVENT, {}, answers, SURE)
    assert before.partition == after.partition
    assert before.contradictions == after.contradictions


@given(st.lists(answer, max_size=20))
@settings(max_examples=100, deadline=None)
def test_a_new_run_of_the_matcher_never_merges_by_itself(answers: list[Answer]) -> None:
    loud = {(a, b): 50.0 for a in "abcdefgh" for b in "abcdefgh" if a < b}
    found = resolve(EVENT, loud, [], SURE)
    assert all(len(group) == 1 for group in found.partition)
    yes = {frozenset((EVENT[x.a], EVENT[x.b])) for x in answers if x.said == "same" and not x.truth}
    for group in resolve(EVENT, loud, answers, SURE).partition:
        reached = {group[0]}
        while more := {e for pair in yes if pair & reached for e in pair} - reached:
            reached |= more
        assert set(group) <= reached


def test_a_sure_yes_merges_and_yes_is_transitive() -> None:
    assert groups([same("a1", "b1")]) == ["ab"]
    assert groups([same("a1", "b1"), same("b2", "c1"), same("b3", "c2")]) == ["abc"]


def test_one_yes_of_an_ordinary_observer_is_not_enough_against_the_machine() -> None:
    assert groups([same("c1", "d1", "bob")]) == []
    assert groups([same("c1", "d1", "bob"), same("c2", "d1", "bob")]) == []  # 6.95 - 6 of the machine
    assert groups([same("a1", "b1", "bob"), same("a2", "b1", "bob")]) == ["ab"]


def test_saying_it_twice_on_the_same_pictures_counts_once() -> None:
    assert groups([same("a1", "b1", "bob")] * 5) == []


def test_large_groups_need_two_pairs_of_pictures() -> None:
    left = [same("a1", "b1"), same("b1", "c1"), same("b2", "c2")]
    right = [same("d1", "e1"), same("d2", "e2"), same("e1", "f1"), same("e2", "f2")]
    assert groups([*left, *right]) == ["abc", "def"]
    once = [*left, *right, same("a1", "d1"), same("a1", "d1", "bob")]
    assert groups(once) == ["abc", "def"]
    waiting = resolve(EVENT, PRIORS, once, SURE).groups
    assert waiting.worth("a", "d", waiting.link("a", "d")) > FIRST / 2
    assert groups([*once, same("b2", "f1")]) == ["abcdef"]


def test_a_chain_that_a_no_contradicts_is_listed() -> None:
    found = resolve(
        EVENT,
        {},
        [
            *(same(f"a{i}", f"b{i}") for i in (1, 2, 3)),
            *(same(f"b{i}", f"c{i}") for i in (1, 2, 3)),
            different("a3", "c3", "bob"),
        ],
        SURE,
    )
    assert [c.events for c in found.contradictions] == [("a", "c")]
    assert found.partition[0] == ("a", "b", "c")


def test_who_contradicts_himself_on_one_pair_counts_nothing_and_is_listed() -> None:
    found = resolve(EVENT, {("a", "b"): 1.0}, [same("a1", "b1"), different("b1", "a1")], SURE)
    assert len(found.partition) == 8
    assert "both" in found.contradictions[0].reason


def test_what_cannot_be_is_never_merged_but_listed() -> None:
    reasons = {("a", "b"): "30 km apart within 1 h"}
    found = resolve(EVENT, {}, [same("a1", "b1"), same("a2", "b2")], SURE, reasons)
    assert len(found.partition) == 8
    assert "30 km" in found.contradictions[0].reason


def test_a_bad_crop_is_set_aside_and_the_other_animal_is_untouched() -> None:
    found = resolve(EVENT, {("a", "b"): 1.0}, [same("a1", "b1"), Answer("a2", "c1", "bad-crop", "bob")], SURE)
    assert found.set_aside == {"a2": "bad-crop"}
    assert ("a", "b") in found.partition
    gone = resolve(EVENT, {("a", "b"): 1.0}, [same("a1", "b1"), Answer("a1", "c1", "bad-crop", "bob")], SURE)
    assert ("a", "b") not in gone.partition


def test_error_rates_come_from_controls_and_controls_decide_nothing() -> None:
    controls = [Answer("a1", "b1", "same" if i else "different", "eve", "same") for i in range(20)]
    measured = rates(controls, "eve")
    assert (measured["false different"].errors, measured["false different"].controls) == (1, 20)
    assert measured["false different"].low < 0.05 < measured["false different"].high
    assert measured["false same"].controls == 0
    assert observers(controls)["eve"].false_different < Observer().false_different
    assert all(len(g) == 1 for g in resolve(EVENT, {}, controls, observers(controls)).partition)


def test_kappa_worked_by_hand() -> None:
    said = {"ann": "ssddd", "bob": "sdddd"}
    answers = [
        Answer(f"a{i}", f"b{i}", {"s": "same", "d": "different"}[c], who)
        for who, letters in said.items()
        for i, c in enumerate(letters)
    ]
    value, n = kappa(answers, "ann", "bob")
    assert n == 5
    assert math.isclose(value, (0.8 - (0.4 * 0.2 + 0.6 * 0.8)) / (1 - (0.4 * 0.2 + 0.6 * 0.8)))
    assert kappa(answers, "ann", "nobody")[1] == 0
