"""The server is killed at any moment, under load: what the page called saved is there, and nothing is there twice."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from multiprocessing.connection import Connection
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pardus.app.survey_folder import open_survey
from pardus.store.check import check_file
from pardus.web.serve import Listening, serve
from pardus.web.users import set_password
from tests.fixtures.desk_survey import DeskSurvey, desk_survey

PASSWORD = "long enough for now"
PEOPLE = ("anna", "boris", "chen")


@dataclass(slots=True)
class Reviewer:
    """Somebody who answers as fast as the server lets him. saved: ids that the server called saved."""

    name: str
    port: int
    saved: list[str] = field(default_factory=list)
    stop: bool = False

    def work(self) -> None:
        try:
            self._work()
        except (OSError, HTTPException, ValueError, AttributeError):
            return  # the server was killed

    def _work(self) -> None:
        with closing(HTTPConnection("127.0.0.1", self.port, timeout=20)) as line:
            self._answer(line)

    def _answer(self, line: HTTPConnection) -> None:
        def ask(method: str, path: str, body: str | None, head: dict[str, str]) -> tuple[int, str, str]:
            """Return status, cookie and body; the reply is closed even if the server dies in the middle of it."""
            line.request(method, path, body, head)
            with closing(line.getresponse()) as reply:
                return reply.status, reply.getheader("set-cookie") or "", reply.read().decode()

        origin = {"Origin": f"http://127.0.0.1:{self.port}"}
        form = {**origin, "Content-Type": "application/x-www-form-urlencoded"}
        _status, cookies, _page = ask(
            "POST", "/enter", urlencode({"name": self.name, "password": PASSWORD}), form
        )
        cookie = cookies.partition(";")[0]
        settings = ask("GET", "/settings", None, {"Cookie": cookie, "Accept": "text/html"})[2]
        csrf = re.search(r'data-csrf="([^"]+)"', settings).group(1)  # type: ignore[union-attr]
        head = {**origin, "Cookie": cookie, "Content-Type": "application/json", "X-Pardus-CSRF": csrf}

        def say(path: str, fields: dict[str, object]) -> dict[str, object]:
            status, _cookie, reply = ask("POST", path, json.dumps(fields), head)
            return json.loads(reply) if status == 200 else {}

        dice = random.Random(self.name)
        while not self.stop:
            question = say("/match/next", {}).get("question")
            if not isinstance(question, dict):
                time.sleep(0.05)
                continue
            said = dice.choice(("same", "different", "different", "cannot-tell"))
            done = say("/match/answer", {"question": question["id"], "said": said})
            if "entry" in done:
                self.saved.append(str(done["entry"]))


class Command:
    """A server as people start it: the command."""

    def __init__(self, folder: Path) -> None:
        command = [
            sys.executable,
            "-m",
            "pardus",
            "desk",
            str(folder),
            "--no-browser",
            "--lan",
            "--port",
            "0",
        ]
        self._server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=dict(os.environ))
        assert self._server.stdout is not None
        self.port = port_in(self._server.stdout.readline())  # left open: the server has more to say
        self.pid = self._server.pid

    def ended(self) -> bool:
        return self._server.poll() is not None

    def wait(self) -> None:
        assert self._server.stdout is not None
        with self._server.stdout:
            self._server.wait()


class Forked:
    """A server in a process of its own that begins with everything imported, which is most of a start."""

    _context = multiprocessing.get_context("forkserver")
    _context.set_forkserver_preload(["pardus.web.serve"])

    def __init__(self, folder: Path) -> None:
        self._line, there = self._context.Pipe(duplex=False)
        self._server = self._context.Process(target=serve_team, args=(folder, there), daemon=True)
        self._server.start()
        there.close()
        self.port = port_in(self._line.recv())
        assert self._server.pid is not None
        self.pid = self._server.pid

    def ended(self) -> bool:
        return not self._server.is_alive()

    def wait(self) -> None:
        self._server.join()
        self._server.close()
        self._line.close()


def serve_team(folder: Path, line: Connection) -> None:
    serve(folder, "", Listening(lan=True), line.send, browser=False)


def port_in(said: str) -> int:
    found = re.search(r"http://127\.0\.0\.1:(\d+)", said)
    assert found, said
    return int(found.group(1))


def kill_under_load(
    survey: DeskSurvey, times: int, seconds: Callable[[], float], start: Callable[[Path], Command | Forked]
) -> tuple[int, int]:
    """Return (answers that were called saved, kills that came while people were answering)."""
    saved: list[str] = []
    busy = 0
    for _n in range(times):
        server = start(survey.folder)
        people = [Reviewer(name, server.port) for name in PEOPLE]
        threads = [threading.Thread(target=one.work, daemon=True) for one in people]
        for thread in threads:
            thread.start()
        until = time.monotonic() + 30
        while not any(one.saved for one in people) and time.monotonic() < until and not server.ended():
            time.sleep(0.005)
        time.sleep(seconds())
        os.kill(server.pid, signal.SIGKILL)
        server.wait()
        for one, thread in zip(people, threads, strict=True):
            one.stop = True
            thread.join(30)
            assert not thread.is_alive()
            saved += one.saved
        busy += any(one.saved for one in people)
        entries, findings = check_file(survey.folder / "survey.sqlite")
        assert findings == []
        assert entries > 0
    with open_survey(survey.folder) as store:
        answers = list(store.entries(["questions-answered"]))
    ids = [e.id for e in answers]
    assert len(saved) == len(set(saved))
    assert len(ids) == len(set(ids))
    assert set(saved) <= set(ids), "an answer that was called saved is gone"
    pairs = [(e.actor, frozenset((a["a"], a["b"]))) for e in answers for a in e.payload["answers"]]
    assert len(pairs) == len(set(pairs)), "somebody's answer on a pair of pictures is there twice"
    return len(saved), busy


def survey_for(folder: Path, events: int) -> DeskSurvey:
    survey = desk_survey(folder, events=events, animals=events // 2, pictures=1, seed=7)
    for name in PEOPLE:
        set_password(survey.folder, name, PASSWORD)
    return survey


def test_a_killed_server_keeps_what_it_called_saved(tmp_path: Path) -> None:
    saved, busy = kill_under_load(survey_for(tmp_path / "survey", 40), 1, lambda: 0.15, Command)
    assert busy == 1
    assert saved >= 1


@pytest.mark.slow
def test_two_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    dice = random.Random(1)
    saved = busy = 0
    for part in range(10):  # a fresh survey now and then, so that there is always something to ask
        survey = survey_for(tmp_path / f"survey{part}", 120)
        more, kills = kill_under_load(survey, 20, lambda: dice.random() * 0.5, Forked)
        print(
            f"{20 * (part + 1)} kills, {kills} of the last 20 under load, {saved + more} answers called saved"
        )
        saved, busy = saved + more, busy + kills
    print(f"{saved} answers called saved in 200 kills, {busy} of them under load")
    assert busy >= 190
