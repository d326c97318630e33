"""The example survey: the raw material of one small season, and beside it the truth."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from pyproj import Transformer

from pardus.model.clock import parse_zone
from pardus.sim.example_pictures import Entry, Roll, develop
from pardus.sim.stills import CameraMake
from pardus.sim.streams import stream

ZONE = parse_zone("+10:00")
FIRST, LAST = date(2025, 11, 24), date(2026, 2, 20)
WEST, SOUTH = 655_000.0, 4_770_000.0
COLUMNS, ROWS, SPACING = 8, 5, 3_000.0
COAST = WEST + 29_500.0
N_ANIMALS, LAMBDA0, SIGMA = 57, 0.016, {"F": 3_000.0, "M": 4_400.0}
SPECIES = "Panthera pardus"
OTHERS = ("Cervus nippon", "Sus scrofa", "Homo sapiens", "")
BODIES = {SPECIES: "cat", "Cervus nippon": "deer", "Sus scrofa": "boar", "Homo sapiens": "person", "": ""}

SURVEY_TOML = """\
# The example survey: forty stations on both sides of a border, one winter.
organisation = "example"
name = "Example winter 2025-26"
species = "Panthera pardus"
zone = "+10:00"
camera_zone = "+10:00"
crs = "EPSG:32652"
layout = "station/camera"
camera_rule = "any"

[mask]
buffer = 18000.0
spacing = 1000.0
unsuitable = ["sea.geojson"]

[regions]
Russia = "russia.geojson"
China = "china.geojson"

[[session]]
name = "winter 2025-26"
start = 2025-11-24
end = 2026-02-20

[tables.stations]
file = "stations.csv"
columns = {station = "Station", camera = "Camera", x = "utm_x", y = "utm_y", setup = "Setup_date", \
retrieval = "Retrieval_date", problem_from = "Problem{n}_from", problem_to = "Problem{n}_to", \
problem_cause = "Problem{n}_cause", model = "Model", serial = "Serial"}

[tables.individuals]
file = "individuals.csv"
author = "Example biologist"
columns = {individual = "Animal", sex = "Sex", on = "Known_since", mother = "Mother"}

[tables.records]
file = "records.csv"
author = "Example biologist"
columns = {station = "Station", camera = "Camera", file = "File", time = "Time", species = "Species", \
individual = "Animal", flank = "Flank", life_stage = "Age", mother = "Mother", count = "Number", group = "Group"}

[tags]
species = "Species"
individual = "Individual"
flank = "Flank"
author = "Author"
"""


@dataclass(frozen=True, slots=True)
class Camera:
    """One camera at one station, its working days and what its clock shows."""

    station: str
    letter: str
    make: CameraMake
    video: bool
    setup: date
    retrieval: date
    dead_from: date | None = None
    cause: str = ""
    clock_offset: timedelta = timedelta(0)

    def works(self, day: date) -> bool:
        """Say whether it records on a day (setup and retrieval days count)."""
        return self.setup <= day <= self.retrieval and (self.dead_from is None or day < self.dead_from)


@dataclass(frozen=True, slots=True)
class Visit:
    """One animal (or nobody) at one station at one moment. flank: what camera A sees; B sees the other."""

    station: str
    at: datetime
    species: str
    animal: str
    flank: str
    cubs: int = 0


@dataclass(slots=True)
class _Written:
    """What has been written so far: the truth's file rows and the table rows, in order."""

    files: list[dict[str, Any]] = field(default_factory=list)
    faults: list[dict[str, Any]] = field(default_factory=list)
    records: list[list[object]] = field(default_factory=list)


class Mapper(Protocol):
    """Something that applies a function to many things, in this process or in others."""

    def map(self, function: Callable[[Roll], list[bytes]], items: Iterable[Roll]) -> Iterator[list[bytes]]:
        """Yield the results in the order of the items."""


class _Here:
    def map(self, function: Callable[[Roll], list[bytes]], items: Iterable[Roll]) -> Iterator[list[bytes]]:
        return map(function, items)


