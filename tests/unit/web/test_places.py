"""Which folders of this computer a page may offer."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from pardus.model.errors import ParameterError
from pardus.web.pages.places import inside, place
from tests.fixtures.desk import browser, make_desk
from tests.fixtures.small_survey import small_survey


def test_only_what_lies_beneath_the_roots_is_reached(tmp_path: Path) -> None:
    cards = tmp_path / "cards"
    (cards / "S1").mkdir(parents=True)
    (cards / "way-out").symlink_to("/etc")
    (cards / ".hidden").mkdir()
    desk = replace(make_desk(tmp_path), roots=(cards,))
    assert place(desk, str(cards / "S1")) == cards / "S1"
    for wrong in ("/etc", str(cards / ".." / "x"), str(cards / "way-out"), "", "\0", str(tmp_path)):
        with pytest.raises(ParameterError):
            place(desk, wrong)
    (cards / "notes.txt").write_text("")
    folders, files = inside(cards)
    assert ([f.name for f in folders], files) == (["S1", "way-out"], 1)


def test_the_page_of_cards_shows_no_folder_beyond(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    with browser(make_desk(survey)) as anna:
        assert anna.get(f"/ingest?in={tmp_path}")[0] == 200
        status, text = anna.get("/ingest?in=/etc")
        assert status == 409
        assert "passwd" not in text
        assert anna.post("/ingest/begin", {"folder": "/etc"})[0] == 409
