"""Units of results are said in the language of the reader."""

from __future__ import annotations

import pytest

from pardus.model.language import speaking
from pardus.report.words import unit


@pytest.mark.parametrize(("language", "said"), [("en", "km²"), ("ru", "км²"), ("zh", "km²")])
def test_square_kilometres_are_said_in_the_language(language: str, said: str) -> None:
    with speaking(language):
        assert unit("km2") == said
