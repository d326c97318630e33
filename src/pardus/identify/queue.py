"""The queue of questions of a survey: groups as the answers have them, ordered by what the machine says of the rest.

Who is one animal follows from the answers alone (with the machine's word as it was when they were given), so a new
run of the machine changes the order of questions and nothing else.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pardus.identify.animals import AnimalEvent
from pardus.identify.groups import FIRST, Groups, Link, Pair, ordered, question_worth
from pardus.identify.home_ranges import NOWHERE, Ground
from pardus.identify.observers import Observer, Rate
from pardus.identify.pairs_folder import MachinePairs
from pardus.identify.plausible import Answers, Evidence
from pardus.identify.prior import Sighting, impossible
from pardus.identify.said import Said
from pardus.model.answer import Answer
from pardus.model.observation import Box

LEAST = -4.6
"""Log odds (1 %) below which a pair is not asked, except as the best that an animal seen once has."""

ENOUGH = 2.94
"""Log odds (0.95) at which two groups become one when every pair of their pictures has been shown."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Two groups worth a question. log_odds: as known now. worth: see `question_worth`.

    why: "confirm" (a merge waits for a second pair of pictures), "contradiction", "likely", or "only" (the best there
    is for an animal seen once, however unlikely: somebody should have looked before it counts as an animal).
    """

    a: str
    b: str
    log_odds: float
    why: str
    worth: float = 0.0


class Queue:
    """Groups and open questions of one survey. Units are events, or named animals with all their events."""

    def __init__(
        self,
        events: Sequence[AnimalEvent],
        machine: MachinePairs,
        answers: Iterable[Answer],
        observers: Mapping[str, Observer],
    ) -> None:
        self.events = {e.id: e for e in events}
        self.unit = {e.id: e.name or e.id for e in events}
        self.seen = {s.id: s for e in events for s in e.seen}
        self.event_of = {row: e.id for e in events for s in e.seen for row in s.rows}
        self._of_unit: dict[str, list[AnimalEvent]] = defaultdict(list)
        for e in events:
            self._of_unit[self.unit[e.id]].append(e)
        self._pairs = machine
        self._near = self._by_unit(machine)
        self._sightings = {e.id: _sighting(e) for e in events}
        self._reasons: dict[Pair, str] = {}
        self._picture = {row: s.id for s in self.seen.values() for row in s.rows}
        unit_of_row = {row: self.unit[e] for row, e in self.event_of.items()}
        self.said = Said(unit_of_row, self._units_impossible, self._merge_exhausted)
        self.said.update(answers, observers)
        self._heap: list[tuple[float, str, str]] = []
        for unit, others in self._near.items():
            a = self.said.group(unit)
            self._push((a, self.said.group(other)) for other in others if unit < other)
        self._push((a, b) for a, b, _link in self.said.links())

    # What is known

    @property
    def names(self) -> list[str]:
        """Names of the groups now."""
        return sorted({self.said.group(unit) for unit in self._of_unit})

    def group(self, event: str) -> str:
        """Return the name of the group an event is in."""
        return self.said.group(self.unit[event])

    def events_in(self, group: str) -> list[AnimalEvent]:
        """Return the events of a group, by time."""
        found = [e for unit in self.said.members(group) for e in self._of_unit[unit]]
        return sorted(found, key=lambda e: (e.start, e.id))

    def events_of(self, unit: str) -> list[AnimalEvent]:
        """Return the events of a unit."""
        return self._of_unit[unit]

    def link(self, a: str, b: str) -> Link:
        """Return what is known between two groups: the machine as it is now, and the answers."""
        said = self.said.link(a, b)
        machine = self._machine(a, b)
        return Link(machine.best, machine.pairs, said.votes, said.yes, said.asked, said.forbidden)

    def prior(self, a: str, b: str) -> float:
        """What the machine says of two groups, bounded on both sides."""
        return self._machine(a, b).prior

    def best(self, a: str, b: str) -> float:
        """What the machine says of the best pair of events between two groups, as calibrated."""
        return self._machine(a, b).best

    def why_not(self, a: str, b: str) -> str:
        """Return why two groups can't be one animal (together, of two sexes, too far too fast), or ""."""
        units = [(x, y) for x in self.said.members(a) for y in self.said.members(b)]
        return next((why for x, y in units if (why := self._units_impossible(x, y))), "")

    def is_open(self, group: str) -> bool:
        """Whether any question about a group is left."""
        return any(self._worth(*ordered(group, other)) for other in self._neighbours(group))

    def waiting(self, group: str) -> list[str]:
        """Return the animals seen once that were asked about and may be settled when this group changes."""
        return [
            other
            for other in self._neighbours(group)
            if self.said.about(other) and other in self.events and len(self.said.members(other)) == 1
        ]

    def evidence(
        self,
        rates: Mapping[str, tuple[Rate, Rate]],
        ground: Ground = NOWHERE,
        station: Callable[[AnimalEvent], int | None] = lambda event: 0,
    ) -> Evidence:
        """Return what is known of all units, for plausible catalogues.

        rates: observer -> "false same" and "false different" by blind controls. ground, station: where animals may
        live, and at which of its stations an event was, None if at none.
        """
        names = sorted(self._of_unit)
        place = {name: k for k, name in enumerate(names)}
        pairs: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0.0])
        by_pictures = self._by_pictures().tolist()
        for i, j, log_odds in zip(self._pairs.a.tolist(), self._pairs.b.tolist(), by_pictures, strict=True):
            x, y = (self.unit.get(self._pairs.events[k]) for k in (i, j))
            if x is not None and y is not None and x != y:
                found = pairs[min(place[x], place[y]), max(place[x], place[y])]
                found[0] += 1
                found[1] += log_odds
        together = {
            ordered(self.unit[e.id], self.unit[o])
            for e in self.events.values()
            for o in e.together
            if o in self.unit
        }
        near = {ordered(x, y) for x, others in self._near.items() for y in others}
        said = [(by, ordered(x, y), outcome == "same") for by, x, y, outcome in self.said.counted() if x != y]
        for x, y in together | near | {units for _by, units, _yes in said}:
            if x != y and self._units_impossible(x, y):
                pairs[place[x], place[y]][2] = 1
        order = sorted(pairs)
        columns = np.array([[*pair, *pairs[pair]] for pair in order], float).reshape(-1, 5)
        people = sorted(rates)
        where = [
            (place[name], at) for name in names for e in self._of_unit[name] if (at := station(e)) is not None
        ]
        seen = np.array(where, np.int64).reshape(-1, 2)
        said = [(by, units, yes) for by, units, yes in said if by in rates]
        return Evidence(
            tuple(names),
            np.array([len(self._of_unit[n]) for n in names], np.int64),
            np.array([n in self._near for n in names], bool),
            np.array([n not in self.events for n in names], bool),
            columns[:, 0].astype(np.int64),
            columns[:, 1].astype(np.int64),
            columns[:, 2].astype(np.int64),
            columns[:, 3],
            self._by_pictures().astype(float),
            columns[:, 4] > 0,
            Answers(
                np.array([place[units[0]] for _by, units, _yes in said], np.int64),
                np.array([place[units[1]] for _by, units, _yes in said], np.int64),
                np.array([yes for _by, _units, yes in said], bool),
                np.array([people.index(by) for by, _units, _yes in said], np.int64),
                tuple(
                    (rates[by][0].errors, rates[by][0].controls, rates[by][1].errors, rates[by][1].controls)
                    for by in people
                ),
            ),
            seen[:, 0],
            seen[:, 1],
            ground,
        )

    def _by_pictures(self) -> NDArray[np.float32]:
        return self._pairs.log_odds if self._pairs.by_pictures is None else self._pairs.by_pictures

    def open_pairs(self) -> list[Ask]:
        """Every pair of groups that is worth a question now, best first."""
        pairs = {
            ordered(self.said.group(x), self.said.group(y))
            for x, others in self._near.items()
            for y in others
        }
        pairs |= {(a, b) for a, b, _link in self.said.links()}
        found = [ask for a, b in pairs if a != b and (ask := self._worth(a, b))]
        found += self._only()
        return sorted(found, key=lambda q: (_key(q), q.a, q.b))

    # Asking and answering

    def ask(self, wanted: Callable[[str, str], bool]) -> Ask | None:
        """Return the best question whose two groups are `wanted`: not in other hands, pictures left to show."""
        aside: list[tuple[float, str, str]] = []
        done: set[Pair] = set()
        found: Ask | None = None
        while self._heap and found is None:
            _then, a, b = heapq.heappop(self._heap)
            if (a, b) in done or not (self.said.is_group(a) and self.said.is_group(b)):
                continue
            ask = self._worth(a, b)
            if ask is None:
                continue
            item = (_key(ask), a, b)
            if self._heap and item > self._heap[0]:
                heapq.heappush(self._heap, item)  # it has fallen behind since it was put here
                continue
            done.add((a, b))
            aside.append(item)
            if wanted(a, b):
                found = ask
        for item in aside:
            heapq.heappush(self._heap, item)
        return found or next((ask for ask in self._only() if wanted(ask.a, ask.b)), None)

    def answer(self, answers: Iterable[Answer], observers: Mapping[str, Observer]) -> set[str]:
        """Go to the state that these answers give; return the events of the groups that may have changed.

        Quick if they are those of before and one more, or one less.
        """
        touched = self.said.update(answers, observers)
        names = {self.said.group(unit) for unit in touched}
        for name in sorted(names):
            self._push((name, other) for other in self._neighbours(name))
        return {e.id for name in names for e in self.events_in(name)}

    # Within

    def _by_unit(self, machine: MachinePairs) -> dict[str, dict[str, tuple[float, int]]]:
        """Return unit -> other unit -> (largest, number) of the machine's log odds of their pairs of events."""
        near: dict[str, dict[str, tuple[float, int]]] = defaultdict(dict)
        units = [self.unit.get(e) for e in machine.events]
        for i, j, log_odds in zip(
            machine.a.tolist(), machine.b.tolist(), machine.log_odds.tolist(), strict=True
        ):
            x, y = units[i], units[j]
            if x is None or y is None or x == y:
                continue
            best, pairs = near[x].get(y, (log_odds, 0))
            near[x][y] = near[y][x] = (max(best, log_odds), pairs + 1)
        return dict(near)

    def _machine(self, a: str, b: str) -> Link:
        mine, theirs = self.said.members(a), self.said.members(b)
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        found = [
            near[other]
            for unit in mine
            if (near := self._near.get(unit))
            for other in theirs
            if other in near
        ]
        if not found:
            return Link()
        return Link(max(f[0] for f in found), sum(f[1] for f in found))

    def _units_impossible(self, x: str, y: str) -> str:
        pair = ordered(x, y)
        if pair not in self._reasons:
            events = [(a, b) for a in self._of_unit[x] for b in self._of_unit[y]]
            self._reasons[pair] = next((why for a, b in events if (why := self._impossible(a, b))), "")
        return self._reasons[pair]

    def _impossible(self, a: AnimalEvent, b: AnimalEvent) -> str:
        one, other = self._sightings[a.id], self._sightings[b.id]
        if b.id in a.together:
            one, other = replace(one, group="together"), replace(other, group="together")
        return impossible(one, other)

    def _merge_exhausted(self, groups: Groups, answers: Sequence[Answer]) -> None:
        """Join groups that are probably one when every pair of their pictures has been shown."""
        shown: dict[Pair, set[Pair]] = defaultdict(set)
        for answer in answers:
            one, other = answer.pair
            shown[ordered(self.event_of[one], self.event_of[other])].add(
                ordered(self._picture[one], self._picture[other])
            )

        def ripe(a: str, b: str) -> bool:
            link = groups.link(a, b)
            if link.forbidden or len(link.yes) < groups.needed(a, b) or link.log_odds < ENOUGH:
                return False
            units = [(u, v) for u in groups.members[a] for v in groups.members[b]]
            return all(
                len(shown[ordered(x.id, y.id)]) >= len(picture_pairs(x, y))
                for u, v in units
                for x in self._of_unit[u]
                for y in self._of_unit[v]
            )

        while True:
            pairs = [(-link.log_odds, a, b) for a, b, link in groups.links() if link.yes and ripe(a, b)]
            if not pairs:
                return
            groups.merge(*min(pairs)[1:])

    def _push(self, pairs: Iterable[Pair]) -> None:
        for a, b in pairs:
            if a != b:
                ask = self._worth(*ordered(a, b))
                if ask is not None:
                    heapq.heappush(self._heap, (_key(ask), ask.a, ask.b))

    def _neighbours(self, group: str) -> set[str]:
        near = {
            self.said.group(other) for unit in self.said.members(group) for other in self._near.get(unit, ())
        }
        return {*near, *self.said.neighbours(group)} - {group}

    def _worth(self, a: str, b: str) -> Ask | None:
        link = self.link(a, b)
        worth = question_worth(link, self._size(a), self._size(b))
        if worth == -math.inf or (not link.asked and link.log_odds < LEAST) or self.why_not(a, b):
            return None
        if worth >= FIRST / 2:
            return Ask(a, b, link.log_odds, "confirm", worth)
        mixed = bool(link.yes) and link.asked > len(link.yes)
        return Ask(a, b, link.log_odds, "contradiction" if mixed else "likely", worth)

    def _size(self, group: str) -> int:
        return sum(len(self._of_unit[unit]) for unit in self.said.members(group))

    def _only(self) -> Iterator[Ask]:
        """The best partner of each animal seen once about which nobody was asked and nothing else is open."""
        for unit in sorted(self._near):
            if unit not in self.events or len(self.said.members(self.said.group(unit))) > 1:
                continue
            if any(self.said.link(unit, o).asked for o in self.said.neighbours(unit)) or self.is_open(unit):
                continue
            others = {self.said.group(o) for o in self._near[unit]}
            free = [o for o in others if not self.why_not(unit, o)]
            if free:
                best = max(free, key=lambda o: (self.prior(unit, o), o))
                yield Ask(*ordered(unit, best), prior := self.prior(unit, best), "only", prior)


def _key(ask: Ask) -> float:
    """Smaller is asked first."""
    turn = {"confirm": 0, "contradiction": 1, "likely": 2, "only": 3}[ask.why]
    return 1000.0 * turn - ask.worth


def picture_pairs(a: AnimalEvent, b: AnimalEvent) -> list[Pair]:
    """Return the pairs of pictures of two events that show one flank, or a flank nobody has said.

    Best first: by quality, then by how large the smaller box is, since what moves is boxed in pieces at times and a
    piece may be sharp (two paws and a strip of grass).
    """
    grade = {"good": 0, "fair": 1, "": 1, "poor": 2}
    found = [
        (grade[x.quality] + grade[y.quality], -min(_area(x.box), _area(y.box)), x.id, y.id)
        for x in a.seen
        for y in b.seen
        if x.box is not None
        and y.box is not None
        and (x.side == y.side or not {x.side, y.side} <= {"left", "right"})
    ]
    return [(x, y) for _grade, _size, x, y in sorted(found)]


def _area(box: Box) -> float:
    return box.width * box.height


def _sighting(e: AnimalEvent) -> Sighting:
    return Sighting(e.x, e.y, e.start, e.end, e.sex, e.adult)
