"""Whole jobs at the desk in a real browser without a network: from a card to the report; a package out and in."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.model.language import LANGUAGES
from tests.fixtures.chromium import chromium, served, sit_down, speak
from tests.fixtures.partners import partners
from tests.fixtures.small_survey import card, small_survey

PASSPHRASE = "correct horse"


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_new_survey_goes_from_card_to_report(tmp_path: Path, language: str) -> None:
    folder = small_survey(tmp_path / "survey")
    card(tmp_path / "cards", per_station=3)
    with chromium() as browser, served(folder, roots=(tmp_path,)) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        speak(page, language)
        page.click("nav.pages a[href='/ingest']")
        page.click(".folders a >> nth=0")
        page.click(".folders a:has-text('cards')")
        assert page.input_value("input[name=folder]") == str(tmp_path / "cards")
        page.click("form[action='/ingest/begin'] button.main")
        page.wait_for_url("**/ingest/done/*", timeout=60_000)
        assert page.locator(".saved").count() == 1
        page.click("a[href='/']:visible >> nth=0")
        page.wait_for_selector("text=12")
        page.click("nav.pages a[href='/stations']")
        page.wait_for_selector("svg.map")
        page.click("nav.pages a[href='/estimate']")
        assert page.locator(".checks li").count() == 9
        page.click("form[action='/estimate/begin'] button.main")
        page.wait_for_url("**/jobs/*")
        page.wait_for_url("**/estimate", timeout=60_000)
        # These animals have no names yet: no number.
        assert page.locator("h2:last-of-type ~ .warn strong").count() == 1
        page.goto(f"{address}/report")
        with page.context.expect_page() as opened:
            page.click("button[name=form][value=html]")
        report = opened.value
        report.wait_for_load_state()
        assert "Kedrovaya" in report.content()
        assert (
            report.evaluate("() => document.documentElement.lang || document.querySelector('[lang]').lang")
            == language
        )
        assert seen.outside(address) == []
        assert seen.errors == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_package_goes_out_and_is_taken_in(
    tmp_path: Path, language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    ours, theirs = partners(tmp_path, PASSPHRASE)
    target = tmp_path / "winter.pardus"
    with chromium() as browser:
        with served(ours.folder, roots=(tmp_path,)) as (desk, address):
            page, seen = sit_down(browser, desk, address)
            speak(page, language)
            for for_good in (False, True):
                page.goto(f"{address}/exchange")
                page.fill("input[name=target]", str(target))
                page.fill("form[action='/exchange/pack'] input[name=passphrase]", PASSPHRASE)
                page.click(
                    "form[action='/exchange/pack'] button[name=for_good]"
                    if for_good
                    else "form[action='/exchange/pack'] button.main"
                )
                page.wait_for_url("**/exchange/packed/*", timeout=60_000)
                assert target.exists() == for_good
            assert seen.errors == []
            assert seen.outside(address) == []
        with served(theirs.folder, roots=(tmp_path,)) as (desk, address):
            page, seen = sit_down(browser, desk, address)
            speak(page, language)
            page.goto(f"{address}/exchange")
            page.set_input_files("input[type=file]", str(target))
            page.fill("form[action='/exchange/open'] input[name=passphrase]", PASSPHRASE)
            page.click("form[action='/exchange/open'] button")
            page.wait_for_selector("form[action='/exchange/accept']", timeout=60_000)
            page.click("form[action='/exchange/accept'] button")
            page.wait_for_url("**/exchange")
            assert "← llnp" in page.inner_text("main")
            assert seen.errors == []
            assert seen.outside(address) == []
