"""The conventions that every command keeps."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner

from pardus.cli.common import Json, Lang, Output, Quiet
from pardus.model.errors import Finding
from pardus.model.language import current_language, speaking


@pytest.fixture
def app() -> typer.Typer:
    app = typer.Typer()

    @app.command()
    def count(lang: Lang = "en", quiet: Quiet = False, json: Json = False) -> None:
        output = Output(quiet=quiet, json=json)
        with output.progress("Counting") as tell:
            tell(1, 2)
        output.findings([Finding("odd", "a.csv", "seen [red]once[/red]", "look", "warning")])
        output.result({"language": current_language(), "animals": 3}, "3 animals :smile:")

    return app


def test_the_result_goes_to_stdout_and_remarks_to_stderr(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, [])
    assert result.stdout == "3 animals :smile:\n"
    assert result.stderr == "a.csv: seen [red]once[/red]\n  look\n"


def test_json_prints_the_value_alone(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--json"])
    assert json.loads(result.stdout) == {"language": "en", "animals": 3}
    assert result.stderr == ""


def test_quiet_prints_nothing(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--quiet"])
    assert (result.stdout, result.stderr) == ("", "")


def test_language_is_set_before_the_command_speaks(app: typer.Typer) -> None:
    with speaking("en"):
        result = CliRunner().invoke(app, ["--json", "--lang", "zh"])
        assert json.loads(result.stdout)["language"] == "zh"


def test_an_unknown_language_is_a_usage_error(app: typer.Typer) -> None:
    result = CliRunner().invoke(app, ["--lang", "fr"])
    assert result.exit_code == 2
    assert "en, ru, zh" in result.stderr


def test_of_many_alike_the_rest_are_counted_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    Output().findings([Finding("odd", f"{n}.csv", "odd", "look", "warning") for n in range(5)])
    said = capsys.readouterr().err
    assert said.count("look") == 3
    assert "2 more like this (odd): the same is to be done with them. --json lists all." in said
