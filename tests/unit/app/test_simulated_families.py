"""Families and pairs that a simulation planted come back in the report's table, each with its cubs and times."""

from __future__ import annotations

import pytest

from pardus.app.ingest import ingest
from pardus.app.ingest_run import IngestOptions
from pardus.app.report import report
from pardus.app.saying import Sayer
from pardus.app.simulate import Simulation, simulate
from pardus.app.survey_folder import new_survey, survey_config
from pardus.app.true_animals import animals_of_catalogues, reported_families, true_families
from pardus.sim.parameters import read_parameters
from tests.fixtures.worlds import RIGHT, SMALL, one_coat, toml_of

NO_CLOCKS = dict.fromkeys(("clock_zone", "clock_12_hours", "clock_reset", "clock_drift"), 0)
NO_FAULTS = dict.fromkeys(
    ("swapped_cards", "duplicated_cards", "truncated", "zero_byte", "not_media", "renamed"), 0
)
WORLD = toml_of(
    SMALL,
    RIGHT,
    {
        "landscape": {"area_km2": 400},
        "population": {"n": 14, "female_share": 0.7, "litter": 2.5},
        "detection": {
            "lambda0_female": 0.06, "lambda0_male": 0.06, "sigma_female": 3000, "sigma_male": 4000,
            "family_share": 0.8, "pair_share": 0.4,
        },
        "survey": {"stations": 16, "days": 30, "other_visits": 0, "blanks": 0},
        "cameras": NO_CLOCKS,
        "faults": NO_FAULTS,
        "pictures": {"burst": 1},
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Simulation:
    """A small world without faults and with perfect observers, with one coat for all cats."""
    with one_coat():
        return simulate(tmp_path_factory.mktemp("world") / "w", read_parameters(WORLD), seed=8)


def test_litters_and_pairs_are_those_that_were_before_the_cameras(world: Simulation) -> None:
    who = animals_of_catalogues(world.facts)
    litters, pairs = 0, 0
    for partner, folder in world.surveys.items():
        sayer = Sayer(f"{partner}:anna")
        config, _warnings = survey_config(folder)
        new_survey(folder, config, sayer)
        taken = ingest(folder, folder / "cards", IngestOptions(container="local"), sayer=sayer)
        assert taken.held == 0
        found = reported_families(report(folder), who)
        true = true_families(world.facts, partner)
        assert found == true
        litters += sum(kind == "litter" for _session, kind, _who in true)
        pairs += sum(kind == "pair" for _session, kind, _who in true)
    assert litters > 2
    assert pairs > 5
