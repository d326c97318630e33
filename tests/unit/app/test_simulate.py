import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from pardus.app.simulate import Simulation, simulate
from pardus.model.errors import ParameterError, UsageError
from pardus.sim.parameters import Parameters, read_parameters
from pardus.sim.world import make_world, true_history, true_usage
from tests.fixtures.worlds import SMALL, one_coat, toml_of

WORLD = toml_of(
    SMALL,
    {
        "landscape": {"area_km2": 500},
        "population": {"n": 9, "years": 2},
        "survey": {"stations": 16, "days": 40},
        "pictures": {"difficulty": 0.2},
        "cameras": {
            "lost": 0.1, "half_season": 0.15, "dead_flash": 0.1, "clock_reset": 0.15, "clock_12_hours": 0.15,
        },
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def small() -> Parameters:
    return read_parameters(WORLD)


@pytest.fixture(scope="module")
def simulation(tmp_path_factory: pytest.TempPathFactory, small: Parameters) -> Simulation:
    """A small world, with one coat for all cats, which makes it quick."""
    with one_coat():
        return simulate(tmp_path_factory.mktemp("world") / "w", small, seed=5)


def test_the_truth_lists_every_file_and_nothing_else(simulation: Simulation) -> None:
    for partner, folder in simulation.surveys.items():
        rows = [f for f in simulation.facts["files"] if f["partner"] == partner]
        listed = {f"cards/{f['year']}/{f['file']}" for f in rows}
        faults = [f for f in simulation.facts["faults"] if f["partner"] == partner]
        added = {f"cards/{f['year']}/{f['file']}" for f in faults if f["fault"] == "not-media"}
        copies = [f"cards/{f['year']}/{f['copy']}/" for f in faults if f["fault"] == "duplicated-card"]
        found = {p.relative_to(folder).as_posix() for p in (folder / "cards").rglob("*") if p.is_file()}
        extra = {f for f in found - listed - added if not any(f.startswith(c) for c in copies)}
        assert listed | added <= found
        assert not extra


def test_no_truth_is_in_a_survey(simulation: Simulation) -> None:
    assert not simulation.truth.is_relative_to(simulation.surveys["llnp"].parent)
    for folder in simulation.surveys.values():
        names = {p.name for p in folder.iterdir()}
        assert not any("truth" in name for name in names)
        assert "parameters.toml" not in names


def test_a_lost_camera_brings_no_files_home(simulation: Simulation) -> None:
    lost = {
        (f["partner"], f["year"], f["station"], f["camera"])
        for f in simulation.facts["faults"]
        if f["fault"] == "lost"
    }
    with_files = {(f["partner"], f["year"], f["station"], f["camera"]) for f in simulation.facts["files"]}
    assert lost
    assert not lost & with_files


def test_planted_faults_are_in_the_files(simulation: Simulation) -> None:
    kinds = {f["fault"] for f in simulation.facts["faults"]}
    assert {
        "swapped-cards",
        "duplicated-card",
        "truncated",
        "zero-byte",
        "not-media",
        "wrong-extension",
    } <= kinds
    for fault in simulation.facts["faults"]:
        root = simulation.surveys[fault["partner"]] / "cards" / str(fault["year"])
        if fault["fault"] == "zero-byte":
            assert (root / fault["file"]).stat().st_size == 0
        if fault["fault"] == "duplicated-card":
            first, twin = root / fault["folder"], root / fault["copy"]
            for path in twin.rglob("*.JPG"):
                assert path.read_bytes() == (first / path.relative_to(twin)).read_bytes()


def test_boxes_and_names_are_in_the_truth(simulation: Simulation) -> None:
    present = [p for f in simulation.facts["files"] for p in f["present"] if "animal" in p]
    boxes = [p["box"] for p in present if p["box"]]
    assert len(boxes) > len(present) / 2
    assert all(0 <= x <= 1 and 0 <= y <= 1 and x + w <= 1.001 and y + h <= 1.001 for x, y, w, h in boxes)
    names = {p["named"] for p in present if p["named"]}
    assert names <= {n for catalogue in simulation.facts["catalogues"].values() for n in catalogue}


def test_partners_write_in_their_own_words(simulation: Simulation) -> None:
    russian = (simulation.surveys["llnp"] / "станции.csv").read_bytes().decode("cp1251")
    assert russian.startswith("Станция;Камера;X;Y;")
    assert (simulation.surveys["ntlnp"] / "监测点.xlsx").is_file()


def test_the_scr_tables_say_what_the_cameras_saw(simulation: Simulation, small: Parameters) -> None:
    world = make_world(5, small)
    for winter in world.seasons:
        history = true_history(world, winter)
        with (simulation.truth / "captures.csv").open(encoding="utf-8") as file:
            rows = [r for r in csv.DictReader(file) if r["session"] == str(winter.year)]
        assert len(rows) == len(history.animal)
        assert {r["individual"] for r in rows} == set(history.animals)
        assert true_usage(world, winter).max() <= 1


def test_who_is_who_can_be_looked_up_by_station_and_moment(simulation: Simulation) -> None:
    with (simulation.truth / "who.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    files = {(f["partner"], f["year"], f["file"]): f for f in simulation.facts["files"]}
    assert {(r["partner"], int(r["year"]), r["file"]) for r in rows} == set(files)
    for row in rows:
        one = files[row["partner"], int(row["year"]), row["file"]]
        assert row["camera_clock"] == one["wall"].replace("T", " ")
        assert int(row["station"]) == one["station"]
        numbers = {str(who["animal"]) for who in one["present"] if who.get("animal", -1) >= 0}
        assert row["animal"] in numbers or row["species"] != "leopard"
    assert any(r["animal"] for r in rows)
    assert any(r["species"] and not r["animal"] for r in rows)


def test_the_same_seed_gives_the_same_truth(
    simulation: Simulation, small: Parameters, tmp_path: Path
) -> None:
    tables = replace(small, pictures=replace(small.pictures, make=False))
    again = simulate(tmp_path / "w", tables, seed=5)
    other = simulate(tmp_path / "v", tables, seed=6)
    for name in ("captures.csv", "detectors.csv", "usage.csv", "mask.csv"):
        assert (again.truth / name).read_bytes() == (simulation.truth / name).read_bytes()
        assert name == "mask.csv" or (other.truth / name).read_bytes() != (again.truth / name).read_bytes()
    facts = json.loads((again.truth / "truth.json").read_text(encoding="utf-8"))
    assert facts["animals"] == json.loads(json.dumps(simulation.facts["animals"]))
    assert facts["years"] == json.loads(json.dumps(simulation.facts["years"]))


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, small: Parameters) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "w" / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="not empty"):
        simulate(tmp_path / "w", small)
    with pytest.raises(UsageError, match="inside"):
        simulate(tmp_path / "v", small, truth=tmp_path / "v" / "llnp" / "truth")


def test_stations_that_do_not_fit_are_refused(tmp_path: Path, small: Parameters) -> None:
    crowded = replace(small, survey=replace(small.survey, stations=70))
    with pytest.raises(ParameterError, match="fit on its land"):
        simulate(tmp_path / "w", crowded)
