"""`pardus estimate` from tables, with what comes after the fit."""

import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from pardus.cli.estimate import aligned
from pardus.cli.main import app
from pardus.model.errors import ParameterError
from tests.unit.scr.survey import grid, simulated

runner = CliRunner()


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tables")
    h, mask = simulated(11, grid(5, 2500.0, 5), N=60, spacing=2000.0)
    ids = np.array(h.detectors.ids)
    pd.DataFrame({"detector": ids, "x": h.detectors.xy[:, 0], "y": h.detectors.xy[:, 1]}).to_csv(
        folder / "detectors.csv", index=False
    )
    columns = {
        "individual": np.array(h.animals)[h.animal],
        "occasion": h.occasion + 1,
        "detector": ids[h.detector],
    }
    pd.DataFrame({**columns, "count": h.count}).to_csv(folder / "captures.csv", index=False)
    slope = mask.xy[:, 0] / 1e4
    pd.DataFrame({"x": mask.xy[:, 0], "y": mask.xy[:, 1], "slope": slope}).to_csv(
        folder / "mask.csv", index=False
    )
    return folder


def run(tables, *more: str, mask: bool = True):
    given = ["--detectors", str(tables / "detectors.csv"), "--captures", str(tables / "captures.csv")]
    if mask:
        given += ["--mask", str(tables / "mask.csv")]
    return runner.invoke(app, ["estimate", *given, *more])


def test_the_result_is_printed_for_people(tables):
    result = run(tables)
    assert result.exit_code == 0, result.output
    assert "sigma" in result.output
    assert "AIC" in result.output


def test_the_number_that_is_printed_is_the_realised_one(tables):
    value = json.loads(run(tables, "--json", "--quiet").stdout)
    N = next(e for e in value["estimates"] if e["quantity"] == "N")
    assert f"{N['estimate']:.4g}  {N['lower']:.4g} – {N['upper']:.4g}" in run(tables).output


