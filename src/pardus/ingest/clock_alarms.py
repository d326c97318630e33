"""Is a deployment's clock right? Alarms over all of its files together. Pure: they report, they change nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

import numpy as np

from pardus.ingest.dates import Dated
from pardus.ingest.faults import finding
from pardus.ingest.scene import GREY_LIMIT
from pardus.ingest.sun import sun_elevation
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.language import _, ngettext
from pardus.model.media import DATE_FAULTS, Media

BACKWARDS = timedelta(minutes=1)
"""A clock may step back this much (stills and video of one trigger) without being called reset."""
BURST_JUMP = timedelta(hours=24)
DAYLIGHT_DEG, NIGHT_DEG = 10.0, -8.0
"""Above the first no camera needs infrared, below the second no picture has colour without a flash."""
MIN_DECISIVE = 10
FLIP_SHARE = 0.5
_SHOWN = 5


def usable(dated: Media | Dated) -> bool:
    """Say whether a file has a time that can be believed."""
    return dated.timestamp is not None and not any(fault in DATE_FAULTS for fault in dated.faults)


def outside_deployment(media: Iterable[Media], deployment: Deployment) -> list[Finding]:
    """Return one finding if files with a time lie before setup or from retrieval on, with how many and which.

    Where the field record gives only a day, the whole of that day is inside.
    """
    early_limit, late_limit = limits(deployment)
    dated = sorted((m for m in media if usable(m)), key=lambda m: (m.timestamp, m.paths))
    early = [m for m in dated if m.timestamp is not None and m.timestamp < early_limit]
    late = [
        m for m in dated if late_limit is not None and m.timestamp is not None and m.timestamp >= late_limit
    ]
    if not early and not late:
        return []
    message = _(
        "Expected files from {start} to {end}; {early} before and {late} after, of {all} with a date. Files: {files}."
    ).format(
        start=early_limit.isoformat(" ", "minutes"),
        end=late_limit.isoformat(" ", "minutes") if late_limit else _("now"),
        early=len(early),
        late=len(late),
        all=len(dated),
        files=_listed([*early, *late]),
    )
    return [finding("outside-deployment", deployment.id, message)]


def limits(deployment: Deployment) -> tuple[datetime, datetime | None]:
    """Return the instants between which a deployment's files must lie (end exclusive, None = still running)."""
    start, end = deployment.start, deployment.end
    if deployment.start_is_day:
        start = start.replace(hour=0, minute=0, second=0, microsecond=0)
    if end is not None and deployment.end_is_day:
        end = end.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return start, end


_NUMBERED = re.compile(r"(?P<prefix>.*?)(?P<number>\d{3,8})\.\w+$")


@dataclass(frozen=True, slots=True)
class _Numbered:
    folder: str
    number: int
    wall: datetime
    media: Media


def clock_resets(media: Iterable[Media], deployment: str) -> list[Finding]:
    """Return one finding for each place where the clock goes back while the camera's file numbers go on.

    Files are compared within one folder of the card; a counter that wraps (9999 to 1) is followed. Files without
    a number that the camera gave, such as renamed ones, are not compared.
    """
    found = []
    for folder, files in sorted(_by_folder(media).items()):
        for before, after in pairwise(files):
            if after.wall < before.wall - BACKWARDS:
                found.append(
                    finding(
                        "clock-reset",
                        f"{deployment} {folder}".strip(),
                        _("{first} is dated {before}, the next file {second} {after}.").format(
                            first=_name(before.media),
                            before=before.wall.isoformat(" "),
                            second=_name(after.media),
                            after=after.wall.isoformat(" "),
                        ),
                    )
                )
    return found


