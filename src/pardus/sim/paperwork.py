"""The paperwork of a partner: survey.toml, tables in its own words, polygons, and who it says is in its pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry import Polygon, mapping
from shapely.geometry.base import BaseGeometry

from pardus.model.capture import Floats
from pardus.sim.cameras import Camera
from pardus.sim.habits import (
    ENCODINGS,
    WORDS,
    ChineseMap,
    Words,
    latin,
    place_cells,
    place_columns,
    table_crs,
    write_table,
    written_day,
)
from pardus.sim.landscape import CRS, Landscape
from pardus.sim.observers import Observer
from pardus.sim.parameters import Parameters, season
from pardus.sim.season import Shot
from pardus.sim.stations import Station

Row = list[object]


def tags_of(shot: Shot, names: Mapping[tuple[str, int], str], year: int, author: str) -> tuple[str, ...]:
    """Return the keyword tags of a still: species, and individual and flank of the first animal."""
    if shot.video or not shot.passing.present:
        return ()
    first = shot.passing.present[0]
    tags = [f"Species/{latin(first.species)}", f"Author/{author}"]
    name = names.get((f"{year}{shot.passing.event}", first.animal), "")
    if name:
        tags += [f"Individual/{name}", f"Flank/{shot.flank}"]
    return tuple(tags)


def name_captures(
    observer: Observer, shots: Sequence[Shot], year: int, names: dict[tuple[str, int], str]
) -> None:
    """Let an observer name every adult of every event, in order of time; adds to `names`."""
    events = sorted({(s.passing.at, s.passing.event, p.animal) for s in shots for p in s.passing.present
                     if p.animal >= 0 and not p.cub})  # fmt: skip
    for _at, event, animal in events:
        names[(f"{year}{event}", animal)] = observer.name(animal)


def record_rows(
    words: Words,
    station: Station,
    camera: Camera,
    shots: Sequence[Shot],
    names: Mapping[tuple[str, int], str],
    year: int,
    prefix: str,
) -> list[Row]:
    """Return the rows of the records table: all animals in videos, and in stills those that a tag can't hold."""
    rows: list[Row] = []
    for shot in shots:
        present = shot.passing.present
        if not present or (not shot.video and (len(present) == 1 or shot.shot)):
            continue
        event = f"{year}{shot.passing.event}"
        group = event if len(present) > 1 else ""
        where: Row = [
            words.station.format(station.number), words.camera.format(camera.letter), prefix + shot.path,
            f"{shot.wall:{words.date_format}} {shot.wall:%H:%M:%S}",
        ]  # fmt: skip
        mother = names.get((event, present[0].animal), "")
        cubs = [p for p in present if p.cub]
        adults = [p for p in present if not p.cub]
        for presence in adults if shot.video else adults[1:]:
            name = names.get((event, presence.animal), "")
            flank = words.flank[shot.flank] if presence.animal >= 0 else ""
            rows.append([*where, words.species[presence.species], name, flank, "", "", 1, group])
        if cubs:
            flank = words.flank[shot.flank]
            rows.append(
                [*where, words.species[cubs[0].species], "", flank, words.juvenile, mother, len(cubs), group]
            )
    return rows


def station_rows(
    parameters: Parameters,
    stations: Sequence[Station],
    cameras: Sequence[Camera],
    partner: int,
    chinese_map: ChineseMap,
) -> tuple[list[str], list[Row]]:
    """Return header and rows of a partner's station table, one row per camera and season."""
    habits = parameters.partners[partner]
    words = WORDS[habits.language]
    c = words.columns
    header = [c["station"], c["camera"], *(c[n] for n in place_columns(habits)), c["setup"], c["retrieval"]]
    problem = ("problem_from", "problem_to", "problem_state", "problem_cause")
    header += [c[n].format(n=1) for n in problem] + [c["model"], c["serial"]]
    rows: list[Row] = []
    for camera in cameras:
        station = stations[camera.station]
        if station.partner != partner:
            continue
        zone = camera.wall_zone()
        setup, retrieval = (
            written_day(words, at.astimezone(zone)) for at in (camera.setup, camera.retrieval)
        )
        period: Row = ["", "", "", ""]
        if camera.off:
            first, last = (written_day(words, at.astimezone(zone)) for at in camera.off[0])
            period = [first, last, "failed", camera.failure.replace("_", " ")]
        elif camera.dark_from is not None:
            first = written_day(words, camera.dark_from.astimezone(zone))
            period = [first, retrieval, "partial", "dead flash"]
        rows.append(
            [words.station.format(station.number), words.camera.format(camera.letter),
             *place_cells(habits, station.x, station.y, chinese_map), setup, retrieval, *period,
             camera.make.model, camera.make.serial]
        )  # fmt: skip
    return header, rows


def write_paperwork(
    folder: Path,
    parameters: Parameters,
    landscape: Landscape,
    partner: int,
    stations: Sequence[Station],
    cameras: Sequence[Camera],
    records: Sequence[Row],
    observer: Observer,
    first_seen: Mapping[str, date],
    chinese_map: ChineseMap,
) -> None:
    """Write survey.toml, the tables and the polygons of one partner."""
    p, habits = parameters, parameters.partners[partner]
    words = WORDS[habits.language]
    c = words.columns
    header, rows = station_rows(p, stations, cameras, partner, chinese_map)
    files = {"stations": write_table(folder, words.table, habits, header, rows)}
    keys = {"stations": ("station", "camera", *place_columns(habits), "setup", "retrieval", "problem_from",
                         "problem_to", "problem_state", "problem_cause", "model", "serial")}  # fmt: skip
    if records:
        keys["records"] = ("station", "camera", "file", "time", "species", "individual", "flank", "life_stage",
                           "mother", "count", "group")  # fmt: skip
        files["records"] = write_table(
            folder, words.records, habits, [c[k] for k in keys["records"]], records
        )
    if observer.owner:
        keys["individuals"] = ("individual", "sex", "on")
        known: list[Row] = [
            [name, words.sex[observer.sexes[animal]], f"{first_seen[name]:{words.date_format}}"]
            for name, animal in observer.owner.items()
            if name in first_seen
        ]
        header = [c[k] for k in keys["individuals"]]
        files["individuals"] = write_table(folder, words.individuals, habits, header, known)
    _write_polygons(folder, landscape, [q.id for q in p.partners])
    (folder / "survey.toml").write_text(
        _survey_toml(p, partner, words, files, keys, len(landscape.sea) > 0), "utf-8"
    )


