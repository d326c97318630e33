from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.ingest.names import MAX_NAME, is_safe, safe, shown, twins

RESERVED = ["CON", "con.jpg", "aux.JPG", "COM1.avi", "lpt9", "NUL .JPG"]


@pytest.mark.parametrize("name", ["RCNX0001.JPG", "Станция 5.JPG", "豹子.jpg", "a.b.c"])
def test_an_ordinary_name_stays_as_it_is(name: str) -> None:
    assert safe(name) == name
    assert shown(name) == name


@pytest.mark.parametrize(
    "name", [*RESERVED, "a:b.jpg", "x?.jpg", "end.", "end ", "\u202egpj.exe", "a\x00b", "n" * 300]
)
def test_a_dangerous_name_is_replaced_and_keeps_its_extension(name: str) -> None:
    assert not is_safe(name)
    assert safe(name).isprintable()
    assert len(safe(name)) <= MAX_NAME
    if name.lower().endswith(".jpg"):
        assert safe(name).lower().endswith(".jpg")


@given(st.text(st.characters(exclude_categories=[]), min_size=1, max_size=400))
def test_a_safe_name_is_safe_and_stays_so(name: str) -> None:
    result = safe(name)
    assert result
    assert safe(result) == result
    assert not set(result) & set('<>:"/\\|?*')
    assert result == result.strip()
    assert not result.endswith(".")
    assert result.isprintable()
    assert result.partition(".")[0].casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt1"}


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_two_names_become_one_only_if_they_are_composed_alike(one: str, other: str) -> None:
    if safe(one) == safe(other):
        assert unicodedata.normalize("NFC", one) == unicodedata.normalize("NFC", other)


@given(st.text(st.characters(exclude_categories=[]), max_size=100))
def test_a_shown_name_can_always_be_written_and_read(name: str) -> None:
    shown(name).encode("utf-8")
    assert all(character.isprintable() for character in shown(name).replace("/", ""))


def test_tricks_are_shown_as_escapes() -> None:
    assert shown("evil\u202egpj.exe") == "evil\\u202egpj.exe"
    assert shown("dir /bell\x07.JPG") == "dir\\x20/bell\\x07.JPG"
    assert shown(b"\xcb\xe5\xee.JPG".decode("utf-8", "surrogateescape")) == "\\xcb\\xe5\\xee.JPG"


def test_twins_differ_only_in_case_or_composition() -> None:
    names = ["A.JPG", "a.jpg", "B.JPG", "caf\u00e9", "cafe\u0301", "Лео.JPG", "ЛЕО.jpg"]
    assert twins(names) == [("A.JPG", "a.jpg"), ("cafe\u0301", "caf\u00e9"), ("ЛЕО.jpg", "Лео.JPG")]
