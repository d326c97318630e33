"""Coordinates as people write them, to WGS84 and the survey's metres; what can't be right is blocked, with a guess why.

Transformations are PROJ's own choice between the two systems (through pyproj), offline.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import isfinite

from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from pardus.ingest.tables.border import in_china
from pardus.ingest.tables.gcj02 import from_gcj02
from pardus.ingest.tables.grid import Cell, as_text
from pardus.ingest.tables.values import CellError, read_number
from pardus.model.language import _

WGS84 = "EPSG:4326"
GCJ02 = "GCJ-02"
_GEOD = Geod(ellps="WGS84")
_NAMES = {"wgs84": WGS84, "gps": WGS84, "gcj02": GCJ02, "高德": GCJ02}
_PREFIX_M = 1_000_000.0
SMALL_M = 10_000.0

Inside = Callable[[float, float], bool]
"""(latitude, longitude) -> whether a place is inside something."""


@dataclass(frozen=True, slots=True)
class Written:
    """Coordinates as they stand in a row: east and north (or longitude and latitude), and their system.

    text: both as written, for the record.
    """

    east: float
    north: float
    crs: str
    text: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Where stations can be, for the checks and the guesses.

    crs: the survey's projected system. study, sea: None if the survey names no polygon.
    country: "RU", "CN" or "". max_km: how far from the others a station may be.
    """

    crs: str
    study: Inside | None = None
    sea: Inside | None = None
    country: str = ""
    max_km: float = 50.0


def read_crs(text: str, fallback: str) -> str:
    """Return "EPSG:n" or GCJ02 for a system as people name it; `fallback` for "".

    Raises CellError for "UTM" without its zone, BD-09 and names that are none.
    """
    wanted = re.sub(r"[\s_-]", "", text).lower()
    if not wanted:
        return fallback
    if wanted in _NAMES:
        return _NAMES[wanted]
    utm = re.fullmatch(r"(?:wgs84/?)?utm(?:zone)?(\d{1,2})([a-z]?)", wanted)
    if utm and 1 <= int(utm[1]) <= 60:
        # As a hemisphere; a band letter S would be north, and is written with an EPSG number.
        south = utm[2] == "s"
        if utm[2] in ("", "n", "s"):
            return f"EPSG:{32700 + int(utm[1]) if south else 32600 + int(utm[1])}"
    gauss = re.fullmatch(r"(?:sk42|ск42|pulkovo1942)(?:/?gk|/?gausskruger)?(?:zone|зона)?(\d{1,2})", wanted)
    if gauss and 2 <= int(gauss[1]) <= 32:
        return f"EPSG:{28400 + int(gauss[1])}"
    if "utm" in wanted:
        raise CellError(
            "crs-incomplete",
            _("{found!r} lacks its zone.").format(found=text),
            _("Write UTM 52N, or EPSG:32652."),
        )
    epsg = re.fullmatch(r"(?:epsg:?)?(\d{4,6})", wanted)
    if epsg:
        try:
            CRS.from_epsg(int(epsg[1]))
        except CRSError:
            pass
        else:
            return f"EPSG:{int(epsg[1])}"
    raise CellError(
        "crs-unknown",
        _("{found!r} is no coordinate system that we know.").format(found=text),
        _(
            "Write EPSG: and its number: 4326 WGS84, 32652 UTM 52N, 28422 SK-42, 4531 CGCS2000 zone 43; or GCJ-02."
        ),
    )


# --- degrees as text -------------------------------------------------------------------------------------

_HEMISPHERES = (
    (re.compile(r"с\.?\s*ш\.?|北\s*纬|N(?:orth)?\b|[СN](?![a-zа-я])", re.IGNORECASE), "lat", 1),
    (re.compile(r"ю\.?\s*ш\.?|南\s*纬|S(?:outh)?\b|[ЮS](?![a-zа-я])", re.IGNORECASE), "lat", -1),
    (re.compile(r"в\.?\s*д\.?|东\s*经|東\s*經|E(?:ast)?\b|[ВE](?![a-zа-я])", re.IGNORECASE), "lon", 1),
    (re.compile(r"з\.?\s*д\.?|西\s*经|W(?:est)?\b|[ЗW](?![a-zа-я])", re.IGNORECASE), "lon", -1),
)
_PART = r"(\d+(?:[.,]\d+)?)"
_SEXAGESIMAL = re.compile(
    rf"([+-]?)\s*{_PART}\s*[°º度\s]\s*(?:{_PART}\s*(?:['′’‘´`分\s]|$)\s*)?(?:{_PART}\s*(?:[\"″”“秒]|''|′′|’’|$)?\s*)?"
)


