"""Rules that every template keeps."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import pardus.web

TEMPLATES = sorted((Path(pardus.web.__file__).parent / "templates").glob("*.j2"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_only_sentences_written_in_a_template_are_translated_unescaped(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"(?<!\w)(?:_|ngettext)\((?![\"'])[^)]*\)", text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_script_or_style_of_its_own(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", text) == []
    assert all('src="' in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_form_that_changes_something_carries_the_token(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    for form in re.findall(r'<form[^>]*method="post".*?</form>', text, flags=re.DOTALL):
        assert "m.token(session)" in form or 'name="csrf"' in form or 'action="/enter"' in form


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_is_marked_safe_but_the_attributes_of_buttons(template: Path) -> None:
    safe = re.findall(r"[\w.]+\s*\|\s*safe", template.read_text(encoding="utf-8"))
    assert safe == (["more | safe"] if template.name == "macros.html.j2" else [])