def _survey_toml(
    p: Parameters,
    partner: int,
    words: Words,
    files: Mapping[str, str],
    keys: Mapping[str, tuple[str, ...]],
    sea: bool,
) -> str:
    habits = p.partners[partner]
    spacing = p.landscape.cell
    lines = [
        f'organisation = "{habits.id}"',
        f'name = "{habits.name}"',
        f'species = "{latin(p.pictures.species)}"',
        'zone = "+10:00"',
        f'camera_zone = "{habits.zone}"',
        f'crs = "{CRS}"',
        f'layout = "*/{habits.layout}"',
        'part_days = "exact"',
        "",
        "[mask]",
        f"buffer = {max(4 * p.detection.sigma_male, 4 * p.detection.sigma_female):.1f}",
        f"spacing = {spacing:.1f}",
        'habitat = "habitat.geojson"',
        *(['unsuitable = ["sea.geojson"]'] if sea else []),
        "",
        "[regions]",
        *(f'{q.id} = "{q.id}.geojson"' for q in p.partners),
    ]
    for year in range(p.population.first_year, p.population.first_year + p.population.years):
        start = season(p, year)
        end = start + timedelta(days=p.survey.days - 1)
        lines += ["", "[[session]]", f'name = "{year}"', f"start = {start}", f"end = {end}"]
    for table, file in files.items():
        lines += ["", f"[tables.{table}]", f'file = "{file}"', f'date_format = "{words.date_format}"']
        if habits.table in ENCODINGS and ENCODINGS[habits.table] != "utf-8":
            lines.append(f'encoding = "{ENCODINGS[habits.table]}"')
        if table == "stations" and table_crs(habits):
            lines.append(f'crs = "{table_crs(habits)}"')
        if table != "stations":
            lines.append(f'author = "{words.author}"')
        columns = ", ".join(f'{key} = "{words.columns[key]}"' for key in keys[table])
        lines.append(f"columns = {{{columns}}}")
        for key, meaning in _values(words, keys[table]).items():
            inner = ", ".join(f'"{theirs}" = "{ours}"' for theirs, ours in meaning.items())
            lines.append(f"values.{key} = {{{inner}}}")
    tags = ("species", "individual", "flank", "author")
    lines += ["", "[tags]", *(f'{tag} = "{tag.capitalize()}"' for tag in tags), "", "[partners]"]
    lines += [f'{q.id} = "{q.name}"' for q in p.partners if q.id != habits.id]
    return "\n".join(lines) + "\n"


def _values(words: Words, keys: tuple[str, ...]) -> dict[str, dict[str, str]]:
    out: dict[str, dict[str, str]] = {}
    if "species" in keys:
        out["species"] = {theirs: latin(ours) for ours, theirs in words.species.items()}
    if "flank" in keys:
        out["flank"] = {theirs: ours for ours, theirs in words.flank.items()}
    if "life_stage" in keys:
        out["life_stage"] = {words.juvenile: "juvenile"}
    if "sex" in keys:
        out["sex"] = {theirs: {"F": "female", "M": "male"}[ours] for ours, theirs in words.sex.items()}
    return {key: meaning for key, meaning in out.items() if any(a != b for a, b in meaning.items())}


def _write_polygons(folder: Path, landscape: Landscape, partners: Sequence[str]) -> None:
    """Write the habitat, the sea and each partner's land as GeoJSON."""
    x0, y0 = landscape.mask.xy.min(axis=0) - 60_000
    x1, y1 = landscape.mask.xy.max(axis=0) + 60_000
    lines = [b[(b[:, 1] >= y0) & (b[:, 1] <= y1)] for b in landscape.borders]
    for i, name in enumerate(partners):
        west = [tuple(v) for v in lines[i - 1]] if i else [(x0, y0), (x0, y1)]
        east = [tuple(v) for v in lines[i]] if i < len(lines) else [(x1, y0), (x1, y1)]
        _geojson(folder / f"{name}.geojson", name, Polygon([*west, *reversed(east)]))
    if len(landscape.sea):
        _geojson(folder / "sea.geojson", "sea", Polygon(landscape.sea))
    half = landscape.mask.spacing / 2
    west, south = (landscape.mask.xy - half).T
    cells = shapely.box(west, south, west + 2 * half, south + 2 * half)
    _geojson(folder / "habitat.geojson", "habitat", shapely.union_all(cells))


def _geojson(path: Path, name: str, metres: BaseGeometry) -> None:
    to_degrees = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)

    def degrees(xy: Floats) -> Floats:
        out: Floats = np.round(np.stack(to_degrees.transform(xy[:, 0], xy[:, 1]), axis=1), 6)
        return out

    feature = {
        "type": "Feature",
        "properties": {"name": name},
        "geometry": mapping(shapely.transform(metres, degrees)),
    }
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    path.write_text(text + "\n", encoding="utf-8")
