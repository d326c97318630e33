"""What partners said is a set: order and repetition do not matter, and each speaks for itself only."""

from __future__ import annotations

from itertools import permutations
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pardus.exchange.merge import Known, Row, Taken, difference, row_faults
from pardus.model.entry import canonical

ORIGINS = ("a", "b", "c", "d", "e")


def row(origin: str, n: int, sex: str = "female", table: str = "individuals") -> Row:
    record = {"sex": sex, "life_stage": "adult", "status": "", "seasons": ["2025"]}
    return Row(table, f"{origin}:F{n}", canonical(record))


def package(origin: str, sequence: int) -> Taken:
    """One package; as a manifest's hash names its content, one number has one content."""
    rng = Random(f"{origin}{sequence}")
    animals = rng.sample(range(4), rng.randint(0, 3))
    rows = frozenset(row(origin, n, rng.choice(["female", "male"])) for n in animals)
    back = frozenset(f"{rng.choice(ORIGINS)}{rng.randint(1, 4)}" for _n in range(rng.randint(0, 2)))
    return Taken(origin, f"{origin}{sequence}", sequence, "T2", rows, back)


PACKAGES = st.builds(package, st.sampled_from(ORIGINS), st.integers(1, 4))
KNOWN = st.builds(lambda ps: Known(frozenset(ps)), st.lists(PACKAGES, max_size=6))


@settings(max_examples=150, deadline=None)
@given(KNOWN, KNOWN, KNOWN)
def test_the_laws_of_a_union(a: Known, b: Known, c: Known) -> None:
    assert a.union(b) == b.union(a)
    assert a.union(b).union(c) == a.union(b.union(c))
    assert a.union(a) == a
    assert a.union(b).rows("individuals") == b.union(a).rows("individuals")


@settings(max_examples=100, deadline=None)
@given(st.lists(PACKAGES, min_size=2, max_size=5, unique_by=lambda p: p.hash))
def test_five_organisations_in_any_order_come_to_the_same(several: list[Taken]) -> None:
    states = set()
    for order in list(permutations(several))[:24]:
        known = Known()
        for package in order:
            known = known.union(Known(frozenset({package})))
        states.add((known.rows("individuals"), known.withdrawn()))
    assert len(states) == 1


@settings(max_examples=100, deadline=None)
@given(KNOWN, PACKAGES)
def test_a_withdrawn_package_does_not_come_back(known: Known, taken: Taken) -> None:
    back = Taken(taken.origin, "w", 9, "T0", frozenset(), frozenset({taken.hash}))
    after = known.union(Known(frozenset({taken, back})))
    again = after.union(Known(frozenset({taken})))
    assert again == after
    assert taken.hash in again.withdrawn()
    assert taken not in again.in_force()


@settings(max_examples=60, deadline=None)
@given(KNOWN, PACKAGES)
def test_nobody_withdraws_what_another_said(known: Known, taken: Taken) -> None:
    assume(taken.hash not in taken.withdraws)
    other = next(o for o in ORIGINS if o != taken.origin)
    attack = Taken(other, "w", 9, "T0", frozenset(), frozenset({taken.hash}))
    quiet = Known(frozenset(p for p in known.packages if taken.hash not in p.withdraws))
    assert taken.hash not in quiet.union(Known(frozenset({taken, attack}))).withdrawn()


def test_a_newer_package_replaces_the_older_one_row_by_row() -> None:
    old = Taken("a", "1", 1, "T2", frozenset({row("a", 1), row("a", 2)}))
    new = Taken("a", "2", 2, "T2", frozenset({row("a", 2, "male"), row("a", 3)}))
    known = Known(frozenset({old}))
    found = difference(known, new)
    assert found.counts["individuals"] == (1, 1, 1)
    assert found.changed == ("individuals a:F2", "individuals a:F1")
    assert [r.key for _o, r in known.union(Known(frozenset({new}))).rows("individuals")] == ["a:F2", "a:F3"]
    assert difference(known, old).empty()


def plate(individual: str) -> Row:
    return Row("plates", "a:p", canonical({"individual": individual, "flank": "left", "season": "2025"}))


def link(by: str) -> Row:
    return Row("links", "a:l1", canonical({"one": "a:F1", "other": "b:L1", "outcome": "same", "by": by}))


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (row("b", 1), "forged-authorship"),
        (link("b:li"), "forged-authorship"),
        (plate("b:F1"), "forged-authorship"),
        (Row("scripts", "a:x", "{}"), "unknown-table"),
        (Row("individuals", "a:F1", canonical({"sex": "female"})), "row-shape"),
        (row("a", 1, "=HYPERLINK(1)"), "formula"),
        (row("a", 1, "<script>alert(1)</script>"), "markup"),
        (row("a", 1, "see http://x.example"), "markup"),
        (row("a", 1, "fe\u202emale"), "invisible-character"),
        (row("a", 1, "x" * 1000), "huge-field"),
        (Row("individuals", "a:F1", row("a", 1).record.replace('"female"', "1")), "row-shape"),
    ],
)  # fmt: skip
def test_rows_that_no_origin_may_send_are_named(bad: Row, code: str) -> None:
    assert code in {f.code for f in row_faults("a", [bad])}
    assert row_faults("a", [row("a", 1), link("a:anna")]) == []
