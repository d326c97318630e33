"""Tables read again after a station moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.app.ingest import ingest
from pardus.app.ingest_run import IngestOptions
from pardus.app.survey_folder import open_survey
from pardus.model.errors import TableError
from tests.fixtures.small_survey import ANNA, small_survey


def move(folder: Path, metres: int) -> None:
    file = folder / "stations.csv"
    file.write_text(file.read_text().replace("S2,653000", f"S2,{653_000 + metres}"))


def easting(folder: Path) -> float:
    with open_survey(folder) as store:
        return next(s.x for s in store.survey().stations if s.name == "S2")


def test_a_station_that_jumps_is_refused_until_it_is_accepted(tmp_path):
    folder = small_survey(tmp_path / "s")
    ingest(folder, None, sayer=ANNA)
    move(folder, -20_000)
    with pytest.raises(TableError) as caught:
        ingest(folder, None, sayer=ANNA)
    assert [f.code for f in caught.value.findings] == ["station-far-from-before"]
    assert easting(folder) == 653_000
    accepted = IngestOptions(accept=frozenset({"station-far-from-before"}))
    report = ingest(folder, None, accepted, sayer=ANNA)
    assert "station-far-from-before" in [f.code for f in report.findings]
    assert easting(folder) == 633_000


def test_a_small_move_is_told(tmp_path):
    folder = small_survey(tmp_path / "s")
    ingest(folder, None, sayer=ANNA)
    move(folder, 100)
    assert [f.code for f in ingest(folder, None, sayer=ANNA).findings] == ["station-moved-since"]
    assert ingest(folder, None, sayer=ANNA).findings == ()
