"""Simulate: write a whole world's surveys as its partners would hand them in, and the truth beside them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pardus.app.executor import Executor, Serial
from pardus.ingest.tables.border import in_china
from pardus.ingest.tables.gcj02 import to_gcj02
from pardus.model.errors import UsageError
from pardus.model.language import _, ngettext
from pardus.sim.cameras import Camera, Clock
from pardus.sim.cards import Card, cache_coat, write_card
from pardus.sim.faults import plant
from pardus.sim.habits import WORDS
from pardus.sim.observers import Observer
from pardus.sim.paperwork import name_captures, record_rows, tags_of, write_paperwork
from pardus.sim.parameters import Parameters, default_toml, season
from pardus.sim.season import Shot, folder_of
from pardus.sim.streams import stream
from pardus.sim.truth import scr_tables, who_table, world_truth
from pardus.sim.world import Season, World, make_world, true_history


@dataclass(frozen=True, slots=True)
class Simulation:
    """What was written. surveys: partner id -> folder (`survey.toml`, tables, `cards/`). truth: folder of the truth."""

    surveys: dict[str, Path]
    truth: Path
    facts: dict[str, Any]


def simulate(
    folder: Path,
    parameters: Parameters | None = None,
    *,
    seed: int = 1,
    truth: Path | None = None,
    executor: Executor | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Simulation:
    """Write a simulation into a new folder: one folder for each partner, and the truth in `truth` (default: beside).

    truth: `FOLDER-truth` when not given; it may not lie inside a partner's folder. say: told what is being done.
    Raises UsageError if the folder holds something.
    """
    p = parameters or Parameters()
    executor = executor or Serial()
    truth = truth or folder.with_name(folder.name + "-truth")
    _check_folders(folder, truth, [q.id for q in p.partners])
    say(_("Making landscape, population, stations and visits"))
    world = make_world(seed, p)
    folder.mkdir(parents=True, exist_ok=True)
    truth.mkdir(parents=True, exist_ok=True)
    facts = world_truth(world)
    work = _Writing(world, folder, executor, say)
    with tempfile.TemporaryDirectory(prefix="pardus-coats-") as coats:
        if p.pictures.make:
            work.grow(Path(coats))
        for partner in range(len(p.partners)):
            work.partner(partner, Path(coats))
    facts |= {"catalogues": work.catalogues, "files": work.files, "faults": work.faults}
    say(_("Writing the truth"))
    text = json.dumps(facts, ensure_ascii=False, indent=None, separators=(",", ":"))
    (truth / "truth.json").write_text(text + "\n", encoding="utf-8")
    (truth / "who.csv").write_text(who_table(work.files), encoding="utf-8")
    (truth / "parameters.toml").write_text(default_toml(p), encoding="utf-8")
    for name, table in scr_tables(world, [true_history(world, winter) for winter in world.seasons]).items():
        (truth / name).write_text(table, encoding="utf-8")
    return Simulation({q.id: folder / q.id for q in p.partners}, truth, facts)


def _check_folders(folder: Path, truth: Path, partners: Sequence[str]) -> None:
    for path in (folder, truth):
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise UsageError(
                _(
                    "{folder} is not empty and was left as it is. Give a new folder, or go on with what is in it."
                ).format(folder=path)
            )
    if truth.resolve() == folder.resolve() or any(
        truth.resolve().is_relative_to((folder / partner).resolve()) for partner in partners
    ):
        raise UsageError(_("The truth may not lie inside a survey: {folder}.").format(folder=truth))


class _Writing:
    """Writes one partner after the other and keeps what the truth must say of the files."""

    def __init__(self, world: World, folder: Path, executor: Executor, say: Callable[[str], None]) -> None:
        self.world, self.folder, self.executor, self.say = world, folder, executor, say
        self.files: list[dict[str, Any]] = []
        self.faults: list[dict[str, Any]] = []
        self.catalogues: dict[str, dict[str, int]] = {}
        self.sexes = {a.number: a.sex for a in world.population.animals}

    def grow(self, coats: Path) -> None:
        """Grow the coats of all who are in a picture."""
        p = self.world.parameters
        seen = {
            who.animal
            for winter in self.world.seasons
            for shot in winter.shots
            for who in shot.passing.present
            if who.animal >= 0 and winter.cameras[shot.camera].failure != "lost"
        }
        self.say(ngettext("Growing {count} coat", "Growing {count} coats", len(seen)).format(count=len(seen)))
        jobs = [(self.world.seed, coats, animal, p.pictures.species) for animal in sorted(seen)]
        for _done in self.executor.map(cache_coat, jobs):
            pass

    def partner(self, partner: int, coats: Path) -> None:
        """Write one partner's folder."""
        world, p = self.world, self.world.parameters
        habits = p.partners[partner]
        words = WORDS[habits.language]
        root = self.folder / habits.id
        root.mkdir(parents=True, exist_ok=True)
        observer = Observer(stream(world.seed, "observer", habits.id), p.observers, self.sexes, words.animal)
        names: dict[tuple[str, int], str] = {}
        records: list[list[object]] = []
        first_seen: dict[str, date] = {}
        cameras = []
        for winter in world.seasons:
            own = self._own_shots(winter, partner)
            if p.observers.tagged:
                name_captures(observer, [s for shots in own.values() for s in shots], winter.year, names)
            for camera, shots in own.items():
                records += record_rows(
                    words,
                    world.stations[winter.cameras[camera].station],
                    winter.cameras[camera],
                    shots,
                    names,
                    winter.year,
                    f"{winter.year}/",
                )
            cameras += [c for c in winter.cameras if world.stations[c.station].partner == partner]
            if p.pictures.make:
                self._cards(winter, partner, own, names, coats, root)
        for (event, _animal), name in names.items():
            if name:
                first_seen.setdefault(name, season(p, int(event[:4])))
        write_paperwork(
            root,
            p,
            world.landscape,
            partner,
            world.stations,
            cameras,
            records if p.observers.tagged else [],
            observer,
            first_seen,
            _chinese_map,
        )
        self.catalogues[habits.id] = dict(observer.owner)

    def _own_shots(self, winter: Season, partner: int) -> dict[int, list[Shot]]:
        """Return the files of each of a partner's cameras that came home."""
        out: dict[int, list[Shot]] = {}
        for shot in winter.shots:
            if self.world.stations[shot.passing.station].partner == partner:
                out.setdefault(shot.camera, []).append(shot)
        return out

    def _cards(
        self,
        winter: Season,
        partner: int,
        own: dict[int, list[Shot]],
        names: dict[tuple[str, int], str],
        coats: Path,
        root: Path,
    ) -> None:
        world, p = self.world, self.world.parameters
        habits = p.partners[partner]
        words = WORDS[habits.language]
        folder = root / "cards" / str(winter.year)
        jobs = []
        for index, shots in own.items():
            camera = winter.cameras[index]
            place = f"{habits.id}-{world.stations[camera.station].number}-{camera.letter}"
            tags = tuple(
                tags_of(s, names, winter.year, words.author) if p.observers.tagged else () for s in shots
            )
            start = season(p, winter.year)
            jobs.append(
                Card(
                    world.seed,
                    folder,
                    place,
                    camera,
                    tuple(shots),
                    tags,
                    self.sexes,
                    coats,
                    start,
                    p.pictures,
                )
            )
        total = sum(len(job.shots) for job in jobs)
        self.say(
            ngettext("{partner}, {year}: {count} file", "{partner}, {year}: {count} files", total).format(
                partner=habits.id, year=winter.year, count=total
            )
        )
        rows: list[dict[str, Any]] = []
        for job, drawn in zip(jobs, self.executor.map(write_card, jobs), strict=True):
            rows += [
                _file_row(world, habits.id, winter, job, shot, seen, names)
                for shot, seen in zip(job.shots, drawn, strict=True)
            ]
        folders = sorted(
            {folder_of(p, world.stations[winter.cameras[i].station], winter.cameras[i]) for i in own}
            if habits.layout != "station"
            else {job.shots[0].path.split("/")[0] for job in jobs}
        )
        planted = plant(
            world.seed,
            (habits.id, winter.year),
            folder,
            folders,
            rows,
            p.faults,
            words.copy,
            habits.layout != "station",
        )
        where = {"partner": habits.id, "year": winter.year}
        self.faults += [where | fault for fault in planted]
        wrong = {
            i for i, taken in own.items() if any(_shows_wrong_time(winter.cameras[i], shot) for shot in taken)
        }
        self.faults += [where | fault for fault in _camera_faults(world, winter, partner, wrong)]
        self.files += rows


