"""Put a camera's clock right: by an offset, by the drift between two anchors, or by naming the zone it was in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.ingest.clock_alarms import limits, usable
from pardus.model.clock import ClockCorrection
from pardus.model.config import zone_is_known
from pardus.model.deployment import Deployment
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.record import from_record, to_record
from pardus.store.protocol import Store

MAX_DRIFT_PER_DAY_S = 600.0
"""A clock that runs wrong by more than this is not drifting; the anchors are wrong."""


@dataclass(frozen=True, slots=True)
class Times:
    """The dates of a deployment's media. usable: with a date that can be believed; outside: of those, outside it."""

    media: int
    usable: int
    outside: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Corrected:
    """What a correction does. entry: its id, "" if it was only tried. moved: number of media whose time changes."""

    entry: str
    correction: ClockCorrection
    moved: int
    before: Times
    after: Times


class _OnlyTriedError(Exception):
    """Takes the transaction of a preview back."""


def correct_clock(
    folder: Path, correction: ClockCorrection, *, sayer: Sayer, try_only: bool = False
) -> Corrected:
    """State a clock correction, and say what it does to the media of its deployment.

    try_only: only say it; nothing is written. Raises ParameterError if the correction can't be right: no such
    deployment, no anchors or anchors the wrong way round, an unknown zone, an offset of nothing.
    """
    with open_survey(folder, write=True) as store:
        deployment = _check(store, correction)
        before = {m.id: m for m in store.media(deployment=correction.deployment)}
        entry, after = "", before
        try:
            with store.transaction():
                entry = sayer.say(store, "clock-corrected", to_record(correction)).id
                after = {m.id: m for m in store.media(deployment=correction.deployment)}
                if try_only:
                    raise _OnlyTriedError
        except _OnlyTriedError:
            entry = ""
    moved = sum(1 for id_, media in before.items() if after[id_].timestamp != media.timestamp)
    return Corrected(
        entry, correction, moved, _times(before.values(), deployment), _times(after.values(), deployment)
    )


def _times(media: object, deployment: Deployment) -> Times:
    items: list[Media] = list(media)  # type: ignore[call-overload]
    good = sorted(m.timestamp for m in items if usable(m) and m.timestamp is not None)
    start, end = limits(deployment)
    outside = sum(1 for at in good if at < start or (end is not None and at >= end))
    return Times(len(items), len(good), outside, good[0] if good else None, good[-1] if good else None)


def _check(store: Store, c: ClockCorrection) -> Deployment:
    record = dict(store.present("deployments")).get(c.deployment)
    if record is None:
        raise ParameterError(_("There is no deployment {id} in this survey.").format(id=c.deployment))
    if c.from_wall and c.to_wall and c.from_wall >= c.to_wall:
        raise ParameterError(_("The correction ends ({end}) before it begins.").format(end=c.to_wall))
    if c.kind == "offset" and not c.offset_s:
        raise ParameterError(_("An offset of 0 seconds corrects nothing."))
    if c.kind == "zone" and not zone_is_known(c.zone):
        text = _("{zone!r} is no time zone: expected +10:00, or a name as Asia/Vladivostok.")
        raise ParameterError(text.format(zone=c.zone))
    if c.kind == "drift":
        _check_drift(c)
    return from_record(Deployment, record)


def _check_drift(c: ClockCorrection) -> None:
    if c.wall_1 is None or c.true_1 is None or c.wall_2 is None or c.true_2 is None:
        raise ParameterError(_("A drift needs two anchors, each the camera's time and the true time."))
    if c.wall_1 >= c.wall_2 or c.true_1 >= c.true_2:
        raise ParameterError(_("The second anchor must be later than the first, by both clocks."))
    days = (c.true_2 - c.true_1).total_seconds() / 86_400
    change = abs(((c.true_2 - c.wall_2) - (c.true_1 - c.wall_1)).total_seconds())
    if change > MAX_DRIFT_PER_DAY_S * days:
        text = _(
            "Between the anchors the clock would have drifted by {seconds:.0f} s in {days:.1f} days. No clock drifts "
            "so fast: expected at most {most:.0f} s a day. Check the anchors; a clock that was reset needs two offsets."
        )
        raise ParameterError(text.format(seconds=change, days=days, most=MAX_DRIFT_PER_DAY_S))
