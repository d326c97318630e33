"""The reference pages name every code, every resource and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pardus.camtrapdp.check import ACCEPTABLE
from pardus.camtrapdp.extensions import EXTENSIONS
from pardus.model.entry import KINDS

ROOT = Path(__file__).resolve().parents[3]
PAGES = {
    "camtrap-dp.md": [ROOT / "src/pardus/camtrapdp", ROOT / "src/pardus/app/camtrapdp.py"],
    "tables.md": [ROOT / "src/pardus/ingest/tables"],
}
CODE = re.compile(r'"((?:[a-z0-9]+-)+[a-z0-9]+)"')
NOT_CODES = {
    "utf-8", "utf-16", "utf-32", "utf-8-sig", "utf-16-le", "utf-16-be", "koi8-r", "sub-adult", "camtrap-dp", "no-date",
    "no-deployment", "exif-original", "cannot-tell", "tabular-data-resource",
    *(extension.name for extension in EXTENSIONS),
}  # fmt: skip


def codes(places: list[Path]) -> set[str]:
    files = [file for place in places for file in (place.glob("*.py") if place.is_dir() else [place])]
    return {c for file in files for c in CODE.findall(file.read_text(encoding="utf-8"))} - NOT_CODES


@pytest.mark.parametrize("page", sorted(PAGES))
def test_every_code_is_on_its_page(page):
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf-8")
    told = set(re.findall(r"`((?:[a-z0-9]+-)+[a-z0-9]+)`", text))
    used = codes(PAGES[page])
    if page == "camtrap-dp.md":
        used |= {f"{table}-{end}" for table in ("deployment", "media") for end in ("unknown", "set-aside")}
    assert sorted(used - told - set(KINDS)) == []


def test_every_resource_of_ours_is_on_the_page():
    text = (ROOT / "docs" / "reference" / "camtrap-dp.md").read_text(encoding="utf-8")
    assert [e.name for e in EXTENSIONS if f"`{e.name}`" not in text] == []


def test_the_codes_that_can_be_accepted_are_marked():
    text = (ROOT / "docs" / "reference" / "camtrap-dp.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`([a-z-]+)` \*", text)) == ACCEPTABLE
