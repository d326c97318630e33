"""Who said who is who, how often each is wrong by blind controls, and how far two people agree."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import combinations

from pardus.app.content import Agreement, Author, ObserverRow
from pardus.history.build import Histories
from pardus.identify.observers import kappa, rates
from pardus.model.answer import Answer
from pardus.model.record import from_record
from pardus.model.survey import Survey


def authors(survey: Survey) -> tuple[Author, ...]:
    """Return how many records each author gave an animal's name, by method; the most first."""
    count = Counter((o.classified_by, o.method) for o in survey.observations if o.individual)
    ordered = sorted(count.items(), key=lambda item: (-item[1], item[0]))
    return tuple(Author(by, method, n) for (by, method), n in ordered)


def answers_in(payloads: Iterable[Mapping[str, object]]) -> list[Answer]:
    """Return the answers of entries `questions-answered`, in order."""
    return [
        from_record(Answer, record)
        for payload in payloads
        for record in payload["answers"]  # type: ignore[attr-defined]
    ]


def observers(answers: Iterable[Answer]) -> tuple[ObserverRow, ...]:
    """Return every person who answered, with error rates from blind controls (Beta posterior)."""
    everything = list(answers)
    rows = []
    for by in sorted({a.by for a in everything}):
        own = [a for a in everything if a.by == by]
        found = rates(own, by)
        same, different = found["false same"], found["false different"]
        rows.append(
            ObserverRow(
                by=by,
                answers=sum(not a.truth for a in own),
                cannot_tell=sum(a.said == "cannot-tell" for a in own),
                controls=same.controls + different.controls,
                false_same=(same.estimate, same.low, same.high),
                false_different=(different.estimate, different.low, different.high),
            )
        )
    return tuple(rows)


def agreement(answers: Iterable[Answer], histories: Histories) -> tuple[Agreement, ...]:
    """Return Cohen's kappa of every two people who judged the same pairs of events, whichever pictures each saw."""
    event = {row: v.event.id for v in histories.visits for row in v.event.observations}
    moved = [replace(a, a=event.get(a.a, a.a), b=event.get(a.b, a.b)) for a in answers]
    found = []
    for one, other in combinations(sorted({a.by for a in moved}), 2):
        value, pairs = kappa(moved, one, other)
        if pairs:
            found.append(Agreement(one, other, pairs, value))
    return tuple(found)
