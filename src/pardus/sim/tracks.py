"""Layer (b): animals walk, and their tracks meet stations.

A track is an Ornstein-Uhlenbeck process around the activity centre. With sd s on each axis and a station that is
met at a rate k exp(-r^2 / (2 b^2)) at distance r from the animal, the mean rate at distance d from the centre is
k b^2 / (s^2 + b^2) exp(-d^2 / (2 (s^2 + b^2))). So s^2 = sigma^2 - b^2 and k = lambda0 sigma^2 / b^2 give exactly the
half-normal hazard of layer (a), and visits cluster in time as those of walking animals do.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from scipy.signal import lfilter

from pardus.model.capture import Floats
from pardus.sim.parameters import DetectionParameters
from pardus.sim.population import Animal, Census
from pardus.sim.stations import Station, coordinates
from pardus.sim.streams import stream

STEP_H = 1 / 6
SUN_ZONE_H = 10
DAY_HOURS = (8, 17)


@dataclass(frozen=True, slots=True)
class Visit:
    """Animals at a station. station: index. animal: number of the one that counts first.

    toward: +1 along the trail, -1 against it. companions: numbers of cubs or of a mate walking along.
    """

    station: int
    at: datetime
    animal: int
    toward: int
    night: bool
    companions: tuple[int, ...] = ()


def is_night(at: datetime) -> bool:
    """Say whether it is dark at a station (winter, programme time UTC+10)."""
    return not DAY_HOURS[0] <= (at.hour + SUN_ZONE_H) % 24 < DAY_HOURS[1]


def track(
    rng: np.random.Generator, centre: Floats, sigma: float, p: DetectionParameters, days: int
) -> Floats:
    """Return positions (step, 2), metres, every ten minutes through the season."""
    steps = round(days * 24 / STEP_H)
    keep = float(np.exp(-STEP_H / p.walk_hours))
    sd = float(np.sqrt(max(sigma**2 - p.reach**2, 1.0)))
    noise = rng.standard_normal((steps, 2))
    noise[1:] *= np.sqrt(1 - keep**2)
    out: Floats = centre + sd * lfilter([1.0], [1.0, -keep], noise, axis=0)
    return out


def simulate_visits(
    seed: int,
    census: Census,
    animals: tuple[Animal, ...],
    stations: tuple[Station, ...],
    parameters: DetectionParameters,
    start: date,
    days: int,
) -> list[Visit]:
    """Return every visit of an independent animal to a station in one season, in order of time.

    start: first day in programme time (UTC+10), from noon. Cubs come along with their mother, a male sometimes
    with a female; such a male's visit is one more than its own tracks give.
    """
    xy = coordinates(stations)
    heading = np.array([(np.cos(s.trail), np.sin(s.trail)) for s in stations]).reshape(-1, 2)
    noon = datetime(start.year, start.month, start.day, 12 - SUN_ZONE_H, tzinfo=UTC)
    hour = (12 + np.arange(round(days * 24 / STEP_H)) * STEP_H) % 24
    light = (hour >= DAY_HOURS[0]) & (hour < DAY_HOURS[1])
    day_share = (DAY_HOURS[1] - DAY_HOURS[0]) / 24
    weight = np.where(
        light, (1 - parameters.night_share) / day_share, parameters.night_share / (1 - day_share)
    )
    cubs: dict[int, list[int]] = {}
    for number, mother in zip(census.animal, census.mother, strict=True):
        if mother >= 0:
            cubs.setdefault(int(mother), []).append(int(number))
    males = np.array(
        [i for i in np.flatnonzero(census.independent) if animals[census.animal[i]].sex == "M"],
        dtype=np.int64,
    )
    visits: list[Visit] = []
    for row in np.flatnonzero(census.independent):
        number = int(census.animal[row])
        sex = animals[number].sex
        rng = stream(seed, "track", census.year, number)
        sigma, lambda0 = _scale(sex, parameters)
        near = np.flatnonzero(((xy - census.xy[row]) ** 2).sum(axis=1) < (5.5 * sigma) ** 2)
        path = track(rng, census.xy[row], sigma, parameters, days)
        if not len(near):
            continue
        d2 = (path[:, :1] - xy[near, 0]) ** 2 + (path[:, 1:] - xy[near, 1]) ** 2
        k = lambda0 * (sigma / parameters.reach) ** 2 * STEP_H / 24
        rate = k * np.exp(-d2 / (2 * parameters.reach**2)) * weight[:, None]
        step, column = np.nonzero(rng.poisson(rate))
        for i, j in zip(step, column, strict=True):
            at = noon + timedelta(seconds=round((i + float(rng.random())) * STEP_H * 3600))
            ahead = path[min(int(i) + 1, len(path) - 1)] - path[max(int(i) - 1, 0)]
            station = int(near[j])
            toward = 1 if float(ahead @ heading[station]) >= 0 else -1
            companions: tuple[int, ...] = ()
            if number in cubs and rng.random() < parameters.family_share:
                companions = tuple(cubs[number])
            elif sex == "F" and number not in cubs and len(males) and rng.random() < parameters.pair_share:
                gap = ((census.xy[males, :] - xy[station]) ** 2).sum(axis=1)
                companions = (int(census.animal[males[int(gap.argmin())]]),)
            visits.append(Visit(station, at, number, toward, is_night(at), companions))
    return sorted(visits, key=lambda v: (v.at, v.station, v.animal))


def _scale(sex: str, p: DetectionParameters) -> tuple[float, float]:
    """Return sigma and lambda0 of a sex."""
    return (p.sigma_female, p.lambda0_female) if sex == "F" else (p.sigma_male, p.lambda0_male)