def write_example(
    folder: Path, truth: Path, seed: int = 2026, executor: Mapper | None = None
) -> dict[str, Any]:
    """Write survey.toml, tables, polygons and `cards/STATION/CAMERA/` into a folder; return the truth.

    truth: JSON file, outside the folder. The same seed gives the same bytes (with the same library versions).
    executor: spreads the drawing over processes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stations = _stations(seed)
    cameras = _cameras(seed, tuple(stations))
    animals = _animals(seed)
    visits = sorted(_all_visits(seed, animals, stations), key=lambda v: (v.station, v.at))
    written = _Written()
    at_home = [c for c in cameras if c.cause != "stolen"]
    plans = [_plan(seed, camera, [v for v in visits if v.station == camera.station]) for camera in at_home]
    drawn = (executor or _Here()).map(develop, [roll for roll, _notes in plans])
    for camera, (_roll, notes), contents in zip(at_home, plans, drawn, strict=True):
        _write_card(folder, camera, notes, contents, written)
    written.faults += [
        {"fault": "stolen", "station": c.station, "camera": c.letter} for c in cameras if c.cause == "stolen"
    ]
    _plant_faults(folder, seed, cameras, written)
    (folder / "survey.toml").write_text(SURVEY_TOML, encoding="utf-8")
    _write_tables(folder, stations, cameras, animals, written)
    _write_polygons(folder)
    found = {
        "seed": seed,
        "animals": animals,
        "n_animals": len(animals),
        "n_by_region": {
            "Russia": int(sum(a["x"] >= _border(a["y"]) for a in animals)),
            "China": int(sum(a["x"] < _border(a["y"]) for a in animals)),
        },
        "detection": {"lambda0": LAMBDA0, "sigma": SIGMA, "detectfn": "HHN"},
        "cameras": [_camera_truth(c) for c in cameras],
        "files": written.files,
        "faults": written.faults,
    }
    truth.parent.mkdir(parents=True, exist_ok=True)
    truth.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return found


def _border(y: float) -> float:
    """Return the border's easting at a northing."""
    return WEST + 9_500.0 + 1_500.0 * float(np.sin((y - SOUTH) / 6_000.0))


def _stations(seed: int) -> dict[str, tuple[float, float]]:
    rng = stream(seed, "stations")
    found: dict[str, tuple[float, float]] = {}
    for column in range(COLUMNS):
        for row in range(ROWS):
            jitter = rng.uniform(-700, 700, 2)
            xy = (WEST + 3_000 + SPACING * column + jitter[0], SOUTH + 3_000 + SPACING * row + jitter[1])
            found[f"S{len(found) + 1:02d}"] = (round(xy[0], 1), round(xy[1], 1))
    return found


def _cameras(seed: int, stations: tuple[str, ...]) -> list[Camera]:
    """Return one or two cameras a station; of all cameras five fail in part and one is lost with its card."""
    rng = stream(seed, "cameras")
    models = (("RECONYX", "HC600 HYPERFIRE"), ("Bushnell", "119537"), ("LTL ACORN", "LTL-6210MC"))
    found = []
    for number, station in enumerate(stations):
        setup = FIRST - timedelta(days=int(rng.integers(1, 6)))
        retrieval = LAST + timedelta(days=int(rng.integers(2, 9)))
        for letter in "AB" if number % 5 in (0, 2) else "A":
            make, model = models[int(rng.integers(len(models)))]
            serial = f"{model[0]}{int(rng.integers(10**7, 10**8))}"
            dead_from, cause, offset = None, "", timedelta(0)
            if number in (3, 17, 26, 31) and letter == "A":
                dead_from = FIRST + timedelta(days=int(rng.integers(30, 60)))
                cause = ("battery", "card full", "knocked down by a bear", "snow")[
                    (3, 17, 26, 31).index(number)
                ]
            if number == 22 and letter == "A":
                dead_from, cause = setup, "stolen"
            if number == 15 and letter == "A":  # its clock was never set and started from the factory date
                start = datetime.combine(setup, datetime.min.time(), ZONE) + timedelta(hours=14)
                offset = datetime(2000, 1, 1, tzinfo=ZONE) - start
            camera = CameraMake(make, model, serial)
            found.append(
                Camera(station, letter, camera, letter == "B", setup, retrieval, dead_from, cause, offset)
            )
    return found


def _animals(seed: int) -> list[dict[str, Any]]:
    rng = stream(seed, "animals")
    found: list[dict[str, Any]] = []
    while len(found) < N_ANIMALS:
        x = float(rng.uniform(WEST - 20_000, WEST + 48_000))
        y = float(rng.uniform(SOUTH - 20_000, SOUTH + 38_000))
        if x > COAST:
            continue
        sex = "M" if rng.random() < 0.4 else "F"
        name = f"Leo {len(found) + 1}{sex}"
        found.append({"animal": name, "sex": sex, "x": round(x, 1), "y": round(y, 1), "cubs": 0})
    middle = np.array((WEST + 13_500, SOUTH + 9_000))
    females = sorted(
        (a for a in found if a["sex"] == "F"),
        key=lambda a: float(np.hypot(a["x"] - middle[0], a["y"] - middle[1])),
    )
    for female, cubs in zip(females, (3, 2), strict=False):
        female["cubs"] = cubs
    return found


def _moment(rng: np.random.Generator, day: date) -> datetime:
    """Return a time of day, mostly at dusk, night and dawn."""
    hour = float(rng.normal(21, 4.5)) if rng.random() < 0.75 else float(rng.uniform(0, 24))
    return datetime.combine(day, datetime.min.time(), ZONE) + timedelta(seconds=int((hour % 24) * 3600))


