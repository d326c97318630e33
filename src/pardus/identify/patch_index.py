"""Nearest patches of a catalogue: one approximate index per side, in memory and on disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from pardus.identify.projection import Projection, learn_projection
from pardus.model.coat import Patches
from pardus.model.errors import SurveyError
from pardus.model.language import _

NEIGHBOURS = 30
EXACT_BELOW = 5_000
"""Patches of a side up to which the index is searched whole."""

LOOKED_AT = 25_000
"""How many patches of a side are compared with each patch of a query."""

LEAST_PROBES, MOST_PROBES = 4, 20
NUMBERS_PER_CODE, BITS = 2, 4
"""Two of the 64 numbers of a descriptor share four bits (product quantisation, Jegou, Douze and Schmid 2011)."""

SEGMENT = 4_000_000
"""Patches after which a side gets another part. Adding makes lists move in memory: only the last part may do so."""

CLUSTER_PATCHES = 40
"""Patches per cell of the index used to train it."""

PLACES = 1024
"""Steps per half axis in which the place of a patch is kept."""

Floats = NDArray[np.float32]
Ints = NDArray[np.int64]


def marks(pictures: Ints, xy: Floats) -> Ints:
    """Return one number for each patch that says whose it is and where: picture << 32 | x << 16 | y.

    pictures: (patch,) numbers. xy: (patch, 2) half axes, kept to 1/1024 between -32 and 32. So an index of marks needs
    nothing beside it.
    """
    place = np.clip(np.rint(xy.astype(np.float64) * PLACES) + 2**15, 0, 2**16 - 1).astype(np.int64)
    out: Ints = (pictures.astype(np.int64) << 32) | (place[:, 0] << 16) | place[:, 1]
    return out


def picture_of(mark: Ints) -> Ints:
    """Return the picture numbers of marks; -1 where there is none."""
    return mark >> 32


def place_of(mark: Ints) -> Floats:
    """Return the places of marks: (..., 2) half axes."""
    both = np.stack([(mark >> 16) & 0xFFFF, mark & 0xFFFF], axis=-1)
    place: Floats = ((both - 2**15) / PLACES).astype(np.float32)
    return place


class PatchIndex:
    """Patches of one kind, by side. A patch keeps its mark (8 bytes) and 16 of descriptor; a small catalogue, 256.

    How descriptors are shortened and sorted into cells is learned once; then patches are only ever added.
    """

    def __init__(self, projection: Projection, empty: faiss.Index) -> None:
        self.projection = projection
        self._empty = empty
        self._sides: dict[str, list[faiss.Index]] = {}

    @classmethod
    def learn(cls, patches: Sequence[Patches], expected: int = 0) -> PatchIndex:
        """Return an empty index learned from these pictures, fit for `expected` patches (at least as many as these)."""
        descriptors = np.vstack([p.descriptor for p in patches])
        projection = learn_projection(descriptors)
        return cls(projection, _trained(projection, descriptors, max(expected, len(descriptors))))

    def __len__(self) -> int:
        """How many patches."""
        return sum(segment.ntotal for segments in self._sides.values() for segment in segments)

    def add(self, side: str, pictures: Sequence[int], patches: Sequence[Patches]) -> None:
        """Add pictures, known by number, to a side."""
        if not sum(map(len, patches)):
            return
        segments = self._sides.setdefault(side, [])
        if not segments or segments[-1].ntotal >= SEGMENT:
            segments.append(faiss.clone_index(self._empty))
        vectors = np.vstack([self.projection(p.descriptor) for p in patches])
        owner = np.repeat(np.asarray(pictures, np.int64), [len(p) for p in patches])
        segments[-1].add_with_ids(vectors, marks(owner, np.vstack([p.xy for p in patches])))

    def search(self, patches: Patches, sides: Sequence[str], k: int = NEIGHBOURS) -> tuple[Floats, Ints]:
        """Return the nearest patches on some sides.

        (patch, k) squared distances, ascending, and (patch, k) marks (-1: none).
        """
        vectors = self.projection(patches.descriptor)
        segments = [segment for side in sides for segment in self._sides.get(side, [])]
        found = self._search(segments, vectors, k) if len(vectors) else []
        if not found:
            return np.full((len(vectors), k), np.inf, np.float32), np.full((len(vectors), k), -1, np.int64)
        distance = np.hstack([np.where(m >= 0, d, np.inf) for d, m in found]).astype(np.float32)
        mark = np.hstack([m for _d, m in found])
        if len(found) > 1:
            order = np.argsort(distance, axis=1, kind="stable")[:, :k]
            distance = np.take_along_axis(distance, order, axis=1)
            mark = np.take_along_axis(mark, order, axis=1)
        return distance, mark

    def _search(self, segments: Sequence[Any], vectors: Floats, k: int) -> list[tuple[Floats, Ints]]:
        """Search each segment; which cells to look into is found once, since all have the same."""
        if not isinstance(self._empty, faiss.IndexIVF):
            return [segment.search(vectors, k) for segment in segments]
        far, cells = self._empty.quantizer.search(vectors, self._empty.nprobe)
        return [segment.search_preassigned(vectors, k, cells, far) for segment in segments]

    def write(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        faiss.write_index(self._empty, str(folder / "empty.faiss"))
        for side, segments in self._sides.items():
            for number, segment in enumerate(segments):
                faiss.write_index(segment, str(folder / f"{side}-{number}.faiss"))
        arrays: dict[str, Any] = {"mean": self.projection.mean, "axes": self.projection.axes}
        sides = {side: len(segments) for side, segments in self._sides.items()}
        np.savez(folder / "patches.npz", sides=np.array(json.dumps(sides)), **arrays)

    @classmethod
    def read(cls, folder: Path) -> PatchIndex:
        """Read what `write` wrote. Raises SurveyError if it is damaged; the index can always be built anew."""
        try:
            with np.load(folder / "patches.npz", allow_pickle=False) as kept:
                projection = Projection(kept["mean"], kept["axes"])
                sides = json.loads(str(kept["sides"]))
            index = cls(projection, faiss.read_index(str(folder / "empty.faiss")))
            for side, count in sides.items():
                files = [str(folder / f"{side}-{number}.faiss") for number in range(count)]
                index._sides[side] = [faiss.read_index(file) for file in files]
        except (OSError, ValueError, KeyError, AttributeError, RuntimeError) as error:
            raise SurveyError(
                _(
                    "The index in {folder} can't be read ({reason}). Delete the folder; it is built anew."
                ).format(folder=folder, reason=error)
            ) from error
        return index


def _trained(projection: Projection, descriptors: NDArray[np.uint8], expected: int) -> faiss.Index:
    """Return an empty index whose cells and codes are learned, fit for this many patches on two sides."""
    width = projection.axes.shape[1]
    side = expected // 2
    if side <= EXACT_BELOW:
        return faiss.IndexIDMap(faiss.IndexFlatL2(width))
    cells = int(np.sqrt(side) / 1.5)
    rng = np.random.default_rng(1)
    count = min(len(descriptors), CLUSTER_PATCHES * cells)
    vectors = projection(descriptors[np.sort(rng.choice(len(descriptors), count, replace=False))])
    cells = min(cells, max(1, count // CLUSTER_PATCHES))
    coarse = faiss.IndexFlatL2(width)
    index = faiss.IndexIVFPQFastScan(coarse, width, cells, width // NUMBERS_PER_CODE, BITS)
    index.cp.niter = 5
    index.train(vectors)
    index.nprobe = int(np.clip(round(LOOKED_AT * cells / side), LEAST_PROBES, MOST_PROBES))
    return index
