"""Ids as people type them: blanks trimmed, look-alikes told apart, never silently merged."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping

from pardus.model.language import _

# Cyrillic and Greek letters that look like a Latin one in most fonts.
_LOOKS = str.maketrans(
    "АВЕКМНОРСТУХІЈЅԚԜаеорсухіјѕһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧο",
    "ABEKMHOPCTYXIJSQWaeopcyxijshqwABEZHIKMNOPTYXo",
)
_INVISIBLE = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f\u202a\u202b\u202c\u202d\u202e")


def clean(text: str) -> str:
    """Return an id in NFC without outer blanks, invisible characters and doubled inner blanks."""
    visible = "".join(c for c in unicodedata.normalize("NFC", text) if c not in _INVISIBLE)
    return " ".join(visible.split())


def skeleton(text: str) -> str:
    """Return what an id looks like to a hasty reader: look-alike letters, case, width, blanks and hyphens set aside."""
    wide = unicodedata.normalize("NFKC", clean(text)).translate(_LOOKS)
    return "".join(c for c in wide.casefold() if not c.isspace() and c not in "-_.")


def scripts(text: str) -> set[str]:
    """Return the scripts of the letters of a text, out of LATIN, CYRILLIC, GREEK and others."""
    return {unicodedata.name(c, "?").split()[0] for c in text if c.isalpha()}


def shown(text: str) -> str:
    """Return an id with the script of each foreign-looking letter named, so that two look-alikes differ to the eye."""
    found = scripts(text)
    if len(found) < 2 and not (found & {"CYRILLIC", "GREEK"} and text.translate(_LOOKS) != text):
        return repr(text)
    letters = ", ".join(
        _("{letter} is {script}").format(letter=c, script=unicodedata.name(c, "?").split()[0].title())
        for c in dict.fromkeys(text)
        if c.isalpha() and unicodedata.name(c, "?").split()[0] in ("CYRILLIC", "GREEK")
    )
    return f"{text!r} ({letters})"


def look_alikes(ids: Iterable[str], declared: Mapping[str, str]) -> list[tuple[str, ...]]:
    """Return the groups of different ids that look the same; those that `values` maps on purpose are left out."""
    groups: dict[str, list[str]] = defaultdict(list)
    meant = set(declared) | set(declared.values())
    for found in dict.fromkeys(ids):
        groups[skeleton(found)].append(found)
    return [tuple(sorted(g)) for g in groups.values() if len(g) > 1 and not set(g) <= meant]
