"""How a visit looks to one camera: where the animal walks, how it holds itself, and the light; by the dial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from pardus.sim.body import Pose
from pardus.sim.pictures import Light, Subject
from pardus.sim.raster import View
from pardus.sim.streams import stream

Pixels = NDArray[np.uint8]

STRIDE_M = 1.15


@dataclass(frozen=True, slots=True, eq=False)
class Walker:
    """One of a group: kind of body, its coats, its size (1 = an adult leopard), and which flank it shows."""

    kind: str
    left: Pixels
    right: Pixels
    size: float = 1.0


def passage(
    seed: int,
    names: tuple[object, ...],
    walkers: Sequence[Walker],
    flank: str,
    view: View,
    at_s: Sequence[float],
    difficulty: float,
) -> list[list[Subject]]:
    """Return the subjects of each frame of one visit. at_s: seconds since the trigger.

    flank: the side that faces this camera; "left" walks to the left. difficulty: the dial, 0 to 1, opens
    angles, distances, cut bodies and odd postures. names: which visit and camera.
    """
    rng = stream(seed, "passage", *names)
    d = difficulty
    forward = -1.0 if flank == "left" else 1.0
    yaw = float(np.clip(rng.normal(0, 0.06 + 0.62 * d), -1.25, 1.25))
    away = float(np.clip(rng.lognormal(np.log(3.4), 0.06 + 0.42 * d), 1.5, 9.0))
    speed = float(np.clip(rng.lognormal(np.log(0.8), 0.4), 0.25, 2.0))
    half = view.width / 2 * away / view.focal
    first = float(rng.normal(-0.25 * half, (0.10 + 0.75 * d) * half))
    gait = float(rng.random())
    pose = {
        "head_turn": float(rng.normal(0, 0.10 + 0.55 * d)),
        "head_down": float(rng.normal(0.1, 0.10 + 0.45 * d)),
        "bend": float(rng.normal(0, 0.04 + 0.36 * d)),
        "tail": float(rng.normal(0.1, 0.9)),
    }
    ruffle = int(rng.integers(2**31))
    frames = []
    for t in at_s:
        walked = speed * t
        subjects = []
        for k, walker in enumerate(walkers):
            along = first + walked - 1.5 * k * (0.6 + 0.4 * walker.size)
            heading = yaw if forward > 0 else np.pi - yaw
            posture = Pose(
                gait=gait + 0.31 * k + walked / (STRIDE_M * walker.size),
                stride=float(np.clip(0.55 + 0.5 * speed, 0.6, 1.15)),
                **(pose if k == 0 else {}),
            )
            subjects.append(
                Subject(
                    kind=walker.kind,
                    left=walker.left,
                    right=walker.right,
                    pose=posture,
                    x=forward * along * float(np.cos(yaw)),
                    away=max(1.2, away + 0.25 * k + along * float(np.sin(yaw)) * 0.6),
                    heading=float(heading),
                    size=walker.size,
                    speed=speed,
                    ruffle=ruffle + k,
                    loose=1.35 * d,
                )
            )
        frames.append(subjects)
    return frames


def light(seed: int, names: tuple[object, ...], night: bool, snow: float, difficulty: float) -> Light:
    """Return the light of a visit at one camera. names: which visit and camera."""
    rng = stream(seed, "light", *names)
    d = difficulty
    if night:
        return Light(
            night=True,
            snow=snow,
            shutter=float(np.exp(rng.uniform(np.log(1 / 90), np.log(1 / (60 - 48 * d))))),
            noise=float(rng.uniform(0.012, 0.02 + 0.06 * d)),
            blur=float(rng.uniform(0.5, 0.7 + 2.2 * d)),
            flash=float(rng.lognormal(-0.1, 0.08 + 0.5 * d)),
        )
    return Light(
        night=False,
        snow=snow,
        exposure=float(np.clip(rng.lognormal(0, 0.04 + 0.28 * d), 0.45, 1.6)),
        warmth=float(np.clip(rng.normal(0, 0.2 + 0.8 * d), -1.3, 1.3)),
        sun=float(rng.uniform(0, 0.2 + 0.9 * d)) if rng.random() < 0.6 else 0.0,
        shutter=float(np.exp(rng.uniform(np.log(1 / 250), np.log(1 / (140 - 110 * d))))),
        noise=float(rng.uniform(0.008, 0.014 + 0.03 * d)),
        blur=float(rng.uniform(0.4, 0.6 + 1.8 * d)),
    )


def snow_on(seed: int, place: str, day_of_season: float) -> float:
    """Return how much snow lies on a day (0 to 1): little at first, with falls and thaws, alike at all stations."""
    rng = stream(seed, "snow")
    falls = np.sort(rng.uniform(0, 100, 9))
    depth, last = 0.0, 0.0
    for fall in falls[falls <= day_of_season]:
        depth = max(0.0, depth - 0.018 * (fall - last)) + float(rng.uniform(0.25, 0.8))
        depth, last = min(depth, 1.3), float(fall)
    depth = max(0.0, depth - 0.018 * (day_of_season - last))
    shelter = float(stream(seed, "shelter", place).uniform(0.75, 1.15))
    return round(float(np.clip(depth * shelter, 0, 1)), 3)


def temperature(seed: int, at: datetime) -> int:
    """Return the air's temperature in degrees Celsius: winter of the Primorye, cold nights."""
    day = at.timetuple().tm_yday
    season = -14 * np.cos(2 * np.pi * (day - 18) / 365.25) + 6
    weather = float(stream(seed, "weather", at.date()).normal(0, 4))
    hour = -4.5 * np.cos(2 * np.pi * (at.hour - 14) / 24 + np.pi)
    return round(float(season + weather + hour))


def bar_text(wall: datetime, celsius: int, label: str, shot: int, shots: int) -> str:
    """Return what a camera prints under its pictures."""
    sequence = f"M {shot}/{shots}" if shots > 1 else "M"
    return f"{wall:%Y-%m-%d %H:%M:%S}    {sequence}    {celsius:d}°C    {label}"
