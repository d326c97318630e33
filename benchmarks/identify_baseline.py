"""The plain reference: tight GrabCut, RootSIFT, LNBNN, RANSAC similarity, flanks summed.

The setting of a HotSpotter-class program with a tight silhouette; the product is measured against it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import faiss
import numpy as np
from numpy.typing import NDArray

SIDE = 800  # pixels of the long side for key points
KEYPOINTS = 1000
NEIGHBOURS = 4
SHORTLIST = 25  # pictures that are verified
TOLERANCE = 0.04  # of the diagonal


@dataclass(frozen=True)
class Features:
    """xy (point, 2) pixels at the working size, RootSIFT (point, 128), diagonal of the picture in pixels."""

    xy: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    diagonal: float


def silhouette(image: NDArray[np.uint8], side: int = 128, iterations: int = 2) -> NDArray[np.bool_]:
    """GrabCut from a centre prior on a small copy, largest component, back at full size."""
    height, width = image.shape[:2]
    scale = side / max(height, width)
    small = cv2.resize(
        image, (max(8, round(width * scale)), max(8, round(height * scale))), interpolation=cv2.INTER_AREA
    )
    rows, columns = small.shape[:2]
    v, u = np.mgrid[:rows, :columns]
    u, v = (u + 0.5) / columns * 2 - 1, (v + 0.5) / rows * 2 - 1
    mask = np.full((rows, columns), cv2.GC_PR_BGD, np.uint8)
    mask[(u / 0.9) ** 2 + (v / 0.8) ** 2 < 1] = cv2.GC_PR_FGD
    mask[(u / 0.45) ** 2 + (v / 0.3) ** 2 < 1] = cv2.GC_FGD
    mask[(abs(u) > 0.96) | (abs(v) > 0.96) | ((u / 1.15) ** 2 + (v / 1.15) ** 2 > 1)] = cv2.GC_BGD
    cv2.setRNGSeed(0)
    cv2.grabCut(small, mask, None, np.zeros((1, 65)), np.zeros((1, 65)), iterations, cv2.GC_INIT_WITH_MASK)
    animal = ((mask == cv2.GC_FGD) | (mask == cv2.GC_PR_FGD)).astype(np.uint8)
    _, component, statistics, _ = cv2.connectedComponentsWithStats(animal)
    largest = (component == 1 + np.argmax(statistics[1:, cv2.CC_STAT_AREA])).astype(np.uint8)
    return cv2.resize(largest, (width, height), interpolation=cv2.INTER_NEAREST) > 0


def describe(image: NDArray[np.uint8], mask: NDArray[np.bool_] | None) -> Features:
    """Strongest RootSIFT key points inside the mask (everywhere if None)."""
    height, width = image.shape[:2]
    scale = SIDE / max(height, width)
    size = (round(width * scale), round(height * scale))
    grey = cv2.resize(
        cv2.cvtColor(image, cv2.COLOR_BGR2GRAY),
        size,
        interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR,
    )
    points, raw = cv2.SIFT_create(4000, 3, 0.02, 15).detectAndCompute(grey, None)
    xy = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
    strength = np.array([p.response for p in points])
    if raw is None:
        raw = np.zeros((0, 128), np.float32)
    if mask is not None:
        small = cv2.resize(mask.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
        inside = small[
            np.clip(xy[:, 1].astype(int), 0, size[1] - 1), np.clip(xy[:, 0].astype(int), 0, size[0] - 1)
        ]
        xy, strength, raw = xy[inside], strength[inside], raw[inside]
    best = np.argsort(-strength, kind="stable")[:KEYPOINTS]
    root = np.sqrt(raw[best] / np.maximum(raw[best].sum(axis=1, keepdims=True), 1e-7)).astype(np.float32)
    return Features(xy[best], root, float(np.hypot(*size)))


def score(features: list[Features], allowed: NDArray[np.bool_], verify: bool = True) -> NDArray[np.float64]:
    """LNBNN scores of every picture against every other, verified for the first 25: (picture, picture)."""
    n = len(features)
    stacked = np.vstack([f.descriptors for f in features])
    owner = np.repeat(np.arange(n), [len(f.descriptors) for f in features])
    distance, neighbour = _search(stacked, 40)
    usable = (neighbour >= 0) & allowed[owner[:, None], owner[neighbour]]
    place = np.cumsum(usable, axis=1)
    row, column = np.nonzero(usable & (place <= NEIGHBOURS))
    normaliser = np.where(usable & (place == NEIGHBOURS + 1), distance, 0).sum(axis=1)
    weight = np.maximum(normaliser[row] - distance[row, column], 0)
    query, gallery = row[weight > 0], neighbour[row, column][weight > 0]
    weight = weight[weight > 0].astype(float)
    raw = np.zeros((n, n))
    np.add.at(raw, (owner[query], owner[gallery]), weight)
    return _verify(features, owner, query, gallery, weight, raw) if verify else raw


def _search(stacked: NDArray[np.float32], k: int) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    faiss.omp_set_num_threads(1)
    if len(stacked) < 30_000:
        index = faiss.IndexFlatL2(stacked.shape[1])
    else:
        lists = int(np.sqrt(len(stacked)))
        index = faiss.IndexIVFFlat(faiss.IndexFlatL2(stacked.shape[1]), stacked.shape[1], lists)
        index.cp.niter = 8
        rng = np.random.default_rng(1)
        index.train(stacked[rng.choice(len(stacked), min(len(stacked), 40 * lists), replace=False)])
        index.nprobe = 12
    index.add(stacked)
    return index.search(stacked, k)


def _verify(
    features: list[Features],
    owner: NDArray[np.int64],
    query: NDArray[np.int64],
    gallery: NDArray[np.int64],
    weight: NDArray[np.float64],
    raw: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Replace the score of the first 25 by the weight of the matches that one similarity explains."""
    n = len(features)
    xy = np.vstack([f.xy for f in features])
    key = owner[query] * n + owner[gallery]
    order = np.argsort(key, kind="stable")
    query, gallery, weight = query[order], gallery[order], weight[order]
    start = np.searchsorted(key[order], np.arange(n * n + 1))
    verified = raw * 1e-6  # below every verified score, in the old order
    cv2.setRNGSeed(0)
    for i in range(n):
        for j in np.argsort(-raw[i])[:SHORTLIST]:
            a, b = start[i * n + j], start[i * n + j + 1]
            if b - a < 4:
                continue
            model, inlier = cv2.estimateAffinePartial2D(
                xy[gallery[a:b]],
                xy[query[a:b]],
                method=cv2.RANSAC,
                ransacReprojThreshold=TOLERANCE * features[i].diagonal,
                maxIters=500,
                confidence=0.98,
            )
            if model is not None and np.linalg.det(model[:, :2]) > 0.05:
                verified[i, j] = weight[a:b][inlier.ravel() > 0].sum()
    return verified
