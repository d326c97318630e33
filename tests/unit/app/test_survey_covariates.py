"""`pardus estimate SURVEY` with covariates of nights and of winters from tables of their own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

from pardus.app.covariate_tables import CovariateTables
from pardus.app.estimate import EstimateOptions, estimate_model
from pardus.app.other_files import OtherFiles
from pardus.app.report import report
from pardus.app.survey_estimate import estimate_survey
from pardus.app.survey_folder import open_survey
from pardus.cli.main import app
from pardus.history.build import Histories, build
from pardus.model.errors import PardusError, TableError
from tests.fixtures.two_winters import (
    ANNA,
    SLOPE,
    WINTERS,
    dates,
    nights_table,
    snow,
    two_winters,
)

runner = CliRunner()


@pytest.fixture(scope="module")
def survey(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_winters(tmp_path_factory.mktemp("winters") / "llnp")


@pytest.fixture(scope="module")
def nights(survey: Path) -> Path:
    return nights_table(survey.parent / "nights.csv")


def estimate(*given: object) -> Result:
    return runner.invoke(app, ["estimate", *map(str, given), "--quiet"])


def coefficients(result: Result) -> dict[str, dict[str, float]]:
    assert result.exit_code == 0, result.exception
    return {c["name"]: c for c in json.loads(result.stdout)["coefficients"]}


def histories(folder: Path, **changes: object) -> Histories:
    with open_survey(folder) as store:
        found = store.survey()
    return build(replace(found, config=replace(found.config, **changes)))  # type: ignore[arg-type]


def put_on(histories: Histories, path: Path, columns: dict[str, str] | None = None) -> OtherFiles:
    files = OtherFiles(tables=CovariateTables(occasions=path, columns=columns or {}))
    files.histories(histories)
    return files


def test_the_effect_of_snow_by_night_is_found(survey: Path, nights: Path) -> None:
    found = coefficients(estimate(survey, "--occasion-table", nights, "--model", "lambda0~snow", "--json"))
    away = (found["lambda0.snow"]["estimate"] - SLOPE) / found["lambda0.snow"]["se"]
    assert abs(away) < 3
    assert found["lambda0.snow"]["se"] < 0.25


def test_a_survey_and_its_tables_give_the_same_numbers(survey: Path, nights: Path, tmp_path: Path) -> None:
    asked = ("--model", "D~session, lambda0~snow", "--json")
    of_survey = coefficients(estimate(survey, "--occasion-table", nights, *asked))
    assert runner.invoke(app, ["history", str(survey), "--quiet"]).exit_code == 0
    tables = survey / "out" / "history"
    first, *rest = (tables / "occasions.csv").read_text(encoding="utf-8").splitlines()
    by_number = tmp_path / "occasions.csv"
    order = [d for w in WINTERS for d in dates(w)]
    lines = [f"{line},{snow(d):.6f}" for line, d in zip(rest, order, strict=True)]
    by_number.write_text("\n".join([f"{first},snow", *lines]) + "\n", encoding="utf-8")
    of_tables = coefficients(
        estimate(
            "--detectors", tables / "detectors.csv", "--captures", tables / "captures.csv",
            "--usage", tables / "usage.csv", "--kind", "count", "--buffer", 12_000, "--spacing", 2_000,
            "--occasion-table", by_number, *asked,
        )
    )  # fmt: skip
    again = coefficients(estimate(survey, "--occasion-table", by_number, *asked))
    for name, c in of_survey.items():
        assert again[name]["estimate"] == pytest.approx(c["estimate"], rel=1e-6, abs=1e-6)
        assert of_tables[name]["estimate"] == pytest.approx(c["estimate"], rel=1e-6, abs=1e-6)


def test_winters_have_covariates_of_their_own(survey: Path, tmp_path: Path) -> None:
    winters = tmp_path / "winters.csv"
    winters.write_text("winter,prey\nwinter-25,3.5\nwinter-24,2\n", encoding="utf-8")
    asked = ("--session-table", winters, "--columns", "session=winter", "--json")
    by_prey = estimate(survey, *asked, "--model", "D~prey, lambda0~prey")
    by_name = estimate(survey, *asked, "--model", "D~session, lambda0~session")
    one, other = (json.loads(r.stdout) for r in (by_prey, by_name))
    assert {c["name"] for c in one["coefficients"]} == {"D", "D.prey", "lambda0", "lambda0.prey", "sigma"}
    assert one["log_likelihood"] == pytest.approx(other["log_likelihood"], abs=1e-6)
    assert one["provenance"]["files"].keys() == {"winters.csv"}


def test_what_was_measured_by_night_is_averaged_over_longer_occasions(survey: Path, nights: Path) -> None:
    built = histories(survey, occasion_days=7)
    made = OtherFiles(tables=CovariateTables(occasions=nights)).histories(built)
    for winter, history in zip(WINTERS, made, strict=True):
        depth = np.array([round(snow(d), 6) for d in dates(winter)])
        expected = [depth[k : k + 7].mean() for k in range(0, 40, 7)]
        np.testing.assert_allclose(history.occasion_covariates["snow"], expected, rtol=1e-12)


def test_texts_of_an_occasion_must_be_one(survey: Path, tmp_path: Path) -> None:
    path = nights_table(tmp_path / "nights.csv", {"lure": "none"})
    built = histories(survey, occasion_days=10)
    made = OtherFiles(tables=CovariateTables(occasions=path)).histories(built)
    assert list(made[0].occasion_covariates["lure"]) == ["none"] * 4
    text = path.read_text(encoding="utf-8")
    line = next(row for row in text.splitlines() if row.startswith("2024-12-13"))
    path.write_text(text.replace(line, line.replace("none", "fish")), encoding="utf-8")
    with pytest.raises(TableError) as error:
        put_on(built, path)
    (finding,) = error.value.findings
    assert "lure is not the same on all days of occasion 2: fish, none" in finding.message
    put_on(histories(survey), path)  # by day it may differ


def test_every_way_of_counting_beside_the_fit_has_the_covariates(tmp_path: Path) -> None:
    known = {i for h in histories(two_winters(tmp_path / "plain")).sessions for i in h.animals}
    one, other = sorted(known)[:2]
    folder = two_winters(tmp_path / "llnp", {one: "left", other: "right"})
    files = OtherFiles(tables=CovariateTables(occasions=nights_table(tmp_path / "nights.csv")))
    done = estimate_survey(folder, ANNA, EstimateOptions(model=("lambda0~snow",)), files)
    rows = {r.how: r for r in report(folder).sensitivity if r.session == "winter-24"}
    assert rows.keys() >= {"as-reported", "right+both", "all"}
    everybody = files.histories(histories(folder, flank_rule="all"))
    refit = estimate_model(everybody, done.fitted.masks, EstimateOptions(model=("lambda0~snow",)))
    assert rows["all"].density == pytest.approx(refit.fit.estimate("D", "winter-24").estimate)
    assert rows["all"].animals == rows["as-reported"].animals + 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "date,snow\n20.11.2024,1\n",
            ["nights.csv, row 2", "Date '20.11.2024': expected year, month and day"],
        ),
        ("date,snow\n2024-12-01,1\n2024-12-01,1\n", ["nights.csv, row 3", "2024-12-01 comes twice"]),
        (
            "date,snow\n2024-12-01,1\n",
            ["39 of its 40 days have no row (2024-12-02, 2024-12-03, 2024-12-04, ...)"],
        ),
        ("night,snow\n1,1\n", ["Expected a column 'occasion' or 'date'; found night, snow"]),
        ("occasion,snow\n41,1\n", ["nights.csv, row 2", "has no occasion 41, but occasions 1 to 40"]),
        (
            "occasion,session,snow\n1,winter,1\n",
            ["row 2", "no session 'winter'; there are winter-24, winter-25"],
        ),
        ("occasion,snow\n1,\n", ["nights.csv, row 2", "snow is missing, and the model uses it"]),
        ("occasion,T\n1,1\n", ["Column 'T': in formulas this name has a meaning of its own"]),
    ],
)
def test_a_wrong_table_of_nights_names_file_and_row(
    survey: Path, tmp_path: Path, text: str, said: list[str]
) -> None:
    path = tmp_path / "nights.csv"
    path.write_text(text, encoding="utf-8")
    error = estimate(survey, "--occasion-table", path, "--model", "lambda0~snow").exception
    assert isinstance(error, TableError)
    whole = "\n".join(f"{f.where}: {f.message} {f.remedy}" for f in error.findings)
    for part in said:
        assert part in whole


def test_a_season_without_cameras_may_stand_in_the_table_of_seasons(survey: Path, tmp_path: Path) -> None:
    folder = two_winters(tmp_path / "llnp")
    toml = folder / "survey.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8")
        + '\n[[session]]\nname = "winter-23"\nstart = 2023-12-01\nend = 2024-01-09\n',
        encoding="utf-8",
    )
    table = tmp_path / "winters.csv"
    table.write_text("session,prey\nwinter-23,1\nwinter-24,2\nwinter-25,3\n", encoding="utf-8")
    result = estimate(folder, "--session-table", table, "--model", "D~prey", "--json")
    assert "D.prey" in coefficients(result)
    table.write_text("session,prey\nwinter-24,2\nwinter-26,3\n", encoding="utf-8")
    error = estimate(folder, "--session-table", table, "--model", "D~prey").exception
    assert isinstance(error, TableError)
    assert [f.code for f in error.findings] == ["session-row", "unknown-session"]
    assert error.findings[1].where == "winters.csv, row 3"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--buffer", "0", "--mask", "cells.csv"], "--mask, --buffer: only for tables"),
        (
            ["--joint", "--occasion-table", "nights.csv", "--check"],
            "--occasion-table, --check: not with --joint",
        ),
        (["--country", "llnp=RU"], "--country: only with --joint"),
    ],
)
def test_an_option_that_a_survey_would_not_look_at_is_refused(
    survey: Path, given: list[str], words: str
) -> None:
    error = estimate(survey, *given).exception
    assert isinstance(error, PardusError)
    assert words in str(error)


def test_a_region_can_be_named_for_one_estimate(survey: Path, tmp_path: Path) -> None:
    ring = [
        [640_000, 4_740_000],
        [650_000, 4_740_000],
        [650_000, 4_790_000],
        [640_000, 4_790_000],
        [640_000, 4_740_000],
    ]
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32652"}}
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path = tmp_path / "west.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    fit = json.loads(estimate(survey, "--region", f"west={path}", "--json").stdout)
    assert {e["region"] for e in fit["estimates"] if e["quantity"] == "N"} == {"", "west"}
