"""EXIF by group, with Pillow: dates, camera, and the maker note's bytes. Read, never written.

Dates are asked of the EXIF group only: a maker note may hold its own `DateTimeOriginal`, and a general reader may
read it with day and month exchanged.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field

from PIL import Image

_EXIF_IFD = 0x8769
_TEXT = {0x010F: "make", 0x0110: "model", 0x0131: "software", 0x010E: "description"}
_SUB_TEXT = {0xA431: "serial", 0xA430: "owner", 0xA435: "lens_serial"}


@dataclass(frozen=True, slots=True)
class Exif:
    """What the EXIF group says, as text as it stands there. orientation: 1..8, 1 = as stored."""

    original: str = ""
    digitized: str = ""
    orientation: int = 1
    text: dict[str, str] = field(default_factory=dict)
    maker_note: bytes = b""
    damaged: bool = False


def read_exif(exif: Image.Exif | None) -> Exif:
    """Return what we use of a picture's EXIF. Never raises for bad content: `damaged` says so."""
    if exif is None:
        return Exif(damaged=True)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")  # Pillow says by a warning what it had to leave out
        main, sub, damaged = _tables(exif)
    text: dict[str, str] = {}
    for table, names in ((main, _TEXT), (sub, _SUB_TEXT)):
        for tag, name in names.items():
            value = plain(table.get(tag))
            if value:
                text[name] = value
    orientation = main.get(0x0112)
    note = sub.get(0x927C)
    return Exif(
        original=plain(sub.get(0x9003)),
        digitized=plain(sub.get(0x9004)),
        orientation=orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1,
        text=text,
        maker_note=note if isinstance(note, bytes) else b"",
        damaged=damaged or any(issubclass(one.category, UserWarning) for one in heard),
    )


def _tables(exif: Image.Exif) -> tuple[dict[int, object], dict[int, object], bool]:
    """Return the main table (what we use of it), the EXIF group, and whether they could not be read whole."""
    try:
        main: dict[int, object] = {tag: exif.get(tag) for tag in (*_TEXT, 0x0112)}
        return main, dict(exif.get_ifd(_EXIF_IFD)), False
    except Exception:  # a parser may raise anything on hostile bytes
        return {}, {}, True


def plain(value: object) -> str:
    """Return an EXIF text without padding and control characters; "" for what is not text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if not isinstance(value, str):
        return ""
    text = " ".join(value.partition("\x00")[0].split())  # line breaks become blanks
    return "".join(c for c in text if c.isprintable()).strip()
