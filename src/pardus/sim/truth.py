"""The truth as JSON: everything that is true of a simulation and that nobody in the field knows."""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pardus.model.capture import CaptureHistory
from pardus.sim.cameras import Camera, camera_days
from pardus.sim.parameters import season
from pardus.sim.population import NEVER, Census
from pardus.sim.world import Season, World

SCHEMA = "pardus-truth-1"


def world_truth(world: World) -> dict[str, Any]:
    """Return the part of the truth that needs no files: parameters, animals, numbers, stations, cameras, visits."""
    p = world.parameters
    return {
        "schema": SCHEMA,
        "seed": world.seed,
        "parameters": dataclasses.asdict(p),
        "landscape": {
            "crs": "EPSG:32652",
            "area_km2": round(world.landscape.mask.area / 100, 3),
            "area_by_partner_km2": {
                name: round(float(np.sum(share)) * world.landscape.mask.cell_area / 100, 3)
                for name, share in world.landscape.mask.regions.items()
            },
        },
        "animals": [
            {
                "animal": a.number,
                "sex": a.sex,
                "born": a.born,
                "mother": a.mother if a.mother >= 0 else None,
                "died": a.died if a.died != NEVER else None,
                "found_dead": a.found_dead,
            }
            for a in world.population.animals
        ],
        "stations": [
            {
                "partner": p.partners[s.partner].id,
                "station": s.number,
                "x": s.x,
                "y": s.y,
                "trail": s.trail,
                "cameras": list(s.cameras),
            }
            for s in world.stations
        ],
        "years": [_year(world, winter) for winter in world.seasons],
        "too_few_mothers": list(world.population.capped),
    }


def _year(world: World, winter: Season) -> dict[str, Any]:
    p = world.parameters
    start = season(p, winter.year)
    return {
        "year": winter.year,
        "first_day": start.isoformat(),
        "days": p.survey.days,
        **numbers(world, winter.census),
        "census": [
            {
                "animal": int(a),
                "x": float(x),
                "y": float(y),
                "age": int(age),
                "mother": int(m) if m >= 0 else None,
            }
            for a, (x, y), age, m in zip(
                winter.census.animal, winter.census.xy, winter.census.age, winter.census.mother, strict=True
            )
        ],
        "seen_by": seen_by(world, winter),
        "cameras": [_camera(world, camera) | _days(world, camera, winter) for camera in winter.cameras],
        "visits": [
            {
                "station": v.station,
                "at": v.at.isoformat(),
                "animal": v.animal,
                "toward": v.toward,
                "night": v.night,
                "companions": list(v.companions),
            }
            for v in winter.visits
        ],
    }


def numbers(world: World, census: Census) -> dict[str, Any]:
    """Return true numbers of independent animals: all, by partner's land (activity centre), by sex; cubs; families."""
    independent = census.independent
    owner = world.landscape.owner(census.xy[independent])
    sexes = [world.population.animals[n].sex for n in census.animal[independent]]
    mothers = {int(m) for m in census.mother if m >= 0}
    return {
        "N": int(independent.sum()),
        "N_by_partner": {q.id: int((owner == i).sum()) for i, q in enumerate(world.parameters.partners)},
        "N_by_sex": {sex: sexes.count(sex) for sex in ("F", "M")},
        "cubs": int((~independent).sum()),
        "litters": len(mothers),
    }


def seen_by(world: World, winter: Season) -> dict[str, Any]:
    """Return which independent animals each partner recorded, and which more than one did."""
    found: list[set[int]] = [set() for _partner in world.parameters.partners]
    for shot in winter.shots:
        partner = world.stations[shot.passing.station].partner
        found[partner] |= {who.animal for who in shot.passing.present if who.animal >= 0 and not who.cub}
    all_seen: set[int] = set().union(*found)
    shared = {a for a in all_seen if sum(a in f for f in found) > 1}
    return {
        **{q.id: sorted(f) for q, f in zip(world.parameters.partners, found, strict=True)},
        "more_than_one": sorted(shared),
    }


def _camera(world: World, camera: Camera) -> dict[str, Any]:
    station = world.stations[camera.station]
    return {
        "partner": world.parameters.partners[station.partner].id,
        "station": station.number,
        "camera": camera.letter,
        "make": camera.make.make,
        "model": camera.make.model,
        "serial": camera.make.serial,
        "video": camera.video,
        "setup": camera.setup.isoformat(),
        "retrieval": camera.retrieval.isoformat(),
        "failure": camera.failure,
        "off": [[a.isoformat(), b.isoformat()] for a, b in camera.off],
        "dark_from": camera.dark_from.isoformat() if camera.dark_from else None,
        "clock": camera.clock.kind,
        "clock_offset_s": camera.clock.offset.total_seconds(),
        "clock_reset_at": camera.clock.since.isoformat() if camera.clock.since else None,
        "clock_drift": camera.clock.drift,
    }


def _days(world: World, camera: Camera, winter: Season) -> dict[str, float]:
    p = world.parameters
    days, dark = camera_days(camera, season(p, winter.year), p.survey.days)
    return {"camera_days": days, "dark_days": dark}


def scr_tables(world: World, histories: Sequence[CaptureHistory]) -> Mapping[str, str]:
    """Return detectors.csv, usage.csv, captures.csv and mask.csv as `pardus estimate` reads them."""
    detectors = ["session,detector,x,y"]
    usage = ["session,detector," + ",".join(f"o{k + 1}" for k in range(histories[0].n_occasions))]
    captures = ["session,individual,occasion,detector,count,sex"]
    for h in histories:
        d = h.detectors
        detectors += [f"{h.session},{i},{x:.1f},{y:.1f}" for i, (x, y) in zip(d.ids, d.xy, strict=True)]
        usage += [
            f"{h.session},{i}," + ",".join(f"{u:g}" for u in row)
            for i, row in zip(d.ids, d.usage, strict=True)
        ]
        sexes = h.covariates.get("sex", np.full(h.n_animals, ""))
        captures += [
            f"{h.session},{h.animals[i]},{k + 1},{d.ids[j]},{c},{sexes[i]}"
            for i, k, j, c in zip(h.animal, h.occasion, h.detector, h.count, strict=True)
        ]
    mask = world.landscape.mask
    names = (*mask.covariates, *mask.regions)
    lines = ["session,x,y," + ",".join(names)]
    columns = [
        *(mask.covariates[n] for n in mask.covariates),
        *(mask.regions[n].astype(int) for n in mask.regions),
    ]
    for m, (x, y) in enumerate(mask.xy):
        lines.append(f"all,{x:.1f},{y:.1f}," + ",".join(f"{column[m]:g}" for column in columns))
    tables = {"detectors.csv": detectors, "usage.csv": usage, "captures.csv": captures, "mask.csv": lines}
    return {name: "\n".join(rows) + "\n" for name, rows in tables.items()}


def who_table(files: Sequence[Mapping[str, Any]]) -> str:
    """Return who.csv: each animal of each file in a row, so that a person can look up whether two passages are one.

    files: as truth.json has them. camera_clock: the moment that the camera wrote. animal: number, empty for people and
    for animals that nobody counts. A file with nobody has a row too.
    """
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(("partner", "year", "station", "camera_clock", "animal", "flank", "species", "file"))
    for file in files:
        present: Sequence[Mapping[str, Any]] = file["present"] or ({},)
        for who in present:
            number = who.get("animal", -1)
            row = (file["partner"], file["year"], file["station"], file["wall"].replace("T", " "))
            animal = ("" if number < 0 else number, who.get("flank", ""), who.get("species", ""))
            table.writerow((*row, *animal, file["file"]))
    return out.getvalue()
