"""Reconciling catalogues through packages: both sides come to the same table, and any day can be shown again."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.app.exchange_open import accept
from pardus.app.reconcile import ReconcileOptions, answer, reconcile
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.model.errors import ParameterError, TableError
from tests.fixtures.partners import Party, parties
from tests.unit.app.test_exchange import opened, sent, take


@pytest.fixture
def two(tmp_path: Path) -> list[Party]:
    one, other = parties(tmp_path)
    take(other, sent(one, other, name="a"))
    take(one, sent(other, one, name="b"))
    return [one, other]


def say(party: Party, outcome: str, *pairs: tuple[str, str]) -> str:
    return answer(party.folder, pairs, outcome, sayer=party.sayer)


def test_an_answer_makes_a_shared_animal(two: list[Party]) -> None:
    one, _other = two
    assert reconcile(one.folder).rows() == []
    say(one, "same", ("llnp:F02", "ntlnp:F02"))
    state = reconcile(one.folder)
    assert state.rows() == [("llnp:F02", "llnp:F02", "ntlnp:F02")]
    assert state.table.unchecked == (("llnp:F02", "ntlnp:F02"),)  # no places at T2
    (shared,) = state.shared
    assert (shared.found, shared.animals, shared.pairs, shared.shown) == (1, (5, 5), 25, 1)
    assert shared.lower >= 1


def test_the_other_side_comes_to_the_same_table(two: list[Party]) -> None:
    one, other = two
    say(one, "same", ("llnp:F02", "ntlnp:F02"))
    say(one, "different", ("llnp:F01", "ntlnp:F03"))
    take(other, sent(one, other, name="c"))
    ours, theirs = reconcile(one.folder), reconcile(other.folder)
    assert ours.table.groups == theirs.table.groups
    assert [s.found for s in theirs.shared] == [1]


def test_answers_are_undone_and_replayed_to_a_date(two: list[Party]) -> None:
    one, _other = two
    before = one.clock()
    entry = say(one, "same", ("llnp:F02", "ntlnp:F02"))
    moment = one.clock()
    assert reconcile(one.folder, ReconcileOptions(as_of=before)).rows() == []
    say(one, "same", ("llnp:F03", "ntlnp:F03"))
    assert len(reconcile(one.folder, ReconcileOptions(as_of=moment)).rows()) == 1
    undo(one.folder, entry, sayer=one.sayer)
    assert [row[0] for row in reconcile(one.folder).rows()] == ["llnp:F03"]


def test_sexes_that_differ_are_listed_and_not_merged(two: list[Party]) -> None:
    one, _other = two
    say(one, "same", ("llnp:F01", "ntlnp:F02"))
    state = reconcile(one.folder)
    assert state.rows() == []
    assert [f.code for f in state.findings] == ["sex"]


def test_places_are_checked_once_they_are_known(two: list[Party]) -> None:
    one, other = two
    say(one, "same", ("llnp:F02", "ntlnp:F02"))  # at the same hours, 20 km apart
    take(one, sent(other, one, "T3", "exact"))
    state = reconcile(one.folder)
    assert "too-fast" in {f.code for f in state.findings}
    assert state.rows() == []
    assert state.table.unchecked == ()


def test_left_only_and_right_only_are_never_asked_about(two: list[Party]) -> None:
    one, _other = two
    asked = reconcile(one.folder, ReconcileOptions(most=100)).questions
    assert {q.flanks for q in asked if q.one == "llnp:F00"} == {("left",)}
    with pytest.raises(ParameterError) as error:
        answer(one.folder, [("llnp:F00", "ntlnp:F02")], "same", sayer=one.sayer, flank="right")
    assert {f.code for f in error.value.findings} == {"no-common-flank"}


def test_ids_must_be_in_a_catalogue(two: list[Party]) -> None:
    one, _other = two
    with pytest.raises(ParameterError) as error:
        say(one, "same", ("llnp:F02", "ntlnp:F99"))
    assert {f.code for f in error.value.findings} == {"unknown-animal"}
    with open_survey(one.folder) as store:
        assert list(store.entries(["links-decided"])) == []


def test_scores_order_the_questions(two: list[Party], tmp_path: Path) -> None:
    one, _other = two
    table = tmp_path / "scores.csv"
    table.write_text("one,other,flank,log_ratio\nllnp:F03,ntlnp:F01,left,4\nllnp:F03,ntlnp:F01,right,3\n")
    first = reconcile(one.folder, ReconcileOptions(table)).questions[0]
    assert (first.one, first.other, first.flanks) == ("llnp:F03", "ntlnp:F01", ("left", "right"))
    table.write_text("one,other,flank,log_ratio\nllnp:F00,ntlnp:F01,right,4\nllnp:F09,ntlnp:F01,left,x\n")
    with pytest.raises(TableError) as error:
        reconcile(one.folder, ReconcileOptions(table))
    assert {f.code for f in error.value.findings} == {"no-common-flank", "unknown-animal", "not-a-number"}


def test_a_package_that_lies_aside_is_named_with_its_command(tmp_path: Path) -> None:
    one, other = parties(tmp_path)
    lies = opened(one, sent(other, one))
    (found,) = [f for f in reconcile(one.folder).findings if f.code == "package-aside"]
    assert f"pardus exchange accept SURVEY {lies.hash[:16]}" in found.remedy
    accept(one.folder, lies.hash[:16], sayer=one.sayer)
    assert [f for f in reconcile(one.folder).findings if f.code == "package-aside"] == []