def _by_folder(media: Iterable[Media]) -> dict[str, list[_Numbered]]:
    """Return numbered files by folder and prefix, in the order in which the camera wrote them."""
    folders: dict[str, list[_Numbered]] = {}
    for item in media:
        if item.wall is None or item.date_source in ("filename", "mtime") or not item.paths:
            continue
        folder, _slash, name = item.paths[0].rpartition("/")
        match = _NUMBERED.fullmatch(name)
        if match and "__" not in name:
            digits = match["number"]
            number = int(digits[-4:])  # Bushnell writes month, day and a number of four digits
            prefix = match["prefix"] if len(digits) <= 5 else ""
            folders.setdefault(f"{folder}/{prefix}".strip("/"), []).append(
                _Numbered(folder, number, item.wall, item)
            )
    return {
        key: _unwrapped(sorted(files, key=lambda f: (f.number, f.wall))) for key, files in folders.items()
    }


def _unwrapped(files: list[_Numbered]) -> list[_Numbered]:
    """Return files whose counter passed 9999 in the order of writing: the run up to 9999 comes first."""
    if len(files) < 2 or files[0].number > 100 or files[-1].number < 9900:
        return files
    gaps = [after.number - before.number for before, after in pairwise(files)]
    widest = max(range(len(gaps)), key=gaps.__getitem__)
    if gaps[widest] < 1000:
        return files
    return files[widest + 1 :] + files[: widest + 1]


def burst_jumps(media: Iterable[Media], deployment: str) -> list[Finding]:
    """Return one finding for each burst (one trigger event by the maker note) that lasts more than 24 hours.

    Events are numbered anew when a card is formatted, so a burst is a run of files with one event number whose
    sequence goes up.
    """
    found = []
    for burst in bursts(media):
        walls = [m.wall for m in burst if m.wall is not None]
        if walls and max(walls) - min(walls) > BURST_JUMP:
            found.append(
                finding(
                    "jump-in-burst",
                    deployment,
                    _("Event {event}: from {first} to {last} within one burst. Files: {files}.").format(
                        event=burst[0].metadata["event"],
                        first=min(walls),
                        last=max(walls),
                        files=_listed(burst),
                    ),
                )
            )
    return found


def bursts(media: Iterable[Media]) -> list[list[Media]]:
    """Return the files of each trigger event, in the order of path, by serial and event of the maker note."""
    out: list[list[Media]] = []
    previous: tuple[str, str] | None = None
    last = 0
    for item in sorted(media, key=lambda m: m.paths):
        event = item.metadata.get("event", "")
        if not event or "/" not in item.metadata.get("sequence", ""):
            previous = None
            continue
        key = (item.metadata.get("serial", ""), event)
        number = int(item.metadata["sequence"].partition("/")[0])
        if key == previous and number > last:
            out[-1].append(item)
        else:
            out.append([item])
        previous, last = key, number
    return out


def sequence_gaps(media: Iterable[Media], deployment: str) -> list[Finding]:
    """Return findings for pictures (of a burst) and events that the camera counted and that are not here.

    Events are only compared on cards without videos, whose events carry no number that we can read.
    """
    items = list(media)
    found = []
    short = []
    for burst in bursts(items):
        have = {int(m.metadata["sequence"].partition("/")[0]) for m in burst}
        of = int(burst[0].metadata["sequence"].partition("/")[2])
        if len(have) < of:
            short.append((burst, sorted(set(range(1, of + 1)) - have)))
    if short:
        missing = sum(len(numbers) for _burst, numbers in short)
        burst, numbers = short[0]
        found.append(
            finding(
                "sequence-gap",
                deployment,
                ngettext(
                    "{n} picture of a burst is missing; the first gap is picture {numbers} of event {event} ({file}).",
                    "{n} pictures of bursts are missing; the first gap is picture {numbers} of event {event} ({file}).",
                    missing,
                ).format(
                    n=missing,
                    numbers=", ".join(map(str, numbers)),
                    event=burst[0].metadata["event"],
                    file=_name(burst[0]),
                ),
            )
        )
    if not any(m.kind == "video" for m in items):
        found += _event_gaps(items, deployment)
    return found