def read_angle(cell: Cell) -> tuple[float, str]:
    """Return (degrees, "lat", "lon" or "") of a coordinate in degrees as people write it.

    43.125, 43,125, 43°07'30.5"N, N 43 07.508, 43°07,5' с.ш. and 北纬43度7分30秒 are read.

    Raises CellError if it is none of these, or minutes or seconds reach 60.
    """
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return float(cell), ""
    text = as_text(cell)
    axis, sign, bare = "", 1, text
    for pattern, which, direction in _HEMISPHERES:
        if pattern.search(bare):
            axis, sign, bare = which, direction, pattern.sub(" ", bare, count=1).strip()
            break
    try:
        return sign * read_number(bare.rstrip("°º度 ")) if " " not in bare else _sexagesimal(
            bare, text, sign
        ), axis
    except CellError:
        return _sexagesimal(bare, text, sign), axis


def _sexagesimal(bare: str, text: str, sign: int) -> float:
    match = _SEXAGESIMAL.fullmatch(bare.replace("−", "-").strip() + " ")
    if not match:
        raise CellError(
            "coordinate-unreadable",
            _("expected a coordinate, found {found!r}.").format(found=text),
            _("Write 43.12514, or 43°07'30.5\"N."),
        )
    degrees, minutes, seconds = (float((part or "0").replace(",", ".")) for part in match.groups()[1:])
    whole = float(degrees).is_integer() and (float(minutes).is_integer() or not match[4])
    if minutes >= 60 or seconds >= 60 or (match[3] and not whole):
        raise CellError(
            "coordinate-unreadable",
            _(
                "minutes and seconds of {found!r} must be below 60, and only the last part may have decimals."
            ).format(found=text),
        )
    if match[1] == "-":
        sign = -sign
    return sign * (degrees + minutes / 60 + seconds / 3600)


def read_pair(text: str) -> tuple[float, float]:
    """Return (latitude, longitude) of one text that holds both, latitude first unless letters say otherwise.

    Raises CellError if it can't be told where one ends.
    """
    for halves in _halves(text):
        try:
            (first, axis_1), (second, axis_2) = read_angle(halves[0]), read_angle(halves[1])
        except CellError:
            continue
        if axis_1 == "lon" or axis_2 == "lat":
            first, second = second, first
        return first, second
    raise CellError(
        "coordinate-unreadable",
        _("expected a latitude and a longitude, found {found!r}.").format(found=text),
        _("Write 43.12514, 131.30278."),
    )


