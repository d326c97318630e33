"""MegaDetector results of both layouts. A failure is never "empty", and units are never guessed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pardus.ingest.boxes import boxes_to_observations, parse_results, read_results
from pardus.model.errors import DataError
from pardus.model.media import Media
from pardus.model.observation import Box

AT = datetime(2024, 1, 10, tzinfo=UTC)


def media(
    path: str, width: int = 1000, height: int = 500, turn: str = "1", at: datetime | None = AT
) -> Media:
    digest = path.replace("/", "_")
    metadata = {} if turn == "1" else {"orientation": turn}
    return Media(
        f"llnp:{digest}", digest, 1, "image", "image/jpeg", (path,), "llnp:d1",
        timestamp=at, width=width, height=height, metadata=metadata,
    )  # fmt: skip


SURVEY = [media("S1/C1/A.JPG"), media("S1/C1/B.JPG"), media("S2/C1/A.JPG"), media("S2/C1/T.JPG", turn="6")]


def shares(*images: dict, version: str = "1.4", **more: object) -> dict:
    return {
        "info": {"format_version": version, "detector": "md_v5a", **more},
        "detection_categories": {"1": "animal", "2": "person", "3": "vehicle"},
        "images": list(images),
    }


def box(
    x: float = 0.1, y: float = 0.2, w: float = 0.3, h: float = 0.4, conf: float = 0.9, **more: object
) -> dict:
    return {"category": "1", "conf": conf, "bbox": [x, y, w, h], **more}


def made(content: object, threshold: float = 0.2, prefix: str = ""):
    return boxes_to_observations(parse_results(content, "md.json"), SURVEY, "llnp", threshold, prefix)


def test_a_box_in_shares_becomes_a_machine_observation() -> None:
    result = made(shares({"file": "S1/C1/A.JPG", "detections": [box(), box(conf=0.1)]}))
    (observation,) = result.observations
    assert observation.box == Box(0.1, 0.2, 0.3, 0.4)
    assert (observation.method, observation.type, observation.probability) == ("machine", "animal", 0.9)
    assert observation.classified_by == "llnp:md_v5a"
    assert (observation.media, observation.start) == (("llnp:S1_C1_A.JPG",), AT)
    assert result.counts["below"] == 1
    assert result.findings == ()


@pytest.mark.parametrize("version", ["1.0", "1.3", "1.6"])
def test_all_formats_1_x_are_read(version: str) -> None:
    assert made(shares({"file": "S1/C1/A.JPG", "detections": [box()]}, version=version)).observations


def test_a_failure_is_never_empty() -> None:
    result = made(
        shares(
            {"file": "S1/C1/A.JPG", "detections": None, "failure": "Failure image access"},
            {"file": "S1/C1/B.JPG", "detections": []},
            {"file": "S2/C1/A.JPG"},
        )
    )
    assert (result.counts["failed"], result.counts["empty"]) == (2, 1)
    assert [(f.code, f.where) for f in result.findings] == [
        ("box-failure", "S1/C1/A.JPG"),
        ("box-failure", "S2/C1/A.JPG"),
    ]
    assert "Failure image access" in result.findings[0].message


def test_pixels_in_the_first_layout_are_refused_not_guessed() -> None:
    result = made(shares({"file": "S1/C1/A.JPG", "detections": [box(102.4, 88.1, 540.7, 470.2)]}))
    assert result.observations == ()
    assert [f.code for f in result.findings] == ["box-units"]


def test_a_list_is_the_second_layout_in_pixels() -> None:
    result = made(
        [
            {
                "file": "S1/C1/A.JPG",
                "detections": [{"category": "person", "confidence": 0.8, "bbox": [100, 50, 300, 250]}],
            },
            {"file": "S1/C1/B.JPG", "detections": []},
        ]
    )
    (observation,) = result.observations
    assert observation.type == "human"
    assert observation.box == Box(0.1, 0.1, pytest.approx(0.2), pytest.approx(0.4))
    assert result.counts["empty"] == 1


@pytest.mark.parametrize(
    ("file", "bbox"),
    [
        ("S1/C1/A.JPG", [0.1, 0.1, 0.3, 0.5]),  # shares under the wrong layout
        ("S1/C1/A.JPG", [100, 50, 1300, 250]),  # wider than the picture
        ("S1/C1/A.JPG", [300, 50, 100, 250]),  # x, y, width, height?
        ("S2/C1/T.JPG", [100, 50, 300, 250]),  # turned: before or after EXIF rotation?
    ],
)
def test_pixels_that_do_not_fit_are_refused(file: str, bbox: list[float]) -> None:
    result = made([{"file": file, "detections": [{"category": "animal", "confidence": 0.8, "bbox": bbox}]}])
    assert result.observations == ()
    assert [f.code for f in result.findings] == ["box-units"]


@pytest.mark.parametrize(
    "row",
    [
        {"category": "1", "bbox": [0.1, 0.1, 0.2, 0.2]},
        {"category": "1", "conf": "high", "bbox": [0.1, 0.1, 0.2, 0.2]},
        {"category": "1", "conf": 0.5, "bbox": [0.1, 0.1, 0.2]},
        {"category": "1", "conf": float("nan"), "bbox": [0.1, 0.1, 0.2, 0.2]},
        {"category": "9", "conf": 0.5, "bbox": [0.1, 0.1, 0.2, 0.2]},
        "animal",
    ],
)
def test_a_detection_with_a_missing_or_wrong_field_is_named_and_the_others_are_taken(row: object) -> None:
    result = made(shares({"file": "S1/C1/A.JPG", "detections": [row, box()]}))
    assert len(result.observations) == 1
    assert [f.code for f in result.findings] == ["box-row"]


def test_a_box_a_hair_over_the_edge_is_cut_there() -> None:
    (observation,) = made(
        shares({"file": "S1/C1/A.JPG", "detections": [box(0.8, 0.2, 0.204, 0.4)]})
    ).observations
    assert observation.box == Box(0.8, 0.2, pytest.approx(0.2), pytest.approx(0.4))


def test_a_frame_of_a_video_has_its_own_time() -> None:
    image = {"file": "S1/C1/A.JPG", "frame_rate": 30.0, "detections": [box(frame_number=90)]}
    (observation,) = made(shares(image)).observations
    assert (observation.frame, observation.start) == (90, AT + timedelta(seconds=3))


def test_classifications_are_kept_beside_the_box() -> None:
    content = shares({"file": "S1/C1/A.JPG", "detections": [box(classifications=[["0", 0.4], ["1", 0.55]])]})
    content["classification_categories"] = {"0": "cow", "1": "leopard"}
    (observation,) = made(content).observations
    assert observation.extra == {"classification": "leopard", "classification_probability": "0.5500"}
    assert observation.scientific_name == ""


def test_files_are_found_by_the_end_of_the_path_or_named_as_unknown_or_ambiguous() -> None:
    result = made(
        shares(
            {"file": "C:\\cards\\S1\\C1\\A.JPG", "detections": [box()]},
            {"file": "B.JPG", "detections": [box()]},
            {"file": "A.JPG", "detections": [box()]},
            {"file": "S9/Z.JPG", "detections": [box()]},
        )
    )
    assert [o.media[0] for o in result.observations] == ["llnp:S1_C1_A.JPG", "llnp:S1_C1_B.JPG"]
    assert [(f.code, f.where) for f in result.findings] == [
        ("box-file-ambiguous", "A.JPG"),
        ("box-file-unknown", "S9/Z.JPG"),
    ]
    assert sum(result.counts[k] for k in ("matched", "unknown", "ambiguous")) == 4


def test_a_prefix_tells_which_of_several(tmp_path: Path) -> None:
    result = made(shares({"file": "A.JPG", "detections": [box()]}), prefix="S2/C1/")
    assert [o.media[0] for o in result.observations] == ["llnp:S2_C1_A.JPG"]


def test_reading_results_twice_gives_the_same_ids() -> None:
    content = shares({"file": "S1/C1/A.JPG", "detections": [box(), box(0.5)]})
    assert [o.id for o in made(content).observations] == [o.id for o in made(content).observations]
    assert len({o.id for o in made(content).observations}) == 2


def test_the_advised_threshold_is_passed_on() -> None:
    content = shares(detector_metadata={"typical_detection_threshold": 0.35})
    assert parse_results(content).threshold == 0.35
    assert parse_results(shares()).threshold is None


@pytest.mark.parametrize(
    "content", [{}, [], {"images": []}, shares(version="2.0"), ["a"], 3, {"annotations": []}]
)
def test_another_json_is_refused_in_words(content: object) -> None:
    if content == []:
        assert parse_results(content).files == ()  # a list of nothing is a run over nothing
        return
    with pytest.raises(DataError, match="expected"):
        parse_results(content)


def test_a_file_that_is_not_json_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "md.json"
    path.write_bytes(b"\xff\xfe{")
    with pytest.raises(DataError, match=r"md\.json: expected JSON"):
        read_results(path)
    path.write_text("\ufeff" + json.dumps(shares()), encoding="utf-8")
    assert read_results(path).layout == "shares"