def _event_gaps(items: Sequence[Media], deployment: str) -> list[Finding]:
    events = [
        (m.metadata.get("serial", ""), int(m.metadata["event"])) for m in items if m.metadata.get("event")
    ]
    by_serial: dict[str, set[int]] = {}
    for serial, event in events:
        by_serial.setdefault(serial, set()).add(event)
    found = []
    for serial, numbers in sorted(by_serial.items()):
        missing = max(numbers) - min(numbers) + 1 - len(numbers)
        if len(numbers) >= 3 and missing:
            first = next(n for n in range(min(numbers), max(numbers)) if n not in numbers)
            found.append(
                finding(
                    "event-gap",
                    deployment,
                    ngettext(
                        "Camera {serial}: {n} trigger event from {low} to {high} is missing, the first is {first}.",
                        "Camera {serial}: {n} trigger events from {low} to {high} are missing, the first is {first}.",
                        missing,
                    ).format(serial=serial, n=missing, low=min(numbers), high=max(numbers), first=first),
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class NightShare:
    """How the pictures' light and the sun agree. decisive: pictures that can tell; against: those that contradict.

    best_shift_h: 12 if that, added to the dates, leaves at most a quarter of the contradictions, else the whole hours
    that leave the fewest; left: how many then.
    """

    decisive: int
    against: int
    best_shift_h: int
    left: int


def night_share(media: Iterable[Media], latitude: float, longitude: float) -> NightShare | None:
    """Compare infrared and colour pictures with the sun's elevation at their time; None if too few can tell.

    A picture by infrared (the maker note says so, or it has no colour) under a high sun contradicts; so does a
    colour picture in deep night, if this camera takes infrared pictures at all.
    """
    pictures = [
        m for m in media if m.kind == "image" and usable(m) and m.timestamp and "colour" in m.metadata
    ]
    infrared = np.array([by_infrared(m) for m in pictures], dtype=bool)
    if not infrared.any():
        return None
    seconds = np.array([m.timestamp.timestamp() for m in pictures if m.timestamp], dtype=np.float64)

    def against(shift_h: int) -> tuple[int, int]:
        elevation = sun_elevation(latitude, longitude, seconds + shift_h * 3600.0)
        high, low = elevation > DAYLIGHT_DEG, elevation < NIGHT_DEG
        return int((high | low).sum()), int(((infrared & high) | (~infrared & low)).sum())

    decisive, wrong = against(0)
    if decisive < MIN_DECISIVE:
        return None
    left = {shift: against(shift)[1] for shift in range(-11, 13)}
    # 12 hours (AM taken for PM) is the common slip, so it is named where it explains most; dusk blurs the exact hour
    best = 12 if left[12] <= wrong / 4 else min(left, key=lambda shift: (left[shift], abs(shift)))
    return NightShare(decisive, wrong, best, left[best])


def by_infrared(media: Media) -> bool:
    """Say whether a decoded picture was taken by infrared: the maker note says so, or it has no colour."""
    return media.metadata.get("infrared") == "on" or float(media.metadata["colour"]) < GREY_LIMIT


def day_night_flip(
    media: Iterable[Media], deployment: str, latitude: float, longitude: float
) -> list[Finding]:
    """Return a finding if more than half of the telling pictures contradict the sun."""
    share = night_share(media, latitude, longitude)
    if share is None or share.against <= FLIP_SHARE * share.decisive:
        return []
    message = _(
        "{against} of {decisive} pictures contradict the sun at this station (infrared by day, colour by night). "
        "Dates shifted by {shift:+d} hours would leave {left}."
    ).format(against=share.against, decisive=share.decisive, shift=share.best_shift_h, left=share.left)
    remedy = _(
        "Compare a few pictures with the dates shown. If they agree with that, run `pardus clock SURVEY --deployment "
        "{deployment} --offset {shift:+d}:00` and ingest again. If all cameras are off alike, it is the zone: correct "
        "camera_zone in survey.toml instead."
    ).format(deployment=deployment, shift=share.best_shift_h)
    return [finding("day-night-flip", deployment, message, remedy)]


def _name(media: Media) -> str:
    return media.paths[0].rpartition("/")[2] if media.paths else media.id


def _listed(media: Sequence[Media]) -> str:
    names = ", ".join(_name(m) for m in media[:_SHOWN])
    rest = len(media) - _SHOWN
    more = ngettext("{names} and {n} more", "{names} and {n} more", rest).format(names=names, n=rest)
    return more if rest > 0 else names
