"""The gate: who is refused, and what a browser is told not to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from pardus.web.server import make_app
from tests.fixtures.desk import ORIGIN, TOKEN, browser, make_desk
from tests.fixtures.small_survey import small_survey


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_survey(tmp_path_factory.mktemp("guard") / "survey")


def paths(survey: Path, method: str) -> list[str]:
    routes = [r for r in make_app(make_desk(survey)).routes if isinstance(r, Route)]
    found = [r.path for r in routes if method in (r.methods or ())]
    assert len(found) > 5
    return found


def filled(path: str) -> str:
    return path.replace("{id}", "llnp:x").replace("{file}", "x.css").replace("{name}", "x")


def test_nobody_sees_a_page_without_coming_in(survey: Path) -> None:
    with browser(make_desk(survey), inside=False) as someone:
        for path in paths(survey, "GET"):
            if path == "/enter":
                continue
            status, _text = someone.get(filled(path))
            assert status == (404 if path.startswith("/static") else 303), path
            assert someone.client.get(filled(path), headers={"accept": "*/*"}).status_code in (401, 404), path


def test_a_wrong_token_does_not_let_in(survey: Path) -> None:
    with browser(make_desk(survey), inside=False) as someone:
        assert someone.enter("guess") == 403
        assert someone.enter("") == 403
        assert someone.get("/")[0] == 303
        assert someone.enter(TOKEN) == 200
        assert someone.get("/")[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8420", "127.0.0.1", "127.0.0.1:8421", ""])
def test_a_name_that_was_pointed_at_this_computer_is_refused(survey: Path, host: str) -> None:
    with browser(make_desk(survey)) as anna:
        for path in paths(survey, "GET"):
            assert anna.get(filled(path), host=host)[0] == 421, path
        for path in paths(survey, "POST"):
            assert anna.post(filled(path), {"language": "ru"}, host=host)[0] == 421, path


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "http://127.0.0.1:8421", "https://127.0.0.1:8420"]
)
def test_another_site_changes_nothing(survey: Path, origin: str) -> None:
    with browser(make_desk(survey)) as anna:
        for path in paths(survey, "POST"):
            assert anna.post(filled(path), {"language": "ru"}, origin=origin)[0] == 403, path
        assert 'lang="en"' in anna.get("/")[1]


def test_a_request_without_an_origin_changes_nothing(survey: Path) -> None:
    with browser(make_desk(survey)) as anna:
        answer = anna.client.post("/language", data={"csrf": anna.csrf, "language": "ru"})
        assert answer.status_code == 403


def test_every_form_needs_the_token_of_its_session(survey: Path) -> None:
    with browser(make_desk(survey)) as anna:
        right, checked = anna.csrf, 0
        for wrong in ("", "guess", right[:-1], right + "x"):
            anna.csrf = wrong
            for path in paths(survey, "POST"):
                if path != "/enter":
                    assert anna.post(filled(path), {})[0] == 403, path
                    json = anna.client.post(
                        filled(path), json={}, headers={"origin": ORIGIN, "x-pardus-csrf": wrong}
                    )
                    assert json.status_code == 403, path
                    checked += 1
        assert checked >= 8
        anna.csrf = right
        assert anna.post("/language", {"language": "ru"}) == (303, "/")


def test_pictures_are_not_for_other_sites(survey: Path) -> None:
    with browser(make_desk(survey)) as anna:
        status, _text = anna.get(
            "/picture/x", **{"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
        )
        assert status == 403


def test_every_answer_tells_the_browser_what_it_may_not(survey: Path) -> None:
    with browser(make_desk(survey)) as anna:
        for path in ("/", "/enter", "/nothing", "/static/desk.css", "/static/desk.js", "/picture/x"):
            answer = anna.client.get(path)
            policy = answer.headers["content-security-policy"]
            assert policy.startswith("default-src 'none'"), path
            assert "unsafe" not in policy
            assert "http" not in policy
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert answer.headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize(
    "path",
    [
        "/static/../survey.toml", "/static/..%2f..%2fsurvey.toml", "/static/%2e%2e/view.py", "/static/..\\view.py",
        "/static//etc/passwd", "/static/%2fetc%2fpasswd", "/picture/..%2f..%2fsurvey.toml", "/picture/%2fetc%2fpasswd",
        "/picture/....//survey.sqlite", "/picture/survey.toml", "/clip/..%2fsurvey.sqlite", "/individual/..%2f..",
    ],
)  # fmt: skip
def test_no_path_leads_to_a_file(survey: Path, path: str) -> None:
    with browser(make_desk(survey)) as anna:
        answer = anna.client.get(path)
        assert answer.status_code == 404, path
        assert "Kedrovaya" not in answer.text or "<html" in answer.text
        assert "organisation =" not in answer.text


OUT = (
    "../survey.toml",
    "..%2f..%2fsurvey.toml",
    "%2fetc%2fpasswd",
    "....//survey.sqlite",
    "..\\survey.toml",
    "%00",
    "~",
)


@pytest.mark.parametrize("way", OUT)
def test_no_id_leads_to_a_file(survey: Path, way: str) -> None:
    asked = 0
    with browser(make_desk(survey)) as anna:
        for path in paths(survey, "GET"):
            if "{" in path:
                answer = anna.client.get(re.sub(r"\{\w+\}", lambda _found: way, path), follow_redirects=False)
                # A camera of which nothing is found.
                known = (404, 409) if path != "/triage/camera/{id}" else (200, 404)
                assert answer.status_code in known, path
                assert "organisation =" not in answer.text, path
                assert "root:" not in answer.text, path
                asked += 1
    assert asked >= 8


@pytest.mark.parametrize("way", ["/etc", "/etc/pardus.pardus", "../../x.pardus", "~/x.pardus", ""])
def test_nothing_is_written_beyond_the_folders_of_the_desk(survey: Path, way: str) -> None:
    fields = {"target": way, "tier": "T2", "to": "x", "passphrase": "x", "for_good": "1", "folder": way}
    with browser(make_desk(survey)) as anna:
        assert anna.post("/exchange/pack", fields)[0] == 409
        assert anna.post("/settings/backup", fields)[0] == 409


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(survey: Path) -> None:
    with browser(make_desk(survey), inside=False) as someone:
        answer = someone.client.post(
            "/enter", data={"token": TOKEN}, headers={"origin": ORIGIN}, follow_redirects=False
        )
        said = answer.headers["set-cookie"].lower()
        assert "httponly" in said
        assert "samesite=strict" in said


def test_leaving_ends_the_session(survey: Path) -> None:
    with browser(make_desk(survey)) as anna:
        secret = anna.client.cookies["pardus"]
        assert anna.post("/leave", {}) == (303, "/enter")
        anna.client.cookies.set("pardus", secret)
        assert anna.get("/")[0] == 303
