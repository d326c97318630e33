"""A sentence remembers how it was said, so that another reader gets it in another language."""

from __future__ import annotations

import copy
import json
import pickle
from dataclasses import replace

import numpy as np
import pytest

from pardus.model.errors import Finding
from pardus.model.fit import from_json
from pardus.model.language import Sentence, _, again, ngettext, remembered, said, speaking, together
from pardus.scr.checks import check_data
from tests.fixtures.content import fit

WIDE = "Sigma{where} is estimated at {sigma:.1f} km but the mask ends {buffer:.1f} km from the detectors."


def test_a_warning_said_in_russian_is_read_in_chinese() -> None:
    with speaking("ru"):
        sentence = _(WIDE).format(where="", sigma=4.1, buffer=6.0)
    assert "4,1 км" in sentence
    with speaking("zh"):
        assert again(sentence) == _(WIDE).format(where="", sigma=4.1, buffer=6.0)
    with speaking("en"):
        assert again(sentence) == WIDE.format(where="", sigma=4.1, buffer=6.0)


def test_it_remembers_through_json_pickle_and_a_deep_copy() -> None:
    with speaking("ru"):
        inner = ngettext("{n} file. {meaning}", "{n} files. {meaning}", 3).format(
            n=3, meaning=_("A raw photo.")
        )
    how = json.loads(json.dumps(said([inner, "plain text"])))
    assert list(how) == [inner]
    for kept in (remembered(str(inner), how), pickle.loads(pickle.dumps(inner)), copy.deepcopy(inner)):
        assert again(kept) == "3 files. A raw photo."


def test_numbers_of_numpy_and_paths_can_be_kept() -> None:
    sentence = _(WIDE).format(where="", sigma=np.float64(4.1), buffer=float("nan"))
    how = json.loads(json.dumps(said([sentence])))
    assert how[sentence]["values"]["sigma"] == 4.1
    # nan is kept as text and no longer fits the format: the sentence stays as it was said
    assert again(remembered(sentence, how)) == sentence


def test_what_people_wrote_stays_as_it_is() -> None:
    assert remembered("Anna's note", {}) == "Anna's note"
    assert not isinstance(remembered("Anna's note", {}), Sentence)
    with speaking("ru"):
        assert again("") == ""


def test_only_the_text_counts_in_comparisons() -> None:
    with speaking("ru"):
        said_in_russian = Finding("x", "", _("A raw photo."))
    assert said_in_russian == Finding("x", "", str(said_in_russian.message))
    assert len({said_in_russian, Finding("x", "", str(said_in_russian.message))}) == 1


@pytest.mark.parametrize("language", ["en", "ru", "zh"])
def test_a_fit_keeps_its_warnings_for_readers_of_every_language(language: str) -> None:
    with speaking("zh"):
        kept = replace(fit(), warnings=tuple(check_data([])), reason=_("No animal was detected twice."))
        data = json.loads(json.dumps(kept.to_json()))
    read = from_json(data)
    with speaking(language):
        assert [again(w.sentence) for w in read.warnings] == [w.sentence for w in check_data([])]


def test_a_fit_of_an_older_version_is_read() -> None:
    data = fit().to_json()
    data.pop("said", None)
    assert from_json(data).warnings == fit().warnings


def test_numbers_in_a_sentence_are_written_as_the_language_does() -> None:
    template = Sentence("{km:.1f} km, {n:,} files, {share:.1%}, {latitude:.5f}, {name}", "x")
    values = {"km": 5.75, "n": 1234567, "share": 0.125, "latitude": 43.05, "name": "v1.2"}
    assert template.format(**values) == "5.8 km, 1,234,567 files, 12.5%, 43.05000, v1.2"
    with speaking("ru"):
        found = template.format(**values)
        assert found == "5,8 km, 1\u00a0234\u00a0567 files, 12,5%, 43.05000, v1.2"
        assert Sentence("{x:.2f} {y}", "x").format(x=np.float32(0.25), y=np.float64(0.5)) == "0,25 0,5"
        assert Sentence("{} and {}", "x").format(1.5, "1.5") == "1,5 and 1.5"


def test_a_number_that_was_said_in_english_is_said_again_with_a_comma() -> None:
    said_once = _(WIDE).format(where="", sigma=3.25, buffer=8.1)
    assert "3.2 km" in said_once
    with speaking("ru"):
        assert "3,2" in again(said_once)
        assert "8,1" in again(said_once)


def test_sentences_are_joined_by_what_is_asked() -> None:
    both = together([_("each has the serial number of the other's camera"), _("not stated")], "; ")
    assert str(both) == "each has the serial number of the other's camera; not stated"
    kept = remembered(str(both), json.loads(json.dumps(said([both]))))
    with speaking("ru"):
        assert again(kept) == "; ".join(_(part) for part in str(both).split("; "))
    assert together([]) == ""


def test_sentences_put_together_are_read_in_another_language() -> None:
    with speaking("ru"):
        both = together([ngettext("{n} visit", "{n} visits", 2).format(n=2), _("Saved")])
    kept = json.loads(json.dumps(said([both])))
    read = remembered(str(both), kept)
    assert str(read) == str(both)
    with speaking("en"):
        assert again(read) == "2 visits Saved"
