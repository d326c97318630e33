"""docs/reference/log.md tells of every table and every kind of entry."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.model.entry import KINDS
from pardus.store.rows import _MAKERS, TABLES

PAGE = (Path(__file__).resolve().parents[3] / "docs" / "reference" / "log.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("table", TABLES)
def test_the_page_has_every_table(table: str) -> None:
    assert f"`{table}`" in PAGE


@pytest.mark.parametrize("kind", KINDS)
def test_the_page_has_every_kind_and_the_store_folds_it(kind: str) -> None:
    assert f"`{kind}`" in PAGE
    assert kind in _MAKERS
