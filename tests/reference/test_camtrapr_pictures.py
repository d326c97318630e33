"""camtrapR's sample pictures, tagged in digiKam, ingested with its station table: its matrices, cell by cell."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pardus.app.ingest import ingest
from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey, open_survey
from pardus.app.verify import verify
from pardus.history.build import build
from pardus.history.effort import effort, sessions_of
from pardus.history.events import Independence
from pardus.model.survey import Survey, SurveyConfig, TableMapping
from tests.reference import camtrapr

AS_CAMTRAPR = Independence(60, "last-independent-record", keep_simultaneous=True)
"""How camtrapR made its sample table out of these pictures."""
ANNA = Sayer("sabah:anna")
COLUMNS = {
    "station": "Station", "x": "utm_x", "y": "utm_y", "setup": "Setup_date", "retrieval": "Retrieval_date",
    "problem_from": "Problem{n}_from", "problem_to": "Problem{n}_to",
}  # fmt: skip


@pytest.fixture(params=["binary", "count"])
def config(request: pytest.FixtureRequest) -> SurveyConfig:
    return replace(
        camtrapr.CONFIG,
        species="Leopard Cat",
        output=request.param,
        layout="*",
        tags={"species": "Species", "individual": "individual"},
        tables={"stations": TableMapping("camtraps.csv", COLUMNS, date_format="%d/%m/%Y")},
    )


@pytest.fixture
def survey(shared: Path, tmp_path: Path, config: SurveyConfig) -> Survey:
    folder, sample = tmp_path / "survey", shared / "data/camtrapR-sample"
    folder.mkdir()
    shutil.copyfile(sample / "camtraps.csv", folder / "camtraps.csv")
    new_survey(folder, config, ANNA)
    report = ingest(folder, sample / "pictures/sample_images_indiv_tag", sayer=ANNA)
    assert (report.tally.added, report.held) == (26, 0)
    assert verify(folder).sound
    with open_survey(folder) as store:
        return store.survey()


def test_operation_usage_and_history_equal_camtrapr(
    shared: Path, survey: Survey, config: SurveyConfig
) -> None:
    dates, operation = camtrapr.operation(shared, "problem")
    ours = effort(survey, sessions_of(survey)[0])
    assert list(ours.calendar.dates) == dates
    np.testing.assert_array_equal(ours.operation, np.array(list(operation.values())))

    history = build(survey, independence=AS_CAMTRAPR).sessions[0]
    usage = camtrapr.usage(shared, config.output)
    assert history.detectors.ids == tuple(f"sabah:{name}" for name in usage)
    np.testing.assert_array_equal(history.detectors.usage, np.array(list(usage.values())))
    cells = {
        (history.animals[a].partition(":")[2], int(o) + 1, int(k) + 1): int(c)
        for a, o, k, c in zip(history.animal, history.occasion, history.detector, history.count, strict=True)
    }
    assert cells == camtrapr.captures(shared, config.output)
