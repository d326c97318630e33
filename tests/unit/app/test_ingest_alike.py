"""Ids in tags that only look the same are named, on one card and against what the survey has."""

from __future__ import annotations

from pathlib import Path

from pardus.app.ingest import ingest
from tests.fixtures.small_survey import ANNA, photo, small_survey

LATIN, CYRILLIC = "Leo 80M", "Leo 80\u041c"


def tagged(folder: Path, seed: int, individual: str) -> Path:
    where = folder / "S1"
    where.mkdir(parents=True)
    tags = ("Species/Panthera pardus", f"Individual/{individual}")
    (where / f"RCNX{seed:04}.JPG").write_bytes(photo(seed, tags=tags))
    return folder


def codes(survey: Path, card: Path) -> list[str]:
    return [finding.code for finding in ingest(survey, card, sayer=ANNA).findings]


def test_a_cyrillic_letter_in_a_tag_is_named_when_the_survey_has_the_latin_one(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    assert "look-alike-ids" not in codes(survey, tagged(tmp_path / "a", 1, LATIN))
    assert "look-alike-ids" not in codes(survey, tagged(tmp_path / "b", 2, LATIN))
    assert "look-alike-ids" in codes(survey, tagged(tmp_path / "c", 3, CYRILLIC))
