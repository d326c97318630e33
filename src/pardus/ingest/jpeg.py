"""Is a JPEG whole? Every code word is decoded, and the markers inside the picture's data are checked.

Pillow's `verify()` passes truncated files, so the picture is decoded; at 1/8 size, because the entropy-coded
data (where files break) are read to the last bit at any size, and only the inverse transform is saved
(ADR 0030 has the measurement).
"""

from __future__ import annotations

import io
import re
import warnings
from dataclasses import dataclass, field, replace

from PIL import Image, ImageFile, IptcImagePlugin

MAX_PIXELS = 100_000_000
"""More than any camera trap writes; a header that claims more is not believed."""

_STRANGE_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_ZEROS = bytes(256)
_ALLOWED_AFTER_SCAN = frozenset({0xD9, 0xDA, 0xC4, 0xDB, 0xDC, 0xDD, 0xFE})
"""End, and what may stand between the scans of a progressive picture: SOS, DHT, DQT, DNL, DRI, COM."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture in small, what stands beside it, and what was wrong.

    width, height: as stored, before EXIF rotation. thumb: about 1/8 of the size (YCbCr, L or CMYK),
    or None if damaged.
    iptc: (record, dataset) -> values. odd_metadata: they could not be read whole.
    fault: "" or a code of `faults.DAMAGE`.
    """

    width: int = 0
    height: int = 0
    thumb: Image.Image | None = None
    exif: Image.Exif | None = None
    xmp: bytes = b""
    iptc: dict[tuple[int, int], tuple[bytes, ...]] = field(default_factory=dict)
    odd_metadata: bool = False
    fault: str = ""


def decode(data: bytes) -> Decoded:
    """Decode a JPEG. Never raises for bad content: `fault` is "", or a code of `faults.DAMAGE`."""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")  # Pillow warns of odd EXIF and of many pixels; we look at both
        try:
            image = Image.open(io.BytesIO(data), formats=("JPEG",))
        except Image.DecompressionBombError:
            return Decoded(fault="too-many-pixels")
        except Exception:  # a decoder may raise anything on hostile bytes
            cut = data.startswith(b"\xff\xd8") and not _has_end(data)
            return Decoded(fault="truncated" if cut else "undecodable")
        seen = Decoded(*image.size, exif=_exif(image), xmp=_xmp(image), iptc=_iptc(image))
        odd = any(issubclass(one.category, UserWarning) for one in heard)
        seen = replace(seen, odd_metadata=odd or seen.exif is None)
        if seen.width * seen.height > MAX_PIXELS:
            return replace(seen, fault="too-many-pixels")
        try:
            image.draft("YCbCr", (max(1, seen.width // 8), max(1, seen.height // 8)))
            image.load()
        except Exception:
            return replace(seen, fault=_fault(data) or "undecodable")
    fault = _fault(data)
    return replace(seen, thumb=None if fault else image, fault=fault)


def _fault(data: bytes) -> str:
    return "overwritten" if _broken_inside(data) else "" if _has_end(data) else "truncated"


def _xmp(image: Image.Image) -> bytes:
    xmp = image.info.get("xmp", b"")
    return xmp if isinstance(xmp, bytes) else b""


def _iptc(image: ImageFile.ImageFile) -> dict[tuple[int, int], tuple[bytes, ...]]:
    if "photoshop" not in image.info:
        return {}
    try:
        found = IptcImagePlugin.getiptcinfo(image) or {}
    except Exception:
        return {}
    return {key: tuple(value) if isinstance(value, list) else (value,) for key, value in found.items()}


def _exif(image: Image.Image) -> Image.Exif | None:
    try:
        return image.getexif()
    except Exception:
        return None


def _has_end(data: bytes) -> bool:
    start = _header(data)[0]
    return start >= 0 and data.find(b"\xff\xd9", start) >= 0


def _broken_inside(data: bytes) -> bool:
    """Say whether the picture's data hold what no encoder puts there: a strange marker, or a stretch of zeros."""
    start, zeros_are_flat = _header(data)
    at = start
    while at >= 0:
        match = _STRANGE_MARKER.search(data, at)
        if match is None:
            return False  # no end: cut short, whatever fills the rest
        if data[match.start() + 1] == 0xD9:
            return not zeros_are_flat and data.find(_ZEROS, start, match.start()) >= 0
        if data[match.start() + 1] not in _ALLOWED_AFTER_SCAN:
            return True
        at = match.start() + 2 + int.from_bytes(data[match.start() + 2 : match.start() + 4], "big")
    return False


def _header(data: bytes) -> tuple[int, bool]:
    """Walk the segments: return where the scan begins, and whether a run of zero bits is a flat area.

    Where: the offset just after the first start-of-scan header, -1 if there is none. A flat area: by the picture's own
    Huffman tables.
    With the usual tables a zero bit string means coefficients that no picture has, so zeros in the data are a lost
    cluster of the card. An encoder that makes tables to measure may give "end of block" the zero code.
    """
    at, flat = 2, False
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:
            return at + 2 + length, flat
        if marker == 0xC2:
            flat = True  # progressive: runs of blocks without news are usual
        if marker == 0xC4:
            flat = flat or _zeros_end_blocks(data[at + 4 : at + 2 + length])
        at += 2 + length
    return -1, flat


def _zeros_end_blocks(tables: bytes) -> bool:
    """Say whether, in one of the AC tables of a DHT segment, the first code (all zeros) is "end of block"."""
    at = 0
    while at + 17 < len(tables):
        count = sum(tables[at + 1 : at + 17])
        if tables[at] >> 4 == 1 and tables[at] & 15 == 0 and tables[at + 17] == 0:
            return True
        at += 17 + count
    return False
