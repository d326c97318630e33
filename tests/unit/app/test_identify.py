"""The whole way of identification on a small survey of drawn animals, whose coats are blotches of their own."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from pardus.app.boxes import import_boxes
from pardus.app.identify import identify
from pardus.app.ingest import ingest
from pardus.app.key_pairs import key_pairs
from pardus.app.questions_table import take_answers, write_questions
from pardus.app.review import FOLDER, Review
from pardus.app.survey_folder import open_survey
from pardus.identify.pairs_folder import read_pairs
from pardus.model.errors import DataError, ParameterError, TableError
from pardus.sim.stills import CameraMake, jpeg
from tests.fixtures.small_survey import ANNA, FIRST, STATIONS, small_survey
from tests.fixtures.tiny_onnx import embedder, save

ANIMALS, VISITS = 4, 2
MAKE = CameraMake("Reconyx", "PC900", "")


def animal(number: int, seed: int) -> np.ndarray:
    """One picture: an ellipse with the blotches of its own, on ground that is new each time."""
    rng = np.random.default_rng([number, seed])
    image = rng.integers(60, 100, (240, 360, 3)).astype(np.float32)
    own = np.random.default_rng(number)
    coat = cv2.GaussianBlur(own.normal(size=(240, 360)).astype(np.float32), (0, 0), 5)
    coat = np.where(coat > 0.02, 60.0, 215.0) + rng.normal(0, 6, coat.shape)
    mask = np.zeros((240, 360), np.uint8)
    cv2.ellipse(mask, (180, 120), (135, 72), 0, 0, 360, 1, -1)
    shift = np.float32([[1, 0, rng.integers(-6, 7)], [0, 1, rng.integers(-4, 5)]])
    coat, mask = (cv2.warpAffine(a, shift, (360, 240)) for a in (coat.astype(np.float32), mask))
    image[mask > 0] = coat[mask > 0, None] * np.array([0.7, 0.9, 1.0], np.float32)
    return np.clip(image, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A survey of ANIMALS animals, each seen VISITS times, described and compared once."""
    place = tmp_path_factory.mktemp("identify")
    folder = small_survey(place / "survey")
    images = []
    for visit in range(VISITS):
        for n in range(ANIMALS):
            name = f"{STATIONS[(n + visit) % 4]}/A{n}V{visit}.JPG"
            path = place / "card" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            at = FIRST + timedelta(hours=5 * n + 30 * visit)
            path.write_bytes(jpeg(animal(n, visit), MAKE, at, ()))
            box = {"category": "1", "conf": 0.9, "bbox": [0.08, 0.12, 0.84, 0.76]}
            images.append({"file": name, "detections": [box]})
    ingest(folder, place / "card", sayer=ANNA)
    results = {
        "info": {"format_version": "1.5", "detector": "drawn"},
        "detection_categories": {"1": "animal"},
        "images": images,
    }
    (place / "md.json").write_text(json.dumps(results))
    import_boxes(folder, place / "md.json", sayer=ANNA)
    identify(folder, unsorted=True)
    return folder


def who(folder: Path) -> dict[str, int]:
    """Event -> the drawn animal."""
    with open_survey(folder) as store:
        paths = {m.id: m.paths[0] for m in store.media()}
    queue = Review(folder).queue()
    return {e.id: int(paths[e.seen[0].media].split("/A")[1][0]) for e in queue.events.values()}


def test_the_right_animal_is_ranked_first(made: Path) -> None:
    pairs = read_pairs(made / FOLDER)
    animals = who(made)
    assert len(pairs.events) == ANIMALS * VISITS
    best: dict[str, tuple[float, str]] = {}
    for i, j, log_odds in zip(pairs.a, pairs.b, pairs.log_odds, strict=True):
        for x, y in ((i, j), (j, i)):
            best[pairs.events[x]] = max(
                best.get(pairs.events[x], (-99.0, "")), (float(log_odds), pairs.events[y])
            )
    right = [animals[e] == animals[other] for e, (_v, other) in best.items()]
    assert sum(right) >= len(right) - 1