def _days() -> list[date]:
    return [FIRST + timedelta(days=i) for i in range((LAST - FIRST).days + 1)]


def _leopard_visits(
    seed: int, animals: list[dict[str, Any]], stations: dict[str, tuple[float, float]]
) -> Iterator[Visit]:
    for animal in animals:
        rng = stream(seed, "visits", animal["animal"])
        for station, (x, y) in stations.items():
            d2 = (animal["x"] - x) ** 2 + (animal["y"] - y) ** 2
            rate = LAMBDA0 * float(np.exp(-d2 / (2 * SIGMA[animal["sex"]] ** 2)))
            for day in _days():
                for _visit in range(int(rng.poisson(rate))):
                    cubs = animal["cubs"] if rng.random() < 0.7 else 0
                    flank = "left" if rng.random() < 0.5 else "right"
                    yield Visit(station, _moment(rng, day), SPECIES, animal["animal"], flank, cubs)


def _all_visits(
    seed: int, animals: list[dict[str, Any]], stations: dict[str, tuple[float, float]]
) -> list[Visit]:
    return [*_leopard_visits(seed, animals, stations), *_other_visits(seed, tuple(stations))]


def _other_visits(seed: int, stations: tuple[str, ...]) -> Iterator[Visit]:
    for station in stations:
        rng = stream(seed, "others", station)
        for _visit in range(int(rng.integers(1, 4))):
            species = OTHERS[int(rng.integers(len(OTHERS)))]
            day = _days()[int(rng.integers(len(_days())))]
            yield Visit(station, _moment(rng, day), species, "", "left" if rng.random() < 0.5 else "right")


def _plan(
    seed: int, camera: Camera, visits: list[Visit]
) -> tuple[Roll, list[tuple[Visit, str, datetime, int]]]:
    """Return what to draw for a camera, and for each file its visit, flank, time and number in the burst."""
    entries: list[Entry] = []
    notes: list[tuple[Visit, str, datetime, int]] = []
    for visit in visits:
        if not camera.works(visit.at.date()):
            continue
        flank = visit.flank
        if camera.letter == "B":
            flank = "right" if flank == "left" else "left"
        shots = 1 if camera.video or not visit.animal else 3
        for shot in range(shots):
            at = visit.at + timedelta(seconds=shot)
            entries.append(
                Entry(
                    event=f"{visit.station}{visit.at.isoformat()}",
                    at=at,
                    wall=_wall(camera, at),
                    night=_night(at),
                    day=(visit.at.date() - FIRST).days,
                    species=BODIES[visit.species],
                    animal=visit.animal,
                    flank=flank,
                    cubs=visit.cubs,
                    shot=shot,
                    of=shots,
                    tags=_tags(visit, flank),
                )
            )
            notes.append((visit, flank, at, shot))
    place = f"{camera.station}{camera.letter}"
    return Roll(seed, place, camera.make, camera.video, tuple(entries)), notes


def _tags(visit: Visit, flank: str) -> tuple[str, ...]:
    if not visit.species:
        return ()
    tags = ["Author/Example biologist", f"Species/{visit.species}"]
    if visit.animal:
        tags += [f"Individual/{visit.animal}", f"Flank/{flank}"]
    return tuple(tags)


def _write_card(
    folder: Path,
    camera: Camera,
    notes: list[tuple[Visit, str, datetime, int]],
    contents: list[bytes],
    written: _Written,
) -> None:
    card = folder / "cards" / camera.station / camera.letter
    card.mkdir(parents=True, exist_ok=True)
    for number, ((visit, flank, at, shot), data) in enumerate(zip(notes, contents, strict=True), 1):
        name = f"IMG_{number:04d}." + ("MP4" if camera.video else "JPG")
        (card / name).write_bytes(data)
        _note(camera, visit, flank, at, f"cards/{camera.station}/{camera.letter}/{name}", written, shot)
    if camera.clock_offset:
        written.faults.append(
            {
                "fault": "clock-never-set",
                "station": camera.station,
                "camera": camera.letter,
                "offset_s": -int(camera.clock_offset.total_seconds()),
            }
        )


def _wall(camera: Camera, at: datetime) -> datetime:
    return (at + camera.clock_offset).astimezone(ZONE).replace(tzinfo=None)


def _night(at: datetime) -> bool:
    return not 8 <= at.astimezone(ZONE).hour < 17


