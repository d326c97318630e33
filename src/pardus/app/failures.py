"""When a camera did not work: said and taken back by a person at the desk, with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from pardus.app.declare import SOURCE
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.model.deployment import OPERATION_STATES, Deployment, ProblemPeriod
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.record import from_record, to_record
from pardus.store.protocol import Store

CAUSES = ("battery", "card full", "bear", "stolen", "flooded", "snow", "moved", "fault", "other")
"""What is offered; anything may be written."""


def say_failure(
    folder: Path, deployment: str, start: datetime, end: datetime, state: str, cause: str, sayer: Sayer
) -> str:
    """Say that a camera did not work for a time; return the entry's id.

    start inclusive, end exclusive, timezone-aware. Raises ParameterError if the camera was not out then, the time is
    none, there is no reason, or the state is none of OPERATION_STATES.
    """
    if state not in OPERATION_STATES or not cause.strip():
        text = _("Say what happened, and one of {names}.")
        raise ParameterError(text.format(names=", ".join(OPERATION_STATES)))
    with open_survey(folder, write=True) as store:
        known = _deployment(store, deployment)
        if not (known.start <= start < end and (known.end is None or end <= known.end)):
            text = _("From {start} to {end}: expected a time within {first} to {last}.")
            raise ParameterError(
                text.format(start=start, end=end, first=known.start, last=known.end or _("now"))
            )
        made = ProblemPeriod(start, end, state, cause.strip(), "desk")
        return _say(store, replace(known, problems=tuple(sorted({*known.problems, made}, key=_start))), sayer)


def take_back_failure(folder: Path, deployment: str, start: datetime, sayer: Sayer) -> str:
    """Say that a failure that begins at a moment was none; return the entry's id. Raises ParameterError."""
    with open_survey(folder, write=True) as store:
        known = _deployment(store, deployment)
        left = tuple(p for p in known.problems if p.start != start)
        if len(left) == len(known.problems):
            raise ParameterError(_("No failure of {id} begins then.").format(id=deployment))
        return _say(store, replace(known, problems=left), sayer)


def from_tables(folder: Path, deployments: tuple[str, ...]) -> frozenset[str]:
    """Return the deployments that the field's tables said last: the next ingest says what the tables say again."""
    with open_survey(folder) as store:
        told = store.told("deployments", deployments)
        entries = {id_: store.entry(id_) for id_ in set(told.values())}
        of_tables = {id_ for id_, e in entries.items() if e is not None and e.payload.get("source") == SOURCE}
        return frozenset(key for key, id_ in told.items() if id_ in of_tables)


def _start(period: ProblemPeriod) -> datetime:
    return period.start


def _deployment(store: Store, id_: str) -> Deployment:
    found = dict(store.rows("deployments", [id_]))
    if id_ not in found:
        raise ParameterError(_("There is no deployment {id} in this survey.").format(id=id_))
    return from_record(Deployment, found[id_])


def _say(store: Store, deployment: Deployment, sayer: Sayer) -> str:
    with store.transaction():
        return sayer.say(store, "deployments-declared", {"deployments": [to_record(deployment)]}).id
