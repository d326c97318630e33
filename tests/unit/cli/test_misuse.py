"""A command line that can't be read is answered in sentences, in the reader's language, with the right exit code."""

from __future__ import annotations

import errno
import io
import sys
from pathlib import Path

import pytest

from pardus.cli.main import main
from pardus.cli.misuse import cut_short, refused
from pardus.model.language import speaking


def answer(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *words: str
) -> tuple[int, str]:
    monkeypatch.setattr(sys, "argv", ["pardus", *words])
    with speaking("en"), pytest.raises(SystemExit) as stop:
        main()
    out = capsys.readouterr()
    return int(stop.value.code or 0), out.err or out.out


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        (("exchange", "open"), "SURVEY is missing."),
        (("exchange", "open", "s"), "PACKAGE is missing."),
        (("exchange", "pack", "s", "p"), "--to TO is missing."),
    ],
)
def test_a_missing_word_is_named_with_the_whole_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], missing: str
) -> None:
    code, said = answer(monkeypatch, capsys, *words)
    assert code == 2
    assert said.splitlines()[0] == missing
    assert said.splitlines()[1].startswith(f"Write: pardus exchange {words[1]} SURVEY PACKAGE")
    assert "╭" not in said


def test_what_typer_itself_says_is_kept(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(monkeypatch, capsys, "exchange", "nonsense")
    assert (code, said.splitlines()[0]) == (2, "No such command 'nonsense'.")


def test_a_day_that_is_none_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("exchange", "agree", "s", "--keys", "k", "--name", "n", "--purpose", "p", "--until", "soon")
    assert answer(monkeypatch, capsys, *words) == (2, "'soon': expected a day as YYYY-MM-DD.\n")


def test_help_and_version_end_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(monkeypatch, capsys, "--version")[0] == 0
    assert answer(monkeypatch, capsys, "exchange", "open", "--help")[0] == 0


def test_no_word_at_all_shows_the_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    code, said = answer(monkeypatch, capsys)
    assert code == 2
    assert "ingest" in said


def test_what_the_computer_refuses_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    there = tmp_path / "notes.txt"
    there.write_text("mine")
    code, said = answer(monkeypatch, capsys, "new", str(there))
    assert (code, said) == (
        5,
        f"{there}: expected a folder or nothing, found a file. Choose another name.\n",
    )
    code, said = answer(monkeypatch, capsys, "simulate", str(tmp_path / "w"), "--parameters", "none.toml")
    assert (code, said) == (5, "none.toml: expected a file or folder, found nothing. Check the name.\n")
    assert refused(OSError(28, "No space left on device", "x")).startswith("x: the disk is full.")
    assert refused(OSError(5, "Input/output error", "x")).startswith("x: the computer refused (Input/output")


@pytest.mark.filterwarnings("ignore:Can not control echo")
def test_a_question_that_nobody_can_answer_says_how(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.delenv("PARDUS_PASSPHRASE", raising=False)
    monkeypatch.setenv("PARDUS_KEYS", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    code, said = answer(monkeypatch, capsys, "exchange", "keys", "llnp", "--new")
    assert code == 5
    assert "PARDUS_PASSPHRASE" in said
    assert cut_short(KeyboardInterrupt()).startswith("Stopped.")


def test_a_folder_without_a_survey_is_told_with_where_one_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    park = tmp_path / "practice" / "park"
    assert answer(monkeypatch, capsys, "new", str(park))[0] == 0
    monkeypatch.chdir(tmp_path)
    code, said = answer(monkeypatch, capsys, "find", "practice")
    assert (code, said.strip()) == (
        4,
        f"There is no survey in practice, but there is one in {Path('practice', 'park')}: give that folder.",
    )
    monkeypatch.chdir(park)
    code, said = answer(monkeypatch, capsys, "find", "practice/park")
    assert code == 4
    assert str(park / "practice" / "park") in said
    assert "There is no folder" in said
    (park / "cards").mkdir()
    code, said = answer(monkeypatch, capsys, "find", "cards")
    assert said.strip() == f"There is no survey in cards, but there is one in {park}: give that folder."
    code, said = answer(monkeypatch, capsys, "find", "survey.toml")
    assert said.strip() == "survey.toml is a file. Give the folder of the survey: ."
    (tmp_path / "else").mkdir()
    monkeypatch.chdir(tmp_path / "else")
    code, said = answer(monkeypatch, capsys, "find", ".")
    assert (code, "survey.toml can't be read" in said) == (4, True)


def test_a_survey_is_no_card_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    survey = str(tmp_path / "winter")
    assert answer(monkeypatch, capsys, "new", survey)[0] == 0
    code, said = answer(monkeypatch, capsys, "ingest", survey, survey)
    assert code == 2
    assert "is the survey itself" in said
    code, said = answer(monkeypatch, capsys, "new", survey)
    assert code == 4
    assert "nothing was changed" in said


def test_a_stop_by_ctrl_c_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    def stopped(*_words: object, **_options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pardus.app.simulate.simulate", stopped)
    code, said = answer(monkeypatch, capsys, "simulate", str(tmp_path / "w"))
    assert code == 5
    assert said.strip().startswith("Stopped.")


def test_a_language_that_is_none_is_told_with_those_there_are(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, said = answer(monkeypatch, capsys, "new", str(tmp_path / "w"), "--lang", "fr")
    assert code == 2
    assert "'fr': expected one of en, ru, zh." in said


def test_an_ingest_into_a_disk_that_can_only_be_read_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    survey, card = tmp_path / "winter", tmp_path / "card"
    card.mkdir()
    assert answer(monkeypatch, capsys, "new", str(survey))[0] == 0
    touch = Path.touch

    def refuse(self: Path, mode: int = 0o666, exist_ok: bool = True) -> None:
        if self.name == "staged.sqlite":
            raise OSError(errno.EROFS, "Read-only file system", str(self))
        touch(self, mode, exist_ok)

    monkeypatch.setattr(Path, "touch", refuse)
    code, said = answer(monkeypatch, capsys, "ingest", str(survey), str(card))
    assert code == 5
    assert "staged.sqlite: this disk can only be read." in said
