"""Who is on each observation, as names and answers have it, and what must be said so that the survey says the same."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pardus.app.known import ANSWERED, BASIS, Known
from pardus.identify.queue import Queue
from pardus.model.decision import Decision
from pardus.model.ids import derived
from pardus.model.record import from_record
from pardus.store.protocol import Store

POOR_NEEDS = 2
"""Observers who must have looked before an animal known from poor pictures only counts as a new one."""


@dataclass(frozen=True, slots=True)
class Group:
    """One animal, or what may become one. id: of the individual, "" while it is not settled that it is a new animal.

    name: of the group in the queue. names: every name that people and tables give it; more than one: they were
    found to be one animal, and all but `id` are aliases. events: by time.
    """

    id: str
    name: str
    names: tuple[str, ...]
    events: tuple[str, ...]


class Names:
    """Who each observation is said to show: by people and tables alone, and with what follows from answers.

    base: observation -> individual as the observation itself says. rows: observation -> (entry, decision, whether it
    follows from answers), in log order.
    """

    def __init__(self, store: Store, known: Known | None = None) -> None:
        """known: the survey at the head of the store's log; then only what may follow from answers is read."""
        self.rows: dict[str, list[tuple[str, Decision, bool]]] = defaultdict(list)
        if known is None:
            records = store.present("observations")
            decisions = store.present("decisions")
            self.base: dict[str, str] = {}
        else:
            records = store.rows("observations", known.answered)
            decisions = (
                row for o in sorted(known.answered) for row in store.related("decisions", "observation", o)
            )
            self.base = {o.id: o.individual for o in known.survey.observations}
        self.base |= {key: str(record.get("individual", "")) for key, record in records}
        found = [(key, from_record(Decision, record)) for key, record in decisions]
        told = store.told("decisions", [key for key, d in found if d.about == "individual"])
        follows = {id_: _follows(store, id_) for id_ in set(told.values())}
        for key, d in found:
            if d.about == "individual" and d.observation in self.base:
                self.rows[d.observation].append((told[key], d, follows[told[key]]))

    def add(self, entry: str, decisions: Iterable[Decision]) -> None:
        """Take in what an entry says that follows from answers."""
        for d in decisions:
            self.rows[d.observation].append((entry, d, True))

    def drop(self, entry: str, observations: Iterable[str]) -> None:
        """Forget what an entry said of some observations: it was undone."""
        for o in observations:
            self.rows[o] = [row for row in self.rows[o] if row[0] != entry]

    def now(self, observation: str) -> str:
        """Return the individual as the survey says it."""
        return self._fold(observation, True)

    def said(self, observation: str) -> str:
        """Return the individual by people and tables alone."""
        return self._fold(observation, False)

    def all_said(self) -> dict[str, str]:
        """Return observation -> individual by people and tables alone, for all observations."""
        return {o: self.said(o) for o in self.base}

    def _fold(self, observation: str, with_answers: bool) -> str:
        value = self.base.get(observation, "")
        for _entry, d, follows in self.rows.get(observation, ()):
            if follows and not with_answers:
                continue
            if d.outcome in ("same", "new"):
                value = d.value
            elif d.outcome == "cannot-tell" or value == d.value:
                value = ""
        return value


def _follows(store: Store, entry_id: str) -> bool:
    entry = store.entry(entry_id)
    return entry is not None and (entry.kind == ANSWERED or entry.payload.get("source") == BASIS)


def groups(queue: Queue, organisation: str, only: Iterable[str] | None = None) -> Iterator[Group]:
    """Yield every group of the queue, or those of these names.

    A named animal is an individual; so is a group that answers made of several events. An animal seen once is one when
    somebody told it from another (two people, if its pictures are poor) and nothing is left to ask.
    """
    for name in queue.names if only is None else sorted(set(only)):
        events = queue.events_in(name)
        count: Counter[str] = Counter()
        for e in events:
            if e.name:
                count[e.name] += len(e.seen)
        names = sorted(count, key=lambda n: (-count[n], n))
        if names:
            id_ = names[0]
        elif len(events) > 1 or _new(queue, name):
            id_ = derived(organisation, "animal", min(e.id for e in events))
        else:
            id_ = ""
        yield Group(id_, name, tuple(names), tuple(e.id for e in events))


def _new(queue: Queue, name: str) -> bool:
    """Whether an animal seen once is settled as a new one; not while a "same" about it stands unresolved."""
    (event,) = queue.events_in(name)
    looked = {a.by for a in queue.said.about(queue.unit[event.id]) if a.said == "different"}
    if len(looked) < (POOR_NEEDS if event.quality == "poor" else 1) or queue.is_open(name):
        return False
    return not any(queue.said.link(name, other).yes for other in queue.said.neighbours(name))


def consequences(
    queue: Queue, names: Names, organisation: str, only: Iterable[str] | None = None
) -> list[Decision]:
    """Return the decisions that make the survey say what names and answers have now.

    names: as the survey says now. only: names of the groups that may have changed. Each decision stands on one
    observation: another animal of the same picture is another observation and stays as it is.
    """
    out = []
    for group in groups(queue, organisation, only):
        for event in group.events:
            for seen in queue.events[event].seen:
                for row in seen.rows:
                    if names.now(row) != group.id:
                        out.append(Decision(row, "individual", group.id, "same", basis=BASIS))
    return sorted(out, key=lambda d: d.observation)
