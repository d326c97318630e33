"""The station table: each station's place on the ground, checked; what can't be is blocked, with a guess why."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from pardus.ingest.tables.border import FENCE_KM, in_china, km_to_fence, side
from pardus.ingest.tables.coordinates import (
    GCJ02,
    WGS84,
    Ground,
    Written,
    distance_m,
    guesses,
    is_degrees,
    lost,
    plausible,
    read_angle,
    read_crs,
    read_pair,
    to_metres,
    to_wgs84,
)
from pardus.ingest.tables.grid import Columns, Row, as_text
from pardus.ingest.tables.values import CellError, number_in, read_number
from pardus.model.deployment import Station
from pardus.model.ids import qualify
from pardus.model.language import _
from pardus.model.lookalike import clean, look_alikes, shown

SAME_PLACE_M = 1.0
MOVED_M = 50.0


@dataclass(frozen=True, slots=True)
class _Found:
    row: Row
    name: str
    written: Written
    place: tuple[float, float]


def read_stations(
    columns: Columns, organisation: str, survey_crs: str, ground: Ground
) -> tuple[Station, ...]:
    """Return the stations of a table, one per name however many rows (cameras, seasons) it has.

    Findings (in `columns.findings`): unreadable or impossible coordinates with the likely fix, stations in the
    sea, over the border, far from the others, at two places or at the place of another, names that look alike.
    """
    if not columns.require("station"):
        return ()
    if not (columns.has("x", "y") or columns.has("latitude", "longitude") or columns.has("coordinates")):
        columns.require("x", "y")
        return ()
    found = [f for row in columns.grid.rows if (f := _read(columns, row, survey_crs)) is not None]
    _check_names(columns, [f.name for f in found])
    kept = _check_ground(columns, found, ground)
    by_name: dict[str, list[_Found]] = defaultdict(list)
    for one in kept:
        by_name[one.name].append(one)
    _check_moved(columns, by_name)
    _check_twins(columns, by_name)
    return tuple(_station(columns, organisation, name, rows, ground.crs) for name, rows in by_name.items())


def station_name(columns: Columns, row: Row) -> str:
    """Return the station's name in a row, "" with a finding if there is none."""
    text = columns.text(row, "station")
    name = clean(text)
    if not name:
        columns.fault("cell-missing", row, "station", _("expected the station's name."))
    return name


def _read(columns: Columns, row: Row, survey_crs: str) -> _Found | None:
    name = station_name(columns, row)
    if not name:
        return None
    try:
        written = _written(columns, row, survey_crs)
    except CellError as error:
        columns.fault(error.code, row, _column_of(columns), f"{name}: {error.message}", error.remedy)
        return None
    if written is None:
        columns.fault(
            "coordinate-missing", row, _column_of(columns), _("{name} has no coordinates.").format(name=name)
        )
        return None
    return _Found(row, name, written, to_wgs84(written.east, written.north, written.crs))


def _column_of(columns: Columns) -> str:
    return next(c for c in ("coordinates", "x", "latitude") if columns.has(c))


def _written(columns: Columns, row: Row, survey_crs: str) -> Written | None:
    stated = columns.text(row, "crs") or columns.mapping.crs
    if columns.has("coordinates"):
        text = columns.text(row, "coordinates")
        if not text:
            return None
        latitude, longitude = read_pair(text)
        return Written(longitude, latitude, read_crs(stated, WGS84), text)
    in_degrees = not columns.has("x", "y")
    first, second = ("longitude", "latitude") if in_degrees else ("x", "y")
    east, north = columns.raw(row, first), columns.raw(row, second)
    if east is None or north is None:
        return None
    crs = read_crs(stated, WGS84 if in_degrees else survey_crs)
    text = f"{as_text(east)} {as_text(north)}"
    if is_degrees(crs):
        (e, axis_e), (n, axis_n) = read_angle(east), read_angle(north)
        if axis_e == "lat" or axis_n == "lon":
            raise CellError(
                "coordinates-exchanged",
                _("latitude stands in the column of longitude: {found}.").format(found=text),
                _("Exchange the two columns in survey.toml."),
            )
        return Written(e, n, crs, text)
    return Written(read_number(east), read_number(north), crs, text)


def _check_names(columns: Columns, names: list[str]) -> None:
    declared = columns.mapping.values.get("station", {})
    for group in look_alikes(names, declared):
        columns.fault_at(
            "look-alike-ids",
            _("these stations look the same but are written differently: {names}.").format(
                names=", ".join(shown(name) for name in group)
            ),
            _("Write them alike, or say under values.station that both exist."),
        )


def _check_ground(columns: Columns, found: list[_Found], ground: Ground) -> list[_Found]:
    """Return the stations that stand where one can; the others are named with the likely fix."""
    good = [f for f in found if not lost(f.written) and plausible(f.place, ground)]
    centre = _centre([f.place for f in good])
    kept = []
    for one in found:
        others = [f.place for f in good if f.name != one.name]
        if one not in good:
            near = [place for place in others if centre and distance_m(place, centre) <= ground.max_km * 1000]
            _block(columns, one, ground, near)
            continue
        nearest = min((distance_m(one.place, place) for place in others), default=0.0) / 1000
        if nearest > ground.max_km:
            _far(columns, one, ground, others, nearest)
        _check_side(columns, one, ground)
        kept.append(one)
    return kept


def _centre(places: list[tuple[float, float]]) -> tuple[float, float] | None:
    if not places:
        return None
    return median(p[0] for p in places), median(p[1] for p in places)


