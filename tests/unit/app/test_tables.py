"""Tables with faults: each is named with its file, row and remedy, all at once."""

import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pardus.app.tables import (
    TableOptions,
    grid_spacing,
    histories_from_frames,
    read_histories,
    read_masks,
)
from pardus.model.errors import HistoryError, MaskError, ParameterError, PardusError, TableError, UsageError

DETECTORS = "session,detector,x,y\n1,A,500000,4800000\n1,B,502000,4800000\n1,C,500000,4802000\n"
CAPTURES = "session,individual,occasion,detector,sex\n1,tom,1,A,M\n1,tom,2,B,M\n1,ada,1,C,F\n"
USAGE = "session,detector,o1,o2\n1,A,1,1\n1,B,1,1\n1,C,1,0\n"
MASK = "session,x,y\nall,499000,4799000\nall,501000,4799000\nall,499000,4801000\nall,501000,4801000\n"


def read(tmp_path: Path, detectors=DETECTORS, captures=CAPTURES, usage: str | None = USAGE, **options):
    paths = {}
    for name, text in {"detectors": detectors, "captures": captures, "usage": usage}.items():
        if text is not None:
            paths[name] = tmp_path / f"{name}.csv"
            paths[name].write_text(text, encoding="utf-8")
    return read_histories(paths["detectors"], paths["captures"], paths.get("usage"), TableOptions(**options))


def codes(error: PardusError) -> set[str]:
    return {f.code for f in error.findings}


def test_tables_become_a_history(tmp_path):
    (history,) = read(tmp_path)
    assert history.animals == ("tom", "ada")
    assert history.dense().tolist() == [[[1, 0, 0], [0, 1, 0]], [[0, 0, 1], [0, 0, 0]]]
    assert history.detectors.usage.tolist() == [[1, 1], [1, 1], [1, 0]]
    assert list(history.covariates["sex"]) == ["M", "F"]


FAULTS = {
    "unknown-detector": {"captures": CAPTURES + "1,tom,1,Z,M\n"},
    "unknown-session": {"captures": CAPTURES + "9,tom,1,A,M\n"},
    "capture-outside-usage": {"captures": CAPTURES + "1,ada,2,C,F\n"},
    "duplicate-detector": {"detectors": DETECTORS + "1,A,500000,4800000\n"},
    "animal-of-two-sexes": {"captures": CAPTURES + "1,tom,2,A,F\n"},
    "coordinates-in-degrees": {"detectors": "detector,x,y\nA,131.1,43.2\nB,131.2,43.2\nC,131.1,43.3\n"},
    "coordinates-in-km": {
        "detectors": "session,detector,x,y\n1,A,500.0,4800.0\n1,B,502,4800\n1,C,500,4802\n"
    },
    "not-a-number": {"detectors": DETECTORS.replace("502000", "502 km")},
    "occasion-outside": {"captures": CAPTURES + "1,tom,7,A,M\n"},
    "occasion-not-whole": {"captures": CAPTURES + "1,tom,0,A,M\n"},
    "count-not-whole": {"captures": "individual,occasion,detector,count\ntom,1,A,0\n", "kind": "count"},
    "animal-empty": {"captures": CAPTURES + "1,,1,A,M\n"},
    "detector-empty": {"detectors": DETECTORS + "1,,500500,4800000\n"},
    "usage-missing": {"usage": USAGE.replace("1,C,1,0\n", "")},
    "usage-negative": {"usage": USAGE.replace("1,C,1,0", "1,C,1,-1")},
    "column-missing": {"detectors": DETECTORS.replace("detector,x", "trap,x")},
}


@pytest.mark.parametrize("code", FAULTS)
def test_a_broken_table_is_refused_by_name(tmp_path, code):
    with pytest.raises(TableError) as caught:
        read(tmp_path, **FAULTS[code])
    assert code in codes(caught.value)
    finding = next(f for f in caught.value.findings if f.code == code)
    assert ".csv" in finding.where
    assert finding.message


def test_a_date_where_an_occasion_belongs_is_named_with_its_row(tmp_path):
    with pytest.raises(TableError) as caught:
        read(tmp_path, captures=CAPTURES + "1,tom,2024-02-01,A,M\n")
    assert caught.value.findings[0].where == "captures.csv, row 5"


def test_all_faults_are_told_at_once(tmp_path):
    with pytest.raises(TableError) as caught:
        read(tmp_path, captures=CAPTURES + "1,tom,1,Z,M\n1,eve,1,Y,F\n1,tom,1,A,F\n")
    assert len(caught.value.findings) == 3


def test_an_unreadable_file_is_refused(tmp_path):
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(TableError, match=r"empty\.csv"):
        read_histories(empty, empty)


