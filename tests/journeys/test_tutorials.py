"""Every command in the tutorials runs as it is printed."""

from __future__ import annotations

import math
import re
import shlex
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.fixtures.worlds import SMALL, TINY, toml_of

TUTORIALS = Path(__file__).resolve().parents[2] / "docs" / "tutorial"
BLOCK = re.compile(r"```console\n(.*?)```", re.DOTALL)
DEMO = "pardus demo trial"


def commands(page: Path) -> list[str]:
    return [
        line
        for block in BLOCK.findall(page.read_text(encoding="utf-8"))
        for line in block.splitlines()
        if line
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("tutorial")
    (place / "tiny.toml").write_text(toml_of(SMALL, TINY), encoding="utf-8")
    (place / "nights.csv").write_text(nights(), encoding="utf-8")
    run(f"{DEMO} --parameters tiny.toml --seed 3", place)
    return place


def nights() -> str:
    """A row for every night of some years with how much of the moon is lit, as an almanac has it."""
    new_moon, month = date(2000, 1, 6), 29.530588
    days = [date(2020, 1, 1) + timedelta(days=n) for n in range(3653)]
    lit = [0.5 - 0.5 * math.cos(2 * math.pi * (d - new_moon).days / month) for d in days]
    return "\n".join(["date,moon", *(f"{d},{m:.2f}" for d, m in zip(days, lit, strict=True))]) + "\n"


def run(command: str, folder: Path) -> str:
    program, *arguments = shlex.split(command)
    assert program == "pardus", command
    done = subprocess.run(
        [sys.executable, "-m", "pardus", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("page", sorted(p.name for p in TUTORIALS.glob("*.md")))
def test_the_commands_of_a_tutorial_run(page: str, folder: Path) -> None:
    for command in commands(TUTORIALS / page):
        if command != DEMO:
            run(command, folder)


def test_every_kind_of_user_has_a_tutorial() -> None:
    assert {"field-staff.md", "biologist.md", "analyst.md", "manager.md"} <= {
        p.name for p in TUTORIALS.glob("*.md")
    }