def _halves(text: str) -> Iterator[tuple[str, str]]:
    for separator in (";", " / ", ", ", "\n"):
        parts = [part for part in text.split(separator) if part.strip()]
        if len(parts) == 2:
            yield parts[0], parts[1]
    lettered = re.match(r"(.*?(?:[NSСЮ]|ш\.?))[\s,]+(\d.*)$", text)
    if lettered:
        yield lettered[1], lettered[2]
    lettered = re.match(r"((?:[NSСЮ]|北纬|南纬).*?)[\s,]*((?:[EWВЗ]|东经|西经).*)$", text)
    if lettered:
        yield lettered[1], lettered[2]
    if text.count(",") == 1:
        first, _comma, second = text.partition(",")
        if "." in first and "." in second:
            yield first, second
    parts = text.split()
    if len(parts) % 2 == 0:
        yield " ".join(parts[: len(parts) // 2]), " ".join(parts[len(parts) // 2 :])


# --- to the ground ---------------------------------------------------------------------------------------


@cache
def _transformer(source: str, target: str) -> Transformer:
    return Transformer.from_crs(source, target, always_xy=True)


@cache
def _bounds(crs: str) -> tuple[float, float, float, float]:
    """Return (west, south, east, north) of a system's area of use, degrees."""
    area = CRS.from_user_input(crs).area_of_use
    return area.bounds if area else (-180.0, -90.0, 180.0, 90.0)


def is_degrees(crs: str) -> bool:
    """Say whether a system's coordinates are degrees."""
    return crs == GCJ02 or CRS.from_user_input(crs).is_geographic


def to_wgs84(east: float, north: float, crs: str) -> tuple[float, float]:
    """Return the WGS84 (latitude, longitude) of a point in a system, east (or longitude) before north.

    GCJ-02 is undone only where its WGS84 place is in China; outside, maps are not shifted. Not finite if the
    point is none of the system.
    """
    if crs == GCJ02:
        found = from_gcj02(north, east)
        return found if in_china(*found) else (north, east)
    if CRS.from_user_input(crs).is_geographic and not (abs(north) <= 90 and abs(east) <= 180):
        return float("inf"), float("inf")
    longitude, latitude = _transformer(crs, WGS84).transform(east, north)
    return float(latitude), float(longitude)


def to_metres(latitude: float, longitude: float, crs: str) -> tuple[float, float]:
    """Return (x, y) in a projected system, metres."""
    x, y = _transformer(WGS84, crs).transform(longitude, latitude)
    return float(x), float(y)


def distance_m(a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance of two (latitude, longitude) on the ellipsoid, metres."""
    return float(_GEOD.inv(a[1], a[0], b[1], b[0])[2])


def lost(written: Written) -> bool:
    """Say whether numbers are too small to be metres of any zone: degrees, kilometres or nothing at all."""
    small = abs(written.east) < SMALL_M and abs(written.north) < SMALL_M
    return small and (not is_degrees(written.crs) or (written.east == 0 and written.north == 0))


def plausible(place: tuple[float, float], ground: Ground, others: Sequence[tuple[float, float]] = ()) -> bool:
    """Say whether a place can be a station: on the survey's map, in its study area, near the others."""
    latitude, longitude = place
    if not (isfinite(latitude) and isfinite(longitude)) or (latitude == 0 and longitude == 0):
        return False
    west, south, east, north = _bounds(ground.crs)
    if not (west - 3 <= longitude <= east + 3 and south - 3 <= latitude <= north + 3):
        return False
    if ground.study is not None and not ground.study(latitude, longitude):
        return False
    if ground.sea is not None and ground.sea(latitude, longitude):
        return False
    return not others or min(distance_m(place, other) for other in others) <= ground.max_km * 1000


def guesses(written: Written, ground: Ground, others: Sequence[tuple[float, float]] = ()) -> list[str]:
    """Return the corrections under which badly written coordinates land where a station can be, likeliest first."""
    found, by_zone = [], []
    for sentence, candidate in _hypotheses(written, ground):
        place = to_wgs84(candidate.east, candidate.north, candidate.crs)
        if not lost(candidate) and plausible(place, ground, others):
            text = sentence.format(latitude=place[0], longitude=place[1])
            found.append(text)
            as_written = candidate.east in (written.east, written.north) and candidate.crs != written.crs
            if as_written and _prefixed(candidate.crs, int(candidate.east // _PREFIX_M)):
                by_zone.append(text)
    # an easting that begins with a zone number says its system itself; a lost decimal mark would be a chance
    return list(dict.fromkeys(by_zone or found))


def _hypotheses(written: Written, ground: Ground) -> Iterator[tuple[str, Written]]:
    """Yield (sentence, the coordinates as they would then be); sentences take {latitude} and {longitude}."""
    e, n = written.east, written.north
    lands = _("that is {{latitude:.5f}}, {{longitude:.5f}}").replace("{{", "{").replace("}}", "}")

    def say(sentence: str) -> str:
        return sentence.replace("{", "{{").replace("}", "}}") + " (" + lands + ")"

    yield (
        say(_("Are the two exchanged? In SK-42 and CGCS2000 X is north and Y is east")),
        replace(written, east=n, north=e),
    )
    for se, sn in ((-1, 1), (1, -1), (-1, -1)):
        yield say(_("Is a sign wrong?")), replace(written, east=se * e, north=sn * n)
    for power in (10**k for k in range(1, 8)):
        yield say(_("Is the decimal mark lost?")), replace(written, east=e / power, north=n / power)
        yield say(_("Is the decimal mark lost?")), replace(written, east=e / power)
        yield say(_("Is the decimal mark lost?")), replace(written, north=n / power)
    for power in (1000.0,):
        yield (
            say(_("Kilometres, or a comma between thousands, instead of metres?")),
            replace(written, east=e * power, north=n * power),
        )
        yield say(_("A comma between thousands read as a decimal mark?")), replace(written, east=e * power)
        yield say(_("A comma between thousands read as a decimal mark?")), replace(written, north=n * power)
    for crs in _likely_systems(ground.crs):
        if crs != written.crs:
            yield (
                say(
                    _(
                        'Is the system {crs}? Then write crs = "{code}" under this table in survey.toml'
                    ).format(crs=_name(crs), code=crs)
                ),
                replace(written, crs=crs),
            )
            yield (
                say(_("Is the system {crs}, with X and Y exchanged?").format(crs=_name(crs))),
                Written(n, e, crs, written.text),
            )
        for prefix in (22, 23, 43, 44):
            if _prefixed(crs, prefix) and abs(e) < _PREFIX_M:
                yield (
                    say(
                        _("Is the zone number {zone} missing before the easting ({crs})?").format(
                            zone=prefix, crs=_name(crs)
                        )
                    ),
                    Written(e + prefix * _PREFIX_M, n, crs, written.text),
                )


def _likely_systems(survey: str) -> Iterable[str]:
    return dict.fromkeys(
        (
            survey,
            WGS84,
            "EPSG:32651",
            "EPSG:32652",
            "EPSG:32653",
            "EPSG:28422",
            "EPSG:28423",
            "EPSG:4531",
            "EPSG:4532",
        )
    )


def _prefixed(crs: str, prefix: int) -> bool:
    """Say whether a system's eastings begin with a zone number."""
    return {"EPSG:28422": 22, "EPSG:28423": 23, "EPSG:4531": 43, "EPSG:4532": 44}.get(crs) == prefix


def _name(crs: str) -> str:
    return crs if crs == GCJ02 else f"{crs}, {CRS.from_user_input(crs).name}"
