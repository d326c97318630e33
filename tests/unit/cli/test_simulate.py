import json
from pathlib import Path

from typer.testing import CliRunner

from pardus.cli.main import app
from pardus.sim.parameters import Parameters, read_parameters


def test_write_parameters_gives_a_file_that_reads_back(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    done = CliRunner().invoke(app, ["simulate", str(file), "--write-parameters"])
    assert done.exit_code == 0
    assert read_parameters(file.read_text(encoding="utf-8")) == Parameters()
    file.write_text("[population]\nn = 9\n", encoding="utf-8")
    again = CliRunner().invoke(app, ["simulate", str(file), "--write-parameters"])
    assert "left as it is" in str(again.exception)
    assert file.read_text(encoding="utf-8") == "[population]\nn = 9\n"


def test_tables_only_makes_tables_and_truth(tmp_path: Path) -> None:
    file = tmp_path / "p.toml"
    file.write_text(
        "[landscape]\narea_km2 = 400\n[population]\nn = 5\nyears = 1\n[survey]\nstations = 8\n",
        encoding="utf-8",
    )
    world = tmp_path / "w"
    done = CliRunner().invoke(
        app, ["simulate", str(world), "-p", str(file), "--tables-only", "--json", "--quiet"]
    )
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["N"] == {"2024": 5}
    assert (tmp_path / "w-truth" / "captures.csv").is_file()
    assert not list(world.rglob("*.JPG"))
