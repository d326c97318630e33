"""camtrapR's own CSV files, read by column mapping as a field's tables are, give camtrapR's matrices."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pardus.history.build import build
from pardus.ingest.tables.survey import read_tables
from pardus.model.survey import Survey, TableMapping
from tests.reference import camtrapr
from tests.reference.test_camtrapr_histories import cells

STATIONS = TableMapping(
    "camtraps.csv",
    {
        "station": "Station", "x": "utm_x", "y": "utm_y", "setup": "Setup_date", "retrieval": "Retrieval_date",
        "problem_from": "Problem{n}_from", "problem_to": "Problem{n}_to",
    },
    date_format="%d/%m/%Y",
    crs="EPSG:32650",
)  # fmt: skip
RECORDS = TableMapping(
    "recordTableIndividualSample.csv",
    {"station": "Station", "species": "Species", "individual": "Individual", "time": "DateTimeOriginal"},
    author="camtrapR",
)


@pytest.mark.parametrize("output", ["binary", "count"])
def test_histories_from_the_field_s_tables_equal_camtrapr(shared: Path, output: str) -> None:
    config = replace(
        camtrapr.CONFIG,
        output=output,
        tables={"stations": STATIONS, "records": RECORDS},
        camera_zone="+08:00",
    )
    tables = read_tables(shared / "data/camtrapR-sample", config)
    individual = {d.observation: d.value for d in tables.decisions if d.about == "individual"}
    species = {d.observation: d.value for d in tables.decisions if d.about == "species"}
    observations = tuple(
        replace(o, individual=individual[o.id].removeprefix("sabah:"), scientific_name=species[o.id])
        for o in tables.observations
    )
    survey = Survey(config, tables.stations, tables.deployments, observations=observations)
    (history,) = build(survey).sessions
    assert [d.removeprefix("sabah:") for d in history.detectors.ids] == list(camtrapr.usage(shared, output))
    np.testing.assert_array_equal(history.detectors.usage, list(camtrapr.usage(shared, output).values()))
    assert cells(history) == camtrapr.captures(shared, output)
