"""What a survey needs today: how far each step is, what waits for a person, what went wrong, when it was backed up.

Everything is counted inside the database, so that a million files open as fast as a hundred.
"""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pardus.app.backup import LAST_BACKUP
from pardus.app.exchange_state import aside
from pardus.app.ingest_report import findings_kept
from pardus.app.survey_folder import open_survey, survey_config
from pardus.model.errors import Finding
from pardus.store.place import place_findings
from pardus.store.protocol import Store

LITTLE_DISK = 5 * 2**30
OLD_BACKUP_DAYS = 7


@dataclass(frozen=True, slots=True)
class Backup:
    """The last backup of a survey. entries: what was said since."""

    at: datetime
    place: str
    entries: int


@dataclass(frozen=True, slots=True)
class Records:
    """What the observations say. boxes: animals that a machine found and nobody has said anything about.

    named, unnamed: observations of the species under study with and without a name. individuals: animals with a name.
    """

    boxes: int
    named: int
    unnamed: int
    individuals: int


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of a survey in numbers, without what `records` counts.

    files, damaged, undated: over all ingests; held: files held back by the last ingest of each card. waiting:
    packages put aside. last: (when, who) of the last entry.
    """

    stations: int
    deployments: int
    ingests: int
    files: int
    damaged: int
    undated: int
    held: int
    fits: int
    waiting: int
    entries: int
    last: tuple[str, str] | None
    backup: Backup | None
    disk_free: int
    findings: tuple[Finding, ...]
    head: str


def overview(folder: Path) -> Overview:
    """Return the state of the survey in a folder; quick however large it is."""
    with open_survey(folder) as store:
        counts, held, findings = _ingests(store)
        entries, last = _last(store)
        return Overview(
            stations=sum(store.tally("stations").values()),
            deployments=sum(store.tally("deployments").values()),
            ingests=held[1],
            files=counts["added"],
            damaged=counts["damaged"],
            undated=counts["undated"],
            held=held[0],
            fits=sum(store.tally("fits").values()),
            waiting=len(aside(folder)),
            entries=entries,
            last=last,
            backup=last_backup(folder, entries),
            disk_free=shutil.disk_usage(folder).free,
            findings=(*findings, *place_findings(folder)),
            head=store.head(),
        )


def records(folder: Path) -> Records:
    """Return what the observations of the survey in a folder say; about a second for 150,000 of them."""
    config, _warnings = survey_config(folder)
    with open_survey(folder) as store:
        return _observations(store, config.species)


def _observations(store: Store, ours: str) -> Records:
    species: dict[str, str] = {}
    names: dict[str, str] = {}
    decided: set[str] = set()
    for observation, about, value, outcome in store.columns(
        "decisions", "observation", "about", "value", "outcome"
    ):
        known = {"species": species, "individual": names}.get(about)
        decided.add(observation)
        if known is not None:
            known[observation] = value if outcome in ("", "same", "new") else ""
    boxes = named = unnamed = 0
    animals: set[str] = set()
    looked = {media for media, kind in store.columns("observations", "media", "type") if kind == "blank"}
    fields = ("id", "type", "method", "scientific_name", "individual", "media")
    for id_, kind, method, taxon, name, media in store.columns("observations", *fields):
        if method == "machine" and kind in ("", "animal") and not (id_ in decided or media in looked):
            boxes += 1
        name = names.get(id_, name)
        animals.add(name)
        if kind in ("", "animal") and species.get(id_, taxon) == ours:
            named, unnamed = named + bool(name), unnamed + (not name)
    return Records(boxes, named, unnamed, len(animals - {""}))


def _ingests(store: Store) -> tuple[Counter[str], tuple[int, int], list[Finding]]:
    """Return counts over all ingests, (files held back by the last ingest of each folder, ingests), findings."""
    counts: Counter[str] = Counter()
    held: dict[str, int] = {}
    labels: dict[str, str] = {}
    findings: set[Finding] = set()
    ingests = 0
    for _key, record in store.present("ingests"):
        ingest = str(record["ingest"])
        if record["stage"] == "started":
            labels[ingest] = str(record.get("folder", ""))
            continue
        ingests += 1
        counts.update({k: v for k, v in record["counts"].items() if isinstance(v, int)})
        held[labels.get(ingest, ingest)] = int(record["counts"].get("held", 0))
        findings |= set(findings_kept(record))
    return counts, (sum(held.values()), ingests), sorted(findings)


def _last(store: Store) -> tuple[int, tuple[str, str] | None]:
    newest = store.newest(1)
    if not newest:
        return 0, None
    seq, entry = newest[0]
    return seq, (entry.at, entry.actor)


def last_backup(folder: Path, entries: int) -> Backup | None:
    """Return the last backup that `pardus backup` or the desk made, None if there is none we know of."""
    try:
        record: dict[str, Any] = json.loads((folder / LAST_BACKUP).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(record["at"])
        return Backup(at, str(record["place"]), max(0, entries - int(record["entries"])))
    except (OSError, ValueError, KeyError, TypeError):
        return None
