"""Every page of the desk: hostile words do nothing, nothing is left in English, and nobody is kept out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from pardus.model.language import LANGUAGES
from tests.fixtures.chromium import chromium, served, sit_down, speak
from tests.fixtures.full_desk import HOSTILE, PLAIN, every_page, full_desk
from tests.fixtures.small_survey import card

ELSEWHERE = [pytest.param(one, marks=pytest.mark.slow) for one in LANGUAGES if one != "en"]
"""The usual check looks at one language; `dev.py studies` at all."""

LATIN = {
    # languages and what has no other name: file names, formats, commands, keys, units and signs of the trade
    "English", "pardus", "survey.toml", "HTML", "PDF", "DOCX", "JSON", "UTC", "T0", "T1", "T2", "T3", "HHN", "HN",
    "HEX", "Cohen's", "kappa", "Enter",
}  # fmt: skip
OURS = re.compile(r"[A-Za-z][A-Za-z'’]{2,}(?: [A-Za-z'’]{2,})+")
"""Two English words one after the other: what people wrote in the survey is taken out before."""


def faults(page: Any) -> list[str]:
    """Return what axe calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} ({len(v['nodes'])})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_axe_finds_what_is_wrong() -> None:
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    with chromium() as browser:
        page = browser.new_page()
        page.set_content(
            "<html lang='en'><title>x</title><main><img src='data:,'><p style='color:#ccc'>pale</p></main>"
        )
        assert [f.partition(":")[0] for f in faults(page)] == ["color-contrast", "image-alt"]


@pytest.mark.parametrize("language", ["en", *ELSEWHERE])
def test_hostile_words_do_nothing_and_no_page_has_a_serious_fault(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the pages' policy, so that only the escaping stands between a name and the browser."""
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    full = full_desk(tmp_path, HOSTILE)
    card(full.card, ("S00", "S01"), 2)
    wrong: dict[str, list[str]] = {}
    with chromium() as browser, served(full.folder, roots=full.roots) as (desk, address):
        page, seen = sit_down(browser, desk, address, policy=False)
        speak(page, language)
        for name in every_page(page, address, full):
            assert page.title() != "broken", name
            assert (
                page.locator(
                    "main :is([onload], [onerror], [onmouseover], script:not([type='application/json']))"
                ).count()
                == 0
            ), name
            assert not set("\u202e\u2066") & set(page.inner_text("body")), name
            assert "49" not in page.inner_text("h1"), name
            if found := faults(page):
                wrong[name] = found
        assert seen.outside(address) == []
        assert [e for e in seen.errors if not e.startswith("Failed to load resource")] == []
    assert wrong == {}


def test_the_policy_of_the_pages_forbids_nothing_that_they_need(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    full = full_desk(tmp_path, HOSTILE)
    card(full.card, ("S00", "S01"), 2)
    with chromium() as browser, served(full.folder, roots=full.roots) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        shown = list(every_page(page, address, full))
        assert len(shown) > 25
        assert seen.outside(address) == []
        assert {e.partition(" status of ")[2][:3] for e in seen.errors} <= {
            "404",
            "409",
        }  # those that are asked for


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ru", "zh"])
def test_no_page_is_left_in_english_or_cut_off(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    full = full_desk(tmp_path, {**PLAIN, "comment": "у ручья", "cause": "медведь"})
    card(full.card, ("S00", "S01"), 2)
    english: dict[str, list[str]] = {}
    cut: dict[str, list[str]] = {}
    with chromium() as browser, served(full.folder, roots=full.roots) as (desk, address):
        page, _seen = sit_down(browser, desk, address)
        speak(page, language)
        for name in every_page(page, address, full):
            said = page.evaluate(SAID)
            if found := [text for text in said if OURS.search(" ".join(set_aside(text)))]:
                english[name] = found
            if found := page.evaluate(CUT):
                cut[name] = found
    assert english == {}
    assert cut == {}


SAID = """() => {
  const texts = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    if (!walk.currentNode.parentElement.closest("script, code, kbd, bdi")) texts.push(walk.currentNode.data);
  }
  for (const name of ["aria-label", "title", "alt", "placeholder"]) {
    for (const one of document.querySelectorAll(`[${name}]`)) texts.push(one.getAttribute(name));
  }
  return texts.map(text => text.trim()).filter(Boolean);
}"""
CUT = """() => {
  const wide = document.documentElement.clientWidth;
  const found = document.documentElement.scrollWidth > wide ? ["the page is wider than the window"] : [];
  for (const one of document.querySelectorAll("body *")) {
    const style = getComputedStyle(one);
    if (one.closest("svg, .unseen, select") || one.clientWidth === 0 || style.display === "inline") continue;
    if (["INPUT", "IMG", "CANVAS"].includes(one.tagName) || style.textOverflow === "ellipsis") continue;
    if (["auto", "scroll"].includes(style.overflowX) || one.scrollWidth <= one.clientWidth + 1) continue;
    found.push(`${one.tagName}.${one.className}: ${(one.textContent ?? "").trim().slice(0, 60)}`);
  }
  return found;
}"""


def set_aside(text: str) -> list[str]:
    """Return the words of a text without those that have no other name, and parts of fingerprints."""
    words = [word for word in text.split() if not re.fullmatch("[0-9a-f]{4}", word)]
    return [word for word in words if word.strip(",.;:()") not in LATIN]
