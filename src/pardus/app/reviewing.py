"""Somebody goes through a queue of questions: a person at a screen, or a simulated reviewer who knows the truth."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pardus.app.reconcile import Reconciled, ReconcileOptions, answer, reconcile
from pardus.app.review import Review
from pardus.app.saying import Sayer

Reviewer = Callable[[str, str], str]
"""Two ids (individuals or observations) -> an outcome: "same", "different" or "cannot-tell"."""
ENOUGH = 0.2


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a reviewer did. asked: pairs shown, of so many possible ones. state: the catalogues afterwards."""

    asked: int
    pairs: int
    state: Reconciled


def review_catalogues(
    folder: Path,
    reviewer: Reviewer,
    sayer: Sayer,
    options: ReconcileOptions | None = None,
    *,
    most: float = 1.0,
) -> Reviewed:
    """Ask a reviewer the questions of `pardus reconcile` in their order until little is open.

    Little is open when fewer shared animals than ENOUGH are expected among the pairs nobody answered. most: stop when
    this share of all pairs was shown; what says how likely a pair is may only order them.
    """
    o = options or ReconcileOptions()
    asked = 0
    while True:
        state = reconcile(folder, o)
        pairs = sum(s.pairs for s in state.shared)
        left = int(most * pairs) - asked
        if not state.questions or left <= 0 or sum(s.open for s in state.shared) < ENOUGH:
            return Reviewed(asked, pairs, state)
        said: dict[str, list[tuple[str, str]]] = {}
        found: set[str] = set()
        for question in state.questions[:left]:
            pair = question.one, question.other
            if found & set(pair):
                continue
            outcome = reviewer(*pair)
            said.setdefault(outcome, []).append(pair)
            if outcome == "same":
                found |= set(pair)
        for outcome, chosen in sorted(said.items()):
            answer(folder, chosen, outcome, sayer=sayer)
            asked += len(chosen)


def review_survey(review: Review, reviewer: Reviewer, by: str, most: int | None = None) -> int:
    """Let a reviewer answer the queue of a survey until it has nothing more to ask; return how many answers he gave.

    by: `organisation:person`. most: stop after so many.
    """
    answers = 0
    while most is None or answers < most:
        question = review.next_question(by)
        if question is None:
            break
        review.answer(question.id, reviewer(question.a.id, question.b.id), by)
        answers += 1
    return answers
