"""Who is who across catalogues: answers folded into joint animals; what contradicts itself is listed and not merged."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, pairwise

from pardus.model.language import N_
from pardus.model.link import Link
from pardus.model.lookalike import look_alikes

FASTEST_KMH = 12.0
"""Over the straight line between two records; as in a survey's own check of movements."""

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Sighting:
    """One record of an animal where place and time are known. x, y: metres in the joint system."""

    at: datetime
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Something that can't be. kind: one of KINDS. ids: the individuals it concerns, sorted. detail: for a person."""

    kind: str
    ids: tuple[str, ...]
    detail: str = ""


KINDS = {
    "authors-disagree": N_("one said same, another said different"),
    "chain": N_("A = B and B = C, but A and C were said to be different"),
    "one-catalogue": N_("two ids of one catalogue would be one animal"),
    "sex": N_("one is known as female, the other as male"),
    "too-fast": N_("at two places faster than a cat, or at both at once"),
    "after-death": N_("seen after it was stated dead"),
    "look-alike-ids": N_("ids that differ by blanks, case or look-alike letters"),
}


@dataclass(frozen=True, slots=True)
class JointTable:
    """The table of shared animals.

    joint: individual -> joint id (its own id if it is in no group). groups: the animals known to more than one
    catalogue, each its ids sorted. contradictions: what was not merged and why. unchecked: groups whose places and
    times are not known here, so that speed could not be checked; they are again at T3.
    """

    joint: Mapping[str, str]
    groups: tuple[tuple[str, ...], ...]
    contradictions: tuple[Contradiction, ...] = ()
    unchecked: tuple[tuple[str, ...], ...] = ()

    def shared(self, one: str, other: str) -> int:
        """Return how many animals two organisations are known to share."""
        return sum({one, other} <= {i.partition(":")[0] for i in g} for g in self.groups)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of individuals besides the answers. sightings: None where places or times are not known."""

    sex: Mapping[str, str] = field(default_factory=dict)
    died: Mapping[str, datetime] = field(default_factory=dict)
    sightings: Mapping[str, Sequence[Sighting]] = field(default_factory=dict)


def standing(links: Iterable[Link]) -> dict[Pair, dict[str, str]]:
    """Return pair -> author -> the last outcome that the author gave; links come in the order they were said."""
    out: dict[Pair, dict[str, str]] = defaultdict(dict)
    for link in links:
        link = link.ordered()
        out[link.one, link.other][link.by] = link.outcome
    return dict(out)


def fold(individuals: Iterable[str], links: Iterable[Link], facts: Facts | None = None) -> JointTable:
    """Return the table of shared animals.

    individuals: all ids of all catalogues. links: answers in order; a later one of the same author on the same pair
    replaces the earlier. A group in which anything contradicts is listed and none of it is merged.
    """
    facts = facts or Facts()
    ids = sorted(set(individuals))
    said = {pair: set(by.values()) for pair, by in standing(links).items()}
    same = {p for p, outcomes in said.items() if "same" in outcomes and "different" not in outcomes}
    different = {p for p, outcomes in said.items() if "different" in outcomes}
    found = [
        Contradiction("authors-disagree", pair)
        for pair, o in sorted(said.items())
        if {"same", "different"} <= o
    ]
    found += [Contradiction("look-alike-ids", group) for group in _look_alikes(ids)]
    joint = {i: i for i in ids}
    groups, unchecked = [], []
    for group in _components(same):
        bad = list(_contradictions(group, same, different, facts))
        if bad:
            found += bad
            continue
        if len({_organisation(i) for i in group}) > 1:
            groups.append(group)
            if not all(facts.sightings.get(i) for i in group):
                unchecked.append(group)
        for i in group:
            joint[i] = group[0]
    return JointTable(joint, tuple(groups), tuple(found), tuple(unchecked))


def _organisation(individual: str) -> str:
    return individual.partition(":")[0]


def _look_alikes(ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    by_organisation: dict[str, list[str]] = defaultdict(list)
    for i in ids:
        by_organisation[_organisation(i)].append(i)
    for several in by_organisation.values():
        yield from look_alikes(several, {})


def _components(same: Iterable[Pair]) -> list[tuple[str, ...]]:
    parent: dict[str, str] = {}

    def root(i: str) -> str:
        while parent.setdefault(i, i) != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for one, other in same:
        parent[root(one)] = root(other)
    groups: dict[str, list[str]] = defaultdict(list)
    for i in parent:
        groups[root(i)].append(i)
    return sorted(tuple(sorted(g)) for g in groups.values())


def _contradictions(
    group: tuple[str, ...], same: set[Pair], different: set[Pair], facts: Facts
) -> Iterator[Contradiction]:
    for pair in combinations(group, 2):
        if pair in different:
            yield Contradiction("chain", group, " ≠ ".join(pair))
        if _organisation(pair[0]) == _organisation(pair[1]) and pair not in same:
            yield Contradiction("one-catalogue", group, " = ".join(pair))
        sexes = {facts.sex.get(i, "") for i in pair} - {""}
        if len(sexes) > 1:
            yield Contradiction("sex", group, " ".join(f"{i}: {facts.sex.get(i, '?')}" for i in pair))
    yield from _movements(group, facts)


def _movements(group: tuple[str, ...], facts: Facts) -> Iterator[Contradiction]:
    track = sorted(((s.at, i, s) for i in group for s in facts.sightings.get(i, ())), key=lambda t: t[:2])
    reported = set()
    for (_t, one, a), (_u, other, b) in pairwise(track):
        if one == other:
            continue  # within a catalogue its own check names it
        km = math.hypot(a.x - b.x, a.y - b.y) / 1000
        hours = (b.at - a.at).total_seconds() / 3600
        pair = tuple(sorted((one, other)))
        if km > 1.0 and km > FASTEST_KMH * hours and pair not in reported:
            reported.add(pair)
            yield Contradiction("too-fast", group, f"{one} → {other}: {km:.1f} km, {60 * hours:.0f} min")
    for i in group:
        died = facts.died.get(i)
        late = [(other, s) for _t, other, s in track if died is not None and other != i and s.at > died]
        if late:
            yield Contradiction("after-death", group, f"{i}: {died:%Y}; {late[0][0]}")
