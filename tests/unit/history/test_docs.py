"""The pages say what the code does: every reason and every finding stands in them, and their tables are true."""

from __future__ import annotations

import re
from pathlib import Path

from pardus.history.records import REASONS
from pardus.history.write import history_tables
from tests.unit.history.test_write import written

ROOT = Path(__file__).resolve().parents[3]
PAGES = [(ROOT / f"docs/reference/{name}.md").read_text(encoding="utf-8") for name in ("effort", "history")]


def test_every_reason_is_explained_in_its_order() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \| (?!when)", PAGES[1], re.MULTILINE)
    assert [row for row in rows if row in REASONS] == list(REASONS)


def test_every_finding_is_explained() -> None:
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "src/pardus/history").glob("*.py"))
    codes = set(re.findall(r'Finding\(\s*"([a-z-]+)"', sources))
    assert len(codes) > 10
    assert [code for code in sorted(codes) if not any(f"`{code}`" in page for page in PAGES)] == []


def test_every_file_and_column_is_explained() -> None:
    histories, _files = written()
    every = "".join(PAGES).splitlines()
    for name, text in history_tables(histories, "UTC").items():
        page = "".join(line for line in every if f"`{name}`" in line)
        covariates = ("sex", "trail", "height")
        columns = [c for c in text.splitlines()[0].split(",") if not re.fullmatch(r"o\d+", c)]
        assert page, name
        assert [c for c in columns if c not in page and c not in covariates] == [], name
