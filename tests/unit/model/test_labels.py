from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.model.labels import REASONS, Labels, parts_of

KNOWN = {
    "F8": "llnp:F8",
    "Agnes": "llnp:Agnes",
    "Agnes cub 1": "llnp:F8",
    "Leo 80M": "llnp:Leo 80M",
    "M7": "llnp:M7",
}
LABELS = Labels({**KNOWN, "Leo 81M": "llnp:Leo 81M"}, ["Valley pride"])


@pytest.mark.parametrize(
    ("written", "who"),
    [
        ("F8", "F8"),
        (" F8 ", "F8"),
        ("f8", "F8"),
        ("F 8", "F8"),
        ("Leo80M", "Leo 80M"),
        ("М7", "M7"),  # Cyrillic
        ("F8 = Agnes cub 1", "F8"),
        ("Agnes cub 1 = F8", "F8"),
        ("F8\u200b", "F8"),
        ("AGNES", "Agnes"),
    ],
)
def test_blanks_case_and_look_alike_letters_hide_no_animal(written: str, who: str) -> None:
    assert LABELS.read(written).individual == f"llnp:{who}"


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "blank"),
        ("  ", "blank"),
        ("неизв.", "blank"),
        ("不明", "blank"),
        ("?", "blank"),
        ("family of 5", "group"),
        ("семья", "group"),
        ("5 只", "group"),
        ("3 leopards", "group"),
        ("Valley Pride", "group"),
        ("Agnes cub 2", "cub"),
        ("Agnes's cub", "cub"),
        ("F8 = M7", "two-names"),
        ("Anges", "typo"),
        ("Leo 82M", "typo"),
        ("Boris", "unknown"),
    ],
)
def test_what_names_no_animal_says_why(written: str, reason: str) -> None:
    meant = LABELS.read(written)
    assert (meant.individual, meant.reason) == ("", reason)
    assert meant.sentence()


def test_a_typing_error_is_told_with_what_it_may_mean_and_never_guessed() -> None:
    assert LABELS.read("Anges").near == ("llnp:Agnes",)
    assert set(LABELS.read("Leo 82M").near) == {"llnp:Leo 80M", "llnp:Leo 81M"}


def test_two_animals_that_look_alike_when_written_are_not_told_apart_by_guessing() -> None:
    twins = Labels({"M7": "llnp:M7", "М7": "llnp:other"})  # the second is Cyrillic
    assert twins.read("M7").individual == "llnp:M7"
    assert twins.read("m 7").reason == "ambiguous"


@given(st.text(max_size=20))
def test_every_label_is_an_animal_or_unidentified_for_a_reason(label: str) -> None:
    meant = LABELS.read(label)
    assert bool(meant.individual) != (meant.reason in REASONS)
    assert parts_of(label) == parts_of(parts_of(label)[0]) if len(parts_of(label)) == 1 else True