def _file_row(
    world: World,
    partner: str,
    winter: Season,
    card: Card,
    shot: Shot,
    drawn: dict[str, Any],
    names: dict[tuple[str, int], str],
) -> dict[str, Any]:
    present = []
    born = {a.number: (a.born, a.mother) for a in world.population.animals}
    for who, seen in zip(shot.passing.present, drawn["seen"], strict=True):
        row: dict[str, Any] = {"species": who.species, **seen}
        if who.animal >= 0:
            year, mother = born[who.animal]
            row |= {
                "animal": who.animal,
                "age": winter.year - year,
                "mother": mother if mother >= 0 else None,
                "named": names.get((f"{winter.year}{shot.passing.event}", who.animal), ""),
            }
        present.append(row)
    return {
        "partner": partner,
        "year": winter.year,
        "file": shot.path,
        "station": world.stations[card.camera.station].number,
        "camera": card.camera.letter,
        "event": shot.passing.event,
        "at": shot.at.isoformat(),
        "wall": shot.wall.isoformat(),
        "night": shot.passing.night,
        "present": present,
    }


def _chinese_map(latitude: float, longitude: float) -> tuple[float, float]:
    """Return what a map published in China shows: shifted within China, as it is outside."""
    return to_gcj02(latitude, longitude) if in_china(latitude, longitude) else (latitude, longitude)


def _shows_wrong_time(camera: Camera, shot: Shot) -> bool:
    right = replace(camera, clock=Clock())
    return abs(right.wall(shot.at) - shot.wall) > timedelta(minutes=1)


def _camera_faults(world: World, winter: Season, partner: int, wrong: set[int]) -> list[dict[str, Any]]:
    """Return failures and wrong clocks of a partner's cameras; "files" says whether any file shows a wrong time."""
    out: list[dict[str, Any]] = []
    for index, camera in enumerate(winter.cameras):
        station = world.stations[camera.station]
        if station.partner != partner:
            continue
        where = {"station": station.number, "camera": camera.letter}
        if camera.failure:
            out.append({"fault": camera.failure, **where})
        if camera.clock.kind and camera.failure != "lost":
            out.append({"fault": camera.clock.kind, **where, "files": index in wrong})
    return out
