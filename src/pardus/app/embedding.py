"""A user's embedding model, fused: vectors of animals inside their outlines, and how alike two events are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pardus.app.describe import chosen, pixels
from pardus.app.telling import Tell
from pardus.identify.animals import AnimalEvent
from pardus.identify.pair_features import PairFeatures
from pardus.model.errors import MediaError
from pardus.model.media import Media
from pardus.vision.onnx_model import Embedder, OnnxEmbedder
from pardus.vision.silhouette import Image, find_silhouette

Vectors = dict[str, NDArray[np.float32]]
GREY = 114
SAVED_EVERY = 200


def embed_all(
    made: Path,
    model: Path,
    events: Sequence[AnimalEvent],
    media: Callable[[Sequence[str]], dict[str, tuple[Media, Path]]],
    tell: Tell,
) -> Vectors:
    """Return observation -> vector for the described pictures of events; kept in the folder for each model.

    What is outside the outline is painted grey, so that no background can be recognised. Raises DataError for a model
    that can't be used (a pickled one never is).
    """
    embedder: Embedder = OnnxEmbedder(model)
    path = made / f"vectors-{embedder.name.rpartition(' ')[2]}.npz"
    known = _read(path)
    wanted = [s for e in events for s in chosen(e) if s.id not in known]
    files = media(sorted({s.media for s in wanted}))
    try:
        for n, s in enumerate(wanted, 1):
            if s.media in files:
                try:
                    crop = only_animal(pixels(files[s.media][1], s.frame, s.box))
                except MediaError:
                    continue
                known[s.id] = embedder.embed([crop])[0]
            tell(n, len(wanted))
            if n % SAVED_EVERY == 0:
                _write(path, known)
    finally:
        if wanted:
            _write(path, known)
    return known


def only_animal(image: Image) -> Image:
    """Paint grey what is outside the outline."""
    inside = find_silhouette(image).at((image.shape[0], image.shape[1]))
    out: Image = np.where(inside[:, :, None], image, np.uint8(GREY))
    return out


def likeness(
    pairs: PairFeatures, events: Sequence[AnimalEvent], vectors: Mapping[str, NDArray[np.float32]]
) -> NDArray[np.float64]:
    """(pair,) largest cosine of two pictures of one flank, summed over flanks; 0 where there is none."""
    of_event = {e.id: [(s.side, vectors[s.id]) for s in e.seen if s.id in vectors] for e in events}
    out = np.zeros(len(pairs.a))
    for k, (i, j) in enumerate(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)):
        best: dict[str, float] = {}
        for side, x in of_event[pairs.events[i]]:
            for other, y in of_event[pairs.events[j]]:
                if side == other or "unknown" in (side, other):
                    best[side] = max(best.get(side, -1.0), float(x @ y))
        out[k] = sum(best.values())
    return out


def _read(path: Path) -> Vectors:
    try:
        with np.load(path, allow_pickle=False) as kept:
            return dict(zip(kept["ids"].tolist(), kept["vectors"], strict=True))
    except (OSError, ValueError, KeyError, EOFError):
        return {}


def _write(path: Path, vectors: Vectors) -> None:
    aside = path.with_suffix(".part")
    with aside.open("wb") as file:
        ids = sorted(vectors)
        np.savez(file, ids=np.array(ids, str), vectors=np.array([vectors[i] for i in ids], np.float32))
    aside.replace(path)
