"""Groups of events that are one animal, as evidence and answers have it: links that add up when groups merge."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

Pair = tuple[str, str]

MERGE = 6.0
"""Log odds (of 0.9975) at which two groups become one; a wrong merge joins whole histories."""

CLOSE = -5.0
"""Log of the pairs of events (0.0067) that an answered pair may still be expected to keep apart wrongly."""

COMPARED = 0.3
"""The best of n pairs counts n ** -COMPARED of its odds: of many comparisons one looks alike by chance."""

FLOOR = -6.0
"""No machine says less than this: people can always outvote it."""

CEILING = 2.0
"""No machine says more than this (about 7 to 1): one wrong yes must not merge two animals."""

FIRST = 100.0
"""Added to what a merge is worth that waits for another pair of pictures."""

LARGE = 3
"""Groups of this many events need two different pairs of pictures to merge."""


def ordered(a: str, b: str) -> Pair:
    """Return a pair in order."""
    return (a, b) if a <= b else (b, a)


@dataclass(slots=True)
class Link:
    """What is known between two groups.

    best, pairs: largest of the machine's log odds of the pairs of events between them, and how many such pairs
    it compared. votes: summed weight of answers. yes: pairs of pictures that were called the same.
    asked: number of answers. forbidden: why they can't be one, or "".
    """

    best: float = FLOOR
    pairs: int = 0
    votes: float = 0.0
    yes: set[Pair] = field(default_factory=set)
    asked: int = 0
    forbidden: str = ""

    @property
    def prior(self) -> float:
        """What the machine says: its best pair of events, held the lower the more pairs it was chosen from.

        A mean over pairs would forget that most pictures show little of what two events have in common.
        """
        if not self.pairs:
            return FLOOR
        return min(max(self.best - COMPARED * math.log(self.pairs), FLOOR), CEILING)

    @property
    def log_odds(self) -> float:
        """Log odds of being one animal, by evidence and answers."""
        return self.prior + self.votes

    def joined(self, other: Link) -> Link:
        """Return the link of a merged group to a third one."""
        return Link(
            max(self.best, other.best),
            self.pairs + other.pairs,
            self.votes + other.votes,
            self.yes | other.yes,
            self.asked + other.asked,
            self.forbidden or other.forbidden,
        )


def question_worth(link: Link, size_a: int, size_b: int) -> float:
    """Return the log of what asking about two groups of so many events is worth; -inf if nothing is left to ask.

    A pair nobody answered: the probability that it is one animal. A pair that was answered: the pairs of events
    that are expected to be kept apart wrongly if it is left, so that a mistaken "different" between large groups is
    found out, and one between two single pictures costs no more than it is worth. Merges that wait for
    another pair of pictures come before everything.
    """
    if link.forbidden:
        return -math.inf
    likely = min(link.log_odds, 0.0) - math.log1p(math.exp(-abs(link.log_odds)))
    if not link.asked:
        return likely
    if link.log_odds >= MERGE and link.yes:
        return FIRST + likely
    lost = likely + math.log(size_a * size_b)
    return lost if lost > CLOSE else -math.inf


class Groups:
    """Groups by the name of their first event, and links between them.

    Merging is for good within one object; a changed mind means building it anew from the answers, which is
    what `resolve` does.
    """

    def __init__(
        self,
        events: Iterable[str],
        priors: Mapping[Pair, float],
        forbidden: Mapping[Pair, str] | None = None,
    ) -> None:
        self.members: dict[str, list[str]] = {e: [e] for e in sorted(events)}
        self.group: dict[str, str] = {e: e for e in self.members}
        self._links: dict[str, dict[str, Link]] = {e: {} for e in self.members}
        for (a, b), log_odds in sorted(priors.items()):
            link = self.between(a, b)
            link.best, link.pairs = log_odds, 1
        for (a, b), reason in sorted((forbidden or {}).items()):
            self.between(a, b).forbidden = reason

    def between(self, a: str, b: str) -> Link:
        """Return the link between two groups by name, to be filled; made if there is none."""
        if b not in self._links[a]:
            self._links[a][b] = self._links[b][a] = Link()
        return self._links[a][b]

    def link(self, a: str, b: str) -> Link:
        """Return the link between the groups of two events (a fresh one if nothing is known)."""
        return self._links[self.group[a]].get(self.group[b], Link())

    def neighbours(self, name: str) -> Iterable[str]:
        """Groups that something is known about beside this one."""
        return self._links[name].keys()

    def links(self) -> Iterator[tuple[str, str, Link]]:
        """Every link once, with the names of its groups in order."""
        for a, others in self._links.items():
            for b, link in others.items():
                if a < b:
                    yield a, b, link

    def vote(self, a: str, b: str, weight: float, pictures: Pair, said: str) -> None:
        """Count one answer about two events; of one group: nothing changes (see `contradictions` of a resolution)."""
        a, b = self.group[a], self.group[b]
        if a == b:
            return
        link = self.between(a, b)
        link.votes += weight
        link.asked += 1
        if said == "same":
            link.yes.add(pictures)

    def ready(self, a: str, b: str) -> bool:
        """Whether two groups may merge now."""
        link = self._links[a].get(b)
        if link is None or link.forbidden or not link.yes or link.log_odds < MERGE:
            return False
        return len(link.yes) >= self.needed(a, b)

    def needed(self, a: str, b: str) -> int:
        """How many different pairs of pictures must be called the same before two groups merge."""
        return 2 if min(len(self.members[a]), len(self.members[b])) >= LARGE else 1

    def worth(self, a: str, b: str, link: Link) -> float:
        """Return the log of what asking about two groups is worth; see `question_worth`."""
        return question_worth(link, len(self.members[a]), len(self.members[b]))

    def merge(self, a: str, b: str) -> str:
        """Make two groups one; returns its name."""
        a, b = min(a, b), max(a, b)
        self.members[a] = sorted(self.members[a] + self.members.pop(b))
        for event in self.members[a]:
            self.group[event] = a
        for other, link in self._links.pop(b).items():
            del self._links[other][b]
            if other != a:
                mine = self._links[a].get(other)
                both = link if mine is None else mine.joined(link)
                self._links[a][other] = self._links[other][a] = both
        return a

    def partition(self) -> tuple[tuple[str, ...], ...]:
        """The groups, each sorted, in order of their first event."""
        return tuple(tuple(self.members[name]) for name in sorted(self.members))
