"""`kill -9` at random moments: what was said stays said, an ingest goes on, nothing is lost and nothing comes twice."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from pardus.app.survey_folder import DATABASE, open_survey
from pardus.app.verify import verify
from pardus.store.check import check_file
from tests.fixtures.small_survey import ANNA, card, photo, small_survey

ROOT = Path(__file__).resolve().parents[2]
SAY = """
import sys
from pathlib import Path
from pardus.app.survey_folder import open_survey
from tests.fixtures.small_survey import ANNA
with open_survey(Path(sys.argv[1]), write=True) as store:
    print("ready", flush=True)
    while True:
        with store.transaction():
            entry = ANNA.say(store, "resource-kept", {"name": "note", "text": "x" * 500})
        print(entry.id, flush=True)
"""
INGEST = """
import sys
from pathlib import Path
from pardus.app.executor import Processes, Serial
from pardus.app.ingest import ingest
from tests.fixtures.small_survey import ANNA
survey, source, workers = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
print("ready", flush=True)
if workers:
    with Processes(workers) as executor:
        report = ingest(survey, source, sayer=ANNA, executor=executor)
else:
    report = ingest(survey, source, sayer=ANNA)
print(report.counts(), flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Start a program and return when it is about to begin."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)])}
    command = [sys.executable, "-c", script, *map(str, arguments)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def kill(process: subprocess.Popen[str]) -> list[str]:
    """Kill a program outright and return the whole lines that it had written."""
    process.send_signal(signal.SIGKILL)
    text = process.communicate()[0]
    return text.splitlines()[: text.count("\n")]


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    chance = random.Random(1)
    acknowledged: list[str] = []
    for _ in range(8):
        process = start(SAY, survey)
        time.sleep(chance.uniform(0.0, 0.15))
        acknowledged += kill(process)
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


def _kill_and_resume(tmp_path: Path, kills: int, per_station: int, workers: int, longest: float) -> int:
    """Kill an ingest again and again, let it end, and check; return how many kills came before it was finished."""
    survey, source = small_survey(tmp_path / "survey"), card(tmp_path / "card", per_station=per_station)
    (source / "S1" / "Thumbs.db").write_bytes(b"x")
    tagged = source / "S2" / "tagged.JPG"
    tagged.write_bytes(photo(77, tags=["Individual/F01", "Species/Panthera pardus"]))
    before = _hashes(source)
    chance = random.Random(kills)
    cut = 0
    for _ in range(kills):
        process = start(INGEST, survey, source, workers)
        time.sleep(chance.uniform(0.0, longest))
        kill(process)
        assert check_file(survey / DATABASE)[1] == []
        with open_survey(survey) as store:
            cut += not list(store.entries(["ingest-finished"]))
    last = start(INGEST, survey, source, workers)
    _out, _none = last.communicate(timeout=120)
    assert last.returncode == 0

    images = 4 * per_station + 1
    assert _hashes(source) == before
    with open_survey(survey, write=True) as store:
        added = Counter(m["id"] for e in store.entries(["media-added"]) for m in e.payload["media"])
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
        assert len(list(store.entries(["media-ignored"]))) == 1
        assert len(list(store.entries(["decisions-made"]))) == 1
    verified = verify(survey)
    assert verified.sound, verified.findings
    assert verified.files == images
    assert not list((survey / ".incoming").glob("*.part"))
    return cut


def test_an_ingest_killed_at_random_moments_goes_on(tmp_path: Path) -> None:
    assert _kill_and_resume(tmp_path, kills=8, per_station=60, workers=0, longest=0.25) >= 4


@pytest.mark.slow
def test_an_ingest_killed_fifty_times_goes_on(tmp_path: Path) -> None:
    assert _kill_and_resume(tmp_path, kills=50, per_station=1500, workers=0, longest=3.0) >= 25


def test_no_worker_outlives_a_killed_ingest(tmp_path: Path) -> None:
    survey, source = small_survey(tmp_path / "survey"), card(tmp_path / "card", per_station=50)
    process = start(INGEST, survey, source, 2)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    if not children.exists():
        kill(process)
        pytest.skip("this system does not list a process's children")
    deadline = time.monotonic() + 20
    while (
        len(found := children.read_text().split()) < 2
        and time.monotonic() < deadline
        and process.poll() is None
    ):
        time.sleep(0.01)
    kill(process)
    while any(_alive(int(pid)) for pid in found) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_alive(int(pid)) for pid in found)
    with open_survey(survey, write=True) as store:
        assert ANNA.actor  # the survey opens for writing at once: no lock was left behind
        with store.transaction():
            pass


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
