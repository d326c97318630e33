"""Nobody waits for the compiler: the plain engine answers until the machine code is there."""

import os
import subprocess
import time
from types import SimpleNamespace

import pytest

from pardus.scr import engines
from pardus.scr.compiled import cache
from pardus.scr.design import make_design
from pardus.scr.spec import model_spec
from tests.unit.scr.survey import grid, simulated


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """An empty cache, and a list of the processes that would have been started."""
    started = []
    monkeypatch.setenv("PARDUS_CACHE", str(tmp_path))
    monkeypatch.setenv("PARDUS_ENGINE", "auto")

    def start(command, **_how):
        started.append(command)
        return SimpleNamespace(returncode=None)

    monkeypatch.setattr(subprocess, "Popen", start)
    return started


def a_design(kind="count"):
    history, mask = simulated(1, grid(4, 2500.0, 3), N=40, kind=kind, spacing=2500.0)
    return make_design([history], [mask], model_spec())


def test_the_first_fit_gets_the_plain_engine_and_starts_the_compiler_once(empty):
    design = a_design()
    assert engines.likelihood_of(design).engine.name == "plain"
    assert engines.likelihood_of(design).engine.name == "plain"
    assert len(empty) == 1
    assert empty[0][1:] == ["-m", "pardus.scr.compiled.warm"]


def test_when_the_code_is_there_the_compiled_engine_answers(empty):
    cache.mark_ready()
    assert engines.likelihood_of(a_design()).engine.name == "compiled"
    assert empty == []


def test_multi_catch_goes_to_the_plain_engine_and_compiles_nothing(empty):
    assert engines.likelihood_of(a_design("multi")).engine.name == "plain"
    assert empty == []


def test_the_choice_can_be_forced(empty, monkeypatch):
    monkeypatch.setenv("PARDUS_ENGINE", "plain")
    cache.mark_ready()
    assert engines.likelihood_of(a_design()).engine.name == "plain"
    monkeypatch.setenv("PARDUS_ENGINE", "compiled")
    assert engines.likelihood_of(a_design()).engine.name == "compiled"
    assert empty == []


def test_a_compiler_that_died_is_started_again(empty, monkeypatch):
    assert cache.warm_in_background()
    assert not cache.warm_in_background()
    monkeypatch.setattr(cache, "_BUSY_SECONDS", -1.0)
    assert cache.warm_in_background()
    assert len(empty) == 2


def test_other_sources_have_another_folder(empty, monkeypatch):
    before = cache.folder()
    monkeypatch.setattr(cache, "_version", lambda package: "another")
    assert cache.folder() != before


def test_a_cache_that_cannot_be_written_falls_back_to_a_temporary_folder(tmp_path, monkeypatch):
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("PARDUS_CACHE", str(blocked))
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path / "other"))
    assert cache.folder().is_dir()
    assert (tmp_path / "other") in cache.folder().parents


def test_machine_code_of_old_versions_is_removed_and_that_of_others_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("PARDUS_CACHE", str(tmp_path))
    cache.mark_ready()
    for name, days in (("old", 100), ("new", 1)):
        (cache.folder().parent / name).mkdir()
        stamp = cache.folder().parent / name / "ready"
        stamp.write_text("")
        os.utime(stamp, (time.time() - days * 86_400,) * 2)
    cache.forget_old()
    assert not (cache.folder().parent / "old").exists()
    assert (cache.folder().parent / "new").exists()
    assert cache.is_ready()
