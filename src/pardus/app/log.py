"""The log as a person reads it: one line for each thing said, an ingest as one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pardus.app.survey_folder import open_survey
from pardus.model.entry import Entry
from pardus.model.language import _, ngettext
from pardus.store.protocol import Store


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing said. id: what `pardus undo` takes. entries: how many log entries it stands for. counts: it counts."""

    id: str
    at: str
    actor: str
    kind: str
    summary: str
    entries: int = 1
    counts: bool = True


def log(folder: Path, *, every: bool = False) -> list[LogLine]:
    """Return the log of a survey, oldest first; without `every`, all entries of one ingest are one line."""
    with open_survey(folder) as store:
        lines = list(_lines(store))
    if every:
        return lines
    return list(_joined(lines))


def log_page(folder: Path, count: int, before: int | None = None) -> tuple[list[LogLine], int | None]:
    """Return some lines of the log, newest first, every entry one line; and where the next page begins, or None.

    before: the place in the log (1 is the oldest) before which the page ends.
    """
    with open_survey(folder) as store:
        out = store.undone()
        found = store.newest(count + 1, before)
        lines = [
            LogLine(e.id, e.at, e.actor, e.kind, summary(e), 1, e.id not in out) for _seq, e in found[:count]
        ]
    return lines, found[count - 1][0] if len(found) > count else None


def _lines(store: Store) -> Iterator[LogLine]:
    out = store.undone()
    for entry in store.entries():
        yield LogLine(entry.id, entry.at, entry.actor, _kind(entry), summary(entry), 1, entry.id not in out)


def _kind(entry: Entry) -> str:
    ingest = entry.payload.get("ingest", "")
    return f"{entry.kind} {ingest}".strip()


def _joined(lines: list[LogLine]) -> Iterator[LogLine]:
    """Put the entries of an ingest under the one that started it."""
    places: dict[str, int] = {}
    out: list[LogLine] = []
    for line in lines:
        kind, _blank, ingest = line.kind.partition(" ")
        line = replace(line, kind=kind)
        if kind == "ingest-started":
            places[ingest] = len(out)
            out.append(line)
        elif ingest in places:
            first = out[places[ingest]]
            said = line.summary if kind == "ingest-finished" else first.summary
            out[places[ingest]] = replace(first, entries=first.entries + 1, summary=said)
        else:
            out.append(line)
    yield from out


def summary(entry: Entry) -> str:
    """Say in a few words what an entry says."""
    p = entry.payload
    if entry.kind == "ingest-finished":
        return _finished(p["counts"])
    listed: dict[str, tuple[str, Callable[[int], str]]] = {
        "stations-declared": ("stations", lambda n: ngettext("{n} station", "{n} stations", n)),
        "deployments-declared": ("deployments", lambda n: ngettext("{n} deployment", "{n} deployments", n)),
        "media-added": ("media", lambda n: ngettext("{n} file", "{n} files", n)),
        "media-ignored": ("files", lambda n: ngettext("{n} file ignored", "{n} files ignored", n)),
        "media-removed": ("media", lambda n: ngettext("{n} file taken out", "{n} files taken out", n)),
        "observations-made": ("observations", lambda n: ngettext("{n} observation", "{n} observations", n)),
        "decisions-made": ("decisions", lambda n: ngettext("{n} decision", "{n} decisions", n)),
        "records-removed": ("keys", lambda n: ngettext("{n} row taken out", "{n} rows taken out", n)),
        "individuals-stated": ("statements", lambda n: ngettext("{n} statement", "{n} statements", n)),
        "links-decided": (
            "links",
            lambda n: ngettext("{n} answer across catalogues", "{n} answers across catalogues", n),
        ),
        "questions-answered": ("answers", lambda n: ngettext("{n} answer", "{n} answers", n)),
        "relationships-stated": ("relationships", lambda n: ngettext("{n} relation", "{n} relations", n)),
    }
    if entry.kind in listed:
        field, text = listed[entry.kind]
        n = len(p[field])
        return text(n).format(n=n)
    if entry.kind == "survey-created":
        return str(p["name"])
    if entry.kind == "ingest-started":
        return _("{folder}: not finished").format(folder=p["folder"])
    if entry.kind == "clock-corrected":
        return _correction(p)
    if entry.kind in ("resource-kept", "fit-made"):
        return str(p["name"])
    if entry.kind in ("package-sent", "package-accepted"):
        return f"{p['origin']} {p['sequence']} {p['tier']}"
    return ", ".join([str(p["entry"]), *(["..."] if p.get("also") else [])])


def _finished(counts: dict[str, Any]) -> str:
    if "boxes" in counts:
        n = counts["boxes"]
        return ngettext("{n} box by an animal finder", "{n} boxes by an animal finder", n).format(n=n)
    text = _(
        "{files} files: {added} new, {known} known, {copies} copies, {held} held back, {ignored} ignored"
    )
    return text.format(**{**counts, "ignored": sum(counts["ignored"].values())})


def _correction(p: dict[str, Any]) -> str:
    if p["kind"] == "offset":
        return _("{deployment}: {seconds:+g} s").format(deployment=p["deployment"], seconds=p["offset_s"])
    if p["kind"] == "zone":
        return _("{deployment}: clock in {zone}").format(deployment=p["deployment"], zone=p["zone"])
    return _("{deployment}: drift between {first} and {last}").format(
        deployment=p["deployment"], first=p["wall_1"], last=p["wall_2"]
    )