def _note(
    camera: Camera, visit: Visit, flank: str, at: datetime, path: str, written: _Written, shot: int
) -> None:
    written.files.append(
        {
            "file": path,
            "station": camera.station,
            "camera": camera.letter,
            "at": at.isoformat(),
            "species": visit.species,
            "animal": visit.animal,
            "flank": flank if visit.animal else "",
            "cubs": visit.cubs,
        }
    )
    if not visit.species:
        return
    where = [camera.station, camera.letter, path, _wall(camera, at).isoformat(sep=" ")]
    if camera.video:
        flank_seen = flank if visit.animal else ""
        group = f"{camera.station} {at:%m%d-%H%M}" if visit.cubs else ""
        written.records.append([*where, visit.species, visit.animal, flank_seen, "", "", 1, group])
    if visit.cubs and shot == 0:
        group = f"{camera.station} {at:%m%d-%H%M}"
        written.records.append([*where, SPECIES, "", flank, "juvenile", visit.animal, visit.cubs, group])


def _plant_faults(folder: Path, seed: int, cameras: list[Camera], written: _Written) -> None:
    """Damage a few files in ways that cards are damaged; the truth says which and how."""
    rng = stream(seed, "faults")
    healthy = [f for f in written.files if f["file"].endswith(".JPG") and not f["animal"]]
    leopards = [f for f in written.files if f["file"].endswith(".JPG") and f["animal"]]
    chosen = [leopards[int(i)]["file"] for i in rng.choice(len(leopards), 3, replace=False)]
    cut = folder / chosen[0]
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size * 6 // 10])
    twin = (folder / chosen[1]).with_name("Copy of " + Path(chosen[1]).name)
    twin.write_bytes((folder / chosen[1]).read_bytes())
    empty = folder / healthy[int(rng.integers(len(healthy)))]["file"]
    empty.write_bytes(b"")
    thumbs = (folder / chosen[2]).with_name("Thumbs.db")
    thumbs.write_bytes(b"\xd0\xcf\x11\xe0" + bytes(60))
    for fault, path in (
        ("truncated", cut),
        ("duplicate", twin),
        ("zero-byte", empty),
        ("not-media", thumbs),
    ):
        written.faults.append({"fault": fault, "file": path.relative_to(folder).as_posix()})


def _camera_truth(camera: Camera) -> dict[str, Any]:
    return {
        "station": camera.station,
        "camera": camera.letter,
        "serial": camera.make.serial,
        "setup": camera.setup.isoformat(),
        "retrieval": camera.retrieval.isoformat(),
        "dead_from": camera.dead_from.isoformat() if camera.dead_from else None,
        "cause": camera.cause,
    }


def _write_tables(
    folder: Path,
    stations: dict[str, tuple[float, float]],
    cameras: list[Camera],
    animals: list[dict[str, Any]],
    written: _Written,
) -> None:
    header = "Station,Camera,utm_x,utm_y,Setup_date,Retrieval_date,Problem1_from,Problem1_to,Problem1_cause"
    rows: list[list[object]] = []
    for c in cameras:
        x, y = stations[c.station]
        problem = [c.dead_from, c.retrieval, c.cause] if c.dead_from else ["", "", ""]
        rows.append([c.station, c.letter, x, y, c.setup, c.retrieval, *problem, c.make.model, c.make.serial])
    _write_csv(folder / "stations.csv", [*header.split(","), "Model", "Serial"], rows)
    seen = {f["animal"] for f in written.files}
    known: list[list[object]] = [
        [a["animal"], {"F": "female", "M": "male"}[a["sex"]], FIRST, ""]
        for a in animals
        if a["animal"] in seen
    ]
    _write_csv(folder / "individuals.csv", ["Animal", "Sex", "Known_since", "Mother"], known)
    header = "Station,Camera,File,Time,Species,Animal,Flank,Age,Mother,Number,Group"
    _write_csv(folder / "records.csv", header.split(","), written.records)


def _write_csv(path: Path, header: list[str], rows: list[list[object]]) -> None:
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(header)
    table.writerows(rows)
    path.write_text(out.getvalue(), encoding="utf-8")


def _write_polygons(folder: Path) -> None:
    """Write the sea and the two countries around the stations as GeoJSON (longitude, latitude)."""
    north, south = SOUTH + 60_000, SOUTH - 45_000
    line = [(_border(y), float(y)) for y in np.linspace(south, north, 60)]
    east, west = WEST + 80_000, WEST - 60_000
    shapes = {
        "sea": [(COAST, south), (east, south), (east, north), (COAST, north)],
        "russia": [*line, (east, north), (east, south)],
        "china": [*line, (west, north), (west, south)],
    }
    to_degrees = Transformer.from_crs("EPSG:32652", "EPSG:4326", always_xy=True)
    for name, ring in shapes.items():
        points = [[round(v, 6) for v in to_degrees.transform(x, y)] for x, y in [*ring, ring[0]]]
        feature = {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Polygon", "coordinates": [points]},
        }
        collection = {"type": "FeatureCollection", "features": [feature]}
        (folder / f"{name}.geojson").write_text(json.dumps(collection) + "\n", encoding="utf-8")
