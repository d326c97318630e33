"""A whole simulation without its files: landscape, population, stations, visits, cameras, and who was seen where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.model.capture import CaptureHistory, Detectors, Floats
from pardus.sim.cameras import Camera, noon, set_up
from pardus.sim.landscape import Landscape, make_landscape
from pardus.sim.parameters import Parameters, season
from pardus.sim.population import Census, Population, simulate_population
from pardus.sim.season import Shot, passings, shots
from pardus.sim.stations import Station, coordinates, place_stations
from pardus.sim.tracks import Visit, simulate_visits


@dataclass(frozen=True, slots=True, eq=False)
class Season:
    """One winter: census, visits of animals, cameras and all their files."""

    year: int
    census: Census
    visits: tuple[Visit, ...]
    cameras: tuple[Camera, ...]
    shots: tuple[Shot, ...]


@dataclass(frozen=True, slots=True, eq=False)
class World:
    """Everything that is true."""

    seed: int
    parameters: Parameters
    landscape: Landscape
    population: Population
    stations: tuple[Station, ...]
    seasons: tuple[Season, ...]


def make_world(seed: int, parameters: Parameters) -> World:
    """Return the truth of a seed. The same seed and parameters give the same truth on any machine."""
    p = parameters
    landscape = make_landscape(seed, p.landscape, p.partners)
    population = simulate_population(seed, landscape, p.population)
    stations = place_stations(seed, landscape, p)
    seasons = tuple(_season(seed, p, population, stations, census) for census in population.censuses)
    return World(seed, p, landscape, population, stations, seasons)


def _season(
    seed: int, p: Parameters, population: Population, stations: tuple[Station, ...], census: Census
) -> Season:
    start = season(p, census.year)
    visits = simulate_visits(seed, census, population.animals, stations, p.detection, start, p.survey.days)
    cameras = set_up(seed, p, stations, start, census.year)
    cubs = frozenset(int(n) for n in census.animal[~census.independent])
    seen = passings(seed, p, visits, cubs, cameras, len(stations), start)
    return Season(
        census.year, census, tuple(visits), tuple(cameras), tuple(shots(seed, p, stations, cameras, seen))
    )


def true_usage(world: World, winter: Season) -> Floats:
    """Return nights on which at least one camera of a station fully worked, (station, day) from noon to noon.

    A day with only a dead flash counts 0.5, part days by the hour (the camera rule "any").
    """
    p = world.parameters
    start = noon(season(p, winter.year))
    minutes = p.survey.days * 1440
    usage = np.zeros((len(world.stations), p.survey.days))
    for index in range(len(world.stations)):
        best = np.zeros(minutes)
        for camera in winter.cameras:
            if camera.station == index:
                best = np.maximum(best, _weight(camera, start, minutes))
        usage[index] = best.reshape(p.survey.days, 1440).mean(axis=1)
    return np.round(usage, 6)


def _weight(camera: Camera, start: object, minutes: int) -> Floats:
    def minute(at: object) -> int:
        return int(np.clip(round((at - start).total_seconds() / 60), 0, minutes))  # type: ignore[operator]

    weight = np.zeros(minutes)
    weight[minute(camera.setup) : minute(camera.retrieval)] = 1.0
    if camera.dark_from is not None:
        weight[minute(camera.dark_from) :] *= 0.5
    for a, b in camera.off:
        weight[minute(a) : minute(b)] = 0.0
    return weight


def true_history(world: World, winter: Season) -> CaptureHistory:
    """Return what the cameras recorded of independent animals with everybody rightly named, by day and station."""
    p = world.parameters
    usage = true_usage(world, winter)
    ids = tuple(f"{p.partners[s.partner].id}-{s.number:03d}" for s in world.stations)
    detectors = Detectors(ids, coordinates(world.stations), usage)
    start = noon(season(p, winter.year))
    cells: set[tuple[int, int, int]] = set()
    for shot in winter.shots:
        day = (shot.passing.at - start).days
        if 0 <= day < p.survey.days:
            cells |= {
                (who.animal, day, shot.passing.station)
                for who in shot.passing.present
                if who.animal >= 0 and not who.cub and usage[shot.passing.station, day] > 0
            }
    animals = sorted({animal for animal, _day, _station in cells})
    row = {animal: i for i, animal in enumerate(animals)}
    table = np.array(sorted((row[a], d, s) for a, d, s in cells), dtype=np.int64).reshape(-1, 3)
    sexes = np.array([world.population.animals[a].sex for a in animals], dtype="U1")
    return CaptureHistory(
        session=str(winter.year),
        animals=tuple(str(a) for a in animals),
        detectors=detectors,
        animal=table[:, 0].copy(),
        occasion=table[:, 1].copy(),
        detector=table[:, 2].copy(),
        count=np.ones(len(table), dtype=np.int64),
        covariates={"sex": sexes},
    )
