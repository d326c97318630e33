"""The truth may be deleted: every result of the pipeline stays the same, to the byte."""

from __future__ import annotations

import hashlib
import itertools
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from pardus.app.effort import effort
from pardus.app.find import find
from pardus.app.history import history
from pardus.app.identify import identify
from pardus.app.ingest import ingest
from pardus.app.ingest_run import IngestOptions
from pardus.app.report import report
from pardus.app.review import FOLDER
from pardus.app.saying import Sayer
from pardus.app.simulate import Simulation, simulate
from pardus.app.survey_estimate import estimate_survey
from pardus.app.survey_folder import new_survey, survey_config
from pardus.report.page import render
from pardus.sim.parameters import read_parameters
from tests.fixtures.worlds import SMALL, one_coat, toml_of

WORLD = toml_of(
    SMALL,
    {
        "landscape": {"area_km2": 400},
        "population": {"n": 10},
        "detection": {"lambda0_female": 0.05, "lambda0_male": 0.05, "sigma_female": 3000, "sigma_male": 4000},
        "survey": {"stations": 16, "days": 30, "other_visits": 0.005, "blanks": 0},
        "pictures": {"burst": 1, "difficulty": 0.2},
        "cameras": {"clock_reset": 0.1, "clock_12_hours": 0.1},
    },
)


@pytest.fixture
def world(tmp_path: Path) -> Simulation:
    """A small world, with one coat for all cats, which makes it quick."""
    with one_coat():
        return simulate(tmp_path / "world", read_parameters(WORLD), seed=2)


def test_results_are_the_same_bytes_after_the_truth_was_deleted(
    world: Simulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a fit says how long it took
    monkeypatch.setattr(import_module("pardus.scr.fit"), "time", SimpleNamespace(perf_counter=lambda: 0.0))
    as_handed_in = world.truth.with_name("handed-in")
    for partner, folder in world.surveys.items():
        shutil.copytree(folder, as_handed_in / partner)
    with_truth = {partner: results(folder) for partner, folder in world.surveys.items()}
    shutil.rmtree(world.truth)
    for partner, folder in world.surveys.items():
        shutil.rmtree(folder)
        shutil.copytree(as_handed_in / partner, folder)
    without = {partner: results(folder) for partner, folder in world.surveys.items()}
    assert without == with_truth
    assert all(len(found) > 10 for found in without.values())
    # Something was there to identify.
    assert any("coats/" in name for found in without.values() for name in found)


def results(folder: Path) -> dict[str, str]:
    """Take a survey through every step; return what was said and the hash of every file in its out/."""
    sayer = Sayer("somebody:anna", ticking(), counting())
    config, _warnings = survey_config(folder)
    new_survey(folder, config, sayer)
    taken = ingest(folder, folder / "cards", IngestOptions(container="local"), sayer=sayer)
    found = find(folder, sayer=sayer)
    known = identify(folder, unsorted=True)
    worked, _files = effort(folder)
    histories, _files = history(folder)
    fit = estimate_survey(folder, sayer).fit
    page = render(report(folder))
    written = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for part in ("out", FOLDER)
        for path in sorted((folder / part).rglob("*"))
        if path.is_file()
    }
    assert f"{FOLDER}/pairs.npz" in written
    said = {
        "ingest": "\n".join(taken.sentences()),
        "ingest findings": "\n".join(map(str, taken.findings)),
        "find": "\n".join(found.sentences()),
        "identify": str(known.as_json()),
        "effort findings": "\n".join(map(str, worked.findings)),
        "history findings": "\n".join(map(str, histories.findings)),
        "estimate": str([(e.quantity, e.region, e.estimate, e.lower, e.upper) for e in fit.estimates]),
        "report": hashlib.sha256(page.encode()).hexdigest(),
    }
    return written | said


def ticking() -> Callable[[], datetime]:
    seconds = itertools.count()
    return lambda: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=next(seconds))


def counting() -> Callable[[int], bytes]:
    numbers = itertools.count()
    return lambda n: next(numbers).to_bytes(n, "big")
