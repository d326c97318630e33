"""Every sentence for a person is there in English, Russian and Chinese, with the same placeholders."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

SOURCE = Path(__file__).resolve().parents[2] / "src" / "pardus"
PLACEHOLDER = re.compile(r"\{[a-z_0-9]*[^{}]*\}|%\([a-z_]+\)s")
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "gettext": None}


def catalogue(language: str) -> Catalog:
    with (SOURCE / "locale" / language / "LC_MESSAGES" / "pardus.po").open("rb") as file:
        return read_po(file, locale=language)


@pytest.fixture(scope="module")
def sentences() -> set[str]:
    methods = [("**.py", "python"), ("**/templates/**.j2", "jinja2")]
    found = extract_from_dir(
        SOURCE, methods, {"**.j2": {"newstyle_gettext": "true"}}, keywords=KEYWORDS, comment_tags=()
    )
    return {m[2] if isinstance(m[2], str) else m[2][0] for m in found}


def key(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


def strings(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string or ())


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_every_sentence_is_translated(language: str, sentences: set[str]) -> None:
    known = {
        m.id if isinstance(m.id, str) else m.id[0] for m in catalogue(language) if m.id and all(strings(m))
    }
    assert sorted(sentences - known) == []


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_placeholders_survive_translation(language: str) -> None:
    wrong = []
    for message in catalogue(language):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        allowed = [sorted(PLACEHOLDER.findall(text)) for text in ids]
        wrong += [text for text in strings(message) if sorted(PLACEHOLDER.findall(text)) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("language", ["ru", "zh"])
def test_compiled_catalogue_is_fresh(language: str) -> None:
    source = {key(m): strings(m) for m in catalogue(language) if m.id and all(strings(m))}
    with (SOURCE / "locale" / language / "LC_MESSAGES" / "pardus.mo").open("rb") as file:
        compiled = {key(m): strings(m) for m in read_mo(file) if m.id}
    assert compiled == source


def test_no_sentence_stands_inside_an_f_string() -> None:
    """What collects the sentences does not look into them: they would stay English."""
    inside = []
    for path in sorted(SOURCE.rglob("*.py")):
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            calls = ast.walk(text) if isinstance(text, ast.JoinedStr) else ()
            inside += [
                f"{path.relative_to(SOURCE)}:{call.lineno}"
                for call in calls
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
                if call.args and isinstance(call.args[0], ast.Constant)
            ]
    assert inside == []
