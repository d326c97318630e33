"""Who is on each observation, as names and answers have it, and what must be said so that the survey says the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pardus.identify.queue import Queue
from pardus.model.decision import Decision
from pardus.model.ids import derived
from pardus.model.record import from_record
from pardus.model.survey import Survey
from pardus.store.protocol import Store

BASIS = "answers"
ANSWERED = "questions-answered"
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


def said_names(store: Store, survey: Survey) -> dict[str, str]:
    """Return observation -> individual by people and tables alone, without what follows from answers."""
    rows = [(key, from_record(Decision, record)) for key, record in store.present("decisions")]
    rows = [(key, d) for key, d in rows if d.about == "individual"]
    names = {key: str(record.get("individual", "")) for key, record in store.present("observations")}
    told = store.told("decisions", [key for key, _d in rows])
    derived_entries = {id_ for id_ in set(told.values()) if _follows(store, id_)}
    for key, d in rows:
        if told[key] in derived_entries or d.observation not in names:
            continue
        if d.outcome in ("same", "new"):
            names[d.observation] = d.value
        elif d.outcome == "cannot-tell" or names[d.observation] == d.value:
            names[d.observation] = ""
    return {o.id: names.get(o.id, "") for o in survey.observations}


def _follows(store: Store, entry_id: str) -> bool:
    entry = store.entry(entry_id)
    return entry is not None and (entry.kind == ANSWERED or entry.payload.get("source") == BASIS)


def groups(queue: Queue, organisation: str) -> Iterator[Group]:
    """Yield every group of the queue.

    A named animal is an individual; so is a group that answers made of several events. An animal seen once is one when
    somebody told it from another (two people, if its pictures are poor) and nothing is left to ask.
    """
    looked = observers_of(queue)
    for name in queue.names:
        events = queue.events_in(name)
        count: Counter[str] = Counter()
        for e in events:
            if e.name:
                count[e.name] += len(e.seen)
        names = sorted(count, key=lambda n: (-count[n], n))
        if names:
            id_ = names[0]
        elif len(events) > 1 or _new(queue, name, looked.get(name, set())):
            id_ = derived(organisation, "animal", min(e.id for e in events))
        else:
            id_ = ""
        yield Group(id_, name, tuple(names), tuple(e.id for e in events))


def observers_of(queue: Queue) -> dict[str, set[str]]:
    """Return group -> people who said of it that it is another animal than one they were shown."""
    out: dict[str, set[str]] = {}
    for a in queue.answers:
        if not a.truth and a.said == "different":
            for row in (a.a, a.b):
                if row in queue.event_of:
                    out.setdefault(queue.group(queue.event_of[row]), set()).add(a.by)
    return out


def _new(queue: Queue, name: str, looked: set[str]) -> bool:
    """Whether an animal seen once is settled as a new one; not while a "same" about it stands unresolved."""
    if len(looked) < (POOR_NEEDS if queue.events_in(name)[0].quality == "poor" else 1) or queue.is_open(name):
        return False
    said = queue.resolution.groups
    return not any(said.link(name, other).yes for other in said.neighbours(name))


def consequences(queue: Queue, survey_says: Mapping[str, str], organisation: str) -> list[Decision]:
    """Return the decisions that make the survey say what names and answers have now.

    survey_says: observation -> individual now. Each decision stands on one observation: another animal of the same
    picture is another observation and stays as it is.
    """
    out = []
    for group in groups(queue, organisation):
        for event in group.events:
            for seen in queue.events[event].seen:
                for row in seen.rows:
                    if row in survey_says and survey_says[row] != group.id:
                        out.append(Decision(row, "individual", group.id, "same", basis=BASIS))
    return sorted(out, key=lambda d: d.observation)
