"""How far an observer's word goes: error rates from blind controls, weight of an answer, agreement."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scipy.stats import beta

from pardus.model.answer import Answer

PRIOR_ERRORS, PRIOR_RIGHT = 0.5, 4.5
"""Before any control: as if 5 controls had been answered with half an error, a rate of 0.1."""

STEP = 1.2
LEAST_RATE = 1e-9
"""Only a simulated observer is better than this; controls never give 0."""


@dataclass(frozen=True, slots=True)
class Observer:
    """false_same: share of different pairs called the same. false_different: share of same pairs called different."""

    false_same: float = PRIOR_ERRORS / (PRIOR_ERRORS + PRIOR_RIGHT)
    false_different: float = PRIOR_ERRORS / (PRIOR_ERRORS + PRIOR_RIGHT)

    def weight(self, said: str) -> float:
        """Log odds that an answer adds to "same animal"; 0 for answers that are neither."""
        wrong_yes = min(max(self.false_same, LEAST_RATE), 0.5)
        wrong_no = min(max(self.false_different, LEAST_RATE), 0.5)
        if said == "same":
            return math.log((1 - wrong_no) / wrong_yes)
        if said == "different":
            return math.log(wrong_no / (1 - wrong_yes))
        return 0.0


@dataclass(frozen=True, slots=True)
class Rate:
    """errors of controls, the estimate used, and its 95 % interval (Beta posterior)."""

    errors: int
    controls: int
    estimate: float
    low: float
    high: float


def rate(errors: int, controls: int) -> Rate:
    """Error rate from controls."""
    a, b = PRIOR_ERRORS + errors, PRIOR_RIGHT + controls - errors
    return Rate(errors, controls, a / (a + b), float(beta.ppf(0.025, a, b)), float(beta.ppf(0.975, a, b)))


def rates(answers: Iterable[Answer], by: str) -> dict[str, Rate]:
    """Return "false same" and "false different" of one observer, from the blind controls among the answers."""
    controls = [a for a in answers if a.by == by and a.truth and a.said in ("same", "different")]
    count = Counter((a.truth, a.said) for a in controls)
    different = count["different", "same"] + count["different", "different"]
    same = count["same", "same"] + count["same", "different"]
    return {
        "false same": rate(count["different", "same"], different),
        "false different": rate(count["same", "different"], same),
    }


def observers(answers: Iterable[Answer]) -> dict[str, Observer]:
    """Every observer who answered, with the rates the controls give."""
    everything = list(answers)
    found = {}
    for by in sorted({a.by for a in everything}):
        measured = rates(everything, by)
        found[by] = Observer(measured["false same"].estimate, measured["false different"].estimate)
    return found


def steady(found: Mapping[str, Observer]) -> dict[str, Observer]:
    """Return observers whose rates are rounded to steps of a fifth, so that not every control moves every answer."""

    def rounded(rate: float) -> float:
        return float(0.1 * STEP ** round(math.log(max(rate, LEAST_RATE) / 0.1, STEP)))

    return {by: Observer(rounded(o.false_same), rounded(o.false_different)) for by, o in found.items()}


def kappa(answers: Iterable[Answer], first: str, second: str) -> tuple[float, int]:
    """Agreement of two observers beyond chance (Cohen 1960) and the number of pairs both judged.

    Pairs on which one of them contradicts himself are left out. NaN if there are none or all answers are alike.
    """
    said: dict[str, dict[tuple[str, str], set[str]]] = {first: {}, second: {}}
    for answer in answers:
        if answer.by in said and answer.said in ("same", "different"):
            said[answer.by].setdefault(answer.pair, set()).add(answer.said)
    common = [
        (next(iter(said[first][p])), next(iter(said[second][p])))
        for p in sorted(said[first].keys() & said[second].keys())
        if len(said[first][p]) == len(said[second][p]) == 1
    ]
    n = len(common)
    if not n:
        return math.nan, 0
    agreed = sum(x == y for x, y in common) / n
    yes = [sum(pair[i] == "same" for pair in common) / n for i in (0, 1)]
    expected = yes[0] * yes[1] + (1 - yes[0]) * (1 - yes[1])
    return (math.nan if expected == 1 else (agreed - expected) / (1 - expected)), n
