"""Stations and cameras: what is read, and every contradiction named with row and column."""

from __future__ import annotations

from dataclasses import replace

import pytest

HEAD = "station,camera,setup,retrieval,serial,P1 from,P1 to,P2 from,P2 to,P3 from,P3 to\n"
PROBLEMS = {"problem_from": "P{n} from", "problem_to": "P{n} to"}


@pytest.fixture
def cameras(desk):
    desk.stations("station,x,y\nA,700000,4750000\nB,703000,4752000\n")

    def put(*rows: str):
        desk.put("deployments", HEAD + "".join(row + "\n" for row in rows), columns=PROBLEMS)
        return desk

    return put


def test_two_cameras_and_three_problems_are_read(cameras):
    desk = cameras(
        "A,left,2025-11-20,2026-02-20,S1,2025-12-01,2025-12-05,2025-12-20 14:00,2025-12-21 09:30,2026-02-18,2026-02-20",
        "A,right,2025-11-20 10:15,,S2,,,,,,",
        "B,,2025-11-21,2026-01-01,,,,,,,",
        "B,,2026-01-01,2026-02-21,,,,,,,",
    )
    left, right, first, second = desk.read().deployments
    assert left.id == "llnp:A_left_2025-11-20"
    assert left.station == right.station == "llnp:A"
    assert [(p.start.isoformat(), p.end.isoformat()) for p in left.problems] == [
        ("2025-12-01T00:00:00+10:00", "2025-12-06T00:00:00+10:00"),  # both days included
        ("2025-12-20T14:00:00+10:00", "2025-12-21T09:30:00+10:00"),
        ("2026-02-18T00:00:00+10:00", "2026-02-21T00:00:00+10:00"),  # dead to the end
    ]
    assert left.problems[-1].end == left.end
    assert (left.start_is_day, left.end_is_day) == (True, True)
    assert right.end is None
    assert not right.start_is_day
    assert (first.camera_serial, right.camera_serial) == ("", "S2")
    # Cards changed on 1 January: both have the day, by the part-day rule half each.
    assert second.start < first.end


def test_every_contradiction_is_named_at_once_with_row_and_column(cameras):
    desk = cameras(
        "A,1,2025-11-20,2025-11-10,,,,,,,",
        "A,2,2025-11-20,2026-02-20,,2025-11-01,2025-11-25,,,,",
        "A,3,2025-11-20,2026-02-20,,2025-12-01,2025-12-10,2025-12-05,2025-12-20,,",
        "A,4,2025-11-20,2026-02-20,,2025-12-01,,,2025-12-20,,",
        "A,5,2025-11-20,2026-02-20,,2025-12-10,2025-12-01,,,,",
        "B,1,2025-11-20,2026-02-20,,,,,,,",
        "B,1,2026-01-20,2026-03-20,,,,,,,",
        "B,1,2025-11-20,2026-02-20,,,,,,,",
        "C,1,2025-11-20,2026-02-20,,,,,,,",
        ",1,2025-11-20,2026-02-20,,,,,,,",
        "B,9,,2026-02-20,,,,,,,",
        "B,8,2025-11-31,2026-02-20,,,,,,,",
    )
    file = "deployments.csv, row"
    assert set(desk.faults()) == {
        ("retrieval-before-setup", f"{file} 2, column retrieval"),
        ("problem-outside-deployment", f"{file} 3, column P1 from"),
        ("problems-overlap", f"{file} 4, column P2 from"),
        ("problem-without-end", f"{file} 5, column P1 from"),
        ("problem-without-start", f"{file} 5, column P2 to"),
        ("problem-dates", f"{file} 6, column P1 to"),
        ("deployments-overlap", f"{file} 8, column setup"),
        ("deployment-twice", f"{file} 9, column station"),
        ("station-unknown", f"{file} 10, column station"),
        ("cell-missing", f"{file} 11, column station"),
        ("cell-missing", f"{file} 12, column setup"),
        ("not-a-date", f"{file} 13, column setup"),
    }


def test_a_serial_number_at_two_stations_at_once_is_flagged(cameras):
    desk = cameras("A,,2025-11-20,2026-02-20,H600,,,,,,", "B,,2025-12-20,2026-02-20,H600,,,,,,")
    assert "camera-at-two-stations" in desk.warnings()
    desk = cameras("A,,2025-11-20,2025-12-20,H600,,,,,,", "B,,2025-12-20,2026-02-20,H600,,,,,,")
    assert "camera-at-two-stations" not in desk.warnings()


def test_a_station_that_only_looks_like_another_is_asked_about(desk):
    desk.stations("station,x,y\nA1,700000,4750000\nА1,703000,4752000\n")  # Latin, Cyrillic
    ((code, _where), text) = next(iter(desk.faults().items()))
    assert code == "look-alike-ids"
    assert "А is Cyrillic" in text
    desk.stations(
        "station,x,y\nA1,700000,4750000\nА1,703000,4752000\n", values={"station": {"A1": "A1", "А1": "А1"}}
    )
    assert len(desk.read().stations) == 2


def test_one_table_can_hold_places_and_cameras_over_several_seasons(desk):
    desk.stations(
        "station,x,y,setup,retrieval,habitat,session\n"
        "A,700000,4750000,2024-11-20,2025-02-20,ridge,2024\n"
        "A,700000,4750000,2025-11-20,2026-02-20,ridge,2025\n"
    )
    tables = desk.read()
    assert [s.covariates for s in tables.stations] == [
        {"habitat": "ridge"}
    ]  # what differs is the deployment's
    assert [d.extra["session"] for d in tables.deployments] == ["2024", "2025"]


def test_a_station_at_two_places_is_refused_and_two_at_one_are_flagged(desk):
    desk.stations("station,x,y\nA,700000,4750000\nA,700900,4750000\n")
    assert desk.codes() == ["station-moved"]
    desk.stations("station,x,y\nA,700000,4750000\nB,700000,4750000\n")
    assert desk.warnings() == ["stations-at-one-place"]


def test_the_station_table_of_a_real_study_reads_as_its_effort_matrix_says(desk, shared):
    data = (shared / "data" / "camtrapR-sample" / "camtraps.csv").read_bytes()
    desk.config = replace(desk.config, crs="EPSG:32650", camera_zone="+08:00")
    columns = {
        "station": "Station", "x": "utm_x", "y": "utm_y", "setup": "Setup_date", "retrieval": "Retrieval_date",
        "problem_from": "Problem{n}_from", "problem_to": "Problem{n}_to",
    }  # fmt: skip
    desk.stations(data, columns=columns)
    assert "date-ambiguous" in desk.codes()
    desk.stations(data, columns=columns, date_format="%d/%m/%Y")
    tables = desk.read()
    assert next((s.name, s.x, s.y) for s in tables.stations) == ("StationA", 526000.0, 604000.0)
    assert [len(d.problems) for d in tables.deployments] == [0, 0, 1]
    assert [f"{d.start:%Y-%m-%d} {d.end - d.start}" for d in tables.deployments if d.end] == [
        "2009-04-02 43 days, 0:00:00",
        "2009-04-03 44 days, 0:00:00",
        "2009-04-04 44 days, 0:00:00",
    ]
    assert tables.deployments[2].problems[0].end == tables.deployments[2].end
