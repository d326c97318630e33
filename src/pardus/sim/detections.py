"""Layer (a): SCR detections straight from the model, fast enough for thousands of surveys."""

from __future__ import annotations

import numpy as np

from pardus.model.capture import CaptureHistory, Detectors, Floats, Ints
from pardus.scr.detection import hazard


def expected_visits(
    detectfn: str, centres: Floats, group: Ints, detectors: Floats, lambda0: Floats, sigma: Floats
) -> Floats:
    """Return expected detections per unit of usage, (animal, detector).

    centres: (animal, 2) metres. group: (animal,) index into lambda0 and sigma (sex). detectors: (detector, 2).
    """
    d2 = (centres[:, :1] - detectors[:, 0]) ** 2 + (centres[:, 1:] - detectors[:, 1]) ** 2
    distance = np.sqrt(d2)
    out = np.zeros_like(distance)
    for g in range(len(lambda0)):
        rows = group == g
        if rows.any():
            out[rows] = hazard(detectfn, distance[rows], float(lambda0[g]), float(sigma[g]))
    return out


def simulate_history(
    rng: np.random.Generator,
    rate: Floats,
    detectors: Detectors,
    session: str = "1",
    ids: tuple[str, ...] = (),
    sex: np.ndarray[tuple[int], np.dtype[np.str_]] | None = None,
    kind: str = "proximity",
) -> CaptureHistory:
    """Return the capture history of one closed survey.

    rate: (animal, detector) expected detections per unit of usage. kind: "count" draws
    Poisson(usage * rate) for each animal, occasion and detector; "proximity" keeps whether it is above 0,
    so its chance is 1 - exp(-usage * rate). ids: (animal,) names; without them animals are numbered.

    Counts are drawn summed over occasions and then spread in proportion to usage: the same distribution,
    with far fewer random numbers.
    """
    usage = detectors.usage
    total = rng.poisson(rate * usage.sum(axis=1))
    animal, detector = np.nonzero(total)
    repeat = total[animal, detector]
    animal, detector = np.repeat(animal, repeat), np.repeat(detector, repeat)
    occasion = _spread(rng, usage, detector)
    n_detectors, n_occasions = usage.shape
    key = (animal * n_occasions + occasion) * n_detectors + detector
    unique, count = np.unique(key, return_counts=True)
    if kind != "count":
        count = np.ones_like(count)
    seen, index = np.unique(unique // (n_occasions * n_detectors), return_inverse=True)
    names = tuple(ids[i] if ids else str(i + 1) for i in seen)
    return CaptureHistory(
        session=session,
        animals=names,
        detectors=detectors,
        animal=index.astype(np.int64),
        occasion=(unique // n_detectors) % n_occasions,
        detector=unique % n_detectors,
        count=count.astype(np.int64),
        kind=kind,
        covariates={} if sex is None else {"sex": sex[seen]},
    )


def _spread(rng: np.random.Generator, usage: Floats, detector: Ints) -> Ints:
    """Return an occasion for each event, drawn in proportion to its detector's usage."""
    cumulative = np.cumsum(usage, axis=1)
    draw = rng.random(len(detector)) * cumulative[detector, -1]
    occasion: Ints = (cumulative[detector] <= draw[:, None]).sum(axis=1)
    last: Ints = np.minimum(occasion, usage.shape[1] - 1)
    return last
