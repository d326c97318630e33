"""How many decisions it takes: simulated observers on a catalogue whose truth is known."""

from __future__ import annotations

import heapq
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from pardus.identify.groups import Groups, Pair, ordered
from pardus.identify.observers import Observer


@dataclass(frozen=True, slots=True)
class Point:
    """State after some decisions: pairwise precision and recall of "one animal", and the number of groups."""

    decisions: int
    precision: float
    recall: float
    groups: int


def quality(groups: Mapping[str, list[str]], who: Mapping[str, str]) -> tuple[float, float]:
    """Pairwise precision and recall of groups of events; who: event -> animal."""
    joined = right = 0
    for members in groups.values():
        joined += len(members) * (len(members) - 1) // 2
        right += sum(k * (k - 1) // 2 for k in Counter(who[m] for m in members).values())
    true = sum(k * (k - 1) // 2 for k in Counter(who.values()).values())
    return (right / joined if joined else 1.0), (right / true if true else 1.0)


def p_ordered(log_odds: Mapping[Pair, float], who: Mapping[str, str], stop: float = 0.99) -> list[Point]:
    """The plain queue: pairs in order of probability, a perfect observer, nothing asked that follows from answers.

    Ends at a pairwise recall of `stop`, or when nothing is left.
    """
    groups = Groups(who, {})
    different: set[Pair] = set()
    points, decisions = [], 0
    for a, b in sorted(log_odds, key=lambda pair: (-log_odds[pair], pair)):
        one, other = ordered(groups.group[a], groups.group[b])
        if one == other or (one, other) in different:
            continue
        decisions += 1
        if who[a] == who[b]:
            gone = max(one, other)
            kept = groups.merge(one, other)
            different = {ordered(kept if x == gone else x, kept if y == gone else y) for x, y in different}
            points.append(Point(decisions, *quality(groups.members, who), len(groups.members)))
            if points[-1].recall >= stop:
                break
        else:
            different.add((one, other))
    return points


def simulate(
    log_odds: Mapping[Pair, float],
    who: Mapping[str, str],
    error: float,
    rng: np.random.Generator,
    limit: int | None = None,
    stop: float | None = None,
) -> list[Point]:
    """Our queue, answered by an observer who is wrong with a probability, known from controls.

    Every answer is independent: repeats show other pictures or go to other people. Returns one point per
    merge and one at the end: when the queue is empty, after `limit` decisions, or at the recall `stop`.
    """
    observer = Observer(error, error)
    groups = Groups(who, log_odds)
    heap: list[tuple[float, str, str]] = []

    def push(a: str, b: str) -> None:
        worth = groups.worth(a, b, groups.link(a, b))
        if worth > -math.inf:
            heapq.heappush(heap, (-worth, *ordered(a, b)))

    for a, b, _link in groups.links():
        push(a, b)
    points: list[Point] = []
    decisions = 0
    while heap and (limit is None or decisions < limit):
        key, a, b = heapq.heappop(heap)
        if a not in groups.members or b not in groups.members:
            continue
        if key != -groups.worth(a, b, groups.link(a, b)):
            continue
        shown = (
            groups.members[a][int(rng.integers(len(groups.members[a])))],
            groups.members[b][int(rng.integers(len(groups.members[b])))],
        )
        decisions += 1
        same = (who[shown[0]] == who[shown[1]]) != (rng.random() < error)
        said = "same" if same else "different"
        pictures = (f"{shown[0]}#{decisions}", f"{shown[1]}#{decisions}")
        groups.vote(a, b, observer.weight(said), pictures, said)
        if groups.ready(a, b):
            name = groups.merge(a, b)
            for other in list(groups.neighbours(name)):
                push(name, other)
            points.append(Point(decisions, *quality(groups.members, who), len(groups.members)))
            if stop is not None and points[-1].recall >= stop:
                break
        else:
            push(a, b)
    points.append(Point(decisions, *quality(groups.members, who), len(groups.members)))
    return points


def decisions_to(points: list[Point], recall: float) -> int | None:
    """Decisions until a recall is first reached."""
    return next((p.decisions for p in points if p.recall >= recall), None)
