"""Users of a team room."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.model.errors import ParameterError
from pardus.web.users import FILE, Door, read_users, remove_user, set_password
from tests.fixtures.desk import ORIGIN, browser, make_desk
from tests.fixtures.small_survey import small_survey

GOOD = "long enough for now"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_password_opens_its_own_door_only(tmp_path: Path) -> None:
    set_password(tmp_path, "Анна", GOOD)
    set_password(tmp_path, "李", "another long password")
    door = Door(tmp_path, Clock())
    assert door.opens("Анна", GOOD)
    assert not door.opens("李", GOOD)
    assert not door.opens("nobody", GOOD)
    remove_user(tmp_path, "Анна")
    assert not door.opens("Анна", GOOD)


def test_passwords_are_not_in_the_file(tmp_path: Path) -> None:
    set_password(tmp_path, "anna", GOOD)
    set_password(tmp_path, "boris", GOOD)
    text = (tmp_path / FILE).read_text(encoding="utf-8")
    assert GOOD not in text
    users = read_users(tmp_path)
    assert users["anna"]["hash"] != users["boris"]["hash"]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_guessing_gets_slower(tmp_path: Path) -> None:
    set_password(tmp_path, "anna", GOOD)
    clock = Clock()
    door = Door(tmp_path, clock)
    for _n in range(5):
        assert not door.opens("anna", "wrong")
    assert door.wait_s("anna") == 1.0
    assert not door.opens("anna", GOOD)
    clock.now = 1.1
    assert door.opens("anna", GOOD)
    assert door.wait_s("anna") == 0


@pytest.mark.parametrize("name", ["", " anna", "a:b", "a\nb", "x" * 61])
def test_a_name_that_cannot_sign_a_decision_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError):
        set_password(tmp_path, name, GOOD)


def test_a_short_password_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ParameterError, match="10 characters"):
        set_password(tmp_path, "anna", "short")


def test_a_team_room_asks_for_name_and_password(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey")
    set_password(survey, "anna", GOOD)
    with browser(make_desk(survey, person="", token=""), inside=False) as someone:
        assert "password" in someone.get("/enter")[1]

        def enter(**fields: str) -> int:
            return someone.client.post("/enter", data=fields, headers={"origin": ORIGIN}).status_code

        assert enter(token="") == 403
        assert enter(name="anna", password="wrong") == 403
        assert enter(name="anna", password=GOOD) == 200
        assert "anna" in someone.get("/")[1]
        remove_user(survey, "anna")
        assert someone.get("/")[0] == 303
