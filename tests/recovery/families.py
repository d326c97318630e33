"""Surveys of leopard size, simulated by formulas written here and nowhere else, one family for each kind of model.

64 cameras 1.5 sigma apart, 60 nights with failures, about 40 animals detected 140 times; animals live anywhere in
the mask's cells. Lengths in metres, areas in hectares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from pardus.model.capture import CaptureHistory, Detectors, Floats
from pardus.model.mask import Mask

SIGMA = 2_700.0
SPACING = 1.5 * SIGMA
NIGHTS = 60
CELL = 1_600.0
PROBABILITIES = ("HN", "EX", "HR")
"""Detection functions that give a probability; the others give a hazard."""


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of model: how to simulate it and how to fit it.

    model, detectfn, options: as `pardus.scr.fit` takes them. truth: coefficient -> true value on the link scale.
    density: animals per hectare (mean over the mask). amplitude: lambda0 or g0 per night. kind: of history.
    male_share: of males in the population, None without sexes. male: factors of (amplitude, sigma) for males.
    unknown: share of detected animals whose sex is not seen. response: factor on the hazard at cameras that
    have caught the animal ("bk") or after its first capture ("b"). slope: of log D on the covariate "forest".
    sessions: number. size: trials of binomial counts. fixed_only: the model takes N as fixed.
    cell: width of mask cells; hazard-rate curves of z = 5 fall within 0.7 sigma and need smaller ones.
    buffer: of the mask about the cameras.
    camera: factor on the hazard of every third camera. trend: of the log hazard, for each night.
    weak: quantities that so few animals do not tell; the study shows them, the test does not hold them.
    """

    name: str
    model: str = ""
    detectfn: str = "HHN"
    kind: str = "proximity"
    options: Mapping[str, object] = field(default_factory=dict)
    amplitude: float = 0.03
    density: float = 3.2e-4
    sigma: float = SIGMA
    z: float = 5.0
    male_share: float | None = None
    male: tuple[float, float] = (1.0, 1.0)
    unknown: float = 0.0
    response: tuple[str, float] | None = None
    slope: float = 0.0
    cell: float = CELL
    buffer: float = 4 * SIGMA
    camera: float = 1.0
    trend: float = 0.0
    sessions: int = 1
    size: int | None = None
    fixed_only: bool = False
    weak: tuple[str, ...] = ()


FAMILIES = (
    Family("HHN, proximity"),
    Family("HHN, counts", kind="count"),
    Family("HHN, binomial counts", kind="count", options={"binomial_size": 3}, amplitude=0.0102, size=3),
    Family("HN, proximity", detectfn="HN"),
    Family("HEX, counts", detectfn="HEX", kind="count", sigma=1_500.0, amplitude=0.1),
    Family(
        "HHR, counts", detectfn="HHR", kind="count", sigma=2_600.0, amplitude=0.042, cell=1_000.0, weak=("z",)
    ),
    Family("D on a covariate", "D~forest", slope=0.5),
    Family("three sessions", "D~session", sessions=3, density=1.2e-4),
    Family(
        "groups by sex", "D~g, lambda0~g, sigma~g", options={"groups": "sex"}, male_share=0.4, male=(1.0, 1.3)
    ),
    Family(
        "sex as hybrid mixture",
        "lambda0~h2, sigma~h2",
        options={"hcov": "sex"},
        male_share=0.4,
        male=(1.0, 1.3),
        unknown=0.3,
    ),
    Family("site learned response", "lambda0~bk", response=("bk", 1.8), amplitude=0.023),
    Family("conditional likelihood", options={"conditional": True}),
    Family("N fixed", options={"distribution": "binomial"}, fixed_only=True),
    Family("EX, proximity", detectfn="EX", sigma=1_900.0, amplitude=0.07),
    Family("HR, proximity", detectfn="HR", sigma=2_600.0, amplitude=0.042, cell=1_000.0, weak=("z",)),
    Family(
        "two unknown classes",
        "lambda0~h2, sigma~h2",
        male_share=0.4,
        male=(1.0, 2.2),
        unknown=1.0,
        sigma=1_900.0,
        amplitude=0.033,
        density=2.9e-4,
        buffer=17_000.0,
    ),
    Family("global learned response", "lambda0~b", response=("b", 1.8), amplitude=0.023),
    Family("transient response", "lambda0~Bk", response=("Bk", 3.0), amplitude=0.028),
    Family("multi-catch", kind="multi", amplitude=0.033),
    Family("camera type", "lambda0~camera", camera=0.5, amplitude=0.037),
    Family("trend over occasions", "lambda0~T", trend=-0.01, amplitude=0.04),
    Family("relative density", "D~forest", options={"conditional": True}, slope=0.5),
)


