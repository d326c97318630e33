"""The date ladder: which of a file's dates is believed, by a stated policy, with its raw text and its source.

EXIF DateTimeOriginal, EXIF DateTimeDigitized, the video's container (by the camera's policy), sidecar, file name,
modification time (only if allowed), none. A date burned into the picture (info bar) is not read: that needs OCR,
which is not part of pardus; such files end as "no date" until a sidecar or table states one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pardus.ingest.layout import renamed_wall
from pardus.ingest.riff import riff_wall
from pardus.model.clock import ClockRule, correct, parse_zone

CONTAINER_POLICIES = ("", "utc", "local", "ignore")
FACTORY_DAYS = frozenset({date(1904, 1, 1), date(1970, 1, 1), date(1980, 1, 1), date(2000, 1, 1)})
"""Days at which clocks start after a loss of power (1904: a QuickTime zero). Later ones, such as 2012-01-01, can't
be told from a real day by one file alone: they show as "outside-deployment"."""
FIRST_YEAR = 2005


@dataclass(frozen=True, slots=True)
class DatePolicy:
    """What a person decided about the clocks of one camera or deployment.

    clock: how its wall clock becomes an instant. container: what a video's creation time is: "utc", "local" (the
    camera's wall clock), "ignore", or "" = nobody has said, so it is not used and a finding asks.
    mtime_zone: "" = modification times are not used; else the zone in which they show the camera's wall time.
    """

    clock: ClockRule
    container: str = ""
    mtime_zone: str = ""

    def __post_init__(self) -> None:
        if self.container not in CONTAINER_POLICIES:
            raise ValueError(f"container must be one of {CONTAINER_POLICIES}, got {self.container!r}")


@dataclass(frozen=True, slots=True)
class RawDates:
    """Every date that one file offers, as text as it stands there; "" = absent."""

    exif_original: str = ""
    exif_digitized: str = ""
    container: str = ""
    container_local: str = ""
    riff: str = ""
    sidecar: str = ""
    name: str = ""
    mtime: float | None = None


@dataclass(frozen=True, slots=True)
class Dated:
    """The date that was believed: wall time, instant, source (see `model.media.DATE_SOURCES`), raw text, doubts.

    faults: codes of `faults.DATES`. wall and timestamp are None if there is no date at all; a date that can't be
    true (factory, before 2005, future) is kept to be looked at and its fault excludes it.
    """

    wall: datetime | None = None
    timestamp: datetime | None = None
    source: str = "none"
    raw: str = ""
    faults: tuple[str, ...] = ()


def believe(dates: RawDates, policy: DatePolicy, now: datetime) -> Dated:
    """Climb the ladder for one file.

    now: timezone-aware, the moment of the ingest; a date more than a day later is in the future. The first step that
    yields a date wins; a step with an unreadable text is passed over and noted. Clock corrections come later, when the
    survey is folded.
    """
    faults: list[str] = []
    if (dates.container or dates.container_local) and policy.container == "":
        faults.append("container-date-undecided")
    for source, raw, wall in _steps(dates, policy):
        if not raw:
            continue
        if wall is None:
            if not _is_blank(raw):
                faults.append("unreadable-date")
            continue
        timestamp = correct(wall, policy.clock, ())
        faults += _doubts(source, timestamp, policy, now)
        return Dated(wall, timestamp, source, raw, tuple(faults))
    return Dated(faults=(*faults, "no-date"))


def _steps(dates: RawDates, policy: DatePolicy) -> list[tuple[str, str, datetime | None]]:
    """Return (source, raw, wall) of every step, in order; wall None if the text is not a date."""
    steps = [
        ("exif-original", dates.exif_original, exif_wall(dates.exif_original)),
        ("exif-digitized", dates.exif_digitized, exif_wall(dates.exif_digitized)),
    ]
    if policy.container != "ignore":
        steps.append(("container", dates.riff, riff_wall(dates.riff)))
    if policy.container in ("utc", "local"):
        if dates.container_local:
            steps.append(
                ("container", dates.container_local, _own_offset_wall(dates.container_local, policy))
            )
        steps.append(("container", dates.container, _container_wall(dates.container, policy)))
    steps.append(("sidecar", dates.sidecar, _sidecar_wall(dates.sidecar, policy)))
    named = filename_wall(dates.name)
    steps.append(("filename", dates.name if named else "", named))
    if policy.mtime_zone and dates.mtime is not None:
        instant = datetime.fromtimestamp(int(dates.mtime), UTC)
        wall = instant.astimezone(parse_zone(policy.mtime_zone)).replace(tzinfo=None)
        steps.append(("mtime", instant.isoformat(), wall))
    return steps


_EXIF = re.compile(r"(\d{4})[:\-/](\d{2})[:\-/](\d{2})[ T](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?")


def exif_wall(text: str) -> datetime | None:
    """Return the wall time of an EXIF date text ("2021:04:11 20:43:10"), or None."""
    match = _EXIF.fullmatch(text.strip())
    if not match:
        return None
    try:
        return datetime(*(int(part) for part in match.groups()))  # type: ignore[arg-type]
    except ValueError:
        return None


def _is_blank(text: str) -> bool:
    """Say whether a date text only says that the writer had no date (EXIF blanks and zeros)."""
    return not re.sub(r"[0:\-/ .TZ]", "", text)


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None


def _container_wall(text: str, policy: DatePolicy) -> datetime | None:
    stamp = _iso(text)
    if stamp is None:
        return exif_wall(text)
    naive = stamp.replace(tzinfo=None, microsecond=0)
    if policy.container == "local":
        return naive
    return _wall_of(naive.replace(tzinfo=UTC), policy)


def _own_offset_wall(text: str, policy: DatePolicy) -> datetime | None:
    stamp = _iso(re.sub(r"([+-]\d{2})(\d{2})$", r"\1:\2", text.strip()))
    if stamp is None or stamp.tzinfo is None:
        return stamp
    return _wall_of(stamp.replace(microsecond=0), policy)


def _sidecar_wall(text: str, policy: DatePolicy) -> datetime | None:
    stamp = _iso(re.sub(r"^(\d{4}):(\d{2}):(\d{2})", r"\1-\2-\3", text.strip()))
    if stamp is None:
        return exif_wall(text)
    stamp = stamp.replace(microsecond=0)
    return stamp if stamp.tzinfo is None else _wall_of(stamp, policy)


def _wall_of(instant: datetime, policy: DatePolicy) -> datetime:
    """Return what the camera's clock would show at an instant, so that corrections and clock rule apply as ever."""
    return instant.astimezone(policy.clock.tz()).replace(tzinfo=None)


_STAMP = re.compile(r"(?:^|[^0-9])((?:19|20)\d{2})(\d{2})(\d{2})[_-](\d{2})(\d{2})(\d{2})(?![0-9])")


def filename_wall(name: str) -> datetime | None:
    """Return the date and time in a file's name: camtrapR's, or YYYYMMDD_HHMMSS; None for anything less certain.

    A date without a time of day, or 14 digits in a row (upload stamps look like that), is not taken.
    """
    renamed = renamed_wall(name)
    if renamed:
        return renamed
    stamps = _STAMP.findall(name)
    if len(stamps) != 1:
        return None
    try:
        return datetime(*(int(part) for part in stamps[0]))  # type: ignore[arg-type]
    except ValueError:
        return None


def _doubts(source: str, timestamp: datetime, policy: DatePolicy, now: datetime) -> list[str]:
    found = []
    if timestamp.astimezone(policy.clock.tz()).date() in FACTORY_DAYS:
        found.append("factory-date")
    elif timestamp.year < FIRST_YEAR:
        found.append("before-2005")
    if timestamp > now + timedelta(days=1):
        found.append("in-future")
    if source == "filename":
        found.append("date-from-filename")
    if source == "mtime":
        found.append("date-from-mtime")
    return found
