"""A person at the desk: a real browser, no network, keys only."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from pardus.app.review import Review
from pardus.app.survey_folder import open_survey
from pardus.model.language import LANGUAGES, _, speaking
from pardus.store.check import check_file
from tests.fixtures.chromium import chromium, decide, served, sit_down, speak, until
from tests.fixtures.desk_survey import DeskSurvey, desk_survey


def answers(folder: Path) -> list[dict[str, Any]]:
    with open_survey(folder) as store:
        return [record for _key, record in store.present("answers")]


def truth(survey: DeskSurvey, queue: Review, page: Any) -> str:
    """Return the key of the true answer to the question on the screen."""
    lease = queue._leases[page.get_attribute("#match", "data-question")].question
    return "s" if survey.who[lease.a.event] == survey.who[lease.b.event] else "d"


def work(page: Any, survey: DeskSurvey, desk: Any, address: str, most: int) -> int:
    """Answer truly, by keys only, until nothing is open; return the number of answers."""
    page.goto(f"{address}/match")
    page.wait_for_selector("#match[data-question], #match[data-none]")
    done = 0
    while done < most and page.get_attribute("#match", "data-none") is None:
        queue = desk.kept.once("review", lambda: None)
        decide(page, truth(survey, queue, page))
        done += 1
    return done


def test_pairs_are_decided_by_keys_alone_undone_and_nothing_leaves_this_computer(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=10, animals=3, pictures=1, triage=6)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        done = work(page, survey, desk, address, 6)
        said = answers(survey.folder)
        assert len(said) == done == 6
        assert {a["said"] for a in said} <= {"same", "different"}
        page.keyboard.press("u")
        until(page, "() => document.querySelector('[data-state]').textContent.startsWith('Taken back')")
        assert len(answers(survey.folder)) == 5
        page.keyboard.press("Shift+?")
        assert page.locator("dialog#sheet[open]").count() == 1
        page.keyboard.press("Escape")
        for key in ("b", "l", "m", "c", "v", "+", "-", ".", ",", "ArrowLeft"):
            page.keyboard.press(key)
        page.goto(f"{address}/triage/camera/llnp%3AD00")
        page.keyboard.press("l")
        page.wait_for_selector(".tile[data-done]")
        assert page.locator(".tile[data-done]").count() == 3  # the whole event
        page.keyboard.press("z")
        until(page, "() => document.querySelectorAll('.tile[data-done]').length === 0")
        assert seen.errors == []
        assert seen.outside(address) == []
    assert check_file(survey.folder / "survey.sqlite")[1] == []


def test_a_page_that_asks_elsewhere_fails_its_journey(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1)

    def journey() -> None:
        with chromium() as browser, served(survey.folder) as (desk, address):
            page, _seen = sit_down(browser, desk, address, policy=False)
            page.evaluate("() => fetch('http://example.org/').catch(() => 0)")

    with pytest.raises(AssertionError, match=r"example\.org"):
        journey()


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_two_hundred_decisions_by_keyboard_only(tmp_path: Path, language: str) -> None:
    survey = desk_survey(tmp_path / "survey", events=90, animals=30, pictures=1, seed=3)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        speak(page, language)
        done = work(page, survey, desk, address, 200)
        said = answers(survey.folder)
        assert len(said) == done
        assert done == 200
        assert seen.errors == []
        assert seen.outside(address) == []
    assert check_file(survey.folder / "survey.sqlite")[1] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_two_browsers_at_one_queue_lose_and_double_nothing(tmp_path: Path, language: str) -> None:
    survey = desk_survey(tmp_path / "survey", events=40, animals=12, pictures=1, seed=4)
    with chromium() as browser, served(survey.folder) as (desk, address):
        windows = []
        for name in ("anna", "boris"):
            page, seen = sit_down(browser, desk, address)
            session = list(desk.sessions._known.values())[-1]
            session.person = name  # two people at one queue, without passwords
            speak(page, language)
            page.goto(f"{address}/match")
            page.wait_for_selector("#match[data-question]")
            windows.append((page, seen))
        shown: list[str] = []
        queue = desk.kept.once("review", lambda: None)
        for _turn in range(20):
            ids = [page.get_attribute("#match", "data-question") for page, _seen in windows]
            pairs = [frozenset(queue._leases[i].groups) for i in ids]
            assert pairs[0] != pairs[1], "two people were asked about the same two animals at once"
            for (page, _seen), id_ in zip(windows, ids, strict=True):
                shown.append(str(id_))
                decide(page, truth(survey, queue, page))
        said = answers(survey.folder)
        assert len(said) == len(shown) == 40
        with open_survey(survey.folder) as store:
            entries = [e.id for e in store.entries(["questions-answered"])]
        assert sorted(entries) == sorted(shown)
        assert sorted({a["by"] for a in said}) == ["llnp:anna", "llnp:boris"]
        assert [seen.errors + seen.outside(address) for _page, seen in windows] == [[], []]


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_wrong_merge_is_undone_to_exactly_what_was_before(tmp_path: Path, language: str) -> None:
    with speaking(language):
        words = _("Taken back:")
    survey = desk_survey(tmp_path / "survey", events=16, animals=5, pictures=2, seed=5)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        speak(page, language)
        work(page, survey, desk, address, 12)
        queue = desk.kept.once("review", lambda: None)
        before = [(g.id, g.events) for g in queue.groups()]
        turns = 0
        while [(g.id, g.events) for g in queue.groups()] == before and turns < 8:
            turns += 1
            decide(page, "s")  # right or wrong
        assert [(g.id, g.events) for g in queue.groups()] != before
        for _turn in range(turns):
            count = len(answers(survey.folder))
            page.wait_for_timeout(170)
            page.keyboard.press("u")
            until(
                page, "words => document.querySelector('[data-state]').textContent.startsWith(words)", words
            )
            page.evaluate("() => { document.querySelector('[data-state]').textContent = '' }")
            assert len(answers(survey.folder)) == count - 1
        assert [(g.id, g.events) for g in queue.groups()] == before
        assert seen.errors == []
        assert seen.outside(address) == []
