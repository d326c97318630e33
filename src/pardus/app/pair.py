"""Two animals side by side, for the eye: what lies between them in space and time, and what was said about them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta

from pardus.app.review import Picture, Question, Review, Said

FAST_KM_H = 10.0
"""No cat keeps this up from station to station; see `pardus.identify.prior`."""


@dataclass(frozen=True, slots=True)
class Between:
    """Between the nearest two visits of two animals, by time. km: as the crow flies. km_h: None within one hour."""

    km: float
    apart: timedelta
    km_h: float | None
    too_fast: bool


@dataclass(frozen=True, slots=True)
class Pair:
    """A question with all that its page shows. stations_a, stations_b: where each was seen, in order of time."""

    question: Question
    between: Between
    stations_a: tuple[str, ...]
    stations_b: tuple[str, ...]
    history: tuple[Said, ...]


def pair(review: Review, question: Question) -> Pair:
    """Return all that the page of a question shows."""
    return Pair(
        question,
        _between(review, question),
        _stations(question.of_a),
        _stations(question.of_b),
        tuple(review.pair_history(question.a.id, question.b.id)),
    )


def _between(review: Review, question: Question) -> Between:
    visits = [
        (abs(p.at - q.at), p.event, q.event)
        for p in _visits(question.of_a)
        for q in _visits(question.of_b)
        if p.event != q.event
    ]
    apart, a, b = min(visits, default=(timedelta(0), question.a.event, question.b.event))
    one, other = review.event(a), review.event(b)
    km = math.hypot(one.x - other.x, one.y - other.y) / 1000
    hours = apart.total_seconds() / 3600
    speed = km / hours if hours >= 1 else None
    return Between(km, apart, speed, km / (hours + 1) > FAST_KM_H)


def _visits(pictures: tuple[Picture, ...]) -> list[Picture]:
    """Return one picture of each event."""
    return list({p.event: p for p in pictures}.values())


def _stations(pictures: tuple[Picture, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(p.station for p in sorted(pictures, key=lambda p: p.at)))
