"""File names as found on cards: shown without tricks, stored without danger, twins noticed.

Windows' reserved names and characters: Microsoft, "Naming Files, Paths, and Namespaces".
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterable

MAX_NAME = 120
"""Characters of a safe name; a whole path on Windows without long-path support has 259."""
MAX_PATH = 259

_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"com{i}" for i in range(1, 10)),
    *(f"lpt{i}" for i in range(1, 10)),
}
_FORBIDDEN = frozenset('<>:"\\|?*')


def _misleads(character: str) -> bool:
    """Control, format (bidi, zero width), lone surrogate, private or unassigned; separators other than the blank."""
    return not character.isprintable()


def shown(name: str) -> str:
    """Return a name or path in which every character that could mislead is written as an escape.

    Bytes that are not UTF-8 (names from an old Chinese or Russian system) show as \\xNN; trailing blanks as \\x20.
    """
    if name.isascii() and name.isprintable() and " /" not in name and not name.endswith(" "):
        return name  # nearly every name, and a card has many
    out = []
    for character in name:
        point = ord(character)
        if 0xDC80 <= point <= 0xDCFF:  # a byte that os.fsdecode could not read
            out.append(f"\\x{point - 0xDC00:02x}")
        elif _misleads(character):
            out.append(
                f"\\x{point:02x}"
                if point < 0x100
                else f"\\u{point:04x}"
                if point < 0x10000
                else f"\\U{point:08x}"
            )
        else:
            out.append(character)
    text = "".join(out)
    parts = [_trailing_shown(part) for part in text.split("/")]
    return "/".join(parts)


def _trailing_shown(part: str) -> str:
    bare = part.rstrip(" ")
    return bare + "\\x20" * (len(part) - len(bare))


def is_safe(name: str) -> bool:
    """Say whether one path component can be used as it is on Windows, macOS and Linux."""
    return name == safe(name)


def safe(name: str) -> str:
    """Return a name for one path component that every system can hold, the same one for the same input.

    NFC; misleading and forbidden characters become '_'; no trailing dot or blank; not a reserved name; at most
    MAX_NAME characters. A changed name gets 8 digits of the original's hash, so two names never become one.
    """
    text = unicodedata.normalize("NFC", name)
    text = "".join("_" if c in _FORBIDDEN or c == "/" or _misleads(c) else c for c in text)
    text = text.rstrip(". ").lstrip(" ")
    if text.partition(".")[0].rstrip(" ").casefold() in _RESERVED:
        text = f"_{text}"
    if text == name and len(text) <= MAX_NAME:
        return text
    if text == unicodedata.normalize("NFC", name) and len(text) <= MAX_NAME:
        return text  # only composed differently: the twin, if there is one, is noticed by `twins`
    digest = hashlib.sha256(name.encode("utf-16-le", "surrogatepass")).hexdigest()[:8]
    stem, dot, extension = text.rpartition(".")
    if not dot or len(extension) > 8:
        stem, extension = text, ""
    keep = MAX_NAME - len(extension) - 10
    return f"{stem[:keep].rstrip('. ')}~{digest}{dot if extension else ''}{extension}"


def twins(names: Iterable[str]) -> list[tuple[str, ...]]:
    """Return groups of names in one folder that differ only in case or in composition (NFC, NFD), sorted."""
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    return sorted(tuple(sorted(group)) for group in groups.values() if len(group) > 1)
