from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from pardus.app.tables import read_histories
from pardus.history.build import Histories, build
from pardus.history.write import effort_tables, history_tables, number
from pardus.model.survey import Session, Survey
from tests.fixtures.field import at, deployment, individual, seen, survey

A = deployment("A", at(1, 18), at(11))
B = deployment("B", at(2), at(9), problems=[(at(5), at(7))])
WEEKS = (
    Session("early", date(2025, 12, 1), date(2025, 12, 4)),
    Session("late, cold", date(2025, 12, 5), date(2025, 12, 10)),
)


def two_weeks(**changes: object) -> Survey:
    records = [
        seen(1, A, at(2, 20), "F1", "left"),
        seen(2, A, at(2, 23), "F1", "left"),
        seen(3, B, at(3, 2), "M1", "both"),
        seen(4, B, at(8, 2), "M1", "both"),
        seen(5, A, at(8, 3), ""),
        seen(6, A, at(9), "F1", group="g"),
        seen(7, A, at(9), "", life_stage="juvenile", group="g"),
    ]
    people = [
        individual("F1", ("sex", "female", date(2024, 1, 1))),
        individual("M1", ("status", "dead", date(2025, 12, 8))),
    ]
    of = survey([A, B], records, people, **({"sessions": WEEKS, "output": "count"} | changes))
    covered = tuple(replace(s, covariates={"trail": "road", "height": "0.5"}) for s in of.stations[:1])
    return replace(of, stations=covered + of.stations[1:])


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def written() -> tuple[Histories, dict[str, str]]:
    histories = build(two_weeks())
    return histories, history_tables(histories, "Asia/Shanghai")


def test_the_tables_read_back_as_the_same_histories(tmp_path: Path) -> None:
    histories, files = written()
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    back = read_histories(tmp_path / "detectors.csv", tmp_path / "captures.csv", tmp_path / "usage.csv")
    assert [h.session for h in back] == ["early", "late, cold"]
    for ours, theirs in zip(histories.sessions, back, strict=True):
        order = [theirs.animals.index(a) for a in ours.animals]
        np.testing.assert_array_equal(theirs.dense()[order], ours.dense())
        np.testing.assert_array_equal(theirs.detectors.usage, ours.detectors.usage)
        np.testing.assert_array_equal(theirs.detectors.xy, ours.detectors.xy)
        assert theirs.covariates["sex"][order].tolist() == ours.covariates["sex"].tolist()
        assert theirs.detectors.covariates["trail"].tolist() == ["road", ""]
        np.testing.assert_array_equal(theirs.detectors.covariates["height"], [0.5, np.nan])
    assert back[1].removed is not None
    assert back[1].removed[back[1].animals.index("park:M1")] == 3


def test_operation_tells_no_camera_from_a_dead_one() -> None:
    days = {(r["station"], r["date"]): r["days"] for r in rows(written()[1]["operation.csv"])}
    assert days["park:A", "2025-12-01"] == "0.25"
    assert days["park:B", "2025-12-01"] == ""
    assert days["park:B", "2025-12-06"] == "0"


def test_occasions_are_dated_and_the_last_may_be_short() -> None:
    files = effort_tables(build(two_weeks(occasion_days=4)).effort)
    assert rows(files["occasions.csv"]) == [
        {"session": "early", "occasion": "1", "first_date": "2025-12-01", "days": "4"},
        {"session": "late, cold", "occasion": "1", "first_date": "2025-12-05", "days": "4"},
        {"session": "late, cold", "occasion": "2", "first_date": "2025-12-09", "days": "2"},
    ]
    assert rows(files["usage.csv"])[0] == {"session": "early", "detector": "park:A", "o1": "3.25", "o2": ""}


def test_events_say_what_became_of_them_in_local_time() -> None:
    found = rows(written()[1]["events.csv"])
    assert [(r["individual"], r["use"], r["cubs"]) for r in found] == [
        ("park:F1", "used", "0"),
        ("park:F1", "used", "0"),
        ("park:M1", "used", "0"),
        ("park:M1", "used", "0"),
        ("", "unidentified", "0"),
        ("park:F1", "used", "1"),
    ]
    assert found[0]["start"] == "2025-12-03 04:00:00+08:00"


def test_what_was_not_used_adds_up_with_what_was() -> None:
    histories, files = written()
    left = {r["reason"]: int(r["records"]) for r in rows(files["not-used.csv"])}
    assert left == {"cub": 1, "unidentified": 1}
    assert sum(left.values()) + histories.records["used"] == 7
    (family,) = rows(files["families.csv"])
    assert (family["mother"], family["cubs"]) == ("park:F1", "1")
    assert rows(files["associations.csv"]) == []


def test_numbers_are_as_short_as_they_can_be() -> None:
    assert [number(v) for v in (10.0, 9.5, 0.0, float("nan"), 1 / 3)] == ["10", "9.5", "0", "", repr(1 / 3)]
