"""Make the fonts of `pardus.report` from Noto Sans and Noto Sans CJK: fewer characters, our own family names.

Needs the fonts as Debian packs them (fonts-noto-core, fonts-noto-cjk) or the same files elsewhere:

    python3 docs/make_fonts.py [FOLDER OF NotoSans-*.ttf] [FOLDER OF NotoSansCJK-*.ttc]
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

TARGET = Path(__file__).resolve().parents[1] / "src" / "pardus" / "report" / "fonts"
LATIN, CJK = Path("/usr/share/fonts/truetype/noto"), Path("/usr/share/fonts/opentype/noto")

ALPHABETS = (
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x36F), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF),
    (0x2010, 0x2027), (0x2030, 0x205E), (0x2070, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x25A0, 0x25CF),
)  # fmt: skip
"""Latin, Greek and Cyrillic with marks, punctuation, signs of money, arrows, mathematics, simple shapes."""
BEYOND_GB2312 = (
    "镕喆堃昇玥垚淼煜珺赟晟翀炜旸祎鑫骉犇玮昕芃槿瑀璟菡雯燚铖堯晞曈彧頔劼勍喬玙嫣昀昳珉琚瑄翊罡骅騄韡"
)
"""Characters of people's names that the standard of 1980 lacks."""


def gb2312() -> set[int]:
    """Return the code points of GB 2312: 6,763 Chinese characters and the signs that go with them."""
    found = set()
    for high in range(0xA1, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                found.add(ord(bytes((high, low)).decode("gb2312")))
            except UnicodeDecodeError:
                continue
    return found


def make(
    source: TTFont, points: set[int], features: list[str], family: str, style: str, target: Path
) -> None:
    """Write the part of a font that holds these code points, under a family name of ours."""
    options = subset.Options()
    options.layout_features = features
    options.hinting = False
    options.notdef_outline = True
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG", "STAT"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=points)
    cutter.subset(source)
    post = f"{family.replace(' ', '')}-{style}"
    names = {1: family, 2: style, 3: f"{post};from Noto", 4: f"{family} {style}", 6: post}
    table = source["name"]
    table.names = [n for n in table.names if n.nameID in (0, 5, 13, 14) and n.langID in (0x409, 0)]
    for number, text in names.items():
        table.setName(text, number, 3, 1, 0x409)
    if "CFF " in source:
        cff = source["CFF "].cff
        cff.fontNames = [post]
        cff.topDictIndex[0].FamilyName, cff.topDictIndex[0].FullName = family, f"{family} {style}"
    source["head"].modified = source["head"].created
    source.recalcTimestamp = False
    source.save(target)
    print(f"{target.name}: {len(source.getBestCmap())} characters, {target.stat().st_size / 1e6:.2f} MB")


def main(latin: Path = LATIN, cjk: Path = CJK) -> None:
    """Write the five fonts."""
    alphabets = {point for first, last in ALPHABETS for point in range(first, last + 1)}
    for style in ("Regular", "Bold", "Italic"):
        font = TTFont(latin / f"NotoSans-{style}.ttf", recalcTimestamp=False)
        keep = ["kern", "mark", "mkmk", "ccmp", "locl", "lnum", "tnum"]
        make(font, alphabets, keep, "Pardus Sans", style, TARGET / f"PardusSans-{style}.ttf")
    chinese = (gb2312() | {ord(c) for c in BEYOND_GB2312}) - set(range(0x370, 0x530)) | set(range(0x20, 0x7F))
    for style in ("Regular", "Bold"):
        font = TTFont(cjk / f"NotoSansCJK-{style}.ttc", fontNumber=2, recalcTimestamp=False)  # 2: the SC face
        make(font, chinese, [], "Pardus Sans SC", style, TARGET / f"PardusSansSC-{style}.otf")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
