"""Faults planted into written cards, each listed in the truth."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pardus.sim.parameters import FaultParameters
from pardus.sim.streams import stream

Fault = dict[str, Any]


def plant(
    seed: int,
    names: tuple[object, ...],
    cards: Path,
    folders: Sequence[str],
    files: list[Fault],
    parameters: FaultParameters,
    copy: str,
    card_level: bool = True,
) -> list[Fault]:
    """Damage, swap and copy; return what was done. files: truth rows, whose "file" follows a swapped card.

    cards: the folder all paths are relative to. folders: each card's folder. card_level: whether each card has
    a folder of its own; without one cards can't be swapped.
    """
    rng = stream(seed, "faults", *names)
    p = parameters
    out: list[Fault] = []
    stocked = [folder for folder in folders if any((cards / folder).rglob("*"))]
    order = [stocked[int(i)] for i in rng.permutation(len(stocked))]
    if card_level:
        for _pair in range(p.swapped_cards):
            if len(order) < 2:
                break
            a, b = order.pop(), order.pop()
            swap(cards, a, b, files)
            out.append({"fault": "swapped-cards", "folders": [a, b]})
        for _card in range(p.duplicated_cards):
            if not order:
                break
            folder = order.pop()
            twin = cards / folder / copy
            shutil.copytree(cards / folder, cards / f"{folder}~")
            (cards / f"{folder}~").rename(twin)
            out.append({"fault": "duplicated-card", "folder": folder, "copy": f"{folder}/{copy}"})
    inside = [f for f in files if any(f["file"].startswith(folder + "/") for folder in order)] or files
    kinds = ["truncated"] * p.truncated + ["zero-byte"] * p.zero_byte + ["wrong-extension"] * p.renamed
    chosen = rng.permutation(len(inside))
    for kind, index in zip(kinds, chosen, strict=False):
        out.append(_damage(kind, cards, inside[int(index)]))
    for k in range(p.not_media if inside else 0):
        beside = cards / inside[int(rng.integers(len(inside)))]["file"]
        path = beside.with_name(("Thumbs.db", "._" + beside.name, "desktop.ini")[k % 3])
        path.write_bytes(b"\x00\x05\x16\x07" + bytes(80))
        out.append({"fault": "not-media", "file": path.relative_to(cards).as_posix()})
    return out


def swap(cards: Path, a: str, b: str, files: list[Fault]) -> None:
    """Exchange two card folders, and the paths of their files in the truth's rows."""
    middle = cards / f"{a}~"
    (cards / a).rename(middle)
    (cards / b).rename(cards / a)
    middle.rename(cards / b)
    for row in files:
        for old, new in ((a, b), (b, a)):
            if row["file"].startswith(old + "/"):
                row["file"] = new + row["file"][len(old) :]
                break


def _damage(kind: str, cards: Path, row: Fault) -> Fault:
    path = cards / row["file"]
    if kind == "truncated":
        data = path.read_bytes()
        path.write_bytes(data[: len(data) * 55 // 100])
    elif kind == "zero-byte":
        path.write_bytes(b"")
    else:
        other = path.with_suffix(".JPG" if path.suffix == ".MP4" else ".AVI")
        path.rename(other)
        row["file"] = other.relative_to(cards).as_posix()
    return {"fault": kind, "file": row["file"]}