def test_everything_after_the_fit_comes_as_json(tables, tmp_path):
    rows = tmp_path / "rows.csv"
    rows.write_text("slope\n0.1\n0.5\n")
    result = run(
        tables, "--model", "D~slope", "--compare", "D~1", "--predict", str(rows), "--check",
        "--times", "5",
        "--profile", "--bootstrap", "--posterior", "--draws", "200", "--ghosts",
        "--surface", str(tmp_path / "cells.csv"), "--plots", str(tmp_path / "plots"),
        "--simulate", str(tmp_path / "sims"), "--json", "--quiet",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert value["schema"] == "pardus-fit-1"
    assert {r["name"] for r in value["compare"]} == {"D~slope", "D~1"}
    assert [r["slope"] for r in value["predictions"] if r["parameter"] == "D"] == ["0.1", "0.5"]
    assert {r["coefficient"] for r in value["profiles"]} == {"D", "D.slope", "lambda0", "sigma"}
    assert len(value["checks"]) == 8
    assert {r["quantity"] for r in value["posterior"]} >= {"sigma", "N 1"}
    assert len(value["ghosts"]) == 2
    cells = pd.read_csv(tmp_path / "cells.csv")
    N = next(e for e in value["estimates"] if e["quantity"] == "N")
    assert cells["animals"].sum() == pytest.approx(N["estimate"], rel=1e-5)
    assert len(list((tmp_path / "sims").iterdir())) == 5
    assert sorted(p.name for p in (tmp_path / "plots").iterdir()) == ["animals-1.svg", "detection.svg"]


def test_simulated_captures_are_read_again(tables, tmp_path):
    run(tables, "--simulate", str(tmp_path), "--times", "1")
    given = ["--detectors", str(tables / "detectors.csv"), "--captures", str(tmp_path / "captures-0001.csv")]
    result = runner.invoke(app, ["estimate", *given, "--mask", str(tables / "mask.csv"), "--occasions", "5"])
    assert result.exit_code == 0, result.output


def test_a_mask_is_made_from_buffer_and_polygons(tables, tmp_path):
    land = tmp_path / "land.geojson"
    corners = [[-8000, -8000], [18000, -8000], [18000, 18000], [-8000, 18000], [-8000, -8000]]
    shape = {"type": "Polygon", "coordinates": [corners]}
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32652"}}
    land.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    west = tmp_path / "west.geojson"
    half = [[-8000, -8000], [5000, -8000], [5000, 18000], [-8000, 18000], [-8000, -8000]]
    feature = {"type": "Feature", "properties": {}, "geometry": {"type": "Polygon", "coordinates": [half]}}
    west.write_text(json.dumps({"type": "FeatureCollection", "crs": crs, "features": [feature]}))
    result = run(
        tables, "--buffer", "10000", "--spacing", "1000", "--habitat", str(land), "--region", f"west={west}",
        "--json", "--quiet", mask=False,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    value = json.loads(result.stdout)
    assert {e["region"] for e in value["estimates"] if e["quantity"] == "N"} == {"", "west"}
    assert value["mask"]["sessions"][0]["area_km2"] <= 26 * 26


def test_no_mask_is_asked_for_in_words(tables):
    result = run(tables, mask=False)
    assert result.exit_code != 0
    assert "--buffer" in str(result.exception)


def test_weak_data_end_with_exit_code_0_and_the_reason(tables, tmp_path):
    few = tmp_path / "few.csv"
    few.write_text("individual,occasion,detector\na,1,S00\nb,2,S07\n")
    given = [
        "--detectors",
        str(tables / "detectors.csv"),
        "--captures",
        str(few),
        "--buffer",
        "8000",
        "--spacing",
        "1000",
    ]
    result = runner.invoke(app, ["estimate", *given])
    assert result.exit_code == 0
    assert "Cannot say" in result.output


def test_occasions_and_sessions_have_tables_of_their_own(tables, tmp_path):
    occasions = tmp_path / "occasions.csv"
    occasions.write_text("occasion,moon\n" + "".join(f"{k},{k % 2}\n" for k in range(1, 6)))
    sessions = tmp_path / "sessions.csv"
    sessions.write_text("session,snow\n1,0.3\n")
    result = run(
        tables, "--occasions", "5", "--occasion-table", str(occasions), "--session-table", str(sessions),
        "--model", "lambda0~moon", "--json", "--quiet",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    assert "lambda0.moon" in {c["name"] for c in json.loads(result.stdout)["coefficients"]}


def test_wrong_tables_of_occasions_and_sessions_name_every_row(tables, tmp_path):
    wrong = tmp_path / "occasions.csv"
    wrong.write_text("occasion,moon\n1,0\n1,0\n9,1\nx,1\n")
    result = run(tables, "--occasions", "5", "--occasion-table", str(wrong))
    codes = [f.code for f in result.exception.findings]
    assert sorted(codes) == sorted(
        ["not-a-number", "occasion-twice", "occasion-outside", *["occasion-missing"] * 4]
    )
    wrong.write_text("session,snow\n7,\n")
    result = run(tables, "--session-table", str(wrong))
    assert {f.code for f in result.exception.findings} == {"unknown-session", "session-row"}


def test_a_larger_model_is_tested_against_the_fit(tables):
    result = run(tables, "--test", "D~slope", "--json", "--quiet")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["tests"]
    assert row["df"] == 1
    assert row["score"] == pytest.approx(row["likelihood_ratio"], rel=0.2, abs=0.05)
    assert 0 < row["p"] < 1


def test_links_csv_and_draws_are_written_as_asked(tables, tmp_path):
    result = run(
        tables, "--link", "D=identity", "--out", str(tmp_path / "fit.csv"),
        "--keep-draws", str(tmp_path / "draws.csv"), "--draws", "50", "--json", "--quiet",
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    fit = json.loads(result.stdout)
    assert [c["link"] for c in fit["coefficients"]] == ["identity", "log", "log"]
    rows = pd.read_csv(tmp_path / "fit.csv")
    assert list(rows["quantity"])[:3] == ["D", "E(N)", "N"]
    draws = pd.read_csv(tmp_path / "draws.csv")
    assert {"chain", "draw", "sigma"} <= set(draws.columns)
    assert len(draws) == 50
    assert "log, logit or identity" in str(run(tables, "--link", "D=probit").exception)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["--level", "95"], "for example 0.95"),
        (["--fixed", "sigma=wide"], "expected a number, found 'wide'"),
        (["--predict", "nowhere.csv"], "no such file"),
        (["--model", "D~slope +* 2"], "Operator `+*` is incorrectly used"),
        (["--kind", "count", "--binomial-size", "1"], "do not fit their size"),
        (
            ["--binomial-size", "three"],
            "--binomial-size three: expected a whole number of 1 or more, or usage",
        ),
        (["--out", "nowhere/fit.json"], "--out nowhere/fit.json: there is no folder nowhere"),
        (["--surface", "nowhere/cells.tif"], "there is no folder nowhere"),
        (["--compare", "D~~1"], "Model 'D~~1': expected a parameter and a formula"),
        (["--model", "D~slope", "--test", "sigma~1"], "it must have all coefficients of the fit"),
        (["--model", "D~s(slope, k=2)"], "cannot be used: s(..., k=2): expected k from 3 to"),
        (["--fixed", "sigma=0"], "expected a number above 0, and below 1 for g0 and pmix"),
        (["--captures", __file__.replace(".py", ".gone")], "no such file"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(tables, given, words):
    said = str(run(tables, *given).exception).splitlines()[0]
    assert words in said
    assert "\x1b" not in said


def test_an_animal_at_two_multi_catch_detectors_at_once_is_named(tables, tmp_path):
    twice = tmp_path / "twice.csv"
    twice.write_text("individual,occasion,detector\na,1,S00\na,1,S07\nb,2,S07\nb,3,S06\n")
    given = ["--detectors", str(tables / "detectors.csv"), "--captures", str(twice), "--kind", "multi"]
    result = runner.invoke(app, ["estimate", *given, "--mask", str(tables / "mask.csv")])
    assert [f.code for f in result.exception.findings] == ["two-detectors-at-once"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("depth\n1\n", "the model uses colour, the table has depth"),
        ("colour\ngreen\n", "Row 1: colour is 'green'; in the data it is black, white"),
        ("colour,depth\nwhite,1\n,2\n", "Row 2: colour is missing"),
        ("colour\n", "There is no row to predict for"),
    ],
)
def test_rows_that_cannot_be_predicted_are_named(tables, tmp_path, text, words):
    cameras = pd.read_csv(tables / "detectors.csv")
    cameras["colour"] = np.where(np.arange(len(cameras)) % 2, "black", "white")
    cameras.to_csv(tmp_path / "detectors.csv", index=False)
    rows = tmp_path / "rows.csv"
    rows.write_text(text)
    given = [
        "--detectors",
        str(tmp_path / "detectors.csv"),
        "--model",
        "lambda0~colour",
        "--predict",
        str(rows),
    ]
    error = run(tables, *given).exception
    assert isinstance(error, ParameterError)
    assert words in str(error)


def test_a_table_that_is_no_text_is_said_so(tables, tmp_path):
    workbook = tmp_path / "captures.csv"
    workbook.write_bytes(b"PK\x03\x04\x14\x00\x9b\xff" * 50)
    assert "not a CSV file in UTF-8" in str(run(tables, "--captures", str(workbook)).exception)


def test_effects_are_printed_as_coefficients_and_few_of_many_values(tables, tmp_path):
    assert "coefficient" not in run(tables).output
    assert "Of the data summed over occasions; by occasion they are" in run(tables).output
    moon = tmp_path / "moon.csv"
    moon.write_text("occasion,moon\n" + "".join(f"{k},{0.1 * k}\n" for k in range(1, 13)))
    given = [
        "--occasions",
        "12",
        "--occasion-table",
        str(moon),
        "--model",
        "lambda0~moon",
        "--check",
        "--times",
        "3",
    ]
    text = run(tables, *given).output
    assert text.count("moon = ") == 3
    assert "lambda0: the smallest, a middle and the largest of 12 values" in text
    assert "summed over occasions" not in text
    (row,) = [line.split() for line in text.splitlines() if line.startswith("lambda0.moon")]
    fit = json.loads(run(tables, *given, "--json", "--quiet").stdout)
    (effect,) = [c for c in fit["coefficients"] if c["name"] == "lambda0.moon"]
    assert row[1] == f"{effect['estimate']:.4g}"
    assert len([e for e in fit["estimates"] if e["quantity"] == "lambda0"]) == 12
    assert "The data against simulations from the fit\nstatistic" in text


def test_columns_stand_under_their_heads_in_chinese_too():
    lines = aligned([("调查期", "N"), ("w", "44.5"), ("冬", "7")]).splitlines()
    assert lines == ["调查期  N", "w       44.5", "冬      7"]