def shape(family: Family, distance: Floats, sigma: Floats) -> Floats:
    """Return the detection function's shape, 1 at distance 0."""
    ratio = distance / sigma
    if family.detectfn in ("HN", "HHN"):
        return np.asarray(np.exp(-(ratio**2) / 2))
    if family.detectfn in ("EX", "HEX"):
        return np.asarray(np.exp(-ratio))
    return np.asarray(-np.expm1(-(np.maximum(ratio, 1e-9) ** -family.z)))


def cameras(rng: np.random.Generator) -> Detectors:
    """Return the grid of cameras, moved a little, with a spell of failure for one in three."""
    xy = np.stack(np.meshgrid(np.arange(8), np.arange(8)), axis=-1).reshape(-1, 2) * SPACING
    xy = xy + rng.uniform(-400, 400, xy.shape)
    usage = np.ones((len(xy), NIGHTS))
    for k in np.flatnonzero(rng.random(len(xy)) < 1 / 3):
        start = rng.integers(0, NIGHTS - 10)
        usage[k, start : start + rng.integers(5, 40)] = 0.0
    camera = np.where(np.arange(len(xy)) % 3 == 0, "white", "infrared")
    return Detectors(tuple(f"S{k:02d}" for k in range(len(xy))), xy, usage, {"camera": camera})


def habitat(cell: float = CELL, buffer: float = 4 * SIGMA) -> Mask:
    """Return the mask: a square about the cameras, with a covariate of mean 0 and SD 1."""
    low, high = -buffer, 7 * SPACING + buffer
    axis = np.arange(low + cell / 2, high, cell)
    xy = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    forest = np.sin(xy[:, 0] / 6_000) + np.cos(xy[:, 1] / 8_000)
    return Mask(xy, cell**2 / 1e4, cell, {"forest": (forest - forest.mean()) / forest.std()})


@dataclass(frozen=True, slots=True, eq=False)
class Survey:
    """One simulated survey: what was recorded, and how many animals there were in each session."""

    histories: tuple[CaptureHistory, ...]
    population: tuple[int, ...]


def survey(family: Family, detectors: Detectors, mask: Mask, rng: np.random.Generator, fixed: bool) -> Survey:
    """Simulate one survey. fixed: the population is the rounded mean, else Poisson."""
    relative = np.exp(family.slope * mask.covariates["forest"].astype(np.float64))
    cells = relative / relative.sum()
    expected = family.density * mask.area
    made = []
    for s in range(family.sessions):
        n = round(expected) if fixed else rng.poisson(expected)
        centres = mask.xy[rng.choice(len(mask), n, p=cells)] + rng.uniform(-0.5, 0.5, (n, 2)) * mask.spacing
        made.append((n, _history(family, detectors, centres, str(s + 1), rng)))
    return Survey(tuple(h for _n, h in made), tuple(n for n, _h in made))


def _history(
    family: Family, detectors: Detectors, centres: Floats, session: str, rng: np.random.Generator
) -> CaptureHistory:
    n = len(centres)
    male = rng.random(n) < (family.male_share or 0.0)
    factor = np.where(male[:, None], np.array(family.male), 1.0)
    distance = np.hypot(*(centres[:, None] - detectors.xy[None]).transpose(2, 0, 1))
    curve = family.amplitude * factor[:, :1] * shape(family, distance, family.sigma * factor[:, 1:])
    hazard = -np.log1p(-curve) if family.detectfn in PROBABILITIES else curve
    hazard = hazard * np.where(detectors.covariates["camera"] == "white", family.camera, 1.0)
    counts = _counts(family, hazard, detectors.usage, rng)
    seen = counts.sum(axis=(1, 2)) > 0
    counts, male = counts[seen], male[seen]
    animal, occasion, detector = np.nonzero(counts)
    covariates = {}
    if family.male_share is not None:
        sex = np.where(male, "M", "F")
        covariates["sex"] = np.where(rng.random(len(sex)) < family.unknown, "", sex)
    return CaptureHistory(
        session,
        tuple(f"A{i:03d}" for i in range(len(counts))),
        detectors,
        animal,
        occasion,
        detector,
        counts[animal, occasion, detector].astype(np.int64),
        family.kind,
        covariates,
    )


