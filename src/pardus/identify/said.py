"""What answers make of units (events, named animals): resolved chain by chain, so that one answer costs little.

A chain is all units that answers connect. No answer reaches out of its chain, so resolving each chain by itself gives
what resolving everything gives.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import combinations

from pardus.identify.groups import Groups, Link, Pair, ordered
from pardus.identify.observers import Observer
from pardus.identify.resolve import Contradiction, Resolution, resolve
from pardus.model.answer import Answer

NOTHING = Link()


class Said:
    """Groups of units as the answers have them. A unit that no answer is about is a group by itself."""

    def __init__(
        self,
        unit_of_row: Mapping[str, str],
        impossible: Callable[[str, str], str],
        finish: Callable[[Groups, Sequence[Answer]], None],
    ) -> None:
        """unit_of_row: observation -> unit. impossible: why two units can't be one. finish: last merges of a chain."""
        self._unit = unit_of_row
        self._why_not, self._finish = impossible, finish
        self._answers: list[Answer] = []
        self._observers: Mapping[str, Observer] = {}
        self._about: dict[str, list[Answer]] = {}
        self._chain: dict[str, Resolution] = {}

    def update(self, answers: Iterable[Answer], observers: Mapping[str, Observer]) -> set[str]:
        """Go to the state of these answers; return the units about which something may have changed.

        Controls and answers about unknown observations decide nothing.
        """
        now = [a for a in answers if not a.truth and a.a in self._unit and a.b in self._unit]
        before = self._answers
        if now[: len(before)] == before:
            changed = now[len(before) :]
        else:
            changed = list(((Counter(now) - Counter(before)) + (Counter(before) - Counter(now))).elements())
        others = {by for by in {a.by for a in before} if observers.get(by) != self._observers.get(by)}
        changed += [a for a in now if a.by in others]
        self._answers, self._observers = now, dict(observers)
        touched = {unit for a in changed for unit in self._units(a)}
        for unit in list(touched):
            if unit in self._chain:
                touched |= set(self._chain[unit].groups.group)
        if not touched:
            return touched
        if now[: len(before)] == before:
            for a in now[len(before) :]:
                for unit in set(self._units(a)):
                    self._about.setdefault(unit, []).append(a)
        else:
            about: dict[str, list[Answer]] = defaultdict(list)
            for a in now:
                for unit in set(self._units(a)):
                    about[unit].append(a)
            self._about = dict(about)
        for unit in touched:
            self._chain.pop(unit, None)
        for unit in sorted(touched):
            if unit not in self._chain and self._about.get(unit):
                self._resolve(unit)
        return touched

    def _units(self, a: Answer) -> tuple[str, str]:
        return self._unit[a.a], self._unit[a.b]

    def _resolve(self, start: str) -> None:
        units, waiting = {start}, [start]
        while waiting:
            for a in self._about[waiting.pop()]:
                for unit in self._units(a):
                    if unit not in units:
                        units.add(unit)
                        waiting.append(unit)
        own = {a: None for unit in sorted(units) for a in self._about[unit]}
        answers = self._in_order(own)
        rows = {row: self._unit[row] for a in own for row in (a.a, a.b)}
        priors = {ordered(*self._units(a)): a.prior for a in answers if len(set(self._units(a))) == 2}
        forbidden: dict[Pair, str] = {}
        for x, y in combinations(sorted(units), 2):
            why = self._why_not(x, y)
            if why:
                forbidden[x, y] = why
        found = resolve(rows, priors, answers, self._observers, forbidden)
        self._finish(found.groups, answers)
        for unit in units:
            self._chain[unit] = found

    @staticmethod
    def _in_order(own: Iterable[Answer]) -> list[Answer]:
        """The same order whatever the order they were said in."""
        return sorted(own, key=lambda a: (a.pair, a.by, a.said, a.prior))

    def about(self, unit: str) -> Sequence[Answer]:
        """Return the answers about a unit, controls left out."""
        return self._about.get(unit, ())

    def group(self, unit: str) -> str:
        """Return the name of the group of a unit."""
        found = self._chain.get(unit)
        return unit if found is None else found.groups.group[unit]

    def members(self, group: str) -> Sequence[str]:
        """Return the units of a group."""
        found = self._chain.get(group)
        return (group,) if found is None else found.groups.members[group]

    def is_group(self, name: str) -> bool:
        """Whether a unit's name is the name of a group now."""
        found = self._chain.get(name)
        return found is None or name in found.groups.members

    def link(self, a: str, b: str) -> Link:
        """Return what answers say between two groups."""
        found = self._chain.get(a)
        if found is None or found is not self._chain.get(b) or a == b:
            return NOTHING
        return found.groups.link(a, b)

    def neighbours(self, group: str) -> Iterable[str]:
        """Groups that answers (or a reason against) connect with this one."""
        found = self._chain.get(group)
        return () if found is None else found.groups.neighbours(group)

    def links(self) -> Iterator[tuple[str, str, Link]]:
        """Every link between groups, once."""
        for found in self.chains():
            yield from found.groups.links()

    def chains(self) -> Iterator[Resolution]:
        """Every chain once, in order of its first unit."""
        known: set[int] = set()
        for unit in sorted(self._chain):
            found = self._chain[unit]
            if id(found) not in known:
                known.add(id(found))
                yield found

    @property
    def contradictions(self) -> tuple[Contradiction, ...]:
        """Everything that can't all be true."""
        return tuple(sorted(c for found in self.chains() for c in found.contradictions))

    def set_aside_in(self, *groups: str) -> Mapping[str, str]:
        """Return the observations of some groups that people set aside, and why."""
        chains = [found for g in groups if (found := self._chain.get(g)) is not None]
        return {row: why for found in chains for row, why in found.set_aside.items()}

    @property
    def set_aside(self) -> dict[str, str]:
        """Observations that people set aside, and why."""
        return {row: why for found in self.chains() for row, why in found.set_aside.items()}
