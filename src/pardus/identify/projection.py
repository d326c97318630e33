"""SIFT descriptors to short unit vectors: root, centred on the catalogue, partly whitened."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 64
WHITENING = 0.7
"""0 keeps the variances, 1 makes all directions count alike; between, what all coats share counts less."""

SAMPLE = 40_000


@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """mean: (128,). axes: (128, dimension), columns scaled by variance ** (-WHITENING / 2)."""

    mean: NDArray[np.float32]
    axes: NDArray[np.float32]

    def __call__(self, descriptor: NDArray[np.uint8]) -> NDArray[np.float32]:
        """(patch, 128) uint8 SIFT -> (patch, dimension) float32 of length 1."""
        short = (root(descriptor) - self.mean) @ self.axes
        unit: NDArray[np.float32] = short / np.maximum(np.linalg.norm(short, axis=1, keepdims=True), 1e-9)
        return unit.astype(np.float32, copy=False)


def root(descriptor: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Square root of the descriptor's shares: Hellinger distance as Euclidean (Arandjelovic and Zisserman 2012)."""
    raw = descriptor.astype(np.float32)
    out: NDArray[np.float32] = np.sqrt(raw / np.maximum(raw.sum(axis=1, keepdims=True), 1e-7))
    return out


def learn_projection(descriptor: NDArray[np.uint8], seed: int = 0) -> Projection:
    """Learn centre, axes and scales from the catalogue's own patches; no label is used.

    descriptor: (patch, 128), at least 2 patches. Partial whitening after Jegou and Chum 2012.
    """
    rng = np.random.default_rng(seed)
    some = root(descriptor[rng.choice(len(descriptor), min(len(descriptor), SAMPLE), replace=False)])
    mean = some.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov((some - mean).T))
    keep = np.argsort(-values)[:DIMENSIONS]
    scale = np.maximum(values[keep], 1e-6 * max(values[keep[0]], 1e-12)) ** (-WHITENING / 2)
    return Projection(mean.astype(np.float32), (vectors[:, keep] * scale).astype(np.float32))
