"""What people do on each page does what it says, and what can't be right is refused with the reason."""

from __future__ import annotations

import json
import re
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pardus.app.pair_clocks import PairClock
from pardus.app.passports import passport
from pardus.app.review import Review
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.ingest.pairs import PairOffset
from pardus.model.language import LANGUAGES
from pardus.web import ready
from pardus.web.desk import Desk
from tests.fixtures.desk import Browser, browser, make_desk
from tests.fixtures.desk_survey import desk_survey
from tests.fixtures.partners import partners
from tests.fixtures.small_survey import card, small_survey

PASSPHRASE = "correct horse"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return desk_survey(tmp_path / "survey", events=6, animals=2, pictures=1, stations=3, triage=3).folder


def finish(desk: Desk, address: str) -> str:
    """Wait for the work behind /jobs/ID; return where it leads, or why it failed."""
    job = desk.jobs.get(address.rpartition("/")[2])
    assert job is not None
    until = time.monotonic() + 60
    while job.state in ("waiting", "running") and time.monotonic() < until:
        time.sleep(0.01)
    return job.after if job.state == "done" else f"{job.state}: {job.error}"


def entries(folder: Path) -> int:
    with open_survey(folder) as store:
        newest = store.newest(1)
    return newest[0][0] if newest else 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_opens_in_every_language(folder: Path, language: str) -> None:
    with browser(make_desk(folder)) as anna:
        assert anna.post("/language", {"language": language, "back": "/log"}) == (303, "/log")
        for path in ("/", "/ingest", "/stations", "/triage", "/triage/empty", "/match", "/adjudication", "/individuals",
                     "/estimate", "/exchange", "/report", "/log", "/settings", "/home/counts"):  # fmt: skip
            status, text = anna.get(path)
            assert status == 200, path
            assert path == "/home/counts" or f'<html lang="{language}">' in text


def test_a_language_stays_chosen(folder: Path) -> None:
    desk = make_desk(folder)
    with browser(desk) as anna:
        anna.post("/language", {"language": "zh"})
    with browser(desk) as anna:
        assert '<html lang="zh">' in anna.get("/")[1]


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "javascript:alert(1)", ""])
def test_no_form_leads_to_another_site(folder: Path, back: str) -> None:
    with browser(make_desk(folder)) as anna:
        assert anna.post("/language", {"language": "en", "back": back}) == (303, "/")


def test_a_card_is_taken_in_with_counts_that_add_up(tmp_path: Path) -> None:
    folder = small_survey(tmp_path / "survey")
    card(tmp_path / "card", ("S1", "S2"), 2)
    desk = make_desk(folder)
    with browser(desk) as anna:
        assert "S1" in anna.get(f"/ingest?in={tmp_path / 'card'}")[1]
        status, address = anna.post("/ingest/begin", {"folder": str(tmp_path / "card")})
        assert status == 303
        after = finish(desk, address)
        assert after.startswith("/ingest/done/"), after
        text = anna.get(after)[1]
        assert "4 images and videos = 4 new + 0 known + 0 copies + 0 held back." in text
        assert ">4</td>" in anna.get("/ingest")[1]
        assert anna.client.get(f"{address}/state").json()["state"] == "done"
        answer = anna.client.get(address, follow_redirects=False)  # work that was quicker than its page
        assert (answer.status_code, answer.headers["location"]) == (303, after)


def test_clocks_of_facing_cameras_are_shown(folder: Path) -> None:
    desk = make_desk(folder)
    with open_survey(folder) as store:
        head = store.head()
    known = (
        PairClock("llnp:S00", "llnp:D00", "llnp:D01", PairOffset(61.0, 2.0, 7, 0.1, (9, 8))),
        PairClock("llnp:S01", "llnp:D02", "llnp:D03", None),
    )
    with browser(desk) as anna:
        assert "Compare them" in anna.get("/ingest")[1]
        assert "No two cameras stood together." in anna.get("/ingest?clocks=1")[1]
    desk = make_desk(folder)
    desk.kept.get(("clocks", head), lambda: known)
    with browser(desk) as anna:
        text = anna.get("/ingest")[1]
    assert "61 s" in text
    assert "too few visits to tell" in text