def _block(columns: Columns, one: _Found, ground: Ground, near: list[tuple[float, float]]) -> None:
    latitude, longitude = one.place
    remedies = guesses(one.written, ground, near)
    remedy = _offer(remedies) or _("Check the coordinates and the system they are in.")
    if one.written.east == 0 and one.written.north == 0:
        code, message = "coordinates-zero", _("{name} stands at 0, 0.").format(name=one.name)
        remedy = _("The coordinates are missing; write the true ones.")
    elif ground.sea is not None and ground.sea(latitude, longitude):
        code, message = "station-in-sea", _("{name} stands in the sea.").format(name=one.name)
    elif ground.study is not None and _on_map(one.place):
        code = "station-outside-area"
        message = _("{name} ({latitude:.5f}, {longitude:.5f}) is outside the study area.").format(
            name=one.name, latitude=latitude, longitude=longitude
        )
    else:
        code = "coordinates-impossible"
        message = _("{name}: {found} is no place of this survey in {crs}.").format(
            name=one.name, found=one.written.text, crs=one.written.crs
        )
    columns.fault(code, one.row, _column_of(columns), message, remedy)


def _offer(remedies: list[str]) -> str:
    return " ".join(remedies[:3])


def _on_map(place: tuple[float, float]) -> bool:
    return abs(place[0]) <= 90 and abs(place[1]) <= 180


def _far(columns: Columns, one: _Found, ground: Ground, others: list[tuple[float, float]], km: float) -> None:
    remedies = guesses(one.written, ground, others)
    message = _("{name} is {km:.0f} km from the nearest other station; expected at most {limit:.0f}.").format(
        name=one.name, km=km, limit=ground.max_km
    )
    if remedies:
        columns.fault("station-far", one.row, _column_of(columns), message, _offer(remedies))
    else:
        remedy = _("If it is right, raise max_km under [area] in survey.toml.")
        columns.fault("station-far", one.row, _column_of(columns), message, remedy, "warning")


def _check_side(columns: Columns, one: _Found, ground: Ground) -> None:
    latitude, longitude = one.place
    if one.written.crs == GCJ02:
        raw = (one.written.north, one.written.east)
        if not in_china(latitude, longitude):
            columns.fault(
                "gcj02-outside-china",
                one.row,
                _column_of(columns),
                _(
                    "{name} is declared as GCJ-02 but stands outside China, where maps are not shifted; taken as WGS84."
                ).format(name=one.name),
                _("Check the system. Near the fence, take the place again with a GPS."),
                "warning",
            )
        elif km_to_fence(*raw) < FENCE_KM:
            columns.fault(
                "gcj02-near-border",
                one.row,
                _column_of(columns),
                _(
                    "{name} is within {km:.0f} km of the fence: whether GCJ-02 shifted it can't be told from here."
                ).format(name=one.name, km=FENCE_KM),
                _("It was moved back by the shift; check it on a map."),
                "warning",
            )
    found = side(latitude, longitude)
    if ground.country and found and found != ground.country:
        columns.fault(
            "station-over-border",
            one.row,
            _column_of(columns),
            _("{name} stands {km:.1f} km beyond the border, in {found}; expected {country}.").format(
                name=one.name, km=km_to_fence(latitude, longitude), found=found, country=ground.country
            ),
            _("Check the coordinates and the system they are in."),
            "warning",
        )


def _check_moved(columns: Columns, by_name: dict[str, list[_Found]]) -> None:
    for name, rows in by_name.items():
        for other in rows[1:]:
            moved = distance_m(rows[0].place, other.place)
            if moved > SAME_PLACE_M:
                columns.fault(
                    "station-moved",
                    other.row,
                    _column_of(columns),
                    _("{name} is {metres:.0f} m from where row {row} has it.").format(
                        name=name, metres=moved, row=rows[0].row.number
                    ),
                    _("One station is one place: correct it, or give the second place a name of its own."),
                    "error" if moved > MOVED_M else "warning",
                )


def _check_twins(columns: Columns, by_name: dict[str, list[_Found]]) -> None:
    places: dict[tuple[int, int], str] = {}
    for name, rows in by_name.items():
        key = (round(rows[0].place[0] * 1e5), round(rows[0].place[1] * 1e5))
        other = places.setdefault(key, name)
        if other != name:
            columns.fault(
                "stations-at-one-place",
                rows[0].row,
                _column_of(columns),
                _("{name} stands where {other} stands.").format(name=name, other=other),
                _("If it is one place with two cameras, give both the same station name."),
                "warning",
            )


def _station(columns: Columns, organisation: str, name: str, rows: list[_Found], crs: str) -> Station:
    first = rows[0]
    latitude, longitude = first.place
    x, y = to_metres(latitude, longitude, crs)
    if first.written.crs == crs:
        x, y = first.written.east, first.written.north
    rest = [columns.rest(one.row) for one in rows]
    shared = {key: value for key, value in rest[0].items() if all(other.get(key) == value for other in rest)}
    return Station(
        id=qualify(organisation, name),
        name=columns.text(first.row, "name") or name,
        x=x,
        y=y,
        latitude=latitude,
        longitude=longitude,
        original=first.written.text,
        original_crs=first.written.crs,
        uncertainty_m=_uncertainty(columns, first.row),
        covariates=shared,
    )


def _uncertainty(columns: Columns, row: Row) -> float | None:
    expected = _("expected metres above 0, found {found}.")
    return number_in(columns, row, "uncertainty", lambda metres: metres > 0, expected)
