"""What camera traps write beside EXIF: sequence, trigger, temperature, moon, serial, battery, label.

Reconyx: the classic HyperFire note (HC500 ... PC900), HyperFire 2 and UltraFire. Layouts as documented by the
ExifTool and metadata-extractor projects, checked field by field against ExifTool 12.57 on real files. Bushnell and
Panthera: letters and numbers in `ImageDescription`. All values are text; what is absent is left out.
`maker_note_date` is kept to be looked at and is never a step of the date ladder.
"""

from __future__ import annotations

import re
import struct
from datetime import datetime

_MOONS = (
    "new",
    "waxing crescent",
    "first quarter",
    "waxing gibbous",
    "full",
    "waning gibbous",
    "last quarter",
    "waning crescent",
)
_TRIGGERS = {
    "M": "motion",
    "T": "time lapse",
    "C": "codeloc entry",
    "E": "external sensor",
    "S": "cell status",
}


def read_maker_note(note: bytes) -> dict[str, str]:
    """Return the fields of a Reconyx maker note; {} for another maker's or a broken one."""
    try:
        if note.startswith(b"RECONYXH2\x00"):
            return _clean(_hyperfire2(note))
        if note.startswith(b"RECONYXUF\x00"):
            return _clean(_ultrafire(note))
        if note[:2] == b"\x01\xf1":
            return _clean(_classic(note))
    except (struct.error, UnicodeDecodeError):
        return {}
    return {}


def _clean(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _classic(note: bytes) -> dict[str, str]:
    n, of, high, low = struct.unpack_from("<4H", note, 14)
    fahrenheit, celsius = struct.unpack_from("<2h", note, 38)
    (millivolt,) = struct.unpack_from("<H", note, 84)
    (infrared,) = struct.unpack_from("<H", note, 80)
    return {
        **_common(chr(note[12]), n, of, (high << 16) | low, note[36], celsius, fahrenheit),
        "serial": _wide(note[42:72]),
        "label": _narrow(note[86:108]),
        "battery_v": f"{millivolt / 1000:.3f}",
        "infrared": "on" if infrared else "off",
        "maker_note_date": _date(struct.unpack_from("<6H", note, 22)),
    }


def _hyperfire2(note: bytes) -> dict[str, str]:
    file_number, directory = struct.unpack_from("<2H", note, 16)
    n, of, high, low = struct.unpack_from("<4H", note, 54)
    fahrenheit, celsius = struct.unpack_from("<2h", note, 78)
    (flash,) = struct.unpack_from("<H", note, 90)
    (millivolt,) = struct.unpack_from("<H", note, 98)
    return {
        **_common(chr(note[52]), n, of, (high << 16) | low, note[76], celsius, fahrenheit),
        "serial": _wide(note[126:156]),
        "label": _narrow(note[104:126]),
        "battery_v": f"{millivolt / 1000:.3f}",
        "infrared": "on" if flash else "off",
        "file_number": str(file_number),
        "directory_number": str(directory),
        "maker_note_date": _date(struct.unpack_from("<6H", note, 62)),
    }


def _ultrafire(note: bytes) -> dict[str, str]:
    n, of, event = struct.unpack_from("<BBI", note, 53)
    fahrenheit, celsius = struct.unpack_from("<2h", note, 68)
    (millivolt,) = struct.unpack_from("<H", note, 73)
    second, minute, hour, day, month, year = struct.unpack_from("<5BH", note, 59)
    return {
        **_common(chr(note[52]), n, of, event, note[67], celsius, fahrenheit),
        "serial": _narrow(note[75:90]),
        "label": _narrow(note[90:111]),
        "battery_v": f"{millivolt / 1000:.3f}",
        "infrared": "on" if note[72] else "off",
        "maker_note_date": _date((second, minute, hour, month, day, year)),
    }


def _common(
    trigger: str, n: int, of: int, event: int, moon: int, celsius: int, fahrenheit: int
) -> dict[str, str]:
    return {
        "trigger": _TRIGGERS.get(trigger, ""),
        "sequence": f"{n}/{of}" if of else "",
        "event": str(event),
        "moon": _MOONS[moon] if moon < len(_MOONS) else "",
        "temperature_c": str(celsius) if -60 <= celsius <= 90 else "",
        "temperature_f": str(fahrenheit) if -76 <= fahrenheit <= 194 else "",
    }


def _date(parts: tuple[int, ...]) -> str:
    second, minute, hour, month, day, year = parts
    try:
        return datetime(year, month, day, hour, minute, second).isoformat(" ")
    except ValueError:
        return ""


def _wide(data: bytes) -> str:
    return _printable(data[: len(data) // 2 * 2].decode("utf-16-le", "ignore"))


def _narrow(data: bytes) -> str:
    return _printable(data.decode("latin-1"))


def _printable(text: str) -> str:
    return "".join(c for c in text.partition("\x00")[0] if c.isprintable()).strip()


_BUSHNELL = re.compile(r"M\d+E\d+[A-Z].*", re.ASCII)
_PANTHERA = re.compile(r"(?P<key>[A-Za-z]\w*) *= *(?P<value>[^\s;]+)")
_PANTHERA_KEPT = {"temperature": "temperature_c", "imagecount": "image_count"}


def read_description(description: str, make: str, model: str) -> dict[str, str]:
    """Return what an `ImageDescription` tells.

    Panthera V4 writes "key=value" lines; temperature and image count are taken, and the model is the camera's own
    number. Bushnell's letters (`M2E44L133-215R395B315`) have no public meaning and are kept whole. A person's own
    description is kept under "description".
    """
    if make.casefold().startswith("panthera"):
        pairs = {m["key"].casefold(): m["value"] for m in _PANTHERA.finditer(description)}
        found = {ours: pairs[theirs] for theirs, ours in _PANTHERA_KEPT.items() if theirs in pairs}
        return _clean({"serial": model, **found})
    if not description:
        return {}
    if make.casefold() in ("", "bushnell") and _BUSHNELL.fullmatch(description):
        return {"bushnell": description}
    return {"description": description}
