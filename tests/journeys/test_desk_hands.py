"""Match review without a mouse or without sight of the screen: what Tab reaches, what is shown, what is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pardus.model.language import LANGUAGES, _, speaking
from tests.fixtures.chromium import chromium, decide, served, sit_down, speak, until
from tests.fixtures.desk_survey import desk_survey

FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one), box = one.getBoundingClientRect();
  return {
    id: [...document.querySelectorAll("*")].indexOf(one), tag: one.tagName, action: one.dataset.action ?? "",
    area: one.closest("header, .heads, .stage, .tools, .strip, .panel, .decide")?.className || one.className,
    outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
    seen: box.width > 0 && box.right > 0 && box.bottom > 0 && box.left < innerWidth && box.top < innerHeight,
    name: (one.getAttribute("aria-label") || one.labels?.[0]?.textContent || one.textContent).trim(),
  };
}"""
REACHABLE = """() => {
  const all = [...document.querySelectorAll("a[href], button, input:not([type=hidden]), summary, [tabindex='0']")];
  const there = one => one.checkVisibility({ visibilityProperty: true }) && !one.closest("dialog, details ul");
  return all.filter(there).length;
}"""


def tabs(page: Any) -> list[dict[str, Any]]:
    """Press Tab until it comes round; return what had the focus."""
    page.evaluate("() => { document.activeElement.blur(); }")
    found: list[dict[str, Any]] = []
    while len(found) < 200:
        page.keyboard.press("Tab")
        now = page.evaluate(FOCUSED)
        if now["tag"] == "BODY" or (found and now["id"] == found[0]["id"]):
            break
        found.append(now)
    return found


def test_match_review_is_worked_by_tab_and_enter_alone(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=16, animals=4, pictures=2, seed=9)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        page.goto(f"{address}/match")
        page.wait_for_selector("#match[data-question] .strip[data-strip=b] button")
        way = tabs(page)
        assert len({one["id"] for one in way}) == len(way) == page.evaluate(REACHABLE)
        assert [one for one in way if one["outline"] < 2 or not one["seen"] or not one["name"]] == []
        areas = list(dict.fromkeys(one["area"] for one in way))
        assert areas == ["skip", "top", "heads", "stage", "tools", "strip", "decide"]

        def go(selector: str) -> None:
            """Come to something by the Tab key."""
            wanted = page.evaluate(
                "s => [...document.querySelectorAll('*')].indexOf(document.querySelector(s))", selector
            )
            for _step in range(len(way) + 1):
                if page.evaluate(FOCUSED)["id"] == wanted:
                    return
                page.keyboard.press("Tab")
            raise AssertionError(selector)

        go("[data-action=flip]")
        page.keyboard.press("Enter")
        assert page.get_attribute("[data-action=flip]", "aria-pressed") == "true"
        go("#opacity")
        page.keyboard.press("ArrowLeft")
        assert page.input_value("#opacity") == "69"
        go("[data-strip=b] button:not([aria-pressed=true])")
        page.keyboard.press("Enter")
        until(page, "() => document.activeElement.getAttribute('aria-pressed') === 'true'")
        question = page.get_attribute("#match", "data-question")
        go(".decide [data-action=different]")
        page.wait_for_timeout(170)
        page.keyboard.press("Enter")
        until(page, "was => document.getElementById('match').dataset.question !== was", question)
        assert page.evaluate("() => document.activeElement.dataset.action") == "different"  # it is not lost
        page.keyboard.press("Shift+?")
        until(page, "() => document.activeElement.closest('dialog') !== null")
        page.keyboard.press("Enter")  # on the button that closes it
        until(page, "() => document.activeElement.dataset.action === 'different'")
        assert seen.errors == []


def test_what_happened_and_what_comes_is_said_in_every_language(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=16, animals=4, pictures=2, seed=9)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, _seen = sit_down(browser, desk, address)
        for language in LANGUAGES:
            with speaking(language):
                saved, query, apart = _("Saved"), _("Query"), _("{n} km").partition("}")[2]
            speak(page, language)
            page.goto(f"{address}/match")
            page.wait_for_selector("#match[data-question]")
            until(page, "() => document.getElementById('pair').textContent !== ''")
            before = page.inner_text("#pair")
            assert before.startswith(query)
            assert apart in before
            decide(page, "d")
            until(page, "was => document.getElementById('pair').textContent !== was", before)
            assert page.inner_text("[data-state]").startswith(saved)
            live = page.locator("[role=status][aria-live=polite]")
            assert {live.nth(n).get_attribute("id") or "state" for n in range(live.count())} == {
                "pair",
                "state",
            }


def test_after_every_error_the_person_is_told_aloud(tmp_path: Path) -> None:
    survey = desk_survey(tmp_path / "survey", events=8, animals=3, pictures=1, seed=9)
    with chromium() as browser, served(survey.folder) as (desk, address):
        page, _seen = sit_down(browser, desk, address)
        page.goto(f"{address}/match")
        page.wait_for_selector("#match[data-question]")
        page.context.set_offline(True)
        page.wait_for_timeout(200)
        question = page.get_attribute("#match", "data-question")
        page.keyboard.press("s")
        until(page, "() => document.querySelector('[data-state].bad') !== null")
        assert "Not saved" in page.inner_text("[role=status][data-state]")
        assert page.get_attribute("#match", "data-question") == question  # it stays until it is saved
        page.context.set_offline(False)
        decide(page, "s")
        assert page.inner_text("[data-state]").startswith("Saved")