def _counts(family: Family, hazard: Floats, usage: Floats, rng: np.random.Generator) -> Floats:
    """Return counts (animal, occasion, detector)."""
    n, K = hazard.shape
    nights = np.exp(family.trend * np.arange(usage.shape[1]))
    rate = hazard[:, None, :] * (usage * nights).T[None]
    if family.kind == "multi":
        return _one_at_most(rate, rng)
    if family.response is not None:
        return _learning(family.response, rate, rng)
    if family.size is not None:
        return rng.binomial(family.size, -np.expm1(-rate)).astype(np.float64)
    if family.kind == "count":
        return rng.poisson(rate).astype(np.float64)
    return (rng.random((n, usage.shape[1], K)) < -np.expm1(-rate)).astype(np.float64)


def _one_at_most(rate: Floats, rng: np.random.Generator) -> Floats:
    """Catch each animal at one camera at most on a night: the first of competing Poisson processes."""
    total = rate.sum(axis=2, keepdims=True)
    share = np.cumsum(rate, axis=2) / np.maximum(total, 1e-300)
    where = (rng.random(total.shape) < share).argmax(axis=2)
    caught = rng.random(total.shape) < -np.expm1(-total)
    return caught * (where[:, :, None] == np.arange(rate.shape[2]))


def _learning(response: tuple[str, float], rate: Floats, rng: np.random.Generator) -> Floats:
    """Go night by night, as cameras that have caught an animal (or the animal itself) change."""
    name, factor = response
    out = np.zeros(rate.shape)
    changed = np.zeros((rate.shape[0], rate.shape[2]), dtype=bool)
    for night in range(rate.shape[1]):
        hazard = rate[:, night] * np.where(changed, factor, 1.0)
        out[:, night] = rng.random(hazard.shape) < -np.expm1(-hazard)
        caught = out[:, night] > 0
        if name == "Bk":
            changed = caught
        else:
            changed |= caught if name == "bk" else caught.any(axis=1, keepdims=True)
    return out


def truths(family: Family, names: tuple[str, ...]) -> dict[str, float]:
    """Return the true value of each coefficient on its link scale, for those that have one.

    Left out: the intercept of D where its covariate's coding makes it something else.
    """
    amplitude = "g0" if family.detectfn in PROBABILITIES else "lambda0"
    a = family.amplitude
    link: Callable[[float], float] = (
        (lambda v: float(np.log(v / (1 - v)))) if amplitude == "g0" else (lambda v: float(np.log(v)))
    )
    known = {amplitude: link(a), "sigma": float(np.log(family.sigma)), "z": float(np.log(family.z))}
    if family.slope == 0.0 and family.male_share is None:
        known["D"] = float(np.log(family.density))
    if family.slope:
        known["D.forest"] = family.slope
    if family.sessions > 1:
        known |= {f"D.session{s + 1}": 0.0 for s in range(1, family.sessions)}
    if family.male_share is not None:
        share = family.male_share
        known |= {"D": float(np.log(family.density * (1 - share)))} if "groups" in family.options else {}
        known |= {"D.gM": float(np.log(share / (1 - share)))}
        known |= {f"{amplitude}.{c}": float(np.log(family.male[0])) for c in ("gM", "h2M", "h22")}
        known |= {f"sigma.{c}": float(np.log(family.male[1])) for c in ("gM", "h2M", "h22")}
        known["pmix"] = float(np.log(share / (1 - share)))
        if "groups" not in family.options:
            known["D"] = float(np.log(family.density))
    known |= {f"{amplitude}.camerawhite": float(np.log(family.camera)), f"{amplitude}.T": family.trend}
    if family.response is not None:
        known[f"{amplitude}.{family.response[0]}TRUE"] = float(np.log(family.response[1]))
    return {name: known[name] for name in names if name in known}
