"""Every page of the desk: hostile names do nothing, and people who see or work differently can use it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.model.individual import Statement
from pardus.model.record import to_record
from tests.fixtures.chromium import chromium, served, sit_down
from tests.fixtures.desk_survey import desk_survey

PAGES = (
    "/", "/ingest", "/stations", "/triage", "/triage/camera/llnp%3AD00", "/triage/empty", "/match", "/adjudication",
    "/individuals", "/individual/llnp%3AHOSTILE", "LOOK",
    "/estimate", "/exchange", "/report", "/log", "/settings", "/nothing",
)  # fmt: skip
SCRIPT = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"
NAMES = {
    "survey": f"Winter {SCRIPT}\u202egnp.exe",
    "station": "S'\"><svg onload=document.title='broken'>{{7*7}}",
    "comment": f'=HYPERLINK("http://evil.example") {SCRIPT}',
    "cause": f"bear\u2066{SCRIPT}",
}


def hostile_survey(folder: Path) -> Path:
    """Make a survey in which everything that people write tries to be more than text."""
    survey = desk_survey(folder, events=8, animals=3, pictures=1, stations=6, triage=6, names=NAMES)
    sayer = Sayer(f"llnp:{SCRIPT}")
    id_ = "llnp:HOSTILE"
    said = [
        Statement(id_, about, f"{SCRIPT}{{% raw %}}\u202e", date(2025, 1, 1), SCRIPT, SCRIPT)
        for about in ("name", "alias", "sex", "status", "comment")
    ]
    with open_survey(survey.folder, write=True) as store, store.transaction():
        sayer.say(store, "individuals-stated", {"statements": [to_record(s) for s in said]})
        decision = {"observation": "llnp:o0000-0", "about": "individual", "value": id_, "by": SCRIPT}
        sayer.say(store, "decisions-made", {"decisions": [decision]})
    return survey.folder


def faults(page: Any) -> list[str]:
    """Return what axe calls serious or critical."""
    from axe_playwright_python.sync_playwright import Axe

    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']}: {v['nodes'][0]['html'][:160]} ({len(v['nodes'])})"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def test_hostile_names_do_nothing_and_no_page_has_a_serious_fault(tmp_path: Path) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    folder = hostile_survey(tmp_path / "survey")
    wrong: dict[str, list[str]] = {}
    with chromium() as browser, served(folder, roots=(tmp_path,)) as (desk, address):
        page, seen = sit_down(browser, desk, address)
        inspector = browser.new_context(
            bypass_csp=True
        )  # axe must be put into the page; the desk's pages forbid that
        inspector.add_cookies(page.context.cookies())
        looking = inspector.new_page()
        with open_survey(folder) as store:
            media = dict(store.rows("observations", ["llnp:t0000"]))["llnp:t0000"]["media"][0]
        for path in (f"/look/{media}" if path == "LOOK" else path for path in PAGES):
            page.goto(f"{address}{path}")
            page.wait_for_load_state("networkidle")
            assert page.title() != "broken", path
            assert page.locator("main svg[onload], main img[onerror]").count() == 0, path
            assert "\u202e" not in page.inner_text("body"), path
            assert "49" not in page.locator("h1").first.inner_text(), path
            looking.goto(f"{address}{path}")
            looking.wait_for_load_state("networkidle")
            assert looking.title() != "broken", path  # nor without the policy
            if found := faults(looking):
                wrong[path] = found
        assert seen.outside(address) == []
        assert [e for e in seen.errors if "404" not in e] == []
    assert wrong == {}
