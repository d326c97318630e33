"""What a file's folders and name say about where it belongs: station, camera, card, and camtrapR's renamed files."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from pardus.model.errors import ParameterError
from pardus.model.language import _

LEVELS = ("station", "camera", "species", "individual", "date", "card", "*")
"""What a folder level can be; "*" is any one folder whose name says nothing. Levels below the last are free."""

_RENAMED = re.compile(
    r"(?P<station>.+?)__(?:(?P<camera>.+?)__)?(?P<date>\d{4}-\d{2}-\d{2})__(?P<time>\d{2}-\d{2}-\d{2})\(\d+\)\.\w+"
)
_CARD_FOLDER = re.compile(r"DCIM|\d{3}[A-Z0-9_]{5}|PRIVATE|MISC|AVCHD", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a file belongs by its path, each "" if the path does not say."""

    station: str = ""
    camera: str = ""
    species: str = ""
    individual: str = ""
    date: str = ""
    card: str = ""


def levels_of(layout: str) -> tuple[str, ...]:
    """Return the folder levels of a layout such as "station/camera" ("" = all by file name).

    Raises ParameterError for a level that is not one of LEVELS or is there twice.
    """
    levels = tuple(level.strip() for level in layout.split("/") if level.strip())
    named = [level for level in levels if level != "*"]
    unknown = [level for level in levels if level not in LEVELS]
    if unknown or len(set(named)) < len(named):
        raise ParameterError(
            _(
                "Layout {layout!r}: expected folder levels out of {levels}, each once, for example 'station/camera'."
            ).format(layout=layout, levels=", ".join(LEVELS))
        )
    return levels


def folders_of(path: str) -> list[str]:
    """Return the folders of a path that can be levels, from the top: the card's own (DCIM, 100RECNX ...) are none."""
    return [folder for folder in path.split("/")[:-1] if not _CARD_FOLDER.fullmatch(folder)]


def place_of(path: str, layout: str) -> Place:
    """Return where a file belongs, from its path relative to the ingested folder ('/' between folders).

    Folder levels are read from the top; the card's own folders (DCIM, 100RECNX ...) never count as a level.
    A name as camtrapR renames it (`Station__Camera__YYYY-MM-DD__HH-MM-SS(n).JPG`) fills in what the folders leave
    out. Raises ParameterError for a bad layout.
    """
    name = path.rpartition("/")[2]
    found = {
        level: folder.strip()
        for level, folder in zip(levels_of(layout), folders_of(path), strict=False)
        if level != "*"
    }
    renamed = _RENAMED.fullmatch(name)
    if renamed:
        found.setdefault("station", renamed["station"])
        if renamed["camera"]:
            found.setdefault("camera", renamed["camera"])
    return Place(**found)


def renamed_wall(name: str) -> datetime | None:
    """Return the date that camtrapR wrote into a file's name, or None."""
    match = _RENAMED.fullmatch(name)
    if not match:
        return None
    try:
        return datetime.strptime(f"{match['date']} {match['time']}", "%Y-%m-%d %H-%M-%S")
    except ValueError:
        return None
