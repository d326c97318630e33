"""A scanner that knows the truth: it searches every byte of what would leave for places, times and names.

It looks in text of any encoding, in numbers written in any of the coordinate systems the survey can be in, in binary
doubles and floats, and inside what wraps text: EXIF, XMP, PNG text, PDF streams, nested zip files with their dates.
Numbers count as a place when they come near the true one: rounding, cutting and another datum are no disguise.
"""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
import zlib
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, tzinfo

import numpy as np
from PIL import ExifTags, Image

from pardus.model.errors import Finding
from pardus.model.language import _
from pardus.model.survey import Survey

NEAR_DEGREES = 0.01
"""A number within this of a true latitude or longitude, with two decimals or more, tells a place."""
NEAR_METRES = 1500.0
MOST_DEPTH = 4

_LONG = 6
# ASCII, Latin, Cyrillic, Chinese; a lone degree sign.
_RUN = re.compile(rb"(?:[\t\x20-\x7e]|[\xc2-\xd4][\x80-\xbf]|[\xe2-\xe9][\x80-\xbf][\x80-\xbf]|\xb0){4,}")
_WIDE = re.compile(rb"(?:\x00[\x20-\x7e]){3,}")
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")  # of a JPEG, but for restarts
_HEX = re.compile(r"(?<![0-9a-zA-Z])[0-9a-f]{20,64}(?![0-9a-zA-Z])")
_NUMBER = re.compile(r"(?<!\d)[-+]?(\d{1,3})[.,](\d{2,})(?![\d])")
_METRES = re.compile(r"(?<!\d)(\d{1,3}(?:[ ,'\u00a0]?\d{3}){1,2}|\d{6,8})(?:[.,]\d+)?(?!\d)")
_DMS = re.compile(
    r"(\d{1,3})\s*(?:°|º|deg|d|:|\s)\s*(\d{1,2}(?:[.,]\d+)?)\s*(?:'|′|’|m|:|\s)?\s*(?:(\d{1,2}(?:[.,]\d+)?)\s*(?:\"|″|”|''|s)?)?"
)
_UUID7 = re.compile(r"\b([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\b")
_DIGITS = re.compile(r"\d{10}(?:\d{3})?(?!\d)")


@dataclass(frozen=True, slots=True)
class Truth:
    """What must not leave. places: (place, 2) WGS84 degrees. metres: all eastings and northings in any system.

    days: true local dates of captures. instants: of captures. names: stations, cameras, serials, files (4 letters or
    more, casefolded).
    """

    places: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    metres: tuple[float, ...] = ()
    days: frozenset[date] = frozenset()
    instants: frozenset[int] = frozenset()
    names: frozenset[str] = frozenset()


def truth_of(
    survey: Survey, systems: Callable[[float, float], Iterable[tuple[float, float]]], zone: tzinfo
) -> Truth:
    """Return the truth of a survey.

    systems: (latitude, longitude) -> the same place as (a, b) in every other system it could be written in, degrees or
    metres. zone: of the programme; days are also taken in UTC and a day's neighbours are not.
    """
    degrees, metres = [], []
    for s in survey.stations:
        degrees.append((s.latitude, s.longitude))
        metres += [s.x, s.y]
        for a, b in systems(s.latitude, s.longitude):
            if abs(a) <= 180 and abs(b) <= 360:
                degrees.append((a, b))
            else:
                metres += [a, b]
    days, instants = set(), set()
    for o in survey.observations:
        for moment in (o.start, o.end):
            days |= {moment.astimezone(zone).date(), moment.astimezone(UTC).date()}
            instants.add(int(moment.timestamp()))
    names = set()
    for s in survey.stations:
        names |= {s.name, s.id.partition(":")[2]}
    for d in survey.deployments:
        names |= {d.camera_serial, d.id.partition(":")[2], d.camera.partition(":")[2]}
    for m in survey.media:
        for path in m.paths:
            names |= {path, path.rpartition("/")[2], path.rpartition("/")[2].rpartition(".")[0]}
    plain = {_plain(n) for n in names}
    return Truth(
        np.array(degrees, dtype=np.float64).reshape(-1, 2),
        tuple(sorted(set(metres))),
        frozenset(days),
        frozenset(instants),
        frozenset(n for n in plain if len(n) >= 3 and any(c.isalnum() for c in n)),
    )


