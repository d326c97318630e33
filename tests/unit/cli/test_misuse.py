"""A command line that can't be read is answered in sentences, in the reader's language, with the right exit code."""

from __future__ import annotations

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
