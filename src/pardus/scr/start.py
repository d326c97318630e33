"""Starting values without asking: moments of the data.

sigma from the spread of each animal's detections; the amplitude from detections per detected animal; D from
the number detected over the effective area that these two give.
"""

from __future__ import annotations

import numpy as np

from pardus.model.capture import CaptureHistory, Floats
from pardus.model.mask import Mask
from pardus.scr import links
from pardus.scr.assemble import problem_kind
from pardus.scr.design import HECTARE, Design
from pardus.scr.detection import is_hazard, log_hazard
from pardus.scr.nearest import gaps

_MOST_PAIRS = 250_000  # detectors times cells looked at
_FEWEST_CELLS = 200
_Z = 4.0


def pooled_sigma(histories: tuple[CaptureHistory, ...]) -> float | None:
    """Return the pooled within-animal spread in metres, or None without spatial recaptures."""
    squares, freedom = 0.0, 0.0
    for h in histories:
        if not h.n_animals:
            continue
        xy = h.detectors.xy[h.detector]
        total = np.bincount(h.animal, h.count, h.n_animals)
        centre = np.stack([np.bincount(h.animal, h.count * xy[:, a], h.n_animals) for a in (0, 1)], axis=1)
        away = xy - (centre / total[:, None])[h.animal]
        squares += float((h.count[:, None] * away**2).sum())
        freedom += float(2 * (total - 1).sum())
    return float(np.sqrt(squares / freedom)) if squares > 0 and freedom > 0 else None


def starting_values(design: Design) -> Floats:
    """Return theta to start from."""
    sigma = pooled_sigma(design.histories) or _spacing(design.histories)
    detectfn = design.spec.detectfn
    sigma = design.spec.fixed.get("sigma", sigma * (0.7 if detectfn in ("EX", "HEX") else 1.0))
    pieces = [_Session(h, m, design, sigma) for h, m in zip(design.histories, design.masks, strict=True)]
    detected = sum(h.n_animals for h in design.histories)
    detections = sum(h.n_detections for h in design.histories)
    log_h0 = _amplitude(pieces, max(detections, 1) / max(detected, 1))
    h0 = float(np.exp(log_h0))
    amplitude = h0 if is_hazard(detectfn) else min(-np.expm1(-h0), 0.9)
    if design.spec.amplitude == "a0":
        amplitude = 2 * np.pi * h0 * sigma**2 / HECTARE
    values = {design.spec.amplitude: float(amplitude), "sigma": sigma, "z": _Z, "pmix": 0.5}
    theta = np.zeros(len(design.names))
    for name, predictor in design.predictors.items():
        if predictor.fixed is not None:
            continue
        X = predictor.matrix.values
        if name == "D":
            target = np.zeros(len(X))
            for rows, piece, h in zip(design.density_rows, pieces, design.histories, strict=True):
                share = max(h.n_animals, 0.3) / rows.shape[0]
                target[rows] = links.forward(predictor.link, share / piece.effective_area(log_h0))
        else:
            target = np.full(len(X), links.forward(predictor.link, values[name]))
        theta[predictor.place] = np.linalg.lstsq(X, target, rcond=None)[0]
    return theta


def more_starts(design: Design, theta: Floats) -> list[Floats]:
    """Return the starts to try. Unknown classes need several: where both are alike the likelihood is a saddle.

    Each moves the coefficients that set the second class apart (their names hold "h22").
    """
    apart = [j for j, name in enumerate(design.names) if name.endswith("h22")]
    if not design.spec.mixture or design.spec.hcov or not apart:
        return [theta]
    out = []
    for shift in (1.0, -1.0) if len(apart) > 1 else (1.0,):
        moved = theta.copy()
        for order, j in enumerate(apart):
            moved[j] = 1.5 if order == 0 else 0.5 * shift
        out.append(moved)
    return out


class _Session:
    """Total hazard of one session per unit of amplitude, on a thinned mask."""

    def __init__(self, history: CaptureHistory, mask: Mask, design: Design, sigma: float) -> None:
        most = max(_FEWEST_CELLS, _MOST_PAIRS // max(len(history.detectors.ids), 1))
        step = max(1, len(mask) // most)
        cells = mask.xy[::step]
        self.area = mask.cell_area * len(mask) / len(cells)
        _kind, size = problem_kind(history.kind, design.spec.binomial_size)
        effort = history.detectors.usage.sum(axis=1) * (size if isinstance(size, int) else 1)
        distance = np.hypot(*(history.detectors.xy[:, None, :] - cells[None, :, :]).transpose(2, 0, 1))
        name = design.spec.detectfn
        name = name if is_hazard(name) else f"H{name}"
        zero = np.zeros(1)
        shape = log_hazard(name, distance, zero, np.log([sigma]), np.log([design.spec.fixed.get("z", _Z)]))
        self.unit: Floats = effort @ np.exp(shape.value)
        self.binary = history.kind == "multi"
        self.occasions = history.n_occasions

    def effective_area(self, log_h0: float) -> float:
        """Hectares: sum over cells of the chance of being detected at all."""
        return float(self.area * -np.expm1(-np.exp(log_h0) * self.unit).sum())

    def detections(self, log_h0: float) -> float:
        """Hectares times expected detections."""
        H = np.exp(log_h0) * self.unit
        if self.binary:
            H = self.occasions * -np.expm1(-H / self.occasions)
        return float(self.area * H.sum())


def _amplitude(pieces: list[_Session], per_animal: float) -> float:
    """Return log h0 at which detections per detected animal are as observed (bisection)."""
    low, high = -25.0, 8.0
    wanted = max(per_animal, 1.02)
    for _step in range(50):
        middle = (low + high) / 2
        area = sum(p.effective_area(middle) for p in pieces)
        ratio = sum(p.detections(middle) for p in pieces) / max(area, 1e-300)
        low, high = (middle, high) if ratio < wanted else (low, middle)
    return (low + high) / 2


def _spacing(histories: tuple[CaptureHistory, ...]) -> float:
    """Return the median distance to the nearest other detector, in metres."""
    found = np.concatenate([gaps(h.detectors.xy) for h in histories])
    return float(np.median(found[found > 0])) if (found > 0).any() else 1_000.0
