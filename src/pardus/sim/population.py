"""A population through the years: who lives, where, with whom, and who dies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pardus.model.capture import Floats, Ints
from pardus.sim.landscape import Landscape
from pardus.sim.parameters import PopulationParameters
from pardus.sim.streams import stream

INDEPENDENT_AGE = 1
NEVER = 9_999


@dataclass(slots=True)
class Animal:
    """One animal's life. born: year of birth. mother: number of an Animal or -1.

    died: the year in whose course, after that winter's survey, it died (NEVER: it outlives the simulation).
    found_dead: somebody found the body.
    """

    number: int
    sex: str
    born: int
    mother: int = -1
    died: int = NEVER
    found_dead: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Census:
    """All animals alive in one winter.

    animal: (n,) numbers. xy: (n, 2) activity centres, metres; a dependent cub's is its mother's.
    age: (n,) years; 0 = dependent cub. mother: (n,) number, -1 if unknown or independent.
    """

    year: int
    animal: Ints
    xy: Floats
    age: Ints
    mother: Ints

    @property
    def independent(self) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Who counts: all but dependent cubs, (n,)."""
        out: np.ndarray[tuple[int], np.dtype[np.bool_]] = self.age >= INDEPENDENT_AGE
        return out


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Animals and yearly censuses. capped: years in which there were too few females for the stated growth."""

    animals: tuple[Animal, ...]
    censuses: tuple[Census, ...]
    capped: tuple[int, ...]


def density(landscape: Landscape, slope: float) -> Floats:
    """Return the chance of each cell to hold an activity centre, (cell,), sum 1."""
    weight = np.exp(slope * landscape.mask.covariates["habitat"].astype(np.float64))
    out: Floats = weight / weight.sum()
    return out


def draw_centres(rng: np.random.Generator, landscape: Landscape, chance: Floats, n: int) -> Floats:
    """Return n independent activity centres (n, 2), uniform within their cells. chance: (cell,), sum 1."""
    cell = np.searchsorted(np.cumsum(chance), rng.random(n) * chance.sum(), side="right")
    cell = np.minimum(cell, len(chance) - 1)
    jitter = (rng.random((n, 2)) - 0.5) * landscape.mask.spacing
    out: Floats = np.round(landscape.mask.xy[cell] + jitter, 1)
    return out


def simulate_population(seed: int, landscape: Landscape, parameters: PopulationParameters) -> Population:
    """Return the population of a seed.

    Survival is Bernoulli(survival) for each independent animal and year. Cubs are born so that, given the
    number of independent animals N, the expected number of recruits next year is (growth - survival) N;
    a recruit is a cub that outlives its first year and whose mother does too.
    """
    return _Life(seed, landscape, parameters).run()


class _Life:
    def __init__(self, seed: int, landscape: Landscape, parameters: PopulationParameters) -> None:
        self.p = parameters
        self.landscape = landscape
        self.rng = stream(seed, "population")
        self.chance = density(landscape, parameters.density_slope)
        self.animals: list[Animal] = []
        self.centre: dict[int, Floats] = {}
        self.capped: list[int] = []

    def run(self) -> Population:
        p = self.p
        censuses: list[Census] = []
        for year in range(p.first_year, p.first_year + p.years):
            if not censuses:
                self.found(year)
            else:
                self.pass_a_year(year)
            self.breed(year)
            censuses.append(self.census(year))
        return Population(tuple(self.animals), tuple(censuses), tuple(self.capped))

    def found(self, year: int) -> None:
        """Make the first year's independent animals, with the ages that this survival leads to."""
        p, rng = self.p, self.rng
        n = p.n if p.n_is == "fixed" else int(rng.poisson(p.n))
        centres = draw_centres(rng, self.landscape, self.chance, n)
        survival = min(p.survival, 0.95)
        for number in range(n):
            age = INDEPENDENT_AGE + int(
                min(np.floor(np.log(1 - rng.random()) / np.log(max(survival, 1e-6))), 14)
            )
            self.add(year - age, -1, centres[number])

    def add(self, born: int, mother: int, centre: Floats) -> None:
        sex = "F" if self.rng.random() < self.p.female_share else "M"
        animal = Animal(len(self.animals), sex, born, mother)
        self.animals.append(animal)
        self.centre[animal.number] = centre

    def alive(self) -> Iterator[Animal]:
        return (self.animals[number] for number in sorted(self.centre))

    def breed(self, year: int) -> None:
        """Give females cubs, born in the summer before this winter."""
        p, rng = self.p, self.rng
        independent = [a for a in self.alive() if year - a.born >= INDEPENDENT_AGE]
        mothers = [a for a in independent if a.sex == "F" and year - a.born >= p.breeding_age]
        wanted = (p.growth - p.survival) * len(independent)
        for_each = p.litter * p.cub_survival * p.survival * len(mothers)
        chance = wanted / for_each if for_each else float(wanted > 0)
        if chance > 1 or (wanted > 0 and not mothers):
            self.capped.append(year)
        for mother in mothers:
            if rng.random() < min(chance, 1.0):
                for _cub in range(1 + int(rng.binomial(3, (p.litter - 1) / 3))):
                    self.add(year, mother.number, self.centre[mother.number])

    def pass_a_year(self, year: int) -> None:
        """Let animals die, cubs grow up and leave, and the settled shift a little."""
        p, rng = self.p, self.rng
        cubs = [a for a in self.alive() if year - 1 - a.born < INDEPENDENT_AGE]
        for animal in [a for a in self.alive() if year - 1 - a.born >= INDEPENDENT_AGE]:
            if rng.random() >= p.survival:
                self.bury(animal, year - 1, rng.random() < p.found_dead)
            else:
                self.centre[animal.number] = self.move(self.centre[animal.number], p.shift)
        for cub in cubs:
            orphan = self.animals[cub.mother].died < year
            if rng.random() >= p.cub_survival or orphan:
                self.bury(cub, year - 1, False)
            else:
                scale = p.dispersal_female if cub.sex == "F" else p.dispersal_male
                self.centre[cub.number] = self.move(self.centre[cub.number], scale)

    def bury(self, animal: Animal, year: int, found: bool) -> None:
        animal.died, animal.found_dead = year, found
        del self.centre[animal.number]

    def move(self, centre: Floats, scale: float) -> Floats:
        """Return a new centre: cells weighted by density and a bivariate normal step."""
        d2 = ((self.landscape.mask.xy - centre) ** 2).sum(axis=1)
        weight = self.chance * np.exp(-(d2 - d2.min()) / (2 * scale**2))
        moved: Floats = draw_centres(self.rng, self.landscape, weight / weight.sum(), 1)[0]
        return moved

    def census(self, year: int) -> Census:
        alive = list(self.alive())
        return Census(
            year=year,
            animal=np.array([a.number for a in alive], dtype=np.int64),
            xy=np.array([self.centre[a.number] for a in alive], dtype=np.float64).reshape(-1, 2),
            age=np.array([year - a.born for a in alive], dtype=np.int64),
            mother=np.array(
                [a.mother if year - a.born < INDEPENDENT_AGE else -1 for a in alive], dtype=np.int64
            ),
        )
