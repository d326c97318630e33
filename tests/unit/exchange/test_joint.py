"""Answers become joint animals; what contradicts itself is listed and never merged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.exchange.joint import Facts, Sighting, fold
from pardus.model.link import Link

IDS = ("a:1", "a:2", "b:1", "b:2", "c:1")
NOON = datetime(2025, 12, 10, 4, tzinfo=UTC)


def said(one: str, other: str, outcome: str = "same", by: str = "a:anna") -> Link:
    return Link(one, other, outcome, by)


def kinds(links: list[Link], facts: Facts | None = None) -> list[str]:
    return [c.kind for c in fold(IDS, links, facts).contradictions]


def test_two_catalogues_share_what_somebody_said() -> None:
    table = fold(IDS, [said("b:1", "a:1")])
    assert table.groups == (("a:1", "b:1"),)
    assert table.joint["b:1"] == "a:1"
    assert table.joint["b:2"] == "b:2"
    assert table.shared("a", "b") == 1
    assert table.shared("a", "c") == 0
    assert table.unchecked == table.groups  # no places here


def test_three_catalogues_join_through_one_animal() -> None:
    assert fold(IDS, [said("a:1", "b:1"), said("b:1", "c:1")]).groups == (("a:1", "b:1", "c:1"),)


def test_a_chain_that_bites_is_listed_and_not_merged() -> None:
    links = [said("a:1", "b:1"), said("b:1", "c:1"), said("a:1", "c:1", "different")]
    table = fold(IDS, links)
    assert table.groups == ()
    assert [c.kind for c in table.contradictions] == ["chain"]
    assert set(table.joint.values()) == set(IDS)


def test_two_ids_of_one_catalogue_are_not_one_animal_unless_it_says_so() -> None:
    links = [said("a:1", "b:1"), said("a:2", "b:1")]
    assert kinds(links) == ["one-catalogue"]
    assert kinds([*links, said("a:1", "a:2")]) == []


def test_sexes_must_agree() -> None:
    assert kinds([said("a:1", "b:1")], Facts(sex={"a:1": "female", "b:1": "male"})) == ["sex"]
    assert kinds([said("a:1", "b:1")], Facts(sex={"a:1": "female", "b:1": ""})) == []


def test_people_who_disagree_are_asked_again() -> None:
    table = fold(IDS, [said("a:1", "b:1"), said("a:1", "b:1", "different", "b:li")])
    assert [c.kind for c in table.contradictions] == ["authors-disagree"]
    assert table.groups == ()


def test_a_later_answer_of_the_same_author_replaces_the_earlier() -> None:
    assert fold(IDS, [said("a:1", "b:1"), said("b:1", "a:1", "different")]).groups == ()
    assert fold(IDS, [said("a:1", "b:1", "different"), said("a:1", "b:1")]).groups == (("a:1", "b:1"),)


@pytest.mark.parametrize(
    ("km", "minutes", "expected"),
    [(30, 60, ["too-fast"]), (30, 600, []), (30, 0, ["too-fast"]), (0.5, 0, [])],
)
def test_a_cat_is_not_at_two_places_at_once(km: float, minutes: float, expected: list[str]) -> None:
    sightings = {
        "a:1": [Sighting(NOON, 0, 0)],
        "b:1": [Sighting(NOON + timedelta(minutes=minutes), 1000 * km, 0)],
    }
    table = fold(IDS, [said("a:1", "b:1")], Facts(sightings=sightings))
    assert [c.kind for c in table.contradictions] == expected
    assert table.unchecked == ()


def test_nobody_is_seen_after_death() -> None:
    sightings = {"a:1": [Sighting(NOON, 0, 0)], "b:1": [Sighting(NOON + timedelta(days=30), 0, 0)]}
    facts = Facts(died={"a:1": NOON + timedelta(days=2)}, sightings=sightings)
    assert kinds([said("a:1", "b:1")], facts) == ["after-death"]


def test_ids_that_look_the_same_are_flagged() -> None:
    table = fold(("a:Leo 80M", "a:Leo 80\u041c", "a:leo 80m ", "b:Leo 80M"), [])
    assert [(c.kind, len(c.ids)) for c in table.contradictions] == [("look-alike-ids", 3)]


LINKS = st.lists(
    st.builds(
        Link,
        st.sampled_from(IDS),
        st.sampled_from(IDS),
        st.sampled_from(["same", "different", "cannot-tell"]),
        st.sampled_from(["a:anna", "b:li"]),
    ).filter(lambda link: link.one != link.other),
    max_size=8,
)


@settings(max_examples=60, deadline=None)
@given(LINKS)
def test_nothing_contradictory_is_ever_merged(links: list[Link]) -> None:
    table = fold(IDS, links)
    last = {(x.one, x.other, x.by): x.outcome for x in (link.ordered() for link in links)}
    for group in table.groups:
        assert not any(o == "different" and {a, b} <= set(group) for (a, b, _by), o in last.items())
        for one, other in permutations(group, 2):
            assert table.joint[one] == table.joint[other]
    merged = [i for i in IDS if table.joint[i] != i]
    assert all(any(i in g for g in table.groups) or any(o == "same" for o in last.values()) for i in merged)