def test_columns_of_other_names_are_mapped_and_nobody_is_counted(tmp_path):
    (history,) = read(
        tmp_path,
        detectors="site,trap,x,y,trap_days\nK,A,500000,4800000,30\nK,B,502000,4800000,20\n",
        captures="site,id,trap\nK,L1,A\nK,L1,A\nK,9999,B\n",
        usage=None,
        columns={"session": "site", "detector": "trap", "individual": "id"},
        usage_column="trap_days",
        ignore_animals=("9999",),
    )
    assert history.kind == "count"
    assert history.animals == ("L1",)
    assert history.count.tolist() == [2]
    assert history.detectors.usage.tolist() == [[30], [20]]
    assert list(history.not_used.values()) == [1]


def test_repeated_yes_or_no_records_are_counted_not_dropped_silently(tmp_path):
    (history,) = read(tmp_path, captures=CAPTURES + "1,tom,1,A,M\n", kind="proximity")
    assert history.n_detections == 3
    assert list(history.not_used.values()) == [1]


def test_kilometres_are_taken_when_declared(tmp_path):
    (history,) = read(
        tmp_path,
        detectors="detector,x,y\nA,0,0\nB,2,0\nC,0,2\n",
        captures="individual,occasion,detector\ntom,1,A\n",
        usage=None,
        metres_per_unit=1000.0,
    )
    assert np.ptp(history.detectors.xy) == 2000


def test_a_mask_table_gives_spacing_and_area(tmp_path):
    path = tmp_path / "mask.csv"
    path.write_text(MASK)
    (mask,) = read_masks(path, ["1"])
    assert (len(mask), mask.spacing, mask.cell_area) == (4, 2000.0, 400.0)


def test_a_session_without_mask_cells_is_named(tmp_path):
    path = tmp_path / "mask.csv"
    path.write_text(MASK.replace("all", "K") + "L,1,1\n")
    with pytest.raises(TableError, match="'M'"):
        read_masks(path, ["K", "M"])


def test_one_cell_has_no_spacing():
    with pytest.raises(TableError, match="spacing"):
        grid_spacing(np.zeros((1, 2)))


def test_the_exceptions_are_of_the_kinds_the_command_line_knows():
    assert {e.exit_code for e in (TableError, HistoryError, MaskError)} == {3}
    assert {e.exit_code for e in (UsageError, ParameterError)} == {2}


def test_declared_kilometres_far_from_the_origin_are_not_refused(tmp_path):
    far = "session,detector,x,y\n1,A,500.0,4800.0\n1,B,502,4800\n1,C,500,4802\n"
    (history,) = read(tmp_path, detectors=far, metres_per_unit=1000.0)
    assert np.ptp(history.detectors.xy[:, 0]) == 2000


def test_data_frames_give_the_same_history_as_files(tmp_path):
    (from_files,) = read(tmp_path)
    frames = [pd.read_csv(io.StringIO(text)) for text in (DETECTORS, CAPTURES, USAGE)]
    (from_frames,) = histories_from_frames(*frames)
    assert from_frames.dense().tolist() == from_files.dense().tolist()
    assert from_frames.detectors.usage.tolist() == from_files.detectors.usage.tolist()
    with pytest.raises(TableError) as caught:
        histories_from_frames(frames[0], frames[1].assign(detector="Z"), frames[2])
    assert caught.value.findings[0].where == "captures, row 1"


def test_a_layer_of_points_is_a_mask(tmp_path):
    points = [(499000, 4799000, 0.5), (501000, 4799000, 0.7), (499000, 4801000, 0.1)]
    features = [
        {"type": "Feature", "properties": {"forest": f}, "geometry": {"type": "Point", "coordinates": [x, y]}}
        for x, y, f in points
    ]
    path = tmp_path / "cells.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    (mask,) = read_masks(path, ["1"])
    assert mask.xy.tolist() == [[x, y] for x, y, _f in points]
    assert mask.covariates["forest"].tolist() == [0.5, 0.7, 0.1]
    assert mask.spacing == 2000


def test_ids_may_be_of_one_session_only_as_in_secr(tmp_path):
    detectors, captures = tmp_path / "detectors.csv", tmp_path / "captures.csv"
    rows = [f"{s},S{k},{2500 * k},{700 * k}" for s in "ab" for k in range(3)]
    detectors.write_text("session,detector,x,y\n" + "\n".join(rows) + "\n")
    captures.write_text("session,individual,occasion,detector,sex\na,1,1,S0,F\na,1,2,S1,F\nb,1,1,S0,M\n")
    with pytest.raises(TableError, match="F / M"):
        read_histories(detectors, captures)
    one, two = read_histories(detectors, captures, None, TableOptions(ids_by_session=True))
    assert (one.covariates["sex"][0], two.covariates["sex"][0]) == ("F", "M")
