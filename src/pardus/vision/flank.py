"""Which flank an animal shows: by the way it walks, or as the survey's confirmed pictures teach. A proposal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from pardus.model.observation import Box
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image

MOVED = 0.04
"""Of the picture's width: an animal that moved less may turn or sway, and says nothing."""

LEAST_TAUGHT = 30
"""Confirmed pictures below which nothing is learned."""

SURE = 0.85
"""Probability below which a learned model proposes nothing."""

RIDGE = 30.0


def by_walking(boxes: Sequence[Box]) -> str:
    """Return the flank of an animal whose boxes are in order of time: it walks forward. "" if it hardly moved.

    Who walks to the left of the picture has its head on the left and shows its left flank.
    """
    if len(boxes) < 2:
        return ""
    centre = [b.x + b.width / 2 for b in boxes]
    # an animal that walks in or out of the picture: the visible edge moves, not the centre alone
    moved = centre[-1] - centre[0]
    if abs(moved) < MOVED:
        return ""
    return "left" if moved < 0 else "right"


@dataclass(frozen=True, slots=True, eq=False)
class FlankModel:
    """Logistic regression on gradients of the crop; what it knows of one flank it knows, mirrored, of the other."""

    weights: NDArray[np.float64]

    def left(self, crop: Image) -> float:
        """Return the probability that a crop shows the left flank."""
        return float(expit(self.weights @ (gradients(crop) - gradients(np.ascontiguousarray(crop[:, ::-1])))))

    def propose(self, crop: Image) -> str:
        """Return "left", "right", or "" where it is not sure."""
        p = self.left(crop)
        return "left" if p >= SURE else "right" if p <= 1 - SURE else ""


def learn_flank(crops: Sequence[Image], flanks: Sequence[str]) -> FlankModel | None:
    """Learn from confirmed pictures; None if there are too few. Mirroring a picture turns the answer round."""
    if len(crops) < LEAST_TAUGHT:
        return None
    x = np.array([gradients(c) - gradients(np.ascontiguousarray(c[:, ::-1])) for c in crops])
    y = np.where(np.array(flanks) == "left", 1.0, -1.0)

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        margin = y * (x @ w)
        return float(np.logaddexp(0, -margin).sum() + RIDGE * (w @ w) / 2), -(
            y * expit(-margin)
        ) @ x + RIDGE * w

    return FlankModel(np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x))


def gradients(crop: Image) -> NDArray[np.float64]:
    """Histograms of oriented gradients (Dalal and Triggs 2005) of a crop at 128 x 64."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY) if crop.ndim == 3 else crop
    small = cv2.resize(grey, (128, 64), interpolation=cv2.INTER_AREA)
    hog = cv2.HOGDescriptor((128, 64), (32, 32), (16, 16), (16, 16), 9)
    out: NDArray[np.float64] = hog.compute(small).ravel().astype(np.float64)
    return out
