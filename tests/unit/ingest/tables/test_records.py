"""Records become observations without names, and decisions that name them; passports become dated statements."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

HEAD = "station,time,species,individual,flank,sex,life_stage,count,group,mother\n"


@pytest.fixture
def records(desk):
    desk.stations()

    def put(*rows: str, header: str = HEAD, **mapping: object):
        desk.put("records", header + "".join(row + "\n" for row in rows), **mapping)
        return desk

    return put


def test_a_record_is_an_observation_and_what_its_author_decided(records):
    desk = records(
        "A,2025-12-01 05:10,Panthera pardus,F01,left,F,adult,1,g1,",
        "A,2025-12-01 05:10,Panthera pardus,,л,,juv,2,g1,F01",
        "B,2025-12-02 06:00,,,,,,,,",
        author="E. Ivanova",
    )
    tables = desk.read()
    mother, cubs, nothing = tables.observations
    assert (mother.individual, mother.scientific_name) == ("", "")  # named by decisions only
    assert (mother.flank, mother.sex, mother.life_stage) == ("left", "female", "adult")
    assert (cubs.flank, cubs.life_stage, cubs.count, cubs.mother) == ("left", "juvenile", 2, "llnp:F01")
    assert mother.group == cubs.group == "llnp:g1"
    assert mother.start.isoformat() == "2025-12-01T05:10:00+10:00"
    assert nothing.type == "unclassified"
    said = [(d.observation, d.about, d.value, d.by, d.basis) for d in tables.decisions]
    assert said == [
        (mother.id, "species", "Panthera pardus", "E. Ivanova", "table"),
        (mother.id, "individual", "llnp:F01", "E. Ivanova", "table"),
        (cubs.id, "species", "Panthera pardus", "E. Ivanova", "table"),
    ]


def test_reading_the_same_table_twice_gives_the_same_ids(records):
    desk = records("A,2025-12-01 05:10,leopard,F01,L,,,,,", "A,2025-12-01 05:10,leopard,F01,L,,,,,")
    first, second = desk.read(), desk.read()
    assert [o.id for o in first.observations] == [o.id for o in second.observations]
    assert len({o.id for o in first.observations}) == 2
    assert "record-repeated" in [w.code for w in first.warnings]


def test_labels_of_the_parks_own_software_are_a_machines(records):
    desk = records(
        "A,2025-12-01 05:10,Panthera pardus,0.93,IMG_1.JPG",
        header="station,time,species,probability,file\n",
        method="machine",
        author="mewc 2.1",
    )
    (observation,) = desk.read().observations
    assert (observation.method, observation.classified_by, observation.probability) == (
        "machine",
        "mewc 2.1",
        0.93,
    )
    assert observation.scientific_name == "Panthera pardus"
    assert observation.extra["file"] == "IMG_1.JPG"


def test_what_nobody_is_can_be_said(records):
    desk = records("A,2025-12-01 05:10,leopard,9999,,,,,,", values={"individual": {"9999": ""}})
    assert [d.about for d in desk.read().decisions] == ["species"]


def test_records_outside_their_cameras_time_are_kept_and_counted(records):
    desk = records("A,2025-11-01 05:10,leopard,F01,,,,,,", "A,2025-12-01 05:10,leopard,F01,,,,,,")
    tables = desk.read()
    assert len(tables.observations) == 2
    (warning,) = tables.warnings
    assert warning.code == "record-outside-deployment"
    assert "row 2" in warning.remedy


def test_bad_records_are_all_named_with_row_and_column(records):
    desk = records(
        "X,2025-12-01 05:10,,,,,,,,",
        "A,2025-12-01,,,,,,,,",
        "A,03/04/2025 05:10,,,,,,,,",
        "A,2025-12-01 05:10,,,sideways,,,,,",
        "A,2025-12-01 05:10,,,,,elderly,,,",
        "A,2025-12-01 05:10,,,,,,0,,",
        "A,,,,,,,,,",
    )
    file = "records.csv, row"
    assert set(desk.faults()) == {
        ("station-unknown", f"{file} 2, column station"),
        ("time-missing", f"{file} 3, column time"),
        ("date-ambiguous", f"{file} 4, column time"),
        ("word-unknown", f"{file} 5, column flank"),
        ("word-unknown", f"{file} 6, column life_stage"),
        ("out-of-range", f"{file} 7, column count"),
        ("cell-missing", f"{file} 8, column time"),
    }


@pytest.mark.parametrize("other", ["f01", "F-01", "F 01", "Ｆ01"])
def test_ids_that_only_look_different_do_not_count_twice(records, other):
    desk = records("A,2025-12-01 05:10,leopard,F01,,,,,,", f"A,2025-12-05 05:10,leopard,{other},,,,,,")
    assert desk.codes() == ["look-alike-ids"]
    desk = records(
        "A,2025-12-01 05:10,leopard,F01,,,,,,",
        f"A,2025-12-05 05:10,leopard,{other},,,,,,",
        values={"individual": {other: "F01"}},
    )
    assert {d.value for d in desk.read().decisions if d.about == "individual"} == {"llnp:F01"}


def test_a_cyrillic_letter_in_an_id_is_pointed_at(records):
    desk = records("A,2025-12-01 05:10,leopard,M7,,,,,,", "A,2025-12-05 05:10,leopard,М7,,,,,,")
    (text,) = desk.faults().values()
    assert "М is Cyrillic" in text


def test_trailing_blanks_are_trimmed_and_told(records):
    desk = records("A,2025-12-01 05:10,leopard,F01,,,,,,", 'A,2025-12-05 05:10,leopard,"F01\u200b ",,,,,,')
    tables = desk.read()
    assert {d.value for d in tables.decisions if d.about == "individual"} == {"llnp:F01"}
    assert "id-trimmed" in [w.code for w in tables.warnings]


def test_an_animal_of_two_sexes_is_flagged(records):
    desk = records("A,2025-12-01 05:10,leopard,86F,,F,,,,", "A,2025-12-05 05:10,leopard,86F,,M,,,,")
    assert desk.warnings() == ["sex-contradicts"]


def test_date_and_time_may_stand_in_two_columns_and_a_camera_be_named(desk):
    desk.stations("station,x,y,camera,setup\nA,700000,4750000,1,2025-11-20\nA,700000,4750000,2,2025-11-20\n")
    desk.put(
        "records",
        "station,date,hour,camera\nA,2025-12-01,5:10 PM,2\nA,2025-12-01,17:12,\n",
        columns={"time_of_day": "hour"},
    )
    tables = desk.read()
    assert [o.deployment for o in tables.observations] == ["llnp:A_2_2025-11-20", "llnp:A_1_2025-11-20"]
    assert tables.observations[0].start.hour == 17
    assert [w.code for w in tables.warnings] == ["camera-not-stated"]


def test_passports_are_dated_statements(desk):
    desk.put(
        "individuals",
        "individual,name,sex,life_stage,birth_year,status,mother,alias,on\n"
        "86F,Grace,F,,2019,,,CN-L7; CN-L12,\n"
        "86F,,M,adult,,,,,2025-01-01\n"
        "C1,,,cub,,,86F,,2025-06-01\n",
        author="catalogue",
    )
    tables = desk.read()
    said = [(s.individual, s.about, s.value, s.on) for s in tables.statements]
    assert ("llnp:86F", "sex", "female", date(1900, 1, 1)) in said
    assert ("llnp:86F", "sex", "male", date(2025, 1, 1)) in said
    assert ("llnp:86F", "alias", "CN-L12", date(1900, 1, 1)) in said
    assert ("llnp:86F", "birthYear", "2019", date(2019, 1, 1)) in said
    assert ("llnp:C1", "lifeStage", "juvenile", date(2025, 6, 1)) in said
    assert {s.by for s in tables.statements} == {"catalogue"}
    (link,) = tables.relationships
    assert (link.individual, link.related, link.kind) == ("llnp:86F", "llnp:C1", "motherOf")


def test_an_age_without_a_date_is_refused(desk):
    desk.put("individuals", "individual,life_stage,status\nC1,cub,dead\n")
    assert desk.codes() == ["statement-undated", "statement-undated"]


def test_the_record_table_of_a_real_study_is_read_whole(desk, shared):
    folder = shared / "data" / "camtrapR-sample"
    desk.config = replace(desk.config, crs="EPSG:32650", camera_zone="+08:00")
    desk.stations(
        (folder / "camtraps.csv").read_bytes(),
        columns={"station": "Station", "x": "utm_x", "y": "utm_y", "setup": "Setup_date", "retrieval": "Retrieval_date",
                 "problem_from": "Problem{n}_from", "problem_to": "Problem{n}_to"},
        date_format="%d/%m/%Y",
    )  # fmt: skip
    desk.put(
        "records",
        (folder / "recordTableIndividualSample.csv").read_bytes(),
        columns={
            "station": "Station",
            "species": "Species",
            "individual": "Individual",
            "time": "DateTimeOriginal",
        },
        author="camtrapR",
    )
    tables = desk.read()
    lines = (folder / "recordTableIndividualSample.csv").read_text().strip().splitlines()
    assert len(tables.observations) == len(lines) - 1
    assert len([d for d in tables.decisions if d.about == "individual"]) == len(lines) - 1
    assert "record-outside-deployment" not in [w.code for w in tables.warnings]
