"""What a report shows beside the fit is kept with it: the density map, and other ways of counting."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pardus.app.after_fit import ghost_check
from pardus.app.estimate import EstimateOptions, estimate_model, make_masks
from pardus.app.report import report
from pardus.app.sensitivity import sensitivity, sensitivity_from, sensitivity_records
from pardus.app.surface import surface_records, surfaces, surfaces_from
from pardus.app.survey_estimate import estimate_survey, mask_options
from pardus.app.survey_folder import open_survey
from pardus.history.build import Histories, build
from pardus.scr.fit import FittedModel
from tests.fixtures.partners import Party, parties
from tests.unit.app.test_joint_survey import EAST, NORTH, SOUTH, WEST, fill


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Party:
    made = parties(tmp_path_factory.mktemp("kept"))[0]
    rng = np.random.default_rng(7)
    for path in made.folder.iterdir():
        path.unlink()
    centres = np.stack([rng.uniform(WEST, EAST, 26), rng.uniform(SOUTH, NORTH, 26)], axis=1)
    fill(made, 0, centres, np.random.default_rng(0))
    return made


def test_the_map_adds_up_to_the_realised_number(party: Party) -> None:
    done = estimate_survey(party.folder)
    (surface,) = surfaces(done.fitted)
    values = [v for line in surface.values for v in line if v is not None]
    cell = surface.spacing**2
    assert sum(values) / 100 * cell == pytest.approx(done.fit.estimate("N", "winter").estimate, rel=5e-3)
    assert len(surface.stations) == 20
    assert surfaces_from(json.loads(json.dumps(surface_records([surface])))) == (surface,)


def test_a_report_reads_what_the_estimate_kept(party: Party) -> None:
    assert report(party.folder).surfaces == ()
    done = estimate_survey(party.folder, party.sayer)
    content = report(party.folder)
    assert content.surfaces == surfaces(done.fitted)
    reported, twice = content.sensitivity
    assert reported.density == pytest.approx(done.fit.estimate("D", "winter").estimate)
    ghosts = ghost_check(done.fitted)[-1]
    assert (twice.density, twice.lower, twice.upper) == pytest.approx(
        (ghosts["D"], ghosts["lower"], ghosts["upper"])
    )


def test_each_flank_rule_is_the_estimate_that_the_rule_would_give(party: Party) -> None:
    with open_survey(party.folder) as store:
        survey = store.survey()
    sides = {"llnp:F00": "left", "llnp:F02": "right"}
    survey = replace(
        survey, observations=tuple(replace(o, flank=sides.get(o.individual, "both")) for o in survey.observations)
    )  # fmt: skip
    histories = build(survey)
    masks = make_masks(histories.sessions, mask_options(survey.config, Path(party.folder)))

    def refit(other: Histories) -> FittedModel:
        return estimate_model(other.sessions, masks, EstimateOptions())

    rows = sensitivity(survey, histories, refit(histories), refit)
    assert [r.how for r in rows] == ["as-reported", "right+both", "all", "seen-twice"]
    by = {r.how: r for r in rows}
    assert by["all"].animals == by["as-reported"].animals + 1
    asked = build(replace(survey, config=replace(survey.config, flank_rule="right+both")))
    assert by["right+both"].density == pytest.approx(refit(asked).fit.estimate("D", "winter").estimate)
    assert sensitivity_from(json.loads(json.dumps(sensitivity_records(rows)))) == rows
