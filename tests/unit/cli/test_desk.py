"""`pardus desk`: what is refused before anything is served, and where it listens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from pardus.cli.desk import desk
from pardus.model.errors import ParameterError, SurveyError, UsageError
from pardus.web.serve import HERE, Listening, listen, make_desk
from pardus.web.users import read_users
from tests.fixtures.small_survey import small_survey


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    return small_survey(tmp_path / "survey")


def test_users_are_added_and_taken_away(survey: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARDUS_PASSWORD", "long enough for now")
    desk(survey, add_user="Анна", quiet=True)
    assert list(read_users(survey)) == ["Анна"]
    monkeypatch.setenv("PARDUS_PASSWORD", "short")
    with pytest.raises(ParameterError):
        desk(survey, add_user="李", quiet=True)
    desk(survey, remove_user="Анна", quiet=True)
    assert read_users(survey) == {}
    with pytest.raises(ParameterError):
        desk(survey, remove_user="Анна", quiet=True)


def test_a_team_room_without_users_is_refused(survey: Path) -> None:
    with pytest.raises(UsageError, match="Nobody could sign in"):
        desk(survey, lan=True, browser=False)


def test_half_a_certificate_is_refused(survey: Path) -> None:
    with pytest.raises(ParameterError):
        desk(survey, certificate=Path("a.pem"), browser=False)


def test_a_folder_without_a_survey_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SurveyError):
        desk(tmp_path, browser=False)


def test_answers_leave_at_once() -> None:
    with listen(HERE, 0) as one:
        assert one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_said_and_without_one_another_is_found() -> None:
    with socket.create_server((HERE, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UsageError, match=str(port)):
            listen(HERE, port)
    with listen(HERE, 0) as one, listen(HERE, 0) as other:
        assert one.getsockname()[0] == other.getsockname()[0] == "127.0.0.1"
        assert one.getsockname()[1] != other.getsockname()[1]


def test_a_desk_is_known_by_its_own_names_only(survey: Path) -> None:
    alone = make_desk(survey, "anna", Listening(), 8420)
    assert alone.hosts == {"127.0.0.1:8420", "localhost:8420"}
    assert len(alone.token) >= 32
    assert alone.token != make_desk(survey, "anna", Listening(), 8420).token
    room = make_desk(survey, "anna", Listening(lan=True, names=("Desk.Park",)), 8420)
    assert "desk.park:8420" in room.hosts
    assert (room.token, room.roots) == ("", ())
