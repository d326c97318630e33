"""Stations: where each partner puts its cameras, and which way the trail runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.sim.landscape import Landscape
from pardus.sim.parameters import Parameters
from pardus.sim.streams import stream


@dataclass(frozen=True, slots=True)
class Station:
    """A place with one or two cameras. partner: index. number: from 1 within its partner.

    trail: direction in which the trail runs, radians from east. cameras: letters; B faces A across the trail.
    """

    partner: int
    number: int
    x: float
    y: float
    trail: float
    cameras: tuple[str, ...]


def place_stations(seed: int, landscape: Landscape, parameters: Parameters) -> tuple[Station, ...]:
    """Return stations at least `survey.spacing_min` apart, on better habitat rather than on worse.

    Raises ParameterError when they do not fit on a partner's land.
    """
    p = parameters
    owner = landscape.owner(landscape.mask.xy)
    out: list[Station] = []
    taken = np.empty((0, 2))
    shares = np.array([partner.stations for partner in p.partners])
    counts = np.diff(np.round(np.concatenate(((0.0,), np.cumsum(shares))) * p.survey.stations).astype(int))
    for index, partner in enumerate(p.partners):
        rng = stream(seed, "stations", partner.id)
        cells = np.flatnonzero(owner == index)
        habitat = landscape.mask.covariates["habitat"][cells].astype(np.float64)
        order = cells[np.argsort(-(0.35 * habitat - np.log(-np.log(rng.random(len(cells))))), kind="stable")]
        jitter = (rng.random((len(order), 2)) - 0.5) * landscape.mask.spacing
        wanted = int(counts[index])
        found = 0
        for xy in np.round(landscape.mask.xy[order] + jitter, 1):
            if found == wanted:
                break
            if len(taken) and ((taken - xy) ** 2).sum(axis=1).min() < p.survey.spacing_min**2:
                continue
            taken = np.concatenate((taken, [xy]))
            found += 1
            two = rng.random() < p.survey.two_cameras
            trail = float(rng.uniform(0, 2 * np.pi))
            out.append(
                Station(
                    index, found, float(xy[0]), float(xy[1]), round(trail, 4), ("A", "B") if two else ("A",)
                )
            )
        if found < wanted:
            raise ParameterError(
                _(
                    "Only {found} of {wanted} stations of {partner} fit on its land at {spacing:.0f} m apart; "
                    "lower survey.stations or survey.spacing_min."
                ).format(found=found, wanted=wanted, partner=partner.id, spacing=p.survey.spacing_min)
            )
    return tuple(out)


def coordinates(stations: tuple[Station, ...]) -> Floats:
    """Return (station, 2) metres."""
    return np.array([(s.x, s.y) for s in stations], dtype=np.float64).reshape(-1, 2)
