"""The table of codes: documented, used, and every code that the program can say is in it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from pardus.ingest import faults
from pardus.ingest.faults import FAULTS, finding
from pardus.model.media import DAMAGE_FAULTS, DATE_FAULTS

ROOT = Path(__file__).resolve().parents[3]
SOURCE = ROOT / "src" / "pardus"
PAGE = ROOT / "docs" / "reference" / "ingest-findings.md"


def test_the_page_of_findings_is_fresh() -> None:
    done = subprocess.run([sys.executable, "docs/make_findings.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run `python docs/make_findings.py`"


def test_every_code_has_its_row() -> None:
    rows = re.findall(r"^\| `([a-z0-9-]+)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(FAULTS) <= set(rows)
    assert len(rows) == len(set(rows))


@cache
def texts() -> set[str]:
    """Every text constant of the room and of `app`, outside the table itself."""
    found = set()
    for path in [*SOURCE.glob("ingest/*.py"), *SOURCE.glob("app/*.py")]:
        if path.name != "faults.py":
            tree = ast.parse(path.read_text(encoding="utf-8"))
            found |= {
                n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)
            }
    return found


@pytest.mark.parametrize("code", sorted(FAULTS))
def test_every_code_of_the_table_is_one_that_the_program_says(code: str) -> None:
    if code.startswith("box-file-"):  # made of two parts in boxes.py
        assert code.removeprefix("box-file-") in texts()
        return
    assert code in texts()


def test_the_codes_that_exclude_a_file_are_in_the_table() -> None:
    assert set(DAMAGE_FAULTS) == set(faults.DAMAGE) - {"damaged-metadata"}
    assert set(DATE_FAULTS) <= set(faults.DATES)


def test_a_finding_has_the_words_and_weight_of_its_code() -> None:
    found = finding("two-serials", "llnp:d1")
    assert (found.severity, found.where) == ("error", "llnp:d1")
    assert found.message == FAULTS["two-serials"].meaning
    assert found.remedy == FAULTS["two-serials"].remedy
    assert finding("two-serials", "", "other words", "other remedy").message == "other words"
