"""Match review over HTTP: what is called saved is saved, by whom it should be, once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from pardus.app.survey_folder import open_survey
from pardus.model.answer import ANSWERS
from pardus.web.desk import Desk
from tests.fixtures.desk import Browser, browser, make_desk
from tests.fixtures.desk_survey import DeskSurvey, desk_survey

PEOPLE = ("anna", "boris", "chen", "dasha", "emil")


@contextmanager
def table(desk: Desk) -> Iterator[dict[str, Browser]]:
    """Five people at one desk, each in a browser of his own."""
    with ExitStack() as stack:
        people = {}
        for name in PEOPLE:
            one = stack.enter_context(browser(desk))
            secret = one.client.cookies["pardus"]
            session = desk.sessions.get(secret)
            assert session is not None
            session.person = name
            people[name] = one
        yield people


def counted(folder: Path) -> dict[str, tuple[str, str]]:
    """Entry -> (who, what) of the answers that count."""
    with open_survey(folder) as store:
        return {
            key.partition("\x1f")[0]: (record["by"], record["said"])
            for key, record in store.present("answers")
        }


class Desks(RuleBasedStateMachine):
    """Five reviewers at one queue, in any order: ask, answer, answer again, leave, take back."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.folder = desk_survey(folder / "survey", events=10, animals=4, pictures=1, seed=2).folder
        self.desk = make_desk(self.folder)
        self.people = self.stack.enter_context(table(self.desk))
        self.held: dict[str, dict[str, Any]] = {name: {} for name in PEOPLE}
        self.saved: dict[str, tuple[str, str]] = {}

    def teardown(self) -> None:
        self.stack.close()

    @rule(name=st.sampled_from(PEOPLE))
    def ask(self, name: str) -> None:
        status, found = self.people[name].say("/match/next", {})
        assert status == 200
        question: Any = found["question"]
        if question is not None:
            self.held[name][question["id"]] = question

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data(), said=st.sampled_from(ANSWERS))
    def answer(self, data: st.DataObject, said: str) -> None:
        name = data.draw(st.sampled_from([n for n in PEOPLE if self.held[n]]))
        id_ = data.draw(st.sampled_from(sorted(self.held[name])))
        status, done = self.people[name].say("/match/answer", {"question": id_, "said": said})
        del self.held[name][id_]
        if status == 200:
            assert done["entry"] == id_
            self.saved[id_] = (f"llnp:{name}", said)
        else:
            assert status == 409  # it was given to nobody any more

    @precondition(lambda self: bool(self.saved))
    @rule(data=st.data())
    def answer_again(self, data: st.DataObject) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.saved)))
        by, said = self.saved[id_]
        status, done = self.people[by.partition(":")[2]].say("/match/answer", {"question": id_, "said": said})
        assert (status, done["entry"]) == (200, id_)

    @precondition(lambda self: bool(self.saved))
    @rule(data=st.data(), name=st.sampled_from(PEOPLE))
    def answer_for_somebody_else(self, data: st.DataObject, name: str) -> None:
        id_ = data.draw(st.sampled_from(sorted(self.saved)))
        if self.saved[id_][0] != f"llnp:{name}":
            status, _done = self.people[name].say("/match/answer", {"question": id_, "said": "same"})
            assert status == 409

    @precondition(lambda self: any(self.held.values()))
    @rule(data=st.data())
    def leave(self, data: st.DataObject) -> None:
        name = data.draw(st.sampled_from([n for n in PEOPLE if self.held[n]]))
        id_ = data.draw(st.sampled_from(sorted(self.held[name])))
        assert self.people[name].say("/match/skip", {"question": id_})[0] == 200
        del self.held[name][id_]

    @rule(name=st.sampled_from(PEOPLE))
    def take_back(self, name: str) -> None:
        before = counted(self.folder)
        status, done = self.people[name].say("/match/undo", {"held": []})
        assert status == 200
        gone = set(before) - set(counted(self.folder))
        mine = [id_ for id_, (by, _said) in self.saved.items() if by == f"llnp:{name}"]
        assert gone == set(mine[-1:])
        for id_ in gone:
            del self.saved[id_]
        question: Any = done["question"]
        if question is not None:
            self.held[name][question["id"]] = question

    @invariant()
    def what_was_called_saved_is_there_once(self) -> None:
        assert counted(self.folder) == self.saved


Desks.TestCase.settings = settings(
    max_examples=3, stateful_step_count=18, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFiveReviewers = Desks.TestCase


class DesksForLong(Desks):
    """The same, much longer."""


DesksForLong.TestCase.settings = settings(
    max_examples=40, stateful_step_count=50, deadline=None, suppress_health_check=list(HealthCheck)
)
TestFiveReviewersForLong = pytest.mark.slow(DesksForLong.TestCase)


def test_an_answer_that_nobody_asked_for_is_refused(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1)
    with browser(make_desk(survey.folder)) as anna:
        status, said = anna.say("/match/answer", {"question": "guess", "said": "same"})
        assert status == 409
        assert "not open" in str(said["error"])
    assert counted(survey.folder) == {}


@pytest.mark.parametrize("said", ["", "yes", "SAME", "same "])
def test_only_the_five_answers_are_taken(tmp_path: Path, said: str) -> None:
    survey = desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1)
    with browser(make_desk(survey.folder)) as anna:
        question: Any = anna.say("/match/next", {})[1]["question"]
        status, _found = anna.say("/match/answer", {"question": question["id"], "said": said})
        assert status == (200 if said.strip() == "same" else 409)


def test_the_answer_that_makes_an_animal_leads_to_its_page_which_says_who_said_so(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=6, animals=2, pictures=2)
    with browser(make_desk(survey.folder)) as anna:
        done: dict[str, Any] = {}
        for _turn in range(40):
            question: Any = anna.say("/match/next", {})[1]["question"]
            first, other = (question[side]["plates"][question[side]["first"]]["id"] for side in "ab")
            same = animal_of(survey, first) == animal_of(survey, other)
            done = anna.say(
                "/match/answer", {"question": question["id"], "said": "same" if same else "different"}
            )[1]
            assert bool(done["merged"]) == bool(done["passport"])
            if done["merged"]:
                break
        status, page = anna.get(str(done["passport"]))
        assert status == 200
        assert str(done["name"]) in page
        assert "Who said that it is one animal" in page


def animal_of(survey: DeskSurvey, row: str) -> str:
    return next(animal for event, animal in survey.who.items() if event[:-2] == row[:-2])


def test_a_bad_crop_is_of_the_side_that_was_said(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=4, animals=2, pictures=2)
    desk = make_desk(survey.folder)
    with browser(desk) as anna:
        question: Any = anna.say("/match/next", {})[1]["question"]
        right = question["b"]["plates"][question["b"]["first"]]["id"]
        said = {"question": question["id"], "said": "bad-crop", "of_b": True}
        assert anna.say("/match/answer", said)[0] == 200
    with open_survey(survey.folder) as store:
        ((_key, record),) = store.present("answers")
    assert record["a"] == right


def test_what_waits_on_the_first_page_counts_the_pairs_to_decide(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1)
    with browser(make_desk(survey.folder)) as anna:
        assert "pairs to decide" in anna.get("/home/counts")[1]
        assert "pairs to decide" in anna.get("/")[1]  # known by now