def test_a_page_that_breaks_says_so_and_tells_nothing_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_folder: Path) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr("pardus.web.pages.home.overview", broken)
    with browser(make_desk(folder), raises=False) as anna:
        answer = anna.client.get("/", headers={"accept": "text/html"})
        assert answer.status_code == 500
        assert "Nothing that was saved is lost" in answer.text
        assert "secret" not in answer.text
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def test_failures_are_said_and_taken_back(folder: Path) -> None:
    with browser(make_desk(folder)) as anna:
        fields = {
            "deployment": "llnp:D01",
            "from": "2025-12-01",
            "to": "2025-12-05",
            "state": "failed",
            "cause": "snow",
        }
        assert anna.post("/stations/fail", fields)[0] == 303
        text = anna.get("/stations")[1]
        assert "snow" in text
        start = re.search(r'name="start" value="(2025-12-01[^"]+)"', text)
        assert start
        assert anna.post("/stations/works", {"deployment": "llnp:D01", "start": start.group(1)})[0] == 303
        assert anna.post("/stations/fail", fields | {"cause": ""})[0] == 409
        assert anna.post("/stations/fail", fields | {"from": "yesterday"})[0] == 409
        assert anna.post("/stations/works", {"deployment": "llnp:D01", "start": "x"})[0] == 409


def test_statements_on_an_animal_are_said_with_their_date(folder: Path) -> None:
    with open_survey(folder, write=True) as store, store.transaction():
        decisions = [
            {"observation": "llnp:o0000-0", "about": "individual", "value": "llnp:F1"},
            {"observation": "llnp:o0001-0", "about": "individual", "value": "llnp:F2"},
        ]
        store.append(
            "decisions-made", {"decisions": decisions}, actor="llnp:x", at=datetime.now(UTC), id_="0190"
        )
    with browser(make_desk(folder)) as anna:
        said = {"about": "sex", "value": "female", "on": "2025-12-01", "basis": "cubs"}
        assert anna.post("/individual/llnp%3AF1/state", said)[0] == 303
        assert anna.post("/individual/llnp%3AF2/mother", {"mother": "llnp:F1"})[0] == 303
        assert anna.post("/individual/llnp%3AF2/mother", {"mother": "llnp:F2"})[0] == 409
        assert anna.post("/individual/llnp%3AF1/state", said | {"on": "someday"})[0] == 409
        assert anna.post("/individual/llnp%3AF1/state", said | {"value": "both"})[0] == 409
        assert "female" in anna.get("/individual/llnp%3AF1")[1]
    found = passport(folder, "llnp:F1")
    assert (found.sex, found.cubs) == ("female", ("llnp:F2",))
    assert found.statements[0].by == "llnp:anna"


def test_what_people_differ_on_is_settled_and_answers_are_taken_back(folder: Path) -> None:
    desk = make_desk(folder)
    queue = desk.kept.once("review", lambda: Review(folder, controls=0))
    first = queue.say("llnp:o0000-0", "llnp:o0001-0", "same", "llnp:boris")
    queue.say("llnp:o0000-0", "llnp:o0001-0", "different", "llnp:chen")
    with browser(desk) as anna:
        text = anna.get("/adjudication")[1]
        assert "boris" in text
        assert "chen" in text
        fields = {"a": "llnp:o0000-0", "b": "llnp:o0001-0", "said": "different"}
        assert anna.post("/adjudication/settle", fields) == (303, "/adjudication")
        assert anna.post("/adjudication/settle", fields | {"said": "perhaps"})[0] == 409
        assert anna.post("/adjudication/withdraw", {"entry": first.entry}) == (303, "/adjudication")
    with open_survey(folder) as store:
        assert [r["by"] for _k, r in store.present("answers")] == ["llnp:chen", "llnp:anna"]


def test_a_box_is_drawn_by_a_person_beside_the_machine_s(folder: Path) -> None:
    with open_survey(folder) as store:
        media = dict(store.rows("observations", ["llnp:t0000"]))["llnp:t0000"]["media"][0]
    address = f"/look/{media.replace(':', '%3A')}"
    with browser(make_desk(folder)) as anna:
        assert 'class="machine"' in anna.get(address)[1]
        fields = {"x": "10", "y": "20", "width": "30", "height": "40", "flank": "left", "frame": ""}
        assert anna.post(f"{address}/box", fields) == (303, address)
        text = anna.get(address)[1]
        assert 'class="machine"' in text
        assert 'class="person" x="10.0" y="20.0" width="30.0"' in text
        for wrong in ({"x": "90"}, {"width": "0"}, {"y": "top"}, {"flank": "belly"}):
            assert anna.post(f"{address}/box", fields | wrong)[0] == 409
        assert anna.get("/look/llnp%3Ano")[0] == 404
    with open_survey(folder) as store:
        drawn = [r for _k, r in store.present("observations") if r.get("box", {}).get("x") == 0.1]
    assert [r["classified_by"] for r in drawn] == ["llnp:anna"]


