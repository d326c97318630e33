"""Where animals live and how often each is seen: what a partition of events is worth before any picture is looked at.

A spatial capture-recapture model of the events, with everything but its parameters integrated out. Centres of home
ranges are a Poisson process of density D on the ground. An animal with centre s is seen at station j with rate
u lambda0 k_j(s) a night, k half-normal of scale sigma, u its own factor, gamma of mean 1 and shape `evenness`
(the smaller, the more some are seen than others). Then the events {n_j} of one animal weigh

    D * sum over cells [ area * (e / (e + H))^e * G(e + n) / G(e) * prod_j (lambda0 k_j / (e + H))^n_j ]

with H(s) the expected number of events at u = 1, e the evenness and n = sum n_j; and animals that are not seen weigh
exp(-D * A), A the area on which an animal is seen at least once, on average. Borchers and Efford 2008 for the process,
Augustine et al. 2018 for partitions of events drawn under it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.special import gammaln, logsumexp

from pardus.model.mask import Mask

Floats = NDArray[np.float64]

LEAST_K = 1e-8
"""Least k: an animal far from home is unlikely, not impossible (and a station's name may be wrong)."""

EVENNESS = (0.25, 16.0)
RATE = (1e-6, 10.0)
"""Events a night at the centre of a home range."""

STEP = 0.2
"""Standard deviation of a proposed change of a logarithm of a parameter."""


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """Where animals may live and where they could be seen.

    cells: (cell, 2) metres. area: (cell,) hectares. stations: (station, 2) metres. effort: (station,) nights > 0.
    """

    cells: Floats
    area: Floats
    stations: Floats
    effort: Floats

    def square_distances(self) -> Floats:
        """Return (station, cell) square metres."""
        squares: Floats = ((self.stations[:, None] - self.cells[None]) ** 2).sum(axis=2)
        return squares


NOWHERE = Ground(np.zeros((1, 2)), np.ones(1), np.zeros((1, 2)), np.full(1, 100.0))
"""One cell, one station: animals differ in how often they are seen, and nothing is known of where."""


def united(masks: Sequence[Mask]) -> tuple[Floats, Floats]:
    """Return centres and areas of the cells of all masks, ground that several hold once.

    A cell is left out where an earlier mask has one within three quarters of its width: nearer than any neighbour.
    """
    xy, area = masks[0].xy, np.full(len(masks[0]), masks[0].cell_area)
    for mask in masks[1:]:
        away, _nearest = cKDTree(xy).query(mask.xy)
        new = mask.xy[away > 0.75 * mask.spacing]
        xy, area = np.vstack([xy, new]), np.append(area, np.full(len(new), mask.cell_area))
    return xy, area


def coarse(xy: Floats, area: Floats, most: int) -> tuple[Floats, Floats]:
    """Put cells (centre, hectares) together until there are at most `most`; return their centres and areas."""
    width = np.sqrt(area.min() * 1e4)
    while True:
        square = np.floor((xy - xy.min(axis=0)) / width).astype(np.int64)
        _squares, of = np.unique(square, axis=0, return_inverse=True)
        whole: Floats = np.bincount(of.ravel(), area).astype(np.float64)
        if len(whole) <= most:
            centres = np.column_stack([np.bincount(of.ravel(), axis * area) / whole for axis in xy.T])
            return centres, whole
        width *= 1.2


@dataclass(frozen=True, slots=True, eq=False)
class Process:
    """The model at one set of parameters. sigma: metres. rate: lambda0, events a night."""

    rate: float
    sigma: float
    evenness: float
    log_once: Floats
    """(station, cell): logarithm of what an event at a station multiplies the weight of its animal by."""
    log_none: Floats
    """(cell,): logarithm of area times the chance of no event."""
    seen_area: float
    """Hectares on which an animal is seen at least once, on average."""


def process(ground: Ground, squares: Floats, rate: float, sigma: float, evenness: float) -> Process:
    """Return the model at these parameters. squares: `ground.square_distances()`."""
    log_k = np.maximum(-squares / (2 * sigma**2), np.log(LEAST_K))
    expected = rate * (ground.effort @ np.exp(log_k))
    log_never = evenness * (np.log(evenness) - np.log(evenness + expected))
    return Process(
        rate, sigma, evenness,
        np.log(rate) + log_k - np.log(evenness + expected),
        np.log(ground.area) + log_never,
        float(ground.area @ -np.expm1(log_never)),
    )  # fmt: skip


def log_weight(model: Process, seen: Floats) -> float:
    """Log weight of a partition, D integrated out (flat on its logarithm).

    seen: (animal, station) numbers of events; at least one of each animal.
    """
    n, t = seen.sum(axis=1), len(seen)
    where = logsumexp(model.log_none + seen @ model.log_once, axis=1)
    own = gammaln(model.evenness + n) - gammaln(model.evenness)
    return float((own + where).sum() + gammaln(t) - t * np.log(model.seen_area))


def first_guess(ground: Ground, events: int) -> tuple[float, float, float]:
    """Return rate, sigma and evenness to begin with: home ranges that reach the next station."""
    if len(ground.stations) < 2:
        return min(max(events / 10 / float(ground.effort.sum()), RATE[0]), RATE[1]), 1.0, 1.0
    squares = ((ground.stations[:, None] - ground.stations[None]) ** 2).sum(axis=2)
    np.fill_diagonal(squares, np.inf)
    sigma = float(np.median(np.sqrt(squares.min(axis=1))))
    return 0.02, float(np.clip(sigma, *_sigmas(ground))), 2.0


def _sigmas(ground: Ground) -> tuple[float, float]:
    """Return the smallest and the largest sigma that are thought of, metres."""
    extent = max(float(np.ptp(ground.cells, axis=0).max()), 1.0)
    return extent / 100, extent / 2


def redrawn(
    ground: Ground, squares: Floats, model: Process, seen: Floats, rng: np.random.Generator
) -> Process:
    """Draw the parameters anew, one after the other, given who is who (Metropolis on their logarithms)."""
    if not len(seen):
        return model
    bounds = {"rate": RATE, "evenness": EVENNESS}
    if len(ground.stations) > 1:
        bounds["sigma"] = _sigmas(ground)
    weight = log_weight(model, seen)
    for name, (low, high) in bounds.items():
        value = float(getattr(model, name) * np.exp(STEP * rng.normal()))
        if not low <= value <= high:
            continue
        now = {p: getattr(model, p) for p in ("rate", "sigma", "evenness")} | {name: value}
        tried = process(ground, squares, **now)
        other = log_weight(tried, seen)
        if np.log(rng.random()) < other - weight:
            model, weight = tried, other
    return model


def drawn_density(model: Process, animals: int, rng: np.random.Generator) -> float:
    """Draw D, animals a hectare, given the number of animals that were seen."""
    return float(rng.gamma(max(animals, 1)) / model.seen_area)
