"""What dated statements and relationships say about an animal at a session."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

import numpy as np

from pardus.model.capture import Column
from pardus.model.individual import Individual
from pardus.model.survey import Survey

NOT_COVARIATES = ("name", "alias", "status", "sex", "lifeStage", "flank")
SEX_LETTERS = {"female": "F", "male": "M"}


def sex_of(individual: Individual, on: date) -> str:
    """Return "female", "male" or "": the last statement that holds on a date, else the first one after it.

    Sex does not change, so what was learnt later holds before; a correction carries the date of the statement
    it corrects and so replaces it.
    """
    if not individual.statements:
        return ""
    stated = individual.at("sex", on)
    if stated:
        return stated
    later = sorted((s for s in individual.statements if s.about == "sex"), key=lambda s: s.on)
    return individual.at("sex", later[0].on) if later else ""


def mothers_of(survey: Survey) -> dict[str, str]:
    """Return cub -> mother from the relationships "motherOf"."""
    return {
        r.related: r.individual for i in survey.individuals for r in i.relationships if r.kind == "motherOf"
    }


def gone_on(individual: Individual, start: date, end: date) -> date | None:
    """Return the date within a session on which an animal was stated dead or removed, or None."""
    dates = [
        s.on
        for s in individual.statements
        if s.about == "status" and s.value in ("dead", "removed") and start <= s.on <= end
    ]
    return min(dates, default=None)


def covariates(
    survey: Survey, animals: tuple[str, ...], on: date, sexes: Mapping[str, set[str]]
) -> dict[str, Column]:
    """Return name -> (animal,) of what is stated by a date: `sex` ("F", "M" or ""), and every other statement.

    sexes: animal -> what its records say, used where no statement does and all records agree. Statements of
    numbers only become numbers with nan for missing; the rest text with "".
    """
    known = {i.id: i for i in survey.individuals}
    columns: dict[str, list[str]] = defaultdict(lambda: [""] * len(animals))
    abouts = sorted({s.about for i in survey.individuals for s in i.statements} - set(NOT_COVARIATES))
    sex = []
    for row, name in enumerate(animals):
        stated = sex_of(known[name], on) if name in known else ""
        said = sexes.get(name, set())
        sex.append(SEX_LETTERS.get(stated or (next(iter(said)) if len(said) == 1 else ""), ""))
        for about in abouts:
            value = known[name].at(about, on) if name in known else ""
            if value:
                columns[about][row] = value
    return {"sex": np.array(sex, dtype=np.str_), **{name: column(v) for name, v in columns.items()}}


def column(values: list[str]) -> Column:
    """Return texts as float64 (nan for "") if all that are there are numbers, else as text."""
    try:
        return np.array([float(v) if v else np.nan for v in values])
    except ValueError:
        return np.array(values, dtype=np.str_)
