"""A report says who identified, how often each is wrong by blind controls, and how far two agree; as of any date."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.app.public_edition import public
from pardus.app.report import report
from pardus.app.survey_folder import open_survey
from pardus.identify.observers import rate
from pardus.model.answer import Answer
from pardus.model.record import to_record
from tests.fixtures.partners import parties


def test_answers_give_error_rates_and_agreement_until_that_date(tmp_path: Path) -> None:
    one = parties(tmp_path)[0]
    before = one.clock()
    pairs = [
        ("llnp:o00", "llnp:o10"),
        ("llnp:o01", "llnp:o11"),
        ("llnp:o20", "llnp:o30"),
        ("llnp:o21", "llnp:o31"),
    ]
    anna = [
        Answer(a, b, said, "llnp:anna")
        for (a, b), said in zip(pairs, ("same", "different", "same", "different"), strict=True)
    ]
    boris = [
        Answer(b, a, said, "llnp:boris")
        for (a, b), said in zip(pairs, ("same", "different", "different", "different"), strict=True)
    ]
    controls = [
        Answer("llnp:o40", "llnp:o41", "different", "llnp:anna", truth="same"),
        Answer("llnp:o40", "llnp:o42", "same", "llnp:anna", truth="same"),
        Answer("llnp:o00", "llnp:o12", "cannot-tell", "llnp:anna"),
    ]  # fmt: skip
    with open_survey(one.folder, write=True) as store, store.transaction():
        one.sayer.say(
            store, "questions-answered", {"answers": [to_record(a) for a in (*anna, *boris, *controls)]}
        )
    content = report(one.folder)
    first, second = content.observers
    assert (first.by, first.answers, first.cannot_tell, first.controls) == ("llnp:anna", 5, 1, 2)
    expected = rate(1, 2)
    assert first.false_different == (expected.estimate, expected.low, expected.high)
    assert second.controls == 0
    (both,) = content.agreement
    assert (both.one, both.other, both.pairs) == ("llnp:anna", "llnp:boris", 4)
    # anna: 2 of 4 same, boris: 1 of 4; they agree on 3: (0.75 - 0.5) / (1 - 0.5)
    assert both.kappa == pytest.approx(0.5)
    assert {a.records for a in content.authors} == {15}
    assert report(one.folder, before).observers == ()
    told = public(content)
    assert [o.by for o in told.observers] == ["1", "2"]
    assert "anna" not in repr((told.authors, told.observers, told.agreement))