@dataclass(frozen=True, slots=True)
class Scanner:
    """Searches bytes for a truth. Names shorter than six characters count as whole words only."""

    truth: Truth
    degrees: np.ndarray = field(init=False)
    metres: np.ndarray = field(init=False)
    beginnings: dict[str, tuple[str, ...]] = field(init=False)
    words: frozenset[str] = field(init=False)
    spelled: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        """Sort what is searched for, so that a thousand names cost no more than one."""
        long = sorted(n for n in self.truth.names if len(n) >= _LONG)
        heads: dict[str, list[str]] = {}
        for n in long:
            heads.setdefault(n[:_LONG], []).append(n)
        short = [n for n in self.truth.names if len(n) < _LONG]
        object.__setattr__(self, "degrees", np.unique(self.truth.places))
        object.__setattr__(self, "metres", np.array(self.truth.metres, dtype=np.float64))
        object.__setattr__(self, "beginnings", {k: tuple(v) for k, v in heads.items()})
        object.__setattr__(self, "words", frozenset(n for n in short if n.isalnum()))
        object.__setattr__(self, "spelled", tuple(sorted(n for n in short if not n.isalnum())))

    def tells(self, text: str) -> str:
        """Return what a short text gives away ("a place", "a time", "a name"), "" if nothing."""
        for what, _where in self._text(text):
            return what
        return ""

    def scan(self, name: str, data: bytes) -> list[Finding]:
        """Return what a file gives away, in its name and in every byte of it, without doubles."""
        found: dict[tuple[str, str], Finding] = {}
        for what, where in (*self._text(name), *self._bytes(data, 0)):
            found.setdefault((what, where), _finding(name, what, where))
        return list(found.values())[:20]

    def _bytes(self, data: bytes, depth: int) -> Iterator[tuple[str, str]]:
        around, pixels = _apart(data)
        yield from self._text(_readable(around))
        yield from self._text(_readable(pixels), short=False)
        yield from self._wide(data)
        yield from self._binary(data)
        if depth >= MOST_DEPTH:
            return
        for part in (*_picture_parts(data), *_deflated(data), *_zipped(data)):
            yield from self._bytes(part, depth + 1)

    def _wide(self, data: bytes) -> Iterator[tuple[str, str]]:
        """Search UTF-16 of either order: a run of zero bytes between letters, with the letter before it."""
        for match in _WIDE.finditer(data):
            before = data[max(match.start() - 1, 0) : match.start()]
            yield from self._text((before + match[0][1::2]).decode("latin-1"))

    def _text(self, text: str, *, short: bool = True) -> Iterator[tuple[str, str]]:
        """Search text. short: also for names that four or five random letters can be."""
        for match in _UUID7.finditer(text):
            if self._is_instant(int(match[1] + match[2], 16) / 1000):
                yield _("a time"), match[0]
        text = _HEX.sub(" ", text)  # hashes: digits in them mean nothing
        yield from self._places(text)
        yield from self._times(text)
        for n in self._names(_plain(text), short):
            yield _("a name"), n[:60]

    def _names(self, text: str, short: bool) -> Iterator[str]:
        if short and self.words:
            yield from sorted(self.words & set(re.findall(r"\w+", text)))
        for n in self.spelled if short else ():
            if _whole(n, text):
                yield n
        if self.beginnings:
            for at in range(len(text) - _LONG + 1):
                for n in self.beginnings.get(text[at : at + _LONG], ()):
                    if text.startswith(n, at):
                        yield n

    def _places(self, text: str) -> Iterator[tuple[str, str]]:
        if len(self.degrees):
            values = self.degrees
            for match in _NUMBER.finditer(text):
                value = float(f"{match[1]}.{match[2]}")
                if _near(values, value, NEAR_DEGREES):
                    yield _("a place"), match[0]
            for match in _DMS.finditer(text):
                value = float(match[1]) + _f(match[2]) / 60 + _f(match[3]) / 3600
                if (match[3] or not match[2].isdigit() or "°" in match[0]) and _near(
                    values, value, NEAR_DEGREES / 3
                ):
                    yield _("a place"), match[0].strip()
        if len(self.metres):
            for match in _METRES.finditer(text):
                value = float(re.sub(r"\D", "", match[1]))
                if value >= 100_000 and _near(self.metres, value, NEAR_METRES):
                    yield _("a place"), match[0]

    def _times(self, text: str) -> Iterator[tuple[str, str]]:
        for pattern, order in _DATES:
            for match in pattern.finditer(text):
                parts = dict(zip(order, (int(g) for g in match.groups()), strict=True))
                year = parts["y"] + (2000 if parts["y"] < 100 else 0)
                if _date(year, parts["m"], parts["d"]) in self.truth.days:
                    yield _("a time"), match[0]
        for match in _DIGITS.finditer(text):
            number = int(match[0])
            if self._is_instant(number / (1000 if len(match[0]) == 13 else 1)):
                yield _("a time"), match[0]

    def _is_instant(self, seconds: float) -> bool:
        return any(int(seconds) + k in self.truth.instants for k in range(-60, 61))

    def _binary(self, data: bytes) -> Iterator[tuple[str, str]]:
        """Find a true latitude and longitude side by side as doubles or floats, at any offset, either order."""
        if not len(self.truth.places):
            return
        low, high = self.truth.places.min(axis=0) - NEAR_DEGREES, self.truth.places.max(axis=0) + NEAR_DEGREES
        for kind in ("<f8", ">f8", "<f4", ">f4"):
            size = int(kind[-1])
            for offset in range(size):
                n = (len(data) - offset) // size
                if n < 2:
                    continue
                with np.errstate(all="ignore"):
                    v = np.frombuffer(data, dtype=kind, count=n, offset=offset).astype(np.float64)
                    a, b = v[:-1], v[1:]
                    first = (a >= low[0]) & (a <= high[0]) & (b >= low[1]) & (b <= high[1])
                    second = (b >= low[0]) & (b <= high[0]) & (a >= low[1]) & (a <= high[1])
                for i in np.flatnonzero(first | second)[:50]:
                    pair = np.array((a[i], b[i]) if first[i] else (b[i], a[i]))
                    if (np.abs(self.truth.places - pair).max(axis=1) <= NEAR_DEGREES / 10).any():
                        yield _("a place"), f"{kind} @{offset + int(i) * size}"


