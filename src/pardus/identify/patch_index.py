"""Nearest patches of a catalogue: one approximate index per side, in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from pardus.identify.projection import DIMENSIONS, Projection, learn_projection
from pardus.model.coat import Patches
from pardus.model.errors import SurveyError
from pardus.model.language import _

NEIGHBOURS = 30
PROBES = 5
EXACT_BELOW = 5_000
"""Patches of a side up to which the index is searched whole."""

CLUSTER_PATCHES = 40
"""Patches per cell of the index used to train it."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


class PatchIndex:
    """Patches of one kind. A patch keeps 64 bytes of descriptor, its place (8 bytes) and its picture (4 bytes).

    owner: (patch,) number of its picture. xy: (patch, 2) place on the body. Patches are only ever added.
    """

    def __init__(self, projection: Projection) -> None:
        self.projection = projection
        self.owner: NDArray[np.int32] = np.zeros(0, np.int32)
        self.xy: Floats = np.zeros((0, 2), np.float32)
        self._sides: dict[str, faiss.Index] = {}
        self._numbers: dict[str, Ints] = {}

    @classmethod
    def learn(cls, patches: Sequence[Patches]) -> PatchIndex:
        """Return an empty index whose projection is learned from these pictures."""
        return cls(learn_projection(np.vstack([p.descriptor for p in patches])))

    def add(self, side: str, pictures: Sequence[int], patches: Sequence[Patches]) -> None:
        """Add pictures, known by number, to a side."""
        if not sum(map(len, patches)):
            return
        vectors = np.vstack([self.projection(p.descriptor) for p in patches])
        first = len(self.owner)
        self.owner = np.concatenate(
            [self.owner, np.repeat(pictures, [len(p) for p in patches]).astype(np.int32)]
        )
        self.xy = np.vstack([self.xy, *(p.xy for p in patches)])
        if side not in self._sides:
            self._sides[side] = _trained(vectors)
            self._numbers[side] = np.zeros(0, np.int64)
        self._sides[side].add(vectors)
        self._numbers[side] = np.concatenate([self._numbers[side], first + np.arange(len(vectors))])

    def search(self, patches: Patches, sides: Sequence[str], k: int = NEIGHBOURS) -> tuple[Floats, Ints]:
        """Return the nearest patches on some sides.

        (patch, k) squared distances, ascending, and (patch, k) patch numbers (-1: none).
        """
        vectors = self.projection(patches.descriptor)
        found = [self._search(side, vectors, k) for side in sides if side in self._sides]
        if not found or not len(vectors):
            return np.full((len(vectors), k), np.inf, np.float32), np.full((len(vectors), k), -1, np.int64)
        distance = np.hstack([d for d, _ in found])
        number = np.hstack([n for _, n in found])
        if len(found) > 1:
            order = np.argsort(distance, axis=1, kind="stable")[:, :k]
            distance = np.take_along_axis(distance, order, axis=1)
            number = np.take_along_axis(number, order, axis=1)
        return distance, number

    def _search(self, side: str, vectors: Floats, k: int) -> tuple[Floats, Ints]:
        distance, row = self._sides[side].search(vectors, k)
        number = np.where(row >= 0, self._numbers[side][row], -1)
        return np.where(row >= 0, distance, np.inf).astype(np.float32), number

    def write(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        for side, index in self._sides.items():
            faiss.write_index(index, str(folder / f"{side}.faiss"))
        arrays: dict[str, Any] = {f"numbers_{side}": n for side, n in self._numbers.items()}
        arrays |= {"owner": self.owner, "xy": self.xy}
        arrays |= {"mean": self.projection.mean, "axes": self.projection.axes}
        arrays["sides"] = np.array(json.dumps(sorted(self._sides)))
        np.savez(folder / "patches.npz", **arrays)

    @classmethod
    def read(cls, folder: Path) -> PatchIndex:
        """Read what `write` wrote. Raises SurveyError if it is damaged; the index can always be built anew."""
        try:
            with np.load(folder / "patches.npz", allow_pickle=False) as kept:
                index = cls(Projection(kept["mean"], kept["axes"]))
                index.owner, index.xy = kept["owner"], kept["xy"]
                for side in json.loads(str(kept["sides"])):
                    index._numbers[side] = kept[f"numbers_{side}"]
                    index._sides[side] = faiss.read_index(str(folder / f"{side}.faiss"))
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            raise SurveyError(
                _(
                    "The index in {folder} can't be read ({reason}). Delete the folder; it is built anew."
                ).format(folder=folder, reason=error)
            ) from error
        return index


def _trained(vectors: Floats) -> faiss.Index:
    """Return an empty index fit for about this many patches."""
    if len(vectors) <= EXACT_BELOW:
        return faiss.IndexFlatL2(DIMENSIONS if vectors.shape[1] == DIMENSIONS else vectors.shape[1])
    cells = int(np.sqrt(len(vectors)) / 1.5)
    width = vectors.shape[1]
    index = faiss.IndexIVFScalarQuantizer(
        faiss.IndexFlatL2(width), width, cells, faiss.ScalarQuantizer.QT_8bit
    )
    index.cp.niter = 5
    rng = np.random.default_rng(1)
    count = min(len(vectors), CLUSTER_PATCHES * cells)
    index.train(vectors[rng.choice(len(vectors), count, replace=False)])
    index.nprobe = PROBES
    return index
