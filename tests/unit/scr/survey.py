"""Small surveys for tests, simulated here in a few lines so that tests of the estimator lean on nothing else."""

import numpy as np

from pardus.model.capture import CaptureHistory, Detectors, capture_history
from pardus.model.mask import Mask
from pardus.scr.mask import around

MODELS: list[dict[str, object]] = [
    {},
    {"model": "D~x+y2"},
    {"model": "{a}~bk"},
    {"model": "{a}~b, sigma~T"},
    {"model": "{a}~t"},
    {"model": "{a}~Bk"},
    {"model": "{a}~h2"},
    {"model": "{a}~h2, sigma~h2", "hcov": "sex"},
    {"model": "D~g, sigma~g", "groups": "sex"},
    {"model": "{a}~sex, sigma~sex", "conditional": True},
    {"model": "D~x", "conditional": True},
    {"distribution": "binomial"},
]
"""Models that take every part of the likelihood; {a}: the amplitude, lambda0 or g0."""


def grid(side: int = 5, step: float = 2000.0, occasions: int = 5) -> Detectors:
    xy = np.stack([g.reshape(-1) for g in np.meshgrid(*[np.arange(side) * step] * 2)], axis=1)
    ids = tuple(f"S{j:02d}" for j in range(len(xy)))
    return Detectors(ids, xy, np.ones((len(xy), occasions)))


def simulated(
    seed: int,
    detectors: Detectors | None = None,
    N: int = 60,
    lambda0: float = 0.15,
    sigma: float = 2000.0,
    kind: str = "count",
    session: str = "1",
    spacing: float = 1000.0,
) -> tuple[CaptureHistory, Mask]:
    detectors = detectors or grid()
    rng = np.random.default_rng(seed)
    mask = around(detectors.xy, 4 * sigma, spacing)
    homes = mask.xy[rng.integers(len(mask), size=N)] + rng.uniform(-spacing / 2, spacing / 2, (N, 2))
    sex = rng.choice(["F", "M"], N)
    d2 = ((homes[:, None, :] - detectors.xy[None]) ** 2).sum(axis=2)
    rate = lambda0 * np.exp(-d2 / (2 * sigma**2))[:, None, :] * detectors.usage.T[None]
    y = rng.poisson(rate)
    if kind == "proximity":
        y = np.minimum(y, 1)
    if kind == "multi":
        total = rate.sum(axis=2, keepdims=True)
        caught = rng.random(total.shape) < -np.expm1(-total)
        share = np.cumsum(rate / np.maximum(total, 1e-300), axis=2)
        first = (rng.random(total.shape) < share).argmax(axis=2)
        y = (np.arange(rate.shape[2]) == first[..., None]) & caught
    seen = y.sum(axis=(1, 2)) > 0
    animals = tuple(f"A{i:03d}" for i in range(int(seen.sum())))
    dense = y[seen].astype(np.int64)
    return capture_history(session, animals, detectors, dense, kind, {"sex": sex[seen]}), mask
