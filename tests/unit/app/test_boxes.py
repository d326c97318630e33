"""Boxes of an animal finder come into a survey once, beside what people said, and go by one undo."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pardus.app.boxes import import_boxes
from pardus.app.ingest import ingest
from pardus.app.survey_folder import open_survey
from pardus.cli.main import app
from pardus.model.errors import DataError, ParameterError
from tests.fixtures.small_survey import ANNA, card, small_survey


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = small_survey(tmp_path / "survey")
    ingest(folder, card(tmp_path / "card", per_station=2), sayer=ANNA)
    return folder


@pytest.fixture
def results(tmp_path: Path) -> Path:
    def entry(path: str, *confidences: float, **more: object) -> dict[str, object]:
        rows = [{"category": "1", "conf": c, "bbox": [0.1, 0.2, 0.3, 0.4]} for c in confidences]
        return {"file": path, "detections": rows, **more}

    content = {
        "info": {"format_version": "1.5", "detector": "md_v5a"},
        "detection_categories": {"1": "animal"},
        "images": [
            entry("S1/DCIM/100RECNX/RCNX0001.JPG", 0.9, 0.1),
            entry("S1/DCIM/100RECNX/RCNX0002.JPG"),
            entry("S2/DCIM/100RECNX/RCNX0001.JPG", failure="Failure image access"),
            entry("S9/RCNX0001.JPG", 0.8),
        ],
    }
    path = tmp_path / "md.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_boxes_come_in_once_and_the_counts_add_up(survey: Path, results: Path) -> None:
    report = import_boxes(survey, results, sayer=ANNA)
    assert (report.added, report.known, report.threshold) == (1, 0, 0.2)
    assert report.counts == {"matched": 3, "unknown": 1, "ambiguous": 0, "failed": 1, "empty": 1, "below": 1}
    assert {finding.code for finding in report.findings} == {"box-failure", "box-file-unknown"}
    again = import_boxes(survey, results, sayer=ANNA)
    assert (again.added, again.known) == (0, 1)
    with open_survey(survey) as store:
        (observation,) = store.survey().observations
        (media,) = tuple(store.media(observation.media))
    assert (observation.method, observation.type, observation.probability) == ("machine", "animal", 0.9)
    assert observation.start == media.timestamp
    assert observation.box is not None
    assert asdict(observation.box) == {"x": 0.1, "y": 0.2, "width": 0.3, "height": 0.4}


def test_the_threshold_is_a_person_s(survey: Path, results: Path) -> None:
    assert import_boxes(survey, results, sayer=ANNA, threshold=0.05).added == 2
    with pytest.raises(ParameterError, match="expected 0 to 1"):
        import_boxes(survey, results, sayer=ANNA, threshold=20)


def test_the_command_says_what_it_did_and_undo_takes_it_back(survey: Path, results: Path) -> None:
    run = CliRunner()
    done = run.invoke(app, ["boxes", str(survey), str(results)])
    assert done.exit_code == 0, done.output
    assert "4 files in the results of md_v5a = 3 of this survey + 1 unknown + 0 ambiguous." in done.stdout
    assert "1 not processed, 1 without a box. Boxes: 1 new, 0 known, 1 below 0.2." in done.stdout
    with open_survey(survey) as store:
        entry = list(store.entries(["ingest-started"]))[-1]
    assert "1 box by an animal finder" in run.invoke(app, ["log", str(survey)]).stdout
    undone = run.invoke(app, ["undo", str(survey), entry.id])
    assert undone.exit_code == 0
    assert "1 box by an animal finder" in undone.stdout
    with open_survey(survey) as store:
        assert store.survey().observations == ()
    assert run.invoke(app, ["verify", str(survey)]).exit_code == 0


def test_another_file_is_refused_in_words(survey: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text("{}", encoding="utf-8")
    with pytest.raises(DataError, match="expected a JSON object with 'images'"):
        import_boxes(survey, other, sayer=ANNA)
