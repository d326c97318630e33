from __future__ import annotations

import shutil
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pardus.app import find as finding
from pardus.app.find import FindReport, find
from pardus.app.ingest import ingest
from pardus.app.looking import Animal, Done, Seen, Work
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.model.errors import DataError, StoppedError
from pardus.model.observation import Box
from pardus.sim.clips import mp4
from pardus.sim.stills import CameraMake, jpeg
from tests.fixtures.small_survey import ANNA, FIRST, small_survey
from tests.fixtures.tiny_onnx import finder, save

MAKE = CameraMake("Reconyx", "PC900", "")
ROWS, COLUMNS = 240, 320


def scene(step: int, steps: int, seed: int = 0) -> np.ndarray:
    """One frame of a light animal that walks to the left over dark ground; step < 0: nobody."""
    ground = np.random.default_rng(seed).integers(40, 90, (ROWS, COLUMNS, 3)).astype(np.uint8)
    if step >= 0:
        left = round((COLUMNS - 110) * (1 - step / (steps - 1)))
        ground[90:160, left : left + 100] = np.random.default_rng(step).integers(150, 240, (70, 100, 1))
    return ground


def bring(place: Path, burst: int = 6, clip: int = 12) -> Path:
    """Ingest a burst at S1, one lone picture at S2, and a clip at S3 (its own date is not decided: it has none)."""
    folder = small_survey(place / "survey")
    card = place / "card"
    for n in range(burst):
        path = card / "S1" / f"B{n}.JPG"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(scene(n, burst), MAKE, FIRST + timedelta(seconds=n), ()))
    (card / "S2").mkdir(parents=True)
    (card / "S2" / "A.JPG").write_bytes(jpeg(scene(2, 8, 1), MAKE, FIRST, ()))
    if clip:
        (card / "S3").mkdir()
        (card / "S3" / "V.MP4").write_bytes(mp4((scene(n, clip, 2) for n in range(clip)), 4, FIRST))
    ingest(folder, card, sayer=ANNA)
    return folder


def boxes(folder: Path) -> dict[str, dict[str, Any]]:
    with open_survey(folder) as store:
        return {key: o for key, o in store.present("observations") if o.get("box")}


@pytest.fixture(scope="module")
def looked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, FindReport]:
    folder = bring(tmp_path_factory.mktemp("find"))
    return folder, find(folder, sayer=ANNA)


def test_what_moves_is_boxed_unchecked_and_a_lone_picture_is_left_for_a_person(
    looked: tuple[Path, FindReport],
) -> None:
    folder, report = looked
    assert report.looked == 8 == report.with_box + report.without_box + report.cannot_say
    assert report.cannot_say == 1
    assert "Fewer than 5" in next(iter(report.reasons))
    found = boxes(folder)
    assert len(found) == report.boxes >= 7
    assert all(o["method"] == "machine" and o["extra"]["unchecked"] == "motion" for o in found.values())
    assert all("scientific_name" not in o and "flank" not in o for o in found.values())
    assert {o.get("type", "animal") for o in found.values()} == {"animal"}


def test_the_flank_is_proposed_by_the_way_it_walks_and_quality_is_graded(
    looked: tuple[Path, FindReport],
) -> None:
    found = boxes(looked[0]).values()
    assert {o["extra"].get("flankProposed") for o in found} == {"left"}
    assert {o["extra"].get("quality", "poor") for o in found} <= {"good", "fair", "poor"}


def test_of_a_clip_at_most_three_frames_are_kept_a_second_apart(looked: tuple[Path, FindReport]) -> None:
    frames = sorted(o["frame"] for o in boxes(looked[0]).values() if o.get("frame") is not None)
    assert 1 <= len(frames) <= 3
    assert all(b - a >= 4 for a, b in pairwise(frames))


def test_looking_again_adds_nothing_and_one_undo_takes_all_of_it_back(
    looked: tuple[Path, FindReport], tmp_path: Path
) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(looked[0], folder)
    before = boxes(folder)
    again = find(folder, sayer=ANNA)
    assert (again.looked, again.known) == (1, 7)  # the lone picture may have company by now
    assert boxes(folder) == before
    with open_survey(folder) as store:
        started = [e.id for e in store.entries(["ingest-started"]) if "finder" in e.payload["options"]]
    undo(folder, started[0], sayer=ANNA)
    assert boxes(folder) == {}


def test_a_stop_loses_nothing_and_the_next_run_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = bring(tmp_path, clip=0)
    done: list[Work] = []

    def look(work: Work) -> Done:
        if done:
            raise KeyboardInterrupt
        done.append(work)
        animal = Animal("animal", Box(0.1, 0.1, 0.5, 0.5), None)
        return Done(tuple(Seen(m, (animal,)) for m, _path in work.pictures))

    monkeypatch.setattr(finding, "look", look)
    with pytest.raises(StoppedError, match="6 of 7"):
        find(folder, sayer=ANNA)
    kept = boxes(folder)
    assert len(kept) == 6
    done.clear()
    rest = find(folder, sayer=ANNA)
    assert (rest.looked, rest.known) == (1, 6)
    assert kept.keys() < boxes(folder).keys()


def test_a_model_of_the_user_finds_and_a_pickled_one_is_refused(tmp_path: Path) -> None:
    survey = bring(tmp_path, burst=2, clip=0)
    rows = np.array([[16, 16, 48, 48, 0.9, 0], [2, 2, 30, 20, 0.7, 1]], np.float32)
    model = save(
        tmp_path / "mine.onnx", finder(64, rows), kind="finder", classes={"0": "animal", "1": "human"}
    )
    report = find(survey, sayer=ANNA, model=model)
    assert report.looked == report.with_box == 3
    assert dict(report.categories) == {"animal": 3, "human": 3}
    sure = [o["probability"] for o in boxes(survey).values() if o.get("type", "animal") == "animal"]
    assert sure == [pytest.approx(0.9)] * 3
    assert all("unchecked" not in o.get("extra", {}) for o in boxes(survey).values())
    pickled = tmp_path / "weights.pt"
    pickled.write_bytes(b"\x80\x04whatever")
    with pytest.raises(DataError, match="pickled"):
        find(survey, sayer=ANNA, model=pickled)
