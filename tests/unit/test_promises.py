"""Every test that docs/promises.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_every_promise_has_the_tests_it_names() -> None:
    named = re.findall(r"`(test_\w+)(\.\.\.)?`", (ROOT / "docs" / "promises.md").read_text(encoding="utf-8"))
    assert len(named) > 20
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    there = set(re.findall(r"def (test_\w+)\(", code))
    missing = [n for n, cut in named if not (any(t.startswith(n) for t in there) if cut else n in there)]
    assert missing == []
