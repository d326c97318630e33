"""One season as the cameras saw it: which file each camera wrote, of whom, when, and under which name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pardus.sim.cameras import Camera, noon
from pardus.sim.habits import WORDS
from pardus.sim.parameters import Parameters
from pardus.sim.stations import Station
from pardus.sim.streams import stream
from pardus.sim.tracks import Visit, is_night

OTHERS = ("deer", "boar", "person", "deer", "boar")


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody in a picture. species: "leopard", "tiger", "deer", "boar", "person". animal: number, -1 = nameless."""

    species: str
    animal: int = -1
    cub: bool = False


@dataclass(frozen=True, slots=True)
class Passing:
    """Who passed a station when. event: names it, the same for all cameras. toward: see Visit."""

    station: int
    at: datetime
    event: str
    toward: int
    night: bool
    present: tuple[Presence, ...]


@dataclass(frozen=True, slots=True)
class Shot:
    """One file of one camera. path: within the partner's cards folder. of: number of stills in its burst."""

    path: str
    camera: int
    passing: Passing
    at: datetime
    wall: datetime
    flank: str
    shot: int
    of: int
    video: bool


def passings(
    seed: int,
    parameters: Parameters,
    visits: Sequence[Visit],
    cubs: frozenset[int],
    cameras: Sequence[Camera],
    n_stations: int,
    start: date,
) -> list[Passing]:
    """Return everything that triggers cameras: visits, other animals, people, wind, and the staff themselves."""
    p = parameters
    species = p.pictures.species
    out = [
        Passing(
            v.station,
            v.at,
            f"v{i}",
            v.toward,
            v.night,
            (Presence(species, v.animal), *(Presence(species, c, c in cubs) for c in v.companions)),
        )
        for i, v in enumerate(visits)
    ]
    for station in range(n_stations):
        rng = stream(seed, "others", start.year, station)
        for kind, rate in (("other", p.survey.other_visits), ("blank", p.survey.blanks)):
            for k in range(int(rng.poisson(rate * p.survey.days))):
                at = noon(start) + timedelta(seconds=int(rng.random() * p.survey.days * 86400))
                at = at.astimezone(UTC)
                present = (Presence(OTHERS[int(rng.integers(len(OTHERS)))]),) if kind == "other" else ()
                toward = 1 if rng.random() < 0.5 else -1
                out.append(Passing(station, at, f"{kind}{station}-{k}", toward, is_night(at), present))
    for camera in cameras if p.survey.staff else ():
        for name, at in (("setup", camera.setup), ("retrieval", camera.retrieval)):
            at = (at + timedelta(minutes=1 if name == "setup" else -1)).astimezone(UTC)
            event = f"{name}{camera.station}{camera.letter}"
            out.append(Passing(camera.station, at, event, 1, is_night(at), (Presence("person"),)))
    return sorted(out, key=lambda q: (q.station, q.at, q.event))


def shots(
    seed: int,
    parameters: Parameters,
    stations: Sequence[Station],
    cameras: Sequence[Camera],
    seen: list[Passing],
) -> list[Shot]:
    """Return every file that the cameras wrote. At a visit at least one working camera of a station triggers."""
    p = parameters
    by_station: dict[int, list[tuple[int, Camera]]] = {}
    for i, camera in enumerate(cameras):
        by_station.setdefault(camera.station, []).append((i, camera))
    counters = dict.fromkeys(range(len(cameras)), 0)
    out: list[Shot] = []
    for passing in seen:
        rng = stream(seed, "trigger", passing.event, passing.at.isoformat())
        able = [
            (i, c) for i, c in by_station.get(passing.station, []) if c.records(passing.at, passing.night)
        ]
        own = passing.event.startswith(("setup", "retrieval"))
        if own:
            able = [(i, c) for i, c in able if passing.event.endswith(f"{c.station}{c.letter}")]
        awake = [pair for pair in able if rng.random() < 0.92]
        if able and not awake:
            awake = [able[int(rng.integers(len(able)))]]
        for i, camera in awake:
            flank = "right" if (passing.toward > 0) == (camera.letter == "A") else "left"
            count = 1 if camera.video or own else p.pictures.burst
            delay = timedelta(seconds=int(rng.integers(0, 4)) if camera.letter == "B" else 0)
            for shot in range(count):
                at = passing.at + delay + timedelta(seconds=shot)
                counters[i] += 1
                wall = camera.wall(at)
                path = _path(p, stations[camera.station], camera, counters[i], wall)
                out.append(Shot(path, i, passing, at, wall, flank, shot, count, camera.video))
    return out


def folder_of(parameters: Parameters, station: Station, camera: Camera) -> str:
    """Return the folder of a camera's card within the partner's cards folder."""
    words = WORDS[parameters.partners[station.partner].language]
    return f"{words.station.format(station.number)}/{words.camera.format(camera.letter)}"


def _path(p: Parameters, station: Station, camera: Camera, count: int, wall: datetime) -> str:
    partner = p.partners[station.partner]
    words = WORDS[partner.language]
    extension = "MP4" if camera.video else "JPG"
    if partner.layout == "station":
        name, letter = words.station.format(station.number), words.camera.format(camera.letter)
        return f"{name}/{name}__{letter}__{wall:%Y-%m-%d}__{wall:%H-%M-%S}({count}).{extension}"
    folder = folder_of(p, station, camera)
    if partner.layout == "station/camera/date":
        return f"{folder}/{wall:%Y-%m-%d}/IMG_{count:04d}.{extension}"
    return f"{folder}/DCIM/{100 + (count - 1) // 999}RECNX/RCNX{(count - 1) % 999 + 1:04d}.{extension}"
