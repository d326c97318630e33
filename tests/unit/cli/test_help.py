"""--help speaks the language that was asked for."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
import typer
from babel.messages import pofile

from pardus.cli.help import sentences
from pardus.cli.main import app
from pardus.model.language import LOCALE_DIR


def ask(*arguments: str, language: str = "en") -> str:
    told = subprocess.run(
        [sys.executable, "-m", "pardus", *arguments],
        env=os.environ | {"PARDUS_LANG": language, "COLUMNS": "100", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    return told.stdout


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_every_sentence_of_the_help_is_translated(language):
    with (LOCALE_DIR / language / "LC_MESSAGES" / "pardus.po").open("rb") as file:
        catalogue = pofile.read_po(file)
    texts = set(sentences(typer.main.get_command(app)))
    missing = [text for text in texts if text not in catalogue or not catalogue[text].string]
    assert not missing


def test_the_help_of_a_command_is_in_the_language_asked_for_by_option_or_environment():
    assert "Show this message and exit." in ask("effort", "--help")
    assert "Show this message and exit." not in ask("effort", "--lang", "ru", "--help")
    assert "Show this message and exit." not in ask("effort", "--help", language="zh")
