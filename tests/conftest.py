"""Fixtures for all tests: where the real data are, if they are here."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def shared_folder() -> Path | None:
    """Return the folder of real data and reference numbers, or None."""
    named = os.environ.get("PARDUS_SHARED")
    root = Path(named) if named else Path(__file__).resolve().parents[2] / "shared"
    return root if (root / "data").is_dir() else None


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with data/ and reference/; the test is skipped where it is absent."""
    folder = shared_folder()
    if folder is None:
        pytest.skip("real data and reference numbers (../shared, or PARDUS_SHARED) are not on this machine")
    return folder
