"""`kill -9` at random moments: what was said stays said, an ingest goes on, nothing is lost and nothing comes twice."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from pardus.app import ingest_read, ingest_run
from pardus.app.executor import Processes
from pardus.app.ingest import ingest
from pardus.app.survey_folder import DATABASE, open_survey
from pardus.app.verify import verify
from pardus.store.check import check_file
from tests.fixtures.small_survey import ANNA, card, photo, small_survey

START = multiprocessing.get_context("spawn" if os.name == "nt" else "forkserver")
"""With a fork server the modules are imported once, and each process begins in a moment."""


def say(survey: Path, told: Connection) -> None:
    """Say one thing after the other, and tell the id of each when it is committed."""
    with open_survey(survey, write=True) as store:
        told.send("ready")
        while True:
            with store.transaction():
                entry = ANNA.say(store, "resource-kept", {"name": "note", "text": "x" * 500})
            told.send(entry.id)


def take_in(survey: Path, source: Path, told: Connection) -> None:
    """Ingest in small rounds and entries, so that there are many moments at which a kill can come."""
    ingest_read.ROUND = ingest_read.PER_JOB = 8
    ingest_run.BATCH = 20
    told.send("ready")
    ingest(survey, source, sayer=ANNA)
    told.send("finished")


def take_in_with_workers(survey: Path, source: Path, told: Connection) -> None:
    with Processes(2) as executor:
        told.send("ready")
        ingest(survey, source, sayer=ANNA, executor=executor)


def run(
    target: Callable[..., None], *arguments: object, seconds: float | None = None
) -> tuple[list[str], float]:
    """Run something in a process of its own, kill it after so many seconds; return what it told, how long it worked."""
    if os.name != "nt":
        START.set_forkserver_preload(["tests.journeys.test_kill"])
    receive, send = START.Pipe(duplex=False)
    process = START.Process(target=target, args=(*arguments, send))
    process.start()
    send.close()
    assert receive.recv() == "ready"
    began = time.monotonic()
    if seconds is not None:
        time.sleep(seconds)
        process.kill()
    told: list[str] = []
    try:
        while True:
            told.append(receive.recv())
    except EOFError:
        process.join()
    return told, time.monotonic() - began


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    chance = random.Random(1)
    acknowledged: list[str] = []
    for _ in range(8):
        acknowledged += run(say, survey, seconds=chance.uniform(0.0, 0.15))[0]
    with open_survey(survey, write=True) as store:
        stored = [entry.id for entry in store.entries(["resource-kept"])]
    assert len(acknowledged) > 8
    assert set(acknowledged) <= set(stored)
    assert len(set(stored)) == len(stored)
    assert verify(survey).sound


def _hashes(folder: Path) -> dict[str, str]:
    return {
        str(p): hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.rglob("*")) if p.is_file()
    }


def _kill_and_resume(
    tmp_path: Path, kills: int, per_station: int, longest: float, seed: int = 8
) -> Counter[str]:
    """Kill an ingest again and again, let it end, and check; return how far it was at each kill.

    longest: of the time from a start to a kill, as a share of the time that a whole ingest takes on this machine.
    """
    survey, source = small_survey(tmp_path / "survey"), card(tmp_path / "card", per_station=per_station)
    told, whole = run(take_in, small_survey(tmp_path / "undisturbed"), source)
    assert told == ["finished"]
    (source / "S1" / "Thumbs.db").write_bytes(b"x")
    tagged = source / "S2" / "tagged.JPG"
    tagged.write_bytes(photo(77, tags=["Individual/F01", "Species/Panthera pardus"]))
    before = _hashes(source)
    chance = random.Random(seed)
    reached: Counter[str] = Counter()
    for _ in range(kills):
        run(take_in, survey, source, seconds=chance.uniform(0.0, longest * whole))
        assert check_file(survey / DATABASE)[1] == []
        with open_survey(survey) as store:
            kinds: set[str] = {entry.kind for entry in store.entries()}
        reached[
            "finished" if "ingest-finished" in kinds else "saying" if "media-added" in kinds else "reading"
        ] += 1
    assert run(take_in, survey, source)[0] == ["finished"]

    images = 4 * per_station + 1
    assert _hashes(source) == before
    with open_survey(survey, write=True) as store:
        added: Counter[Any] = Counter(
            m["id"] for e in store.entries(["media-added"]) for m in e.payload["media"]
        )
        assert set(added.values()) == {1}, "a file was said twice"
        assert len(added) == images
        said = store.survey()
        assert {path for media in said.media for path in media.paths} == {
            str(Path(path).relative_to(source)) for path in before if path.endswith(".JPG")
        }
        assert [(o.individual, o.scientific_name) for o in said.observations] == [
            ("llnp:F01", "Panthera pardus")
        ]
        assert len(list(store.entries(["ingest-started"]))) == 1
        finished = [e.payload["counts"] for e in store.entries(["ingest-finished"])]
        assert [(c["files"], c["added"], c["known"]) for c in finished] == [(images + 1, images, 0)]
        assert [e.payload["files"] for e in store.entries(["media-ignored"])] == [
            [{"path": "S1/Thumbs.db", "reason": "system-file"}]
        ]
        assert len(list(store.entries(["decisions-made"]))) == 1
    verified = verify(survey)
    assert verified.sound, verified.findings
    assert verified.files == images
    assert not list((survey / ".incoming").glob("*.part"))
    return reached


def test_an_ingest_killed_at_random_moments_goes_on(tmp_path: Path) -> None:
    reached = _kill_and_resume(tmp_path, kills=8, per_station=60, longest=0.3)
    assert reached["reading"] + reached["saying"] >= 3  # three tenths, three times: the end can't have come


@pytest.mark.slow
def test_ingests_killed_at_fifty_moments_before_their_end_go_on(tmp_path: Path) -> None:
    """A kill after the end proves nothing, so surveys are begun until fifty kills came before one."""
    reached: Counter[str] = Counter()
    for survey in range(60):
        (tmp_path / str(survey)).mkdir()
        reached += _kill_and_resume(
            tmp_path / str(survey), 6, 150, longest=0.3 + 0.2 * (survey % 4), seed=survey
        )
        if reached["reading"] + reached["saying"] >= 50:
            break
    print(reached)
    assert reached["reading"] + reached["saying"] >= 50


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="this system does not list a process's children"
)
def test_no_worker_outlives_a_killed_ingest(tmp_path: Path) -> None:
    survey, source = small_survey(tmp_path / "survey"), card(tmp_path / "card", per_station=50)
    receive, send = START.Pipe(duplex=False)
    process = START.Process(target=take_in_with_workers, args=(survey, source, send))
    process.start()
    assert receive.recv() == "ready"
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    deadline = time.monotonic() + 30
    while (
        len(found := children.read_text().split()) < 2 and process.is_alive() and time.monotonic() < deadline
    ):
        time.sleep(0.01)
    process.kill()
    process.join()
    assert len(found) >= 2
    while any(_alive(int(pid)) for pid in found) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(int(pid)) for pid in found)
    assert check_file(survey / DATABASE)[1] == []
    with open_survey(survey, write=True) as store, store.transaction():
        pass  # it opens for writing at once: no lock was left behind


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