_DATES = (
    (re.compile(r"(?<!\d)(\d{4})[-:/._ ](\d{1,2})[-:/._ ](\d{1,2})(?!\d)"), "ymd"),
    (re.compile(r"(?<!\d)(\d{1,2})[-/._ ](\d{1,2})[-/._ ](\d{4})(?!\d)"), "dmy"),
    (re.compile(r"(?<!\d)(\d{1,2})[-/._ ](\d{1,2})[-/._ ](\d{4})(?!\d)"), "mdy"),
    (re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?=\D|\d{4}(?!\d)|\d{6}(?!\d)|$)"), "ymd"),
    (re.compile(r"(?<!\d)(\d{2})(\d{2})(\d{2})[-_T]\d{4}"), "ymd"),
    (re.compile(r"(\d{4})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日"), "ymd"),
)


def _finding(name: str, what: str, where: str) -> Finding:
    return Finding(
        "leak",
        ascii(name)[1:-1][:120],
        _("It tells {what}: {found}.").format(what=what, found=ascii(where)[1:-1][:80]),
        _("Nothing leaves. Take it out, or send at another tier."),
    )


def _near(values: np.ndarray, value: float, by: float) -> bool:
    at = bisect_left(values, value)
    return any(abs(values[k] - value) <= by for k in (at - 1, at) if 0 <= k < len(values))


def _f(text: str | None) -> float:
    return float(text.replace(",", ".")) if text else 0.0


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip()


def _whole(name: str, text: str) -> bool:
    at = text.find(name)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(name) : at + len(name) + 1]
        if not (before.isalnum() or after.isalnum()):
            return True
        at = text.find(name, at + 1)
    return False


