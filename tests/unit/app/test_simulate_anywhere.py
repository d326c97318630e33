"""The same seed gives the same world whatever the machine's settings are."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pardus
from tests.fixtures.worlds import SMALL, toml_of

WORLD = toml_of(
    SMALL,
    {
        "landscape": {"area_km2": 400},
        "population": {"n": 6},
        "detection": {"lambda0_female": 0.05, "lambda0_male": 0.05},
        "survey": {"stations": 10, "days": 8, "two_cameras": 1.0, "other_visits": 0, "blanks": 0},
        "pictures": {"video_fps": 2},
    },
)
HERE = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LANG": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"}
THERE = {
    "PYTHONHASHSEED": "4711",
    "TZ": "Asia/Vladivostok",
    "LANG": "ru_RU.UTF-8",
    "LC_ALL": "C",
    "PYTHONUTF8": "1",
    "OPENBLAS_NUM_THREADS": "2",
    "OMP_NUM_THREADS": "2",
}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="TZ is no setting of a process on Windows")
@pytest.mark.parametrize("pictures", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_hash_seed_time_zone_language_and_threads_change_no_byte(pictures: bool, tmp_path: Path) -> None:
    one, other = (
        made(tmp_path / name, settings, pictures) for name, settings in (("here", HERE), ("there", THERE))
    )
    assert one == other
    kinds = {Path(name).suffix for name in one}
    assert kinds >= {".json", ".csv", ".toml", ".geojson", ".xlsx"}
    assert (kinds >= {".JPG", ".MP4"}) == pictures


def made(folder: Path, settings: dict[str, str], pictures: bool) -> dict[str, str]:
    """Simulate in a process of its own; return the hash of every file."""
    folder.mkdir()
    (folder / "world.toml").write_text(WORLD, encoding="utf-8")
    kept = {k: v for k, v in os.environ.items() if k in ("PATH", "SYSTEMROOT", "HOME")}
    source = str(Path(pardus.__file__).resolve().parent.parent)
    command = [sys.executable, "-m", "pardus", "simulate", "w", "-p", "world.toml", "--seed", "3", "--quiet"]
    command += [] if pictures else ["--tables-only"]
    subprocess.run(command, cwd=folder, env={**kept, "PYTHONPATH": source, **settings}, check=True)
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
