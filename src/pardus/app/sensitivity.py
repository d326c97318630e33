"""How far the estimate hangs on what is least sure: animals known from one flank, and animals seen only once."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from pardus.app.content import Sensitivity
from pardus.history.build import Histories, build
from pardus.model.errors import ParameterError
from pardus.model.language import N_, remembered, said
from pardus.model.survey import Survey
from pardus.scr.fit import FittedModel
from pardus.scr.regions import region_numbers
from pardus.scr.repeated import fit_repeated

WAYS = {
    "as-reported": N_("as reported"),
    "left+both": N_("animals known from the left flank or both"),
    "right+both": N_("animals known from the right flank or both"),
    "all": N_("all animals, left-only and right-only ones as different"),
    "seen-twice": N_("animals seen at least twice only (SCR-2)"),
}


Refit = Callable[[Histories], FittedModel]


def sensitivity(
    survey: Survey, histories: Histories, fitted: FittedModel, refit: Refit, level: float = 0.95
) -> tuple[Sensitivity, ...]:
    """Return density under each way of counting, the reported one first; () if the fit has no numbers.

    Other flank rules are tried where some animal is known from one flank only. refit: fits the same model to other
    histories of the same sessions. SCR-2 leaves out every animal seen once, so ghosts made by a wrong "different"
    do not count.
    """
    if fitted.fit.status == "cannot-say":
        return ()
    rows = _rows("as-reported", fitted)
    if histories.flank.left_only or histories.flank.right_only:
        for rule in ("left+both", "right+both", "all"):
            if rule == histories.flank.rule:
                continue
            other = build(replace(survey, config=replace(survey.config, flank_rule=rule)))
            rows += _rows(rule, refit(other))
    return tuple(rows + _seen_twice(fitted, level))


def _rows(how: str, fitted: FittedModel) -> list[Sensitivity]:
    if fitted.fit.status == "cannot-say":
        return [
            Sensitivity(
                how, h.session, h.n_animals, math.nan, math.nan, math.nan, math.nan, fitted.fit.reason
            )
            for h in fitted.histories
        ]
    known = {h.session: h.n_animals for h in fitted.histories}
    return [
        Sensitivity(how, e.session, known.get(e.session, 0), e.estimate, e.se, e.lower, e.upper, e.note)
        for e in fitted.fit.estimates
        if e.quantity == "D" and not e.region and not e.animal_class
    ]


def _seen_twice(fitted: FittedModel, level: float) -> list[Sensitivity]:
    known = {h.session: int((h.totals().sum(axis=1) > 1).sum()) for h in fitted.histories}
    if not all(n > 1 for n in known.values()):
        return []
    try:
        found = fit_repeated(fitted.histories, fitted.masks, fitted.spec)
    except ParameterError:  # SCR-2 is not written for every model
        return []
    if not found.optimum.converged:
        return []
    rows = []
    for s, history in enumerate(found.design.histories):
        whole = {"": np.ones(len(found.design.masks[s]))}
        (n,) = region_numbers(found.design, found.optimum.theta, found.optimum.vcov, [s], [whole], level)
        per = 10_000 / n.area
        D, se, low, high = (per * float(v) for v in (n.expected, n.expected_se, *n.expected_interval))
        rows.append(Sensitivity("seen-twice", history.session, known[history.session], D, se, low, high))
    return rows


def sensitivity_records(rows: Sequence[Sensitivity]) -> list[dict[str, Any]]:
    """Return rows as records for the log; what can't be given is None."""
    return [
        {k: None if v != v else v for k, v in asdict(r).items()}
        | ({"said": said([r.reason])} if r.reason else {})
        for r in rows
    ]


def sensitivity_from(records: Sequence[Mapping[str, Any]]) -> tuple[Sensitivity, ...]:
    """Read back what `sensitivity_records` gave."""

    def number(value: float | None) -> float:
        return math.nan if value is None else value

    return tuple(
        Sensitivity(
            r["how"],
            r["session"],
            r["animals"],
            number(r["density"]),
            number(r["se"]),
            number(r["lower"]),
            number(r["upper"]),
            remembered(r["reason"], r.get("said", {})),
        )
        for r in records
    )
