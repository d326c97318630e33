"""The layer check bites: each contract fails when it is broken on purpose."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

BROKEN = {
    "model imports a sibling": ("model/ids.py", "import pardus.scr"),
    "model imports pandas": ("model/ids.py", "import pandas"),
    "a sibling imports a sibling": ("history/__init__.py", "import pardus.store"),
    "the estimator imports the application": ("scr/__init__.py", "import pardus.app"),
    "the estimator opens a database": ("scr/__init__.py", "import sqlite3"),
    "the application imports a shell": ("app/__init__.py", "import pardus.cli"),
    "the simulator imports the store": ("sim/__init__.py", "import pardus.store"),
}


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    code = (
        "import sys; sys.path.insert(0, 'src'); from importlinter.cli import lint_imports_command as c; c()"
    )
    return subprocess.run(
        [sys.executable, "-c", code, "--no-cache"], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__", "locale"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_layer_is_found(what: str, copy: Path) -> None:
    file, line = BROKEN[what]
    path = copy / "src" / "pardus" / file
    path.write_text(path.read_text(encoding="utf-8") + f"\n{line}\n", encoding="utf-8")
    result = lint(copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "BROKEN" in result.stdout


def test_the_house_as_it_is_passes(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout + result.stderr
