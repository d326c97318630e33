"""The commands `effort` and `history` on a survey folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner

from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey, open_survey
from pardus.cli.main import app
from pardus.model.record import to_record
from pardus.model.survey import Survey
from tests.fixtures.field import at, deployment, individual, seen, survey

A = deployment("A", at(1), at(11))
B = deployment("B", at(2), None)


def winter() -> Survey:
    records = [
        seen(1, A, at(2), "F1", "left", group="g"),
        seen(2, A, at(2), "", life_stage="juvenile", group="g"),
        seen(3, A, at(5), "M1", "both"),
        seen(4, A, at(6), "R1", "right"),
        seen(5, B, at(7), "", type="blank", scientific_name=""),
    ]
    people = [individual("F1", ("sex", "female", date(2024, 1, 1)))]
    return survey([A, B], records, people, zone="Asia/Vladivostok")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    of = winter()
    sayer = Sayer("park:anna")
    new_survey(tmp_path / "winter", of.config, sayer)
    with open_survey(tmp_path / "winter", write=True) as store, store.transaction():
        sayer.say(store, "stations-declared", {"stations": [to_record(s) for s in of.stations]})
        sayer.say(store, "deployments-declared", {"deployments": [to_record(d) for d in of.deployments]})
        sayer.say(store, "observations-made", {"observations": [to_record(o) for o in of.observations]})
        statements = [to_record(s) for i in of.individuals for s in i.statements]
        sayer.say(store, "individuals-stated", {"statements": statements})
    return tmp_path / "winter"


Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(folder: Path) -> Run:
    def act(command: str, *options: str) -> tuple[str, str]:
        result = CliRunner().invoke(app, [command, str(folder), *options], catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout, result.stderr

    return act


def test_effort_prints_a_line_per_session_and_writes_tables_and_figures(run: Run, folder: Path) -> None:
    out, err = run("effort")
    assert out.splitlines()[1].split() == [
        "winter",
        "2025-12-01",
        "2025-12-10",
        "2",
        "10",
        "15.2",
        "15.2",
        "100%",
    ]
    assert "no retrieval date" in err
    assert sorted(p.name for p in (folder / "out/effort").iterdir()) == [
        "map.svg", "occasions.csv", "operation.csv", "operation.svg", "usage.csv",
    ]  # fmt: skip


def test_effort_as_json_names_its_files(run: Run, folder: Path, tmp_path: Path) -> None:
    out, _err = run("effort", "--json", "--out", str(tmp_path / "here"))
    said = json.loads(out)
    assert said["sessions"][0]["stations"] == 2
    assert all(Path(f).is_file() and Path(f).parent == tmp_path / "here" for f in said["files"])
    assert not (folder / "out").exists()


def test_history_says_where_every_record_went(run: Run, folder: Path) -> None:
    out, err = run("history")
    lines = [line.split() for line in out.splitlines()]
    assert lines[1][:5] == ["winter", "2", "2", "2", "10"]
    assert ["in", "a", "history", "2"] in lines
    assert ["all", "5"] in lines
    assert "1 breeding female, 1 cub." in out
    assert "left+both: 2, under right+both: 2" in out
    assert "1 animal is known only from the side" in err
    assert (folder / "out/history/secr/read.R").is_file()
    captures = (folder / "out/history/captures.csv").read_text(encoding="utf-8").splitlines()
    assert captures[0] == "session,individual,occasion,detector,count,sex"
    assert captures[1] == "winter,park:F1,2,park:A,1,F"


def test_the_same_survey_gives_the_same_bytes(run: Run, folder: Path) -> None:
    def written() -> dict[str, bytes]:
        run("effort")
        run("history")
        return {str(p): p.read_bytes() for p in (folder / "out").rglob("*") if p.is_file()}

    assert written() == written()


def test_an_empty_survey_has_empty_tables(tmp_path: Path) -> None:
    new_survey(tmp_path / "empty", winter().config, Sayer("park:anna"))
    for command in ("effort", "history"):
        result = CliRunner().invoke(app, [command, str(tmp_path / "empty")], catch_exceptions=False)
        assert result.exit_code == 0
