"""`pardus import` and `pardus export` as a person runs them."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from pardus.cli.main import app
from tests.fixtures.camtrapdp import cell, package


def run(*words: object) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == 0, done.output + repr(done.exception)
    return done.stdout


def survey(tmp_path: Path) -> Path:
    run("new", tmp_path / "s", "--organisation", "llnp", "--by", "anna")
    return tmp_path / "s"


def test_a_package_goes_in_and_comes_out(tmp_path):
    folder = survey(tmp_path)
    theirs = package(tmp_path / "theirs", cell("observations", 3, "eventEnd", "2025-12-01T00:00:00Z"))
    said = run("import", folder, theirs, "--organisation", "partner", "--by", "anna")
    assert "observations: 4 rows = 3 new + 0 known + 0 that differ + 1 set aside" in said
    assert "quarantine/" in said
    said = run("export", folder, tmp_path / "out.zip")
    assert "3 deployments, 4 media, 3 observations" in said
    report = json.loads(run("import", folder, tmp_path / "out.zip", "--json", "--by", "anna"))
    assert report["new"] == {}
    assert report["known"]["media"] == 4


def test_a_preview_writes_nothing(tmp_path):
    folder = survey(tmp_path)
    theirs = package(tmp_path / "theirs", cell("observations", 0, "sex", "unknown"))
    before = run("log", folder, "--json")
    said = run("import", folder, theirs, "--organisation", "partner", "--preview")
    assert "3 new" in said
    assert run("log", folder, "--json") == before
    assert not (folder / "quarantine").exists()


def test_a_code_that_can_not_be_accepted_is_refused(tmp_path):
    words = [
        "import",
        survey(tmp_path),
        package(tmp_path / "p"),
        "--organisation",
        "x",
        "--accept",
        "hash-differs",
    ]
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code != 0
    assert "event-outside-deployment" in str(done.exception)