def test_an_estimate_that_can_not_be_made_says_why(folder: Path) -> None:
    desk = make_desk(folder)
    with browser(desk) as anna:
        assert anna.post("/estimate/begin", {"model": "D~moon"})[0] == 409
        status, address = anna.post("/estimate/begin", {"model": ""})
        assert status == 303
        assert finish(desk, address) == "/estimate"
        text = anna.get("/estimate")[1]
    assert "No number can be given:" in text


def test_numbers_lead_to_the_rows_behind_them(folder: Path) -> None:
    with open_survey(folder, write=True) as store, store.transaction():
        said = [
            {"observation": f"llnp:o000{n}-0", "about": "individual", "value": f"llnp:F{n}"} for n in range(3)
        ]
        store.append("decisions-made", {"decisions": said}, actor="llnp:x", at=datetime.now(UTC), id_="0190")
    with browser(make_desk(folder)) as anna:
        links = set(re.findall(r'href="(/rows/[^"]+)"', anna.get("/estimate")[1]))
        assert any(link.startswith("/rows/captures?") for link in links)
        for link in links:
            status, text = anna.get(link.replace("&amp;", "&"))
            assert status == 200
            assert "Rows behind a number" in text
        text = anna.client.get("/rows/events?form=csv&individual=llnp:F1").content.decode("utf-8-sig")
        assert text.splitlines()[0].startswith("event,session,station,individual")
        assert [line.split(",")[3] for line in text.splitlines()[1:]] == ["llnp:F1"]
        assert anna.get("/rows/nothing")[0] == 404
        assert anna.get("/rows/events?from=999999")[0] == 200


@pytest.mark.parametrize(
    ("address", "what"),
    [("/individuals", "passports"), ("/stations", "effort"), ("/match", "review"), ("/estimate", "content")],
)
def test_a_page_that_lacks_something_is_shown_and_says_when_it_is_there(
    folder: Path, monkeypatch: pytest.MonkeyPatch, address: str, what: str
) -> None:
    made, go = ready._MAKERS[what], threading.Event()
    monkeypatch.setitem(ready._MAKERS, what, lambda desk: go.wait(60) and made(desk))
    desk = make_desk(folder, patience_s=0.05)
    with browser(desk) as anna:
        assert f'data-waiting="{what}"' in anna.get(address)[1]
        go.set()
        assert anna.client.get(f"/waiting/{what}").json() == {"ready": True}
        ready.now(desk, "records")
        assert "data-waiting" not in anna.get(address)[1]
        assert anna.get("/waiting/nothing")[0] == 404


@pytest.mark.parametrize(("form", "begin"), [("html", b"<!doctype html>"), ("json", b"{"), ("docx", b"pk")])
def test_the_report_comes_in_each_form_and_may_load_nothing(folder: Path, form: str, begin: bytes) -> None:
    with browser(make_desk(folder)) as anna:
        answer = anna.client.get(f"/report/file?form={form}&language=en&language=ru&edition=public")
        assert answer.status_code == 200
        assert answer.content.lower().startswith(begin)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy.replace("sandbox", "")
        assert "sandbox" in policy
        assert anna.get("/report/file?form=exe")[0] == 409
        assert anna.get("/report/file?as_of=2026-01-01T00:00")[0] == 409


def test_an_entry_of_the_log_is_taken_back_and_shown_so(folder: Path) -> None:
    with browser(make_desk(folder)) as anna:
        _status, done = anna.say(
            "/triage/say", {"observations": ["llnp:t0000"], "about": "flank", "value": "left"}
        )
        before = entries(folder)
        assert anna.post("/log/undo", {"entry": str(done["entry"])}) == (303, "/log")
        assert entries(folder) == before + 1
        assert "taken back" in anna.get("/log")[1]
        assert anna.post("/log/undo", {"entry": str(done["entry"])})[0] == 409
        assert anna.get(f"/log?before={before}")[0] == 200


def test_keys_are_changed_kept_and_never_two_for_one(folder: Path) -> None:
    with browser(make_desk(folder)) as anna:
        assert anna.post("/settings/keys", {"same": "KeyJ"})[0] == 303
        assert '"same": "KeyJ"' in anna.get("/match")[1]
        assert "<kbd>J</kbd>" in anna.get("/match")[1]
        assert anna.post("/settings/keys", {"same": "KeyD"})[0] == 409  # that is "different"
        assert anna.post("/settings/keys", {"same": "<script>"})[0] == 303  # no key: the usual one again
        assert '"same": "KeyS"' in anna.get("/match")[1]
        assert anna.post("/settings/keys/usual", {})[0] == 303


