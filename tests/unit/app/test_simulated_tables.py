"""Partners' tables in every coordinate system and format are read back to where the stations truly stand."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pardus.app.ingest import ingest
from pardus.app.saying import Sayer
from pardus.app.simulate import simulate
from pardus.app.survey_folder import new_survey, open_survey, survey_config
from pardus.ingest.tables.border import in_china, km_to_fence
from pardus.sim.parameters import COORDINATES, Parameters, read_parameters
from tests.fixtures.worlds import SMALL, toml_of

WORLD = toml_of(
    SMALL,
    {
        "landscape": {"area_km2": 600},
        "population": {"n": 5},
        "survey": {"stations": 24, "days": 10},
        "pictures": {"make": False},
        "observers": {"tagged": False},
    },
)


def written_in(system: str) -> Parameters:
    p = read_parameters(WORLD)
    return replace(p, partners=tuple(replace(q, coordinates=system) for q in p.partners))


@pytest.mark.parametrize("system", COORDINATES)
def test_stations_land_within_ten_metres(system: str, tmp_path: Path) -> None:
    done = simulate(tmp_path / "w", written_in(system), seed=4)
    shifted = 0
    for partner, folder in done.surveys.items():
        sayer = Sayer(f"{partner}:anna")
        config, _warnings = survey_config(folder)
        new_survey(folder, config, sayer)
        ingest(folder, None, sayer=sayer)
        with open_survey(folder) as store:
            stations = store.survey().stations
        true = {s["station"]: (s["x"], s["y"]) for s in done.facts["stations"] if s["partner"] == partner}
        assert len(stations) == len(true)
        for station in stations:
            if system == "gcj02" and km_to_fence(station.latitude, station.longitude) < 1:
                continue  # whether a map shifts it can't be told there
            number = int("".join(c for c in station.name if c.isdigit()))
            assert float(np.hypot(station.x - true[number][0], station.y - true[number][1])) < 10
            shifted += in_china(station.latitude, station.longitude)
    assert shifted > 5


def test_a_chinese_map_is_half_a_kilometre_off_and_says_so(tmp_path: Path) -> None:
    plain, map_ = (simulate(tmp_path / s, written_in(s), seed=4) for s in ("degrees", "gcj02"))
    assert 'crs = "GCJ-02"' in (map_.surveys["llnp"] / "survey.toml").read_text(encoding="utf-8")
    rows = [
        (done.surveys["llnp"] / "станции.csv").read_bytes().decode("cp1251").splitlines()[1:]
        for done in (plain, map_)
    ]
    apart = []
    for one, other in zip(*rows, strict=True):
        (a, b), (c, d) = ([float(v.replace(",", ".")) for v in row.split(";")[2:4]] for row in (one, other))
        apart.append(float(np.hypot((c - a) * 111_000, (d - b) * 81_000)))
    assert {round(x, -2) for x in apart} <= {0, 500, 600, 700}
    assert max(apart) > 500
