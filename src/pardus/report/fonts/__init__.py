"""The fonts that every report is set in, the same on every machine: Latin, Greek, Cyrillic and Chinese (GB 2312).

Made from Noto Sans and Noto Sans CJK SC by docs/make_fonts.py; SIL Open Font License, see OFL.txt.
"""

from __future__ import annotations

import base64
import io
from functools import cache, lru_cache
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
LATIN, CHINESE = "Pardus Sans", "Pardus Sans SC"
FACES = {
    (LATIN, "normal", 400): "PardusSans-Regular.ttf",
    (LATIN, "normal", 700): "PardusSans-Bold.ttf",
    (LATIN, "italic", 400): "PardusSans-Italic.ttf",
    (CHINESE, "normal", 400): "PardusSansSC-Regular.otf",
    (CHINESE, "normal", 700): "PardusSansSC-Bold.otf",
}
"""(family, style, weight) -> file."""


BLOCKS = (frozenset(range(0x20, 0x7F)), frozenset(range(0x410, 0x450)))
"""Alphabets that go into a page whole if any of their letters is on it, so that most pages have the same fonts."""


@cache
def known_to_matplotlib() -> None:
    """Tell matplotlib of the fonts, once: their names are our own, so nothing else is drawn differently."""
    from matplotlib import font_manager

    for file in FACES.values():
        font_manager.fontManager.addfont(FOLDER / file)


@cache
def characters(family: str) -> frozenset[int]:
    """Return the code points that a family can draw."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]

    with TTFont(FOLDER / FACES[family, "normal", 400], lazy=True) as font:
        return frozenset(font.getBestCmap())


def drawable(text: str) -> str:
    """Return text with each character that no font of ours can draw written as its code, so that none is lost."""
    known = characters(LATIN) | characters(CHINESE)
    return "".join(c if ord(c) in known or c in "\n\t" else f"[U+{ord(c):04X}]" for c in text)


def faces_for(text: str) -> str:
    """Return `@font-face` rules whose fonts hold the characters of a text and few others, as data within the page.

    A page then looks and prints alike on every machine and stays small. The same text gives the same bytes.
    """
    points = {ord(c) for c in text}
    for block in BLOCKS:
        if points & block:
            points |= block
    rules = []
    for (family, style, weight), file in FACES.items():
        wanted = points & characters(family)
        if family == CHINESE:
            wanted -= characters(LATIN)
            if not wanted:
                continue
        data = base64.b64encode(_cut(file, frozenset(wanted))).decode("ascii")
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-style: {style}; font-weight: {weight}; '
            f"src: url(data:font/woff;base64,{data}) format('woff'); }}"
        )
    return "\n".join(rules)


@lru_cache(maxsize=16)
def _cut(file: str, points: frozenset[int]) -> bytes:
    from fontTools import subset  # type: ignore[import-untyped]
    from fontTools.ttLib import TTFont

    options = subset.Options()
    options.layout_features = ["kern", "mark", "mkmk", "ccmp", "locl"]
    options.notdef_outline = True
    with TTFont(FOLDER / file, recalcTimestamp=False) as font:
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=points)
        cutter.subset(font)
        font.flavor = "woff"
        buffer = io.BytesIO()
        font.save(buffer)
    return buffer.getvalue()