def test_what_pictures_say_is_kept_beside_what_place_and_time_say_as_well(made: Path) -> None:
    """Plausible catalogues have their own home ranges and must not count place twice."""
    pairs = read_pairs(made / FOLDER)
    events = Review(made).queue().events
    assert pairs.by_pictures is not None
    far = np.array(
        [
            np.hypot(events[a].x - events[b].x, events[a].y - events[b].y)
            for a, b in ((pairs.events[i], pairs.events[j]) for i, j in zip(pairs.a, pairs.b, strict=True))
        ]
    )
    gained = pairs.log_odds - pairs.by_pictures
    assert len(np.unique(far)) > 2
    assert gained[far == far.min()].mean() > gained[far == far.max()].mean() + 0.2


def test_without_decisions_no_probability_is_told_and_the_reason_is(made: Path) -> None:
    done = identify(made, unsorted=True)
    assert not done.calibrated
    assert "at least 20" in done.why_not
    question = Review(made, controls=0).next_question("llnp:anna")
    assert question is not None
    assert question.probability is None


def test_a_second_run_describes_nothing_again(made: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in (made / FOLDER / "coats").rglob("*.npz")}
    done = identify(made, unsorted=True)
    assert len(before) == done.known == ANIMALS * VISITS
    assert done.index == ""
    assert {p: p.stat().st_mtime_ns for p in (made / FOLDER / "coats").rglob("*.npz")} == before


def test_an_index_that_was_lost_is_built_anew_and_says_the_same(made: Path) -> None:
    before = read_pairs(made / FOLDER)
    shutil.rmtree(made / FOLDER / "index")
    (made / FOLDER / "rows.npz").unlink()
    done = identify(made, unsorted=True)
    assert done.index
    after = read_pairs(made / FOLDER)
    np.testing.assert_allclose(before.log_odds, after.log_odds, rtol=1e-4)


def test_boxes_without_a_species_are_left_for_a_person_unless_asked_for(made: Path) -> None:
    done = identify(made)
    assert done.progress.events == 0
    assert done.progress.left_out == {"no-species": ANIMALS * VISITS}
    assert identify(made, unsorted=True).progress.events == ANIMALS * VISITS


def test_marks_that_agree_lie_on_both_animals(made: Path) -> None:
    animals = who(made)
    one, other = [e for e, n in animals.items() if n == 0]
    found = key_pairs(made, one, other)
    assert len(found) >= 10
    assert all(0 <= v <= 1 for place in found for v in place)
    with pytest.raises(ParameterError, match="llnp:nobody"):
        key_pairs(made, one, "llnp:nobody")


def test_questions_go_out_and_answers_come_in_as_tables(made: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    shutil.copytree(made, folder)
    animals = who(folder)
    table = tmp_path / "ann.csv"
    assert write_questions(folder, table, 20, "llnp:ann")
    with table.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len({(r["a"], r["b"]) for r in rows}) == len(rows)
    for row in rows:
        row["answer"] = "same" if animals[row["event_a"]] == animals[row["event_b"]] else "different"
        row["by"] = "ann"
    with table.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows(rows)
    done = take_answers(folder, table, ANNA)
    assert (done.added, done.known) == (len(rows), 0)
    assert take_answers(folder, table, ANNA).added == 0
    groups = [{animals[e] for e in g.events} for g in Review(folder).groups() if len(g.events) > 1]
    assert groups
    assert all(len(g) == 1 for g in groups)
    rows[0]["answer"] = "perhaps"
    with table.open("w", newline="", encoding="utf-8") as file:
        out = csv.DictWriter(file, list(rows[0]))
        out.writeheader()
        out.writerows([*rows, rows[1] | {"a": "llnp:none"}])
    with pytest.raises(TableError) as caught:
        take_answers(folder, table, ANNA)
    assert len(caught.value.findings) == 2


def test_an_embedder_of_the_user_is_fused_and_a_pickled_one_is_refused(made: Path, tmp_path: Path) -> None:
    model = save(tmp_path / "e.onnx", embedder(64), kind="embedder")
    done = identify(made, unsorted=True, embedder=model)
    assert done.pairs
    assert read_pairs(made / FOLDER).about["embedder"] == "e.onnx"
    assert len(read_pairs(made / FOLDER).about["weights"]) == 7
    assert len(list((made / FOLDER).glob("vectors-*.npz"))) == 1
    identify(made, unsorted=True)
    bad = tmp_path / "e.pkl"
    bad.write_bytes(b"\x80\x04")
    with pytest.raises(DataError, match="pickled"):
        identify(made, unsorted=True, embedder=bad)