def test_a_backup_is_made_shown_and_verified(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "stick").mkdir()
    desk = make_desk(folder)
    with browser(desk) as anna:
        assert "There is no backup of this survey." in anna.get("/")[1]
        status, address = anna.post("/settings/backup", {"folder": str(tmp_path / "stick")})
        assert status == 303
        assert finish(desk, address).startswith("/settings")
        assert "There is no backup" not in anna.get("/")[1]
        assert str(tmp_path / "stick") in anna.get("/settings")[1]
        assert anna.post("/settings/backup", {"folder": "/etc"})[0] == 409
        after = finish(desk, anna.post("/settings/verify", {})[1])
        assert "All is sound." in anna.get(after)[1]


def test_a_package_is_previewed_made_opened_and_taken_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path / "keys"))
    ours, theirs = partners(tmp_path, PASSPHRASE)
    target = tmp_path / "winter.pardus"
    form = {"to": "ntlnp", "tier": "T2", "target": str(target), "passphrase": PASSPHRASE, "not_before": ""}
    here, there = make_desk(ours.folder), make_desk(theirs.folder)
    with browser(here) as anna:
        assert ours.keys.public().fingerprint in anna.get("/exchange")[1]
        assert anna.post("/exchange/pack", form | {"passphrase": "guess"})[0] == 409
        after = finish(here, anna.post("/exchange/pack", form)[1])
        assert "What would leave" in anna.get(after)[1]
        assert not target.exists()
        after = finish(here, anna.post("/exchange/pack", form | {"for_good": "1"})[1])
        assert "The package is made" in anna.get(after)[1], after
        assert "→ ntlnp" in anna.get("/exchange")[1]
    with browser(there) as boris:
        opened = _upload(boris, target.read_bytes())
        assert "It can be trusted, and lies aside" in opened
        digest = re.search(r'name="hash" value="([0-9a-f]+)"', opened)
        assert digest
        assert boris.post("/exchange/accept", {"hash": digest.group(1)}) == (303, "/exchange")
        assert "← llnp" in boris.get("/exchange")[1]
        damaged = bytearray(target.read_bytes())
        damaged[len(damaged) // 2] ^= 1
        assert "It was not done" in _upload(boris, bytes(damaged))
    assert not [p for p in theirs.folder.iterdir() if p.name.startswith(".pardus-upload")]


def _upload(one: Browser, content: bytes) -> str:
    answer = one.client.post(
        "/exchange/open",
        data={"csrf": one.csrf, "passphrase": PASSPHRASE},
        files={"package": ("../../winter.pardus", content)},
        headers={"origin": "http://127.0.0.1:8420"},
    )
    return answer.text


def test_a_body_that_is_no_form_or_too_large_is_refused(folder: Path) -> None:
    with browser(make_desk(folder)) as anna:
        head = {
            "origin": "http://127.0.0.1:8420",
            "x-pardus-csrf": anna.csrf,
            "content-type": "application/json",
        }
        assert anna.client.post("/match/answer", content=b"{", headers=head).status_code == 400
        assert anna.client.post("/match/answer", content=b"[" * 2_000_000, headers=head).status_code == 413
        assert anna.client.post("/match/answer", content=json.dumps([1]), headers=head).status_code == 409


def test_days_of_stations_and_days_that_cameras_lost_are_called_what_they_are(folder: Path) -> None:
    with browser(make_desk(folder)) as anna:
        _status, text = anna.get("/stations")
    for words in ("Station-days out", "Station-days worked", "Camera-days lost to", "camera_rule = any"):
        assert words in text


def test_the_page_of_detections_says_what_it_cant_show_by_camera(tmp_path: Path) -> None:
    folder = desk_survey(tmp_path / "s", events=1, animals=1, pictures=1, stations=1).folder
    with browser(make_desk(folder)) as anna:
        assert "No machine has looked" in anna.get("/triage")[1]
        stray = {
            "id": "llnp:x",
            "deployment": "",
            "media": ["llnp:none"],
            "type": "animal",
            "method": "machine",
        }
        with open_survey(folder, write=True) as store, store.transaction():
            Sayer("llnp:anna").say(store, "observations-made", {"observations": [stray]})
        text = anna.get("/triage")[1]
        assert "No machine has looked" not in text
        assert "1 animal was found on a file that belongs to no station" in text
