"""What a machine found waits for a person, and goes away when somebody has said something."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.app.ingest import IngestOptions, ingest
from pardus.app.overview import overview, records
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.app.triage import Beside, beside, cameras, detections, say, say_seen, unseen_sample
from pardus.app.undo import undo
from pardus.model.errors import ParameterError
from tests.fixtures.desk_survey import desk_survey
from tests.fixtures.small_survey import card, small_survey

BORIS = Sayer("llnp:boris")
CAMERA = "llnp:D00"


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    return desk_survey(tmp_path / "survey", events=4, animals=2, pictures=1, stations=4, triage=6).folder


def test_detections_are_shown_by_event(survey: Path) -> None:
    shown = detections(survey, CAMERA)
    assert [len(event) for event in shown.events] == [3, 3]
    assert shown.total == 6
    assert [c.waiting for c in cameras(survey)] == [6]
    second = detections(survey, CAMERA, first=3)
    assert [one.id for event in second.events for one in event] == ["llnp:t0003", "llnp:t0004", "llnp:t0005"]


@pytest.mark.parametrize(
    ("about", "value"), [("flank", "left"), ("quality", "good"), ("other", ""), ("blank", "")]
)
def test_what_somebody_spoke_about_waits_no_longer(survey: Path, about: str, value: str) -> None:
    entry = say(survey, ["llnp:t0000", "llnp:t0001"], about, value, BORIS)
    assert cameras(survey)[0].waiting == 4
    assert records(survey).boxes == 4
    undo(survey, entry, sayer=BORIS)
    assert cameras(survey)[0].waiting == 6
    assert records(survey).boxes == 6


def test_a_flank_makes_it_an_animal_of_the_species(survey: Path) -> None:
    before = records(survey)
    say(survey, ["llnp:t0000"], "flank", "right", BORIS)
    with open_survey(survey) as store:
        found = {o.id: o for o in store.survey().observations}["llnp:t0000"]
    assert (found.flank, found.scientific_name) == ("right", "Panthera pardus")
    assert records(survey).unnamed == before.unnamed + 1


def test_a_machine_s_box_is_never_changed_by_what_a_person_says(survey: Path) -> None:
    with open_survey(survey) as store:
        before = dict(store.rows("observations", ["llnp:t0000"]))
    say(survey, ["llnp:t0000"], "blank", "", BORIS)
    say(survey, ["llnp:t0000"], "flank", "left", BORIS)
    with open_survey(survey) as store:
        assert dict(store.rows("observations", ["llnp:t0000"])) == before


@pytest.mark.parametrize(
    ("ids", "about", "value"),
    [(["llnp:no"], "flank", "left"), ([], "flank", "left"), (["llnp:t0000"], "flank", "top"),
     (["llnp:t0000"], "quality", "5"), (["llnp:t0000"], "name", "x")],
)  # fmt: skip
def test_nonsense_is_refused_and_nothing_is_said(
    survey: Path, ids: list[str], about: str, value: str
) -> None:
    before = overview(survey).entries
    with pytest.raises(ParameterError):
        say(survey, ids, about, value, BORIS)
    assert overview(survey).entries == before


def test_pictures_without_a_record_are_sampled_until_somebody_looked(survey: Path) -> None:
    with open_survey(survey, write=True) as store, store.transaction():
        BORIS.say(
            store,
            "records-removed",
            {"table": "observations", "keys": ["llnp:t0000", "llnp:t0001"], "reason": "test"},
        )
    sample = unseen_sample(survey, 10, seed=1)
    assert len(sample) == 2
    assert unseen_sample(survey, 10, seed=1) == sample
    say_seen(survey, sample[0].id, False, BORIS)
    say_seen(survey, sample[1].id, True, BORIS)
    assert unseen_sample(survey, 10, seed=1) == []
    with open_survey(survey) as store:
        kinds = sorted(
            r.get("type", "animal") for _k, r in store.present("observations") if "looked" not in r
        )
    assert kinds.count("blank") == 1
    assert kinds.count("unknown") == 1


def test_animals_on_files_of_no_station_are_counted_where_home_counts_them(survey: Path) -> None:
    assert beside(survey) == Beside(0, True)
    stray = {"id": "llnp:x", "deployment": "", "media": ["llnp:none"], "type": "animal", "method": "machine"}
    with open_survey(survey, write=True) as store, store.transaction():
        BORIS.say(store, "observations-made", {"observations": [stray]})
    assert beside(survey).astray == 1
    assert records(survey).boxes == sum(c.waiting for c in cameras(survey)) + beside(survey).astray


def test_animals_follow_their_files_to_the_station_that_was_missing(tmp_path: Path) -> None:
    folder = small_survey(tmp_path / "s")
    table = folder / "stations.csv"
    whole = table.read_text(encoding="utf-8")
    table.write_text(
        "\n".join(row for row in whole.splitlines() if not row.startswith("S4")), encoding="utf-8"
    )
    cards = card(tmp_path / "card", per_station=2)
    ingest(folder, cards, IngestOptions(accept=frozenset({"no-station"})), sayer=BORIS)
    with open_survey(folder, write=True) as store, store.transaction():
        boxes = [
            {"id": f"llnp:b{n}", "deployment": "", "media": [m.id], "type": "animal", "method": "machine"}
            for n, m in enumerate(m for m in store.media() if not m.deployment)
        ]
        BORIS.say(store, "observations-made", {"observations": boxes})
    assert beside(folder).astray == len(boxes) == 2
    table.write_text(whole, encoding="utf-8")
    ingest(folder, cards, IngestOptions(update=True), sayer=BORIS)
    assert beside(folder).astray == 0
    assert [c.station for c in cameras(folder)] == ["llnp:S4"]


def test_a_machine_that_found_nothing_has_looked(tmp_path: Path) -> None:
    folder = desk_survey(tmp_path / "still", events=1, animals=1, pictures=1, stations=1).folder
    assert beside(folder) == Beside(0, False)
    (folder / "identify").mkdir(exist_ok=True)
    (folder / "identify" / "looked.txt").write_text("motion\tllnp:m\n", encoding="utf-8")
    assert beside(folder) == Beside(0, True)
