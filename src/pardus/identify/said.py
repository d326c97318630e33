"""What answers make of units (events, named animals): resolved chain by chain, so that one answer costs little.

A chain is all units that a "same" connects. Only groups of one chain can ever merge, and a "different" between two
chains weighs on the question between their groups alone: resolving each chain gives what resolving all gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

from pardus.identify.groups import Groups, Link, Pair, ordered
from pardus.identify.observers import Observer
from pardus.identify.resolve import Contradiction, Resolution, resolve
from pardus.model.answer import Answer

NOTHING = Link()
ASIDE = ("bad-crop", "two-animals")


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
        self._aside: dict[str, str] = {}

    def update(self, answers: Iterable[Answer], observers: Mapping[str, Observer]) -> set[str]:
        """Go to the state of these answers; return the units about which something may have changed.

        Controls and answers about unknown observations decide nothing.
        """
        now = [a for a in answers if not a.truth and a.a in self._unit and a.b in self._unit]
        before = self._answers
        grown = now[: len(before)] == before
        if grown:
            changed = now[len(before) :]
        else:
            changed = list(((Counter(now) - Counter(before)) + (Counter(before) - Counter(now))).elements())
        others = {by for by in {a.by for a in before} if observers.get(by) != self._observers.get(by)}
        changed += [a for a in now if a.by in others]
        self._answers, self._observers = now, dict(observers)
        if not changed:
            return set()
        if not grown:
            self._about = {}
        for a in now[len(before) :] if grown else now:
            for unit in set(self._units(a)):
                self._about.setdefault(unit, []).append(a)
        if any(a.said in ASIDE for a in changed):
            self._aside = {}
            for a in now:
                if a.said in ASIDE:
                    self._aside[a.a] = min(a.said, self._aside.get(a.a, a.said))
        anew: set[str] = set()
        for a in changed:
            units = set(self._units(a))
            chains = {id(self._chain.get(unit)) for unit in units}
            if self._joins(a) or a.said in ASIDE or (len(chains) == 1 and units <= self._chain.keys()):
                anew |= units
        for unit in list(anew):
            if unit in self._chain:
                anew |= set(self._chain[unit].groups.group)
        for unit in anew:
            self._chain.pop(unit, None)
        for unit in sorted(anew):
            if unit not in self._chain and any(self._joins(a) for a in self._about.get(unit, ())):
                anew |= self._resolve(unit)
        return anew | {unit for a in changed for unit in self._units(a)}

    def _units(self, a: Answer) -> tuple[str, str]:
        return self._unit[a.a], self._unit[a.b]

    def _joins(self, a: Answer) -> bool:
        """Whether an answer puts its two units into one chain: a "same", or anything said of a unit and itself."""
        one, other = self._units(a)
        return a.said == "same" or (one == other and a.said == "different")

    def _resolve(self, start: str) -> set[str]:
        units, waiting = {start}, [start]
        while waiting:
            for a in self._about[waiting.pop()]:
                if not self._joins(a):
                    continue
                for unit in self._units(a):
                    if unit not in units:
                        units.add(unit)
                        waiting.append(unit)
        own: dict[Answer, None] = {}
        for unit in sorted(units):
            for a in self._about[unit]:
                if set(self._units(a)) <= units:
                    own[a] = None
                elif a.said in ASIDE and self._unit[a.a] in units:
                    own[replace(a, b=a.a)] = None  # it is about the first of the two only
        # the same order whatever the order they were said in
        answers = sorted(own, key=lambda a: (a.pair, a.by, a.said, a.prior))
        rows = {row: self._unit[row] for a in answers for row in (a.a, a.b)}
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
        return units

    def counted(self) -> Iterator[tuple[str, str, str, str]]:
        """Yield every answer that counts, once for each person and pair of pictures: by, unit, unit, said."""
        outcomes: dict[tuple[str, Pair], dict[str, tuple[str, str]]] = {}
        for a in self._answers:
            if a.said in ("same", "different") and not {a.a, a.b} & self._aside.keys():
                outcomes.setdefault((a.by, a.pair), {})[a.said] = self._units(a)
        for (by, _pair), said in sorted(outcomes.items()):
            if len(said) == 1:
                ((outcome, (one, other)),) = said.items()
                yield by, one, other, outcome

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
        if a == b:
            return NOTHING
        found = self._chain.get(a)
        if found is not None and found is self._chain.get(b):
            return found.groups.link(a, b)
        return self._between(a, b)

    def _between(self, a: str, b: str) -> Link:
        """Return what is said between groups of two chains: only "different", once for each person and pictures."""
        mine, theirs = self.members(a), self.members(b)
        if len(mine) > len(theirs):
            mine, theirs = theirs, mine
        wanted = set(theirs)
        said = {
            (answer.by, answer.pair)
            for unit in mine
            for answer in self._about.get(unit, ())
            if answer.said == "different"
            and wanted.intersection(self._units(answer))
            and not {answer.a, answer.b} & self._aside.keys()
        }
        if not said:
            return NOTHING
        votes = sum(self._observers.get(by, Observer()).weight("different") for by, _pair in sorted(said))
        return Link(votes=votes, asked=len(said))

    def neighbours(self, group: str) -> set[str]:
        """Groups that answers (or a reason against) connect with this one."""
        found = self._chain.get(group)
        near = set() if found is None else set(found.groups.neighbours(group))
        for unit in self.members(group):
            for answer in self._about.get(unit, ()):
                if answer.said == "different":
                    near |= {self.group(x) for x in self._units(answer)}
        return near - {group}

    def links(self) -> Iterator[tuple[str, str, Link]]:
        """Every link between groups, once."""
        for found in self.chains():
            yield from found.groups.links()
        apart = {
            ordered(*(self.group(x) for x in self._units(a))) for a in self._answers if a.said == "different"
        }
        for a, b in sorted(apart):
            found_a = self._chain.get(a)
            if a != b and (found_a is None or found_a is not self._chain.get(b)):
                link = self._between(a, b)
                if link.asked:
                    yield a, b, link

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

    @property
    def set_aside(self) -> Mapping[str, str]:
        """Observations that people set aside, and why."""
        return self._aside
