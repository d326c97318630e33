"""The ground: a mask in UTM 52N, patches of good habitat, a coast, and the borders between partners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats
from pardus.model.mask import Mask
from pardus.sim.parameters import LandscapeParameters, PartnerParameters
from pardus.sim.streams import stream

CRS = "EPSG:32652"
CENTRE = np.array((668_000.0, 4_790_000.0))
_WAVES = 48
_MARGIN = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class Landscape:
    """Where animals can live and whose land it is.

    mask: covariates "habitat" and "elevation" (standard normal); regions: partner id -> (cell,) bool.
    borders: between neighbouring partners from west to east, each (vertex, 2) metres from south to north.
    sea: ring of unsuitable ground (vertex, 2), empty without a coast.
    """

    mask: Mask
    borders: tuple[Floats, ...]
    sea: Floats

    def owner(self, xy: Floats) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Return for each point (n, 2) the index of the partner on whose land it lies."""
        out = np.zeros(len(xy), dtype=np.int64)
        for border in self.borders:
            out += xy[:, 0] >= np.interp(xy[:, 1], border[:, 1], border[:, 0])
        return out


def make_landscape(
    seed: int, parameters: LandscapeParameters, partners: tuple[PartnerParameters, ...]
) -> Landscape:
    """Return the landscape of a seed: exactly area_km2 of cells, cut among the partners by their shares."""
    p = parameters
    cells = max(len(partners), round(p.area_km2 * 1e6 / p.cell**2))
    width = np.sqrt(p.area_km2 * 1e6 / p.elongation)
    half = np.array((width, width * p.elongation)) * _MARGIN / 2
    x, y = (np.arange(c - h, c + h, p.cell) + p.cell / 2 for c, h in zip(_corner(p.cell), half, strict=True))
    grid = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1).reshape(-1, 2)
    habitat = _field(stream(seed, "habitat"), grid, p.grain)
    elevation = _field(stream(seed, "elevation"), grid, p.grain * 1.5)
    from_axis = (grid - CENTRE) / (half / _MARGIN)
    score = 0.35 * habitat - (from_axis**4).sum(axis=1)
    sea = _sea(half) if p.sea else np.empty((0, 2))
    if p.sea:
        score[_in_sea(grid, half)] = -np.inf
    keep = np.sort(np.argsort(-score, kind="stable")[:cells])
    xy = grid[keep]
    borders = _borders(seed, xy, partners, half)
    mask = Mask(
        xy=xy,
        cell_area=p.cell**2 / 1e4,
        spacing=p.cell,
        covariates={"habitat": _standard(habitat[keep]), "elevation": _standard(elevation[keep])},
    )
    landscape = Landscape(mask, borders, sea)
    owner = landscape.owner(xy)
    regions = {partner.id: owner == i for i, partner in enumerate(partners)}
    mask = Mask(mask.xy, mask.cell_area, mask.spacing, mask.covariates, regions)
    return Landscape(mask, borders, sea)


def _corner(cell: float) -> Floats:
    out: Floats = np.round(CENTRE / cell) * cell
    return out


def _field(rng: np.random.Generator, xy: Floats, grain: float) -> Floats:
    """Return a smooth random field: a sum of plane waves of random direction, length about `grain` and phase."""
    angle = rng.uniform(0, 2 * np.pi, _WAVES)
    number = 2 * np.pi / (grain * np.exp(rng.normal(0.6, 0.4, _WAVES)))
    phase = rng.uniform(0, 2 * np.pi, _WAVES)
    waves = np.cos(xy[:, :1] * (number * np.cos(angle)) + xy[:, 1:] * (number * np.sin(angle)) + phase)
    out: Floats = np.round(waves.sum(axis=1) * np.sqrt(2 / _WAVES), 6)
    return out


def _standard(values: Floats) -> Floats:
    out: Floats = np.round((values - values.mean()) / max(values.std(), 1e-9), 6)
    return out


def _coast(y: Floats, half: Floats) -> Floats:
    """Return the coast's easting: it comes in from the east towards the south."""
    south = (y - CENTRE[1]) / half[1]
    wiggle = 0.06 * half[0] * np.sin(9 * south) + 0.03 * half[0] * np.sin(23 * south + 1)
    out: Floats = CENTRE[0] + half[0] * (0.75 + 0.55 * south) + wiggle
    return out


def _in_sea(xy: Floats, half: Floats) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    out: np.ndarray[tuple[int], np.dtype[np.bool_]] = xy[:, 0] > _coast(xy[:, 1], half)
    return out


def _sea(half: Floats) -> Floats:
    y = np.linspace(CENTRE[1] - 2 * half[1], CENTRE[1] + 0.6 * half[1], 80)
    line = np.stack((np.minimum(_coast(y, half), CENTRE[0] + 3 * half[0]), y), axis=1)
    far = CENTRE[0] + 3 * half[0] + 1.0
    return np.round(np.concatenate((line, [[far, y[-1]], [far, y[0]]])), 1)


def _borders(
    seed: int, xy: Floats, partners: tuple[PartnerParameters, ...], half: Floats
) -> tuple[Floats, ...]:
    """Return meandering lines from south to north, moved so that each partner has its share of the cells."""
    y = np.linspace(CENTRE[1] - 3 * half[1], CENTRE[1] + 3 * half[1], 241)
    borders = []
    share = 0.0
    for number, partner in enumerate(partners[:-1]):
        rng = stream(seed, "border", number)
        meander = np.zeros_like(y)
        for wave in range(1, 5):
            turn = rng.uniform(0, 2 * np.pi)
            meander += 0.26 * half[0] / wave * np.sin(2.2 * wave * (y - CENTRE[1]) / half[1] + turn)
        share += partner.share
        offset = xy[:, 0] - np.interp(xy[:, 1], y, meander)
        east = np.quantile(offset, share, method="lower") + 0.5
        borders.append(np.round(np.stack((east + meander, y), axis=1), 1))
    return tuple(borders)
