"""Individuals are a fold of the answers: a pure function of what was said, whatever the order it was said in."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pardus.identify.groups import Groups, Pair, ordered
from pardus.identify.observers import Observer
from pardus.model.answer import Answer
from pardus.model.language import _


@dataclass(frozen=True, slots=True, order=True)
class Contradiction:
    """Something a person must look at. events: the two it is about. reason: a sentence."""

    events: Pair
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class Resolution:
    """groups: who is one animal. contradictions: listed, never merged over. set_aside: observations and why."""

    groups: Groups
    contradictions: tuple[Contradiction, ...]
    set_aside: Mapping[str, str]

    @property
    def partition(self) -> tuple[tuple[str, ...], ...]:
        """The groups as sorted tuples of events."""
        return self.groups.partition()


def resolve(
    event: Mapping[str, str],
    priors: Mapping[Pair, float],
    answers: Iterable[Answer],
    observers: Mapping[str, Observer],
    forbidden: Mapping[Pair, str] | None = None,
) -> Resolution:
    """Group events into animals.

    event: observation id -> its event; all observations of an event are one animal. priors: pair of events (in
    order) -> log odds by the machine. forbidden: pair of events -> why they can't be one animal.
    One observer's answers on one pair of pictures count once; if he contradicts himself on it they count
    nothing and are listed. Links add up as groups merge.
    Controls (`truth`) and answers on unknown observations decide nothing.
    """
    said: dict[tuple[str, Pair], set[str]] = defaultdict(set)
    set_aside: dict[str, str] = {}
    for answer in answers:
        if answer.truth or answer.a not in event or answer.b not in event:
            continue
        if answer.said in ("bad-crop", "two-animals"):
            set_aside[answer.a] = min(answer.said, set_aside.get(answer.a, answer.said))
        elif answer.said in ("same", "different"):
            said[answer.by, answer.pair].add(answer.said)
    groups = Groups(set(event.values()), priors, forbidden)
    found: set[Contradiction] = set()
    counted: list[tuple[str, str, str]] = []
    for (by, pair), outcomes in sorted(said.items()):
        a, b = event[pair[0]], event[pair[1]]
        if pair[0] in set_aside or pair[1] in set_aside:
            continue
        if len(outcomes) > 1:
            found.add(Contradiction(ordered(a, b), _("{who} said both same and different.").format(who=by)))
        elif a == b:
            if "different" in outcomes:
                found.add(Contradiction((a, b), _("Called two animals, but it is one event.")))
        else:
            outcome = next(iter(outcomes))
            groups.vote(a, b, observers.get(by, Observer()).weight(outcome), pair, outcome)
            counted.append((a, b, outcome))
    _merge_all(groups)
    for a, b, outcome in counted:
        if outcome == "different" and groups.group[a] == groups.group[b]:
            found.add(Contradiction(ordered(a, b), _("Called different, but others join them.")))
    for a, b, link in groups.links():
        if link.forbidden and link.yes:
            found.add(
                Contradiction((a, b), _("Called the same, but: {reason}").format(reason=link.forbidden))
            )
    return Resolution(groups, tuple(sorted(found)), set_aside)


def _merge_all(groups: Groups) -> None:
    """Merge until nothing is ready.

    Links with two pairs of pictures first, by log odds; then those with one, small groups first, so that a
    single pair of pictures is weighed against the groups that the firm links made.
    """
    heap = [_turn(groups, a, b) for a, b, _link in groups.links() if groups.ready(a, b)]
    heapq.heapify(heap)
    while heap:
        turn = heapq.heappop(heap)
        a, b = turn[-2:]
        if a not in groups.members or b not in groups.members or not groups.ready(a, b):
            continue
        if turn != _turn(groups, a, b):
            continue  # something changed since; its new entry is in the heap
        name = groups.merge(a, b)
        for other in groups.neighbours(name):
            if groups.ready(*ordered(name, other)):
                heapq.heappush(heap, _turn(groups, *ordered(name, other)))


def _turn(groups: Groups, a: str, b: str) -> tuple[bool, int, float, str, str]:
    link = groups.link(a, b)
    weak = len(link.yes) < 2
    size = len(groups.members[a]) + len(groups.members[b])
    return weak, size if weak else 0, -link.log_odds, a, b