def _readable(data: bytes) -> str:
    """Return the text in bytes: all of it if it is UTF-8, else every run that can be read as such, or as latin-1."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return "\n".join(run.decode("utf-8", "ignore") for run in _RUN.findall(data))


def _apart(data: bytes) -> tuple[bytes, bytes]:
    """Return what lies around the compressed pixels of a JPEG or PNG, and these; all of it is around if it is neither.

    In thousands of pictures the compressed pixels hold any four letters by chance, and no text on purpose.
    """
    try:
        spans = _jpeg_pixels(data) if data.startswith(b"\xff\xd8") else _png_pixels(data)
    except (IndexError, ValueError):
        return data, b""
    around, at = [], 0
    for start, end in spans:
        around.append(data[at:start])
        at = end
    return b"\n".join([*around, data[at:]]), b"\n".join(data[start:end] for start, end in spans)


def _jpeg_pixels(data: bytes) -> list[tuple[int, int]]:
    """Return (start, end) of the entropy-coded parts of a JPEG. Raises ValueError or IndexError if it is none."""
    spans, at = [], 2
    while data[at + 1] != 0xD9:
        if data[at] != 0xFF or data[at + 1] < 0xC0:
            raise ValueError("not a segment")
        start = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if data[at + 1] == 0xDA:
            end = _MARKER.search(data, start)
            if end is None:
                raise ValueError("no end")
            spans.append((start, end.start()))
            start = end.start()
        at = start
    return spans


def _png_pixels(data: bytes) -> list[tuple[int, int]]:
    """Return (start, end) of the IDAT data of a PNG. Raises ValueError if it is none."""
    if not data.startswith(b"\x89PNG\r\n\x1a\n"):
        raise ValueError("not a PNG")
    spans, at = [], 8
    while at + 8 <= len(data) and data[at + 4 : at + 8] != b"IEND":
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        if data[at + 4 : at + 8] == b"IDAT":
            spans.append((at + 8, min(end, len(data))))
        at = end + 4
    return spans


def _picture_parts(data: bytes) -> list[bytes]:
    """Return the texts that a picture carries: EXIF as text (places as decimals), its thumbnail, PNG and JPEG notes."""
    if not data.startswith((b"\xff\xd8", b"\x89PNG", b"II*\x00", b"MM\x00*", b"RIFF", b"GIF8")):
        return []
    parts: list[bytes] = []
    try:
        with Image.open(io.BytesIO(data)) as picture:
            for key, value in picture.info.items():
                parts.append(f"{key} {value}".encode() if not isinstance(value, bytes) else value)
            exif = picture.getexif()
            tables = [dict(exif)] + [dict(exif.get_ifd(k)) for k in ExifTags.IFD]
            for table in tables:
                for value in table.values():
                    parts.append(str(value).encode())
            gps = exif.get_ifd(ExifTags.IFD.GPSInfo)
            for tag in (2, 4):
                if tag in gps:
                    d, m, s = (float(v) for v in gps[tag])
                    parts.append(f"{d + m / 60 + s / 3600:.6f}".encode())
    except (OSError, ValueError, SyntaxError, TypeError, ZeroDivisionError):
        pass
    return parts


def _deflated(data: bytes) -> list[bytes]:
    """Return what zlib streams hold that begin anywhere in a PDF or a PNG's text."""
    if not (data.startswith((b"%PDF", b"\x89PNG"))):
        return []
    out = []
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        if data.startswith(b"\x89PNG") and b"IDAT" in data[max(match.start() - 8, 0) : match.start()]:
            continue  # pixels
        try:
            out.append(zlib.decompressobj().decompress(data[match.start() :], 4 << 20))
        except zlib.error:
            continue
    return out


def _zipped(data: bytes) -> list[bytes]:
    """Return names, dates and contents of a zip within."""
    if not data.startswith(b"PK\x03\x04"):
        return []
    out = []
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            out.append(archive.comment)
            for info in archive.infolist():
                y, m, d, *_rest = info.date_time
                out += [f"{info.filename} {y:04}-{m:02}-{d:02}".encode(), info.comment, info.extra]
                if info.compress_type != zipfile.ZIP_STORED and info.file_size <= 64 << 20:
                    out.append(archive.read(info))
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, zlib.error):
        pass
    return out
