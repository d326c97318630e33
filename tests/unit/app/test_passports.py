from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pardus.app.corrections import correct, draw_box, name
from pardus.app.histories import survey_histories
from pardus.app.passports import passport, passports, state, state_mother
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.model.errors import ParameterError
from pardus.model.observation import Box
from tests.fixtures.reviewed import reviewed_survey
from tests.fixtures.small_survey import ANNA


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    changes = {
        0: {"individual": "llnp:86F"},
        1: {"individual": "llnp:86F", "flank": "right"},
        2: {"individual": "llnp:K1", "life_stage": "juvenile"},
    }
    return reviewed_survey(tmp_path / "s", 4, {}, changes=changes)


def test_sex_corrected_from_f_to_m_changes_no_history_and_no_id(survey: Path) -> None:
    state(survey, "86F", "sex", "female", ANNA, on=date(2014, 3, 2))
    before = survey_histories(survey)[1].sessions[0]
    state(survey, "86F", "sex", "male", ANNA, on=date(2014, 3, 2))
    after = survey_histories(survey)[1].sessions[0]
    assert passport(survey, "llnp:86F").sex == "male"
    assert [s.value for s in passport(survey, "llnp:86F").statements] == ["female", "male"]
    assert (after.animals, after.animal.tolist(), after.occasion.tolist(), after.detector.tolist()) == (
        before.animals,
        before.animal.tolist(),
        before.occasion.tolist(),
        before.detector.tolist(),
    )
    assert before.n_detections == 2


def test_a_cub_that_grows_up_keeps_its_track(survey: Path) -> None:
    state_mother(survey, "K1", "86F", ANNA)
    state(survey, "K1", "name", "Agnes cub 1", ANNA, on=date(2014, 3, 1))
    state(survey, "K1", "lifeStage", "adult", ANNA, on=date(2016, 1, 1))
    state(survey, "K1", "name", "F8", ANNA, on=date(2016, 1, 1))
    state(survey, "K1", "alias", "Agnes cub 1", ANNA)
    grown = passport(survey, "Agnes cub 1")
    assert (grown.id, grown.name, grown.mother, grown.life_stage) == ("llnp:K1", "F8", "llnp:86F", "adult")
    assert len(grown.seen) == 1
    assert passport(survey, "llnp:86F").cubs == ("llnp:K1",)
    young = {p.id: p for p in passports(survey, date(2015, 1, 1))}["llnp:K1"]
    assert (young.name, young.life_stage) == ("Agnes cub 1", "")


def test_plates_are_by_flank_and_the_good_ones_come_first(survey: Path) -> None:
    correct(survey, "quality", {"llnp:o000-1": "good", "llnp:o000-0": "poor"}, ANNA)
    found = passport(survey, "llnp:86F")
    assert found.flanks == ("left", "right")
    assert [p.observation for p in found.plates["left"]] == ["llnp:o000-1", "llnp:o000-0"]
    assert len(found.plates["right"]) == 2


def test_a_corrected_flank_is_a_decision_and_is_undone_like_one(survey: Path) -> None:
    entry = correct(survey, "flank", {"llnp:o003-0": "right"}, ANNA)

    def flank() -> str:
        with open_survey(survey) as store:
            return next(o.flank for o in store.survey(media=False).observations if o.id == "llnp:o003-0")

    assert flank() == "right"
    undo(survey, entry, sayer=ANNA)
    assert flank() == "left"


def test_every_wrong_correction_is_named_and_none_is_written(survey: Path) -> None:
    with pytest.raises(ParameterError) as caught:
        correct(survey, "flank", {"llnp:o003-0": "lef", "llnp:nobody": "left"}, ANNA)
    assert {f.where for f in caught.value.findings} == {"llnp:o003-0", "llnp:nobody"}
    with pytest.raises(ParameterError, match="86F"):
        name(survey, ["llnp:o003-0"], "86F ", ANNA, new=True)
    with pytest.raises(ParameterError, match="M99"):
        name(survey, ["llnp:o003-0"], "M99", ANNA)
    with pytest.raises(ParameterError, match="unicorn"):
        state(survey, "86F", "sex", "unicorn", ANNA)
    with pytest.raises(ParameterError, match="own mother"):
        state_mother(survey, "86F", "86F", ANNA)


def test_a_named_animal_enters_the_history_and_a_drawn_box_is_an_animal(survey: Path) -> None:
    name(survey, ["llnp:o003-0", "llnp:o003-1"], "M99", ANNA, new=True)
    assert "llnp:M99" in survey_histories(survey)[1].sessions[0].animals
    drawn = draw_box(survey, "llnp:m003-0", Box(0.7, 0.1, 0.2, 0.2), ANNA, flank="left")
    with open_survey(survey) as store:
        box = next(o.box for o in store.survey(media=False).observations if o.id == drawn)
    assert box == Box(0.7, 0.1, 0.2, 0.2)
    with pytest.raises(ParameterError, match="within"):
        draw_box(survey, "llnp:m003-0", Box(0.7, 0.1, 0.5, 0.2), ANNA)
