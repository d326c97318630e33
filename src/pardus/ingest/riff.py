"""The date inside an AVI: the RIFF chunk IDIT (digitization time) or ICRD (creation date), which ffmpeg hides.

Camera traps write IDIT as C's ctime ("Mon Mar 10 15:04:43 2003") or as "2003/03/10/ 15:04:43" and the like; it is
the camera's wall clock.
"""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

_LIMIT = 4 << 20
"""The header lists stand before the frames; a sane one is some kilobytes."""
_MAX_CHUNKS = 10_000
_FORMS = (
    "%a %b %d %H:%M:%S %Y",
    "%Y:%m:%d %H:%M:%S",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
)


def riff_date(path: Path) -> str:
    """Return the text of IDIT, else of ICRD, in an AVI's headers, or "" (also for other files).

    Reads the list of chunks, not the frames. Raises OSError if the file can't be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] != b"RIFF" or head[8:12] != b"AVI ":
            return ""
        found: dict[bytes, str] = {}
        at, end = 12, path.stat().st_size
        for _chunk in range(_MAX_CHUNKS):
            if at + 8 > end or b"IDIT" in found:
                break
            file.seek(at)
            name, size = file.read(4), int.from_bytes(file.read(4), "little")
            if not name.isalnum() and name.strip(b" \0") == b"":
                break  # filled with zeros: not chunks any more
            if name == b"LIST":
                kind = file.read(4)
                if kind in (b"hdrl", b"INFO", b"odml", b"ncdt"):
                    at += 12  # go inside
                    continue
            elif name in (b"IDIT", b"ICRD") and size < _LIMIT:
                text = file.read(min(size, 64)).partition(b"\x00")[0].decode("latin-1")
                found.setdefault(name, " ".join(text.split()))
            at += 8 + size + size % 2
        return found.get(b"IDIT") or found.get(b"ICRD", "")


def riff_wall(text: str) -> datetime | None:
    """Return the wall time that an IDIT text states, or None if it is in no form that we know for sure."""
    if not text:
        return None
    tidy = re.sub(r"(\d{4})/(\d{2})/(\d{2})/? ", r"\1/\2/\3 ", " ".join(text.split()))
    tidy = re.sub(r": (\d)", r":0\1", tidy)  # some firmware pads with blanks
    for form in _FORMS:
        try:
            return datetime.strptime(tidy.title() if form.startswith("%a") else tidy, form)
        except ValueError:
            continue
    return None
