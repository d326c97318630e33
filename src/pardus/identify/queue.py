"""The queue of questions of a survey: groups as the answers have them, ordered by what the machine says of the rest.

Who is one animal follows from the answers alone (with the machine's word as it was when they were given), so a new
run of the machine changes the order of questions and nothing else.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from pardus.identify.animals import AnimalEvent
from pardus.identify.groups import CLOSE, MERGE, Groups, Pair, ordered
from pardus.identify.observers import Observer
from pardus.identify.pairs_folder import MachinePairs
from pardus.identify.prior import Sighting, impossible
from pardus.identify.resolve import Resolution, resolve
from pardus.model.answer import Answer

LEAST = -4.6
"""Log odds (1 %) below which a pair is not asked, except as the best that an animal seen once has."""

ENOUGH = 2.94
"""Log odds (0.95) at which two groups become one when every pair of their pictures has been shown."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Two groups worth a question. log_odds: as known now.

    why: "confirm" (a merge waits for a second pair of pictures), "contradiction", "likely", or "only" (the best there
    is for an animal seen once, however unlikely: somebody should have looked before it counts as an animal).
    """

    a: str
    b: str
    log_odds: float
    why: str


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
        self._priors = self._by_unit(machine)
        self._sightings = {e.id: _sighting(e) for e in events}
        self._reasons: dict[Pair, str] = {}
        self.answers: list[Answer] = []
        self.observers: Mapping[str, Observer] = {}
        self.resolution: Resolution
        self._resolve(answers, observers)
        self._rebuild()

    # What is known

    @property
    def names(self) -> list[str]:
        """Names of the groups now."""
        return sorted(self.groups.members)

    def group(self, event: str) -> str:
        """Return the name of the group an event is in."""
        return self.groups.group[self.unit[event]]

    def events_in(self, group: str) -> list[AnimalEvent]:
        """Return the events of a group, by time."""
        found = [e for unit in self.groups.members[group] for e in self._of_unit[unit]]
        return sorted(found, key=lambda e: (e.start, e.id))

    def prior(self, a: str, b: str) -> float:
        """What the machine says of two groups, bounded on both sides."""
        return self.groups.link(a, b).prior

    def best(self, a: str, b: str) -> float:
        """What the machine says of the best pair of events between two groups, as calibrated."""
        return self.groups.link(a, b).best

    def log_odds(self, a: str, b: str) -> float:
        """Log odds that two groups are one animal, by the machine as it is now and by the answers."""
        return self.prior(a, b) + self.resolution.groups.link(a, b).votes

    def closed(self, a: str, b: str) -> bool:
        """Whether people have said clearly enough that two groups are two animals, or they can't be one."""
        said = self.resolution.groups.link(a, b)
        return bool(self.why_not(a, b)) or bool(said.asked and self.log_odds(a, b) <= CLOSE)

    def why_not(self, a: str, b: str) -> str:
        """Return why two groups can't be one animal (together, of two sexes, too far too fast), or ""."""
        events = [(x, y) for x in self.events_in(a) for y in self.events_in(b)]
        return next((why for x, y in events if (why := self._impossible(x.id, y.id))), "")

    def is_open(self, group: str) -> bool:
        """Whether any question about a group is left."""
        return any(self._worth(*ordered(group, other)) for other in self._neighbours(group))

    def open_pairs(self) -> list[Ask]:
        """Every pair of groups that is worth a question now, best first."""
        found = [ask for a, b, _link in self.groups.links() if (ask := self._worth(a, b))]
        found += [ask for ask in self._only() if ask]
        return sorted(found, key=lambda q: (_key(q), q.a, q.b))

    # Asking and answering

    def ask(self, wanted: Callable[[str, str], bool]) -> Ask | None:
        """Return the best question whose two groups are `wanted`: not in other hands, pictures left to show."""
        aside: list[tuple[float, str, str]] = []
        found: Ask | None = None
        while self._heap and found is None:
            item = heapq.heappop(self._heap)
            _key_then, a, b = item
            if a not in self.groups.members or b not in self.groups.members:
                continue
            ask = self._worth(a, b)
            if ask is None or (aside and aside[-1][1:] == (a, b)):
                continue
            item = (_key(ask), a, b)
            if self._heap and item > self._heap[0]:
                heapq.heappush(self._heap, item)  # it has fallen behind since it was put here
                continue
            aside.append(item)
            if wanted(a, b):
                found = ask
        for item in aside:
            heapq.heappush(self._heap, item)
        return found or next((ask for ask in self._only() if ask and wanted(ask.a, ask.b)), None)

    def answer(self, answers: Iterable[Answer], observers: Mapping[str, Observer]) -> None:
        """Go to the state that these answers give; quick if they are those of before and some more."""
        changed = observers != self.observers
        known, before = self.answers, len(self.answers)
        self._resolve(answers, observers)
        if self.answers[:before] != known:
            self._rebuild()
            return
        target = self.resolution.groups
        if any(len({target.group[u] for u in units}) > 1 for units in self.groups.members.values()):
            self._rebuild()  # something came apart
            return
        touched = {self.groups.group[u] for a in self.answers[before:] for u in self._units(a)}
        for units in target.members.values():
            parts = sorted({self.groups.group[u] for u in units})
            name = parts[0]
            for part in parts[1:]:
                name = self.groups.merge(name, part)
            if len(parts) > 1:
                touched.add(name)
        touched = {self.groups.group[name] for name in touched}
        for name in sorted(touched):
            self._push((*ordered(name, other),) for other in self._neighbours(name))
        if changed:
            self._push((a, b) for a, b, _link in target.links())

    # Within

    def _by_unit(self, machine: MachinePairs) -> list[tuple[Pair, float]]:
        out = []
        for i, j, log_odds in zip(
            machine.a.tolist(), machine.b.tolist(), machine.log_odds.tolist(), strict=True
        ):
            x, y = self.unit.get(machine.events[i]), self.unit.get(machine.events[j])
            if x is not None and y is not None and x != y:
                out.append((ordered(x, y), log_odds))
        return out

    def _units(self, a: Answer) -> list[str]:
        return [self.unit[self.event_of[row]] for row in (a.a, a.b) if row in self.event_of]

    def _resolve(self, answers: Iterable[Answer], observers: Mapping[str, Observer]) -> None:
        self.answers, self.observers = list(answers), dict(observers)
        unit_of_row = {row: self.unit[e] for row, e in self.event_of.items()}
        counted = [a for a in self.answers if not a.truth and a.a in unit_of_row and a.b in unit_of_row]
        priors = {
            ordered(unit_of_row[a.a], unit_of_row[a.b]): a.prior
            for a in counted
            if unit_of_row[a.a] != unit_of_row[a.b]
        }
        self.resolution = resolve(unit_of_row, priors, counted, self.observers, self._forbidden(priors))
        self._merge_exhausted(counted)

    def _forbidden(self, asked: Iterable[Pair]) -> dict[Pair, str]:
        """Why pairs of units can't be one animal, among all that a chain of answers could join."""
        parent: dict[str, str] = {}

        def root(x: str) -> str:
            while parent.setdefault(x, x) != x:
                parent[x] = x = parent[parent[x]]
            return x

        for x, y in asked:
            parent[root(x)] = root(y)
        chains: dict[str, list[str]] = defaultdict(list)
        for x in sorted(parent):
            chains[root(x)].append(x)
        return {
            (x, y): why
            for chain in chains.values()
            for x, y in combinations(chain, 2)
            if (why := self._units_impossible(x, y))
        }

    def _units_impossible(self, x: str, y: str) -> str:
        pair = ordered(x, y)
        if pair not in self._reasons:
            events = [(a.id, b.id) for a in self._of_unit[x] for b in self._of_unit[y]]
            self._reasons[pair] = next((why for a, b in events if (why := self._impossible(a, b))), "")
        return self._reasons[pair]

    def _impossible(self, a: str, b: str) -> str:
        if b in self.events[a].together:
            one, other = (_with_group(self._sightings[x], "together") for x in (a, b))
            return impossible(one, other)
        return impossible(self._sightings[a], self._sightings[b])

    def _merge_exhausted(self, counted: Sequence[Answer]) -> None:
        """Join groups that are probably one when every pair of their pictures has been shown."""
        groups = self.resolution.groups
        shown: dict[Pair, set[Pair]] = defaultdict(set)
        for answer in counted:
            one, other = answer.pair
            shown[ordered(self.event_of[one], self.event_of[other])].add(
                ordered(self._picture(one), self._picture(other))
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

    def _picture(self, row: str) -> str:
        return next(s.id for s in self.events[self.event_of[row]].seen if row in s.rows)

    def _rebuild(self) -> None:
        """Groups of the answers with links by the machine, and the queue over them."""
        sums: dict[Pair, list[float]] = defaultdict(list)
        for pair, log_odds in self._priors:
            sums[pair].append(log_odds)
        self.groups = Groups(self._of_unit, {pair: max(values) for pair, values in sums.items()})
        for pair, values in sums.items():
            link = self.groups.link(*pair)
            link.pairs = len(values)
        for units in self.resolution.groups.members.values():
            name = units[0]
            for unit in units[1:]:
                name = self.groups.merge(self.groups.group[name], self.groups.group[unit])
        self._heap: list[tuple[float, str, str]] = []
        self._push((a, b) for a, b, _link in self.groups.links())
        self._push((a, b) for a, b, _link in self.resolution.groups.links())

    def _push(self, pairs: Iterable[Pair]) -> None:
        for a, b in pairs:
            ask = self._worth(a, b)
            if ask is not None:
                heapq.heappush(self._heap, (_key(ask), a, b))

    def _neighbours(self, group: str) -> set[str]:
        return {*self.groups.neighbours(group), *self.resolution.groups.neighbours(group)}

    def _worth(self, a: str, b: str) -> Ask | None:
        said = self.resolution.groups.link(a, b)
        log_odds = self.groups.link(a, b).prior + said.votes
        if not said.asked and log_odds < LEAST:
            return None
        if said.asked and log_odds <= CLOSE:
            return None
        if self.why_not(a, b):
            return None
        if said.yes and said.log_odds >= MERGE:
            return Ask(a, b, log_odds, "confirm")
        mixed = bool(said.yes) and said.asked > len(said.yes)
        return Ask(a, b, log_odds, "contradiction" if mixed else "likely")

    def _only(self) -> Iterable[Ask | None]:
        """The best partner of each animal seen once about which nobody was asked and nothing else is open."""
        for group in self.names:
            if len(self.events_in(group)) > 1 or group not in self.events:
                continue
            if any(
                self.resolution.groups.link(group, o).asked for o in self.resolution.groups.neighbours(group)
            ):
                continue
            if self.is_open(group):
                continue
            others = [o for o in self.groups.neighbours(group) if not self.why_not(group, o)]
            best = max(others, key=lambda o: (self.log_odds(group, o), o), default=None)
            if best is not None:
                yield Ask(*ordered(group, best), self.log_odds(group, best), "only")


def _key(ask: Ask) -> float:
    """Smaller is asked first."""
    turn = {"confirm": 0, "contradiction": 1, "likely": 2, "only": 3}[ask.why]
    return 100.0 * turn - ask.log_odds


def picture_pairs(a: AnimalEvent, b: AnimalEvent) -> list[Pair]:
    """Return the pairs of pictures of two events that show one flank, or a flank nobody has said; poor ones last."""
    grade = {"good": 0, "fair": 1, "": 1, "poor": 2}
    found = [
        (grade[x.quality] + grade[y.quality], x.id, y.id)
        for x in a.seen
        for y in b.seen
        if x.box is not None
        and y.box is not None
        and (x.side == y.side or not {x.side, y.side} <= {"left", "right"})
    ]
    return [(x, y) for _grade, x, y in sorted(found)]


def _sighting(e: AnimalEvent) -> Sighting:
    return Sighting(e.x, e.y, e.start, e.end, e.sex, e.adult)


def _with_group(s: Sighting, group: str) -> Sighting:
    return Sighting(s.x, s.y, s.start, s.end, s.sex, s.adult, group)
