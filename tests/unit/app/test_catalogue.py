"""A catalogue of 100 animals, 30 of them known from one flank, with the faults that real label columns have."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from pardus.app.camtrapdp import export_package
from pardus.app.catalogue import import_catalogue
from pardus.app.histories import survey_histories
from pardus.app.passports import passport, passports, state
from pardus.app.review import Review
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.model.errors import TableError
from tests.fixtures.reviewed import reviewed_survey
from tests.fixtures.small_survey import ANNA, photo

ANIMALS = 100
ONE_FLANK = 30
CYRILLIC_M = "М"


def label(n: int) -> str:
    return f"{'FM'[n % 2]}{n}"


def plate(path: Path, seed: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(photo(seed))


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("catalogue")
    rows = [
        {"Label": label(n), "Sex": "FM"[n % 2], "Born": "2015", "Mother": "", "Alias": "", "Name": ""}
        for n in range(ANIMALS - 3)
    ]
    rows[4]["Name"] = "Agnes"
    empty = dict.fromkeys(rows[0], "")
    rows += [
        empty | {"Label": "Agnes cub 1", "Born": "2020"},
        empty | {"Label": "Agnes cub 2", "Born": "2020"},
        empty | {"Label": "Agnes cub 3", "Born": "2020"},
        empty | {"Label": "F200 = Agnes cub 1"},  # she grew up
        empty | {"Label": f" {label(6)} "},  # blanks
        empty | {"Label": f"{CYRILLIC_M}7"},  # a Cyrillic letter
        empty | {"Label": "family of 5"},
        empty | {"Label": "неизв."},
        empty | {"Label": f"{label(8)} = {label(9)}"},
    ]
    with (folder / "passports.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, list(empty))
        table.writeheader()
        table.writerows(rows)
    plates = folder / "plates"
    for n in range(ANIMALS - 3):
        plate(plates / label(n) / "left" / "1.jpg", 2 * n)
        if n >= ONE_FLANK:
            plate(plates / label(n) / "right" / "1.jpg", 2 * n + 1)
    for n in (1, 2, 3):
        plate(plates / f"Agnes cub {n}" / "L" / "1.jpg", 1000 + 2 * n)
        plate(plates / f"Agnes cub {n}" / "R" / "1.jpg", 1001 + 2 * n)
    plate(plates / "Anges" / "left" / "1.jpg", 3000)  # a typing error
    plate(plates / "family of 5" / "left" / "1.jpg", 3001)
    plate(plates / f"{CYRILLIC_M}31" / "right" / "2.jpg", 3002)
    return folder / "passports.csv", plates


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    changes = {0: {"individual": f"llnp:{label(10)}"}, 1: {"individual": "llnp:Agnes cub 1"}}
    return reviewed_survey(tmp_path / "s", 3, {}, changes=changes)


def test_a_catalogue_of_100_animals_comes_in_and_every_label_is_an_animal_or_says_why(
    survey: Path, catalogue: tuple[Path, Path]
) -> None:
    done = import_catalogue(survey, *catalogue, sayer=ANNA)
    assert len(done.individuals) == ANIMALS
    assert done.one_flank == ONE_FLANK
    assert sum(done.plates.values()) == 2 * ANIMALS - ONE_FLANK + 1
    assert all(bool(m.individual) != bool(m.reason) for m in done.meant.values())
    assert {k: m.reason for k, m in done.meant.items() if m.reason} == {
        "family of 5": "group",
        "неизв.": "blank",
        f"{label(8)} = {label(9)}": "two-names",
        "Anges": "typo",
    }
    assert done.meant[f"{CYRILLIC_M}7"].individual == f"llnp:{label(7)}"
    assert done.meant["F200 = Agnes cub 1"].individual == "llnp:Agnes cub 1"
    codes = {f.code for f in done.findings}
    assert {"label-group", "label-two-names", "plate-typo", "plate-group"} <= codes


def test_the_same_catalogue_again_adds_nothing_and_one_undo_takes_it_out(
    survey: Path, catalogue: tuple[Path, Path]
) -> None:
    with open_survey(survey) as store:
        before = store.survey(media=False).individuals
    import_catalogue(survey, *catalogue, sayer=ANNA)
    with open_survey(survey) as store:
        head = store.head()
        started = [e.id for e in store.entries(["ingest-started"])][-1]
    again = import_catalogue(survey, *catalogue, sayer=ANNA)
    assert (again.new, again.plates, again.known) == (0, {}, 2 * ANIMALS - ONE_FLANK + 1)
    with open_survey(survey) as store:
        assert store.head() == head
    undo(survey, started, sayer=ANNA)
    with open_survey(survey) as store:
        assert store.survey(media=False).individuals == before


def test_a_litter_that_grows_up_keeps_its_tracks(survey: Path, catalogue: tuple[Path, Path]) -> None:
    import_catalogue(survey, *catalogue, sayer=ANNA)
    grown = passport(survey, "F200")
    assert grown.id == "llnp:Agnes cub 1"
    assert "F200" in grown.aliases
    assert grown.mother == f"llnp:{label(4)}"
    assert len(grown.seen) == 1
    assert passport(survey, "Agnes").cubs == tuple(f"llnp:Agnes cub {n}" for n in (1, 2, 3))
    before = survey_histories(survey)[1].sessions[0]
    state(survey, "Agnes cub 1", "lifeStage", "adult", ANNA, on=date(2014, 3, 2))
    after = survey_histories(survey)[1].sessions[0]
    assert before.animals == after.animals
    assert "llnp:Agnes cub 1" in after.animals


def test_sex_corrected_from_f_to_m_changes_no_history(survey: Path, catalogue: tuple[Path, Path]) -> None:
    import_catalogue(survey, *catalogue, sayer=ANNA)
    who = f"llnp:{label(10)}"
    assert passport(survey, who).sex == "female"
    before = survey_histories(survey)[1].sessions[0]
    state(survey, who, "sex", "male", ANNA, on=date(1900, 1, 1))
    after = survey_histories(survey)[1].sessions[0]
    assert passport(survey, who).sex == "male"
    assert before.animals == after.animals
    assert before.animal.tolist() == after.animal.tolist()
    assert before.occasion.tolist() == after.occasion.tolist()


def test_plates_are_the_first_gallery_and_are_in_no_history(
    survey: Path, catalogue: tuple[Path, Path]
) -> None:
    before = survey_histories(survey)[1]
    import_catalogue(survey, *catalogue, sayer=ANNA)
    after = survey_histories(survey)[1]
    assert [s.n_detections for s in after.sessions] == [s.n_detections for s in before.sessions]
    assert [s.animals for s in after.sessions] == [s.animals for s in before.sessions]
    review = Review(survey)
    plates = [e for e in review.queue().events.values() if not e.station]
    assert len(plates) == ANIMALS
    assert sum(len(e.sides()) == 1 for e in plates) == ONE_FLANK
    found = {p.id: p for p in passports(survey)}
    assert found[f"llnp:{label(40)}"].flanks == ("left", "right")
    assert found[f"llnp:{label(2)}"].flanks == ("left",)
    assert found[f"llnp:{label(2)}"].seen == ()


def test_a_table_without_labels_is_refused(survey: Path, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text("colour\nyellow\n", encoding="utf-8")
    with pytest.raises(TableError, match="label"):
        import_catalogue(survey, path, None, sayer=ANNA)


def test_a_survey_with_plates_can_be_exported_and_the_plates_go_along_held_back(
    survey: Path, catalogue: tuple[Path, Path], tmp_path: Path
) -> None:
    import_catalogue(survey, *catalogue, sayer=ANNA)
    export_package(survey, tmp_path / "package")
    held = (tmp_path / "package" / "observations-held-back.csv").read_text(encoding="utf-8")
    assert held.count('""plate"": ""catalogue""') == 2 * ANIMALS - ONE_FLANK + 1
