"""Ids are qualified, normalised and never collide between organisations."""

from __future__ import annotations

import pytest

from pardus.model import ids
from pardus.model.errors import ParameterError


def test_a_local_id_is_qualified_once() -> None:
    assert ids.qualify("llnp", " Leo 80M ") == "llnp:Leo 80M"
    assert ids.qualify("ntlnp", "llnp:Leo 80M") == "llnp:Leo 80M"


def test_composed_and_decomposed_letters_are_one_id() -> None:
    assert ids.qualify("llnp", "Й1") == ids.qualify("llnp", "Й1")


@pytest.mark.parametrize("local", ["", "   ", "a\x00b", "x\ny"])
def test_an_empty_or_invisible_id_is_refused(local: str) -> None:
    with pytest.raises(ParameterError):
        ids.qualify("llnp", local)


@pytest.mark.parametrize("organisation", ["", "LLNP", "1x", "парк", "a" * 33, "a:b"])
def test_a_bad_organisation_is_refused(organisation: str) -> None:
    with pytest.raises(ParameterError):
        ids.check_organisation(organisation)


def test_the_same_content_gives_the_same_id() -> None:
    assert ids.derived("llnp", "a", "b") == ids.derived("llnp", "a", "b")
    assert ids.derived("llnp", "a", "b") != ids.derived("llnp", "ab")
    assert ids.split(ids.derived("llnp", "a"))[0] == "llnp"
