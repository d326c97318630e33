"""A folder of pictures whose animals are known: `labels.csv` beside the files, for measuring a matcher."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations, pairwise
from pathlib import Path

from pardus.identify.retrieval import Labels
from pardus.model.errors import Finding, TableError
from pardus.model.language import _

COLUMNS = ("file", "individual", "flank", "encounter")
GAP = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class LabelledFolder:
    """Pictures of known animals.

    files: (picture,) paths. boxes: (picture,) x, y, width, height in pixels or None (the whole picture).
    labels: names are merged where a note says that two are one animal. scopes: name -> folders in which
    the name is valid ("" if names hold everywhere). unnamed: rows left out because nobody is named.
    """

    files: tuple[Path, ...]
    boxes: tuple[tuple[int, int, int, int] | None, ...]
    labels: Labels
    scopes: dict[str, frozenset[str]]
    unnamed: int

    def different(self, a: str, b: str) -> bool:
        """Whether two names are known to be two animals: only within a folder that holds both."""
        return a != b and bool(self.scopes[a] & self.scopes[b])


def read_labelled(folder: Path) -> LabelledFolder:
    """Read `labels.csv` with the columns file, individual, flank, encounter and, if known, timestamp, roi_xywh, note.

    If every row has a timestamp, encounter is taken as the camera, and an event is a run of pictures at one
    station with gaps of at most 60 s; else encounter is the event. A name `folder/name` is valid in that
    folder only; a note `a/x == b/y` joins two. Raises TableError with every missing column or
    file, every box that can't be read, or if nobody is named.
    """
    table = folder / "labels.csv"
    if not table.is_file():
        raise TableError(
            _("{path}: there is no such table.").format(path=table),
            [
                Finding(
                    "labels-absent",
                    str(table),
                    _("Expected columns {names}.").format(names=", ".join(COLUMNS)),
                )
            ],
        )
    with table.open(newline="", encoding="utf-8-sig") as source:
        reader = csv.DictReader(source)
        rows = list(reader)
        missing = [c for c in COLUMNS if c not in (reader.fieldnames or ())]
    faults = [
        Finding("column-missing", table.name, _("There is no column {name}.").format(name=c)) for c in missing
    ]
    if not missing:
        faults += [
            Finding("file-missing", f"{table.name}:{i}", _("{file}: no such file.").format(file=row["file"]))
            for i, row in enumerate(rows, 2)
            if not (folder / row["file"]).is_file()
        ]
        faults += [
            Finding(
                "box-unreadable",
                f"{table.name}:{i}",
                _("roi_xywh: expected left, top, width and height in pixels, found {found!r}.").format(
                    found=text
                ),
            )
            for i, row in enumerate(rows, 2)
            if (text := (row.get("roi_xywh") or "").strip()) and not re.fullmatch(r"-?\d+( -?\d+){3}", text)
        ]
    named = [row for row in rows if (row.get("individual") or "").strip()]
    if not missing and not named:
        faults.append(
            Finding("nobody-named", table.name, _("No row names an individual: there is nothing to measure."))
        )
    if faults:
        raise TableError(_("{path} can't be used.").format(path=table), faults)
    names = _merged_names(named)
    scopes: dict[str, set[str]] = defaultdict(set)
    for row in named:
        scopes[names[row["individual"]]].add(_scope(row["individual"]))
    individuals = tuple(names[row["individual"]] for row in named)
    return LabelledFolder(
        tuple(folder / row["file"] for row in named),
        tuple(_box(row.get("roi_xywh") or "") for row in named),
        Labels(individuals, _events(named, individuals), tuple(row["flank"] for row in named)),
        {name: frozenset(where) for name, where in scopes.items()},
        len(rows) - len(named),
    )


def _scope(name: str) -> str:
    return name.rpartition("/")[0]


def _box(text: str) -> tuple[int, int, int, int] | None:
    if not text.strip():
        return None
    left, top, width, height = (int(part) for part in text.split())
    return left, top, width, height


def _merged_names(rows: list[dict[str, str]]) -> dict[str, str]:
    """Each name as written -> the one name of its animal (the first, in order, of those joined by notes)."""
    known = {row["individual"]: row["individual"] for row in rows}
    for row in rows:
        for left, right in re.findall(r"(\S+/\S+) == (\S+/\S+)", row.get("note") or ""):
            if left in known and right in known:
                first, second = sorted((known[left], known[right]))
                known = {name: first if now == second else now for name, now in known.items()}
    return known


def _events(rows: list[dict[str, str]], individuals: tuple[str, ...]) -> tuple[str, ...]:
    """Event of each row; two animals are never in one event."""
    times = [_time(row.get("timestamp") or "") for row in rows]
    if not all(times):
        return tuple(f"{row['encounter']} {who}" for row, who in zip(rows, individuals, strict=True))
    station = [re.sub(r"_cam\w*$", "", row["encounter"]) for row in rows]
    order = sorted(range(len(rows)), key=lambda i: (station[i], times[i] or datetime(1, 1, 1)))
    label = {order[0]: 0} if order else {}
    for before, after in pairwise(order):
        start, end = times[before], times[after]
        near = (
            station[before] == station[after] and start is not None and end is not None and end - start <= GAP
        )
        label[after] = label[before] + (not near)
    return tuple(f"{station[i]} {label[i]} {individuals[i]}" for i in range(len(rows)))


def _time(text: str) -> datetime | None:
    for form in ("%Y:%m:%d %H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"):
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    return None


def usable_pairs(folder: LabelledFolder) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Event pairs of one flank known to be the same animal, and known to be two animals."""
    who = dict(zip(folder.labels.event, folder.labels.individual, strict=True))
    flanks: dict[str, set[str]] = defaultdict(set)
    for event, flank in zip(folder.labels.event, folder.labels.flank, strict=True):
        flanks[event].add(flank)
    same: list[tuple[str, str]] = []
    different: list[tuple[str, str]] = []
    for a, b in combinations(sorted(who), 2):
        if not flanks[a] & flanks[b]:
            continue
        if who[a] == who[b]:
            same.append((a, b))
        elif folder.different(who[a], who[b]):
            different.append((a, b))
    return same, different
