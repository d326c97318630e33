"""Scores of each picture against its likest in the catalogue: one short row for each picture, kept in a folder."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pardus.identify.matcher import combined
from pardus.model.coat import KINDS

KEPT = 200
"""Pictures of the catalogue kept in a row, likest first; the votes for no more are checked for their arrangement."""

FILE = "rows.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """others: (n,) places of pictures in the list of pictures. parts: (kind, n) scores by each kind of patch."""

    others: NDArray[np.int32]
    parts: NDArray[np.float32]


@dataclass(slots=True)
class Rows:
    """Rows of pictures. pictures: ids, which rows name by number. basis: what the scores rest on (projection)."""

    basis: str = ""
    pictures: list[str] = field(default_factory=list)
    rows: dict[str, Row] = field(default_factory=dict)

    def put(self, picture: str, parts: Mapping[str, NDArray[np.float64]], ids: Iterable[str]) -> None:
        """Keep the row of a picture: its scores against pictures `ids`, in their order."""
        place = {id_: n for n, id_ in enumerate(self.pictures)}
        names = list(ids)
        for id_ in names:
            if id_ not in place:
                place[id_] = len(self.pictures)
                self.pictures.append(id_)
        total = combined(parts)
        best = np.argsort(-total, kind="stable")[:KEPT]
        best = best[total[best] > 0]
        numbers = np.array([place[names[i]] for i in best], np.int32)
        self.rows[picture] = Row(numbers, np.array([parts[k][best] for k in KINDS], np.float32))


def write_rows(folder: Path, rows: Rows) -> None:
    """Write rows; a reader sees the old ones or the new ones."""
    folder.mkdir(parents=True, exist_ok=True)
    names = sorted(rows.rows)
    start = np.cumsum([0, *(len(rows.rows[n].others) for n in names)])
    empty = np.zeros((len(KINDS), 0), np.float32)
    fresh = folder / (FILE + ".new")
    with fresh.open("wb") as file:
        np.savez(
            file,
            head=np.array(json.dumps([rows.basis, rows.pictures, names], ensure_ascii=False)),
            start=start,
            others=np.concatenate([np.zeros(0, np.int32), *(rows.rows[n].others for n in names)]),
            parts=np.hstack([empty, *(rows.rows[n].parts for n in names)]),
        )
    fresh.replace(folder / FILE)


def read_rows(folder: Path, basis: str) -> Rows:
    """Read the rows; empty if there are none, they are damaged, or they rest on another basis."""
    try:
        with np.load(folder / FILE, allow_pickle=False) as kept:
            known, pictures, names = json.loads(str(kept["head"]))
            start, others, parts = kept["start"], kept["others"], kept["parts"]
    except (OSError, ValueError, KeyError, EOFError):
        return Rows(basis)
    if known != basis:
        return Rows(basis)
    rows = {
        n: Row(others[start[i] : start[i + 1]], parts[:, start[i] : start[i + 1]])
        for i, n in enumerate(names)
    }
    return Rows(basis, list(pictures), rows)
