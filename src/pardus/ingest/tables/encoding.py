"""In which encoding a text file was written: found out where only one reading makes sense, asked for otherwise."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from itertools import pairwise

from pardus.model.errors import Finding
from pardus.model.language import _

CANDIDATES = ("cp1251", "gb18030", "koi8-r", "cp866")
SURE, POOR = 0.9, 0.7
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_RUSSIAN = frozenset("абвгдеёжзийклмнопрстуфхцчшщъыьэюя")
_MARKS = frozenset("№«»–—°…’“”、。，：；（）《》·　℃")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text, the encoding it was read in, and what the reader should know about that."""

    text: str
    encoding: str
    findings: tuple[Finding, ...] = ()


def decode(data: bytes, declared: str = "", where: str = "") -> Decoded:
    """Return the text of a file's bytes.

    declared: the encoding that `survey.toml` names; "" = find out. A byte order mark or valid UTF-8 is
    taken at its word. Otherwise a legacy encoding is taken, with a preview as a warning, only if it alone
    makes sense of the letters; if none or several do, the finding is an error that shows each reading and
    `text` is "".
    """
    marked = _marked(data) or _unmarked_utf16(data)
    if marked:
        return _strict(data, marked, where)
    if declared:
        return _declared(data, declared, where)
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _legacy(data, where)


def _declared(data: bytes, declared: str, where: str) -> Decoded:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        message = _("{found!r} is no encoding.").format(found=declared)
        remedy = _("Write utf-8, utf-16, cp1251 or gbk.")
        return Decoded("", declared, (Finding("encoding-unknown", where, message, remedy),))
    if name not in ("utf-8", "ascii") and not data.isascii():
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            message = _("declared as {declared}, but the bytes are UTF-8: {preview}").format(
                declared=declared, preview=_preview(text)
            )
            remedy = _("Take the encoding out of survey.toml.")
            return Decoded("", declared, (Finding("encoding-contradicted", where, message, remedy),))
    return _strict(data, "gb18030" if name in ("gbk", "gb2312") else name, where)


def _strict(data: bytes, name: str, where: str) -> Decoded:
    try:
        return Decoded(data.decode(name), name)
    except UnicodeError as error:
        line = data[: getattr(error, "start", 0)].count(b"\n") + 1
        message = _("line {line} is not {encoding}.").format(line=line, encoding=name)
        remedy = _("Save the file again as UTF-8, or declare its encoding in survey.toml.")
        return Decoded("", name, (Finding("encoding-broken", where, message, remedy),))


def _marked(data: bytes) -> str:
    """Name the encoding of a byte order mark.

    The marks of UTF-16 are letters in cp1251 too; but a table in UTF-16 has ASCII in it and so a zero byte, and other
    text has none.
    """
    name = next((name for bom, name in _BOMS if data.startswith(bom)), "")
    return "" if name == "utf-16" and len(data) > 2 and b"\0" not in data else name


def _unmarked_utf16(data: bytes) -> str:
    """Name UTF-16 without a mark: ASCII text in it has a zero in every second byte."""
    head = data[:2000]
    if len(head) >= 4 and b"\0" in head:
        even, odd = head[0::2].count(0), head[1::2].count(0)
        if odd > len(head) // 8 and even == 0:
            return "utf-16-le"
        if even > len(head) // 8 and odd == 0:
            return "utf-16-be"
    return ""


def _legacy(data: bytes, where: str) -> Decoded:
    readings = {}
    for name in CANDIDATES:
        try:
            text = data.decode(name)
        except UnicodeDecodeError:
            continue
        readings[name] = (_sense(text, name), text)
    best = sorted(readings, key=lambda name: readings[name][0], reverse=True)
    if best and readings[best[0]][0] >= SURE and (len(best) == 1 or readings[best[1]][0] <= POOR):
        text = readings[best[0]][1]
        message = _("read as {encoding}: {preview}").format(encoding=best[0], preview=_preview(text))
        remedy = _("If this is not what you wrote, declare the encoding in survey.toml.")
        return Decoded(text, best[0], (Finding("encoding-detected", where, message, remedy, "warning"),))
    shown = "; ".join(f"{name}: {_preview(readings[name][1])}" for name in best) or "-"
    message = _("not UTF-8, and more than one encoding (or none) makes sense of it. {readings}").format(
        readings=shown
    )
    remedy = _('Declare the right one in survey.toml, for example encoding = "cp1251".')
    return Decoded("", "", (Finding("encoding-ambiguous", where, message, remedy),))


def _sense(text: str, name: str) -> float:
    """Return the share of the letters beyond ASCII that make sense, 0..1.

    Chinese: characters of GB 2312 level 1, the 3,755 in common use. Russian: letters of the Russian alphabet
    in words without a capital after a small letter, which is what one Cyrillic encoding read as another shows.
    """
    foreign = [c for c in text if not c.isascii()]
    if not foreign:
        return 0.0
    if name == "gb18030":
        return sum(_is_common_hanzi(c) or c in _MARKS for c in foreign) / len(foreign)
    good = sum(c.lower() in _RUSSIAN or c in _MARKS for c in foreign)
    turns = sum(
        a.islower() and b.isupper() and not a.isascii() and not b.isascii() for a, b in pairwise(text)
    )
    words = 1 + sum(
        not a.isalpha() and b.isalpha() and not b.isascii() for a, b in zip(" " + text, text, strict=False)
    )
    return max(0.0, good / len(foreign) - turns / words)


def _is_common_hanzi(character: str) -> bool:
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7


def _preview(text: str) -> str:
    """Return the first few words that are not plain ASCII, which are the ones that can come out wrong."""
    lines = [line for line in text.splitlines() if not line.isascii()]
    line = lines[0] if lines else text[:80]
    return "".join(c if c.isprintable() else " " for c in line)[:80]
