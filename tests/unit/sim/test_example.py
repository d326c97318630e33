import hashlib
import json
import tomllib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import av
import pytest
from PIL import Image

from pardus.sim import example_pictures
from pardus.sim.coats import make_coat
from pardus.sim.example import _all_visits, _animals, _cameras, _plan, _stations, write_example
from pardus.sim.example_pictures import CLIP_FRAMES, develop


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict]]:
    """The example with small pictures and one coat for all, which makes it quick."""
    root = tmp_path_factory.mktemp("example")
    coat = make_coat(7, "anybody", "left")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(example_pictures, "WIDTH", 320)
        patch.setattr(example_pictures, "HEIGHT", 180)
        patch.setattr(example_pictures, "_coat", lambda *_who: coat)
        truth = write_example(root / "survey", root / "truth.json", seed=7)
        yield root / "survey", truth


def test_the_truth_is_written_as_it_is_returned(example: tuple[Path, dict]) -> None:
    survey, truth = example
    written = json.loads((survey.parent / "truth.json").read_text(encoding="utf-8"))
    assert written == json.loads(json.dumps(truth))


def test_every_file_of_the_truth_is_there_and_nothing_else(example: tuple[Path, dict]) -> None:
    survey, truth = example
    listed = {f["file"] for f in truth["files"]}
    added = {f["file"] for f in truth["faults"] if f["fault"] in ("duplicate", "not-media")}
    on_disk = {p.relative_to(survey).as_posix() for p in (survey / "cards").rglob("*") if p.is_file()}
    assert on_disk == listed | added


def test_the_truth_lies_outside_the_survey(example: tuple[Path, dict]) -> None:
    survey, _truth = example
    assert not any("truth" in p.name for p in survey.rglob("*"))


def test_stills_carry_the_cameras_time_and_the_biologists_tags(example: tuple[Path, dict]) -> None:
    survey, truth = example
    offsets = {f["station"]: f["offset_s"] for f in truth["faults"] if f["fault"] == "clock-never-set"}
    damaged = {f.get("file") for f in truth["faults"]}
    stills = [
        f for f in truth["files"] if f["animal"] and f["file"].endswith("JPG") and f["file"] not in damaged
    ]
    assert len(stills) > 50
    for row in stills:
        with Image.open(survey / row["file"]) as image:
            written = image.getexif().get_ifd(0x8769)[0x9003]
            packet = image.info["xmp"].decode()
        wall = datetime.fromisoformat(row["at"]).replace(tzinfo=None) - timedelta(
            seconds=offsets.get(row["station"], 0) if row["camera"] == "A" else 0
        )
        assert written == wall.strftime("%Y:%m:%d %H:%M:%S")
        assert f"Individual/{row['animal']}" in packet
        assert f"Flank/{row['flank']}" in packet


def test_the_planted_faults_are_real(example: tuple[Path, dict]) -> None:
    survey, truth = example
    faults = {f["fault"]: f for f in truth["faults"]}
    assert set(faults) == {"clock-never-set", "stolen", "truncated", "duplicate", "zero-byte", "not-media"}
    with Image.open(survey / faults["truncated"]["file"]) as image, pytest.raises(OSError, match="truncated"):
        image.load()
    assert (survey / faults["zero-byte"]["file"]).stat().st_size == 0
    twin = survey / faults["duplicate"]["file"]
    assert twin.read_bytes() == twin.with_name(twin.name.removeprefix("Copy of ")).read_bytes()
    assert not (survey / "cards" / faults["stolen"]["station"] / faults["stolen"]["camera"]).exists()


def test_no_camera_records_after_it_died(example: tuple[Path, dict]) -> None:
    _survey, truth = example
    dead = {(c["station"], c["camera"]): c["dead_from"] for c in truth["cameras"] if c["dead_from"]}
    assert len(dead) == 5
    for row in truth["files"]:
        assert row["at"][:10] < dead.get((row["station"], row["camera"]), "9999")


def test_the_two_cameras_of_a_station_see_different_flanks(example: tuple[Path, dict]) -> None:
    _survey, truth = example
    seen: dict[tuple[str, str], dict[str, str]] = {}
    for row in truth["files"]:
        if row["animal"]:
            seen.setdefault((row["station"], row["at"]), {})[row["camera"]] = row["flank"]
    both = [flanks for flanks in seen.values() if len(flanks) == 2]
    assert both
    assert all(flanks["A"] != flanks["B"] for flanks in both)


def test_videos_decode(example: tuple[Path, dict]) -> None:
    survey, truth = example
    first = next(f for f in truth["files"] if f["file"].endswith("MP4"))
    with av.open(str(survey / first["file"])) as container:
        assert container.metadata["creation_time"][:10] == first["at"][:10]
        assert sum(1 for _frame in container.decode(video=0)) == CLIP_FRAMES


def test_the_configuration_is_toml_and_names_its_tables(example: tuple[Path, dict]) -> None:
    survey, _truth = example
    config = tomllib.loads((survey / "survey.toml").read_text(encoding="utf-8"))
    assert all((survey / table["file"]).is_file() for table in config["tables"].values())
    assert all((survey / name).is_file() for name in config["regions"].values())


def test_the_same_camera_is_drawn_with_the_same_bytes(example: tuple[Path, dict]) -> None:
    survey, truth = example
    wanted = ("S08", "A")
    rows = [f for f in truth["files"] if (f["station"], f["camera"]) == wanted]
    camera = next(c for c in _cameras(7, tuple(_stations(7))) if (c.station, c.letter) == wanted)
    visits = sorted(
        (v for v in _all_visits(7, _animals(7), _stations(7)) if v.station == wanted[0]), key=lambda v: v.at
    )
    roll, _notes = _plan(7, camera, visits)
    damaged = {f.get("file") for f in truth["faults"]}
    assert len(rows) > 3
    for row, content in zip(rows, develop(roll), strict=True):
        if row["file"] not in damaged:
            assert (
                hashlib.sha256(content).digest()
                == hashlib.sha256((survey / row["file"]).read_bytes()).digest()
            )
