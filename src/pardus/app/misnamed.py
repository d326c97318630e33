"""What to say of files whose folders name a station or camera that no table has: what was read, and what it may be."""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import replace

from pardus.app.ingest_run import Run
from pardus.app.matching import plain
from pardus.ingest.layout import folders_of
from pardus.model.errors import Finding
from pardus.model.language import _

SHOWN = 3
MOST = 0.5
"""A folder level is offered as the station's if more than this share of the files would find theirs."""


def misnamed(run: Run, found: Finding) -> Finding:
    """Return the finding "no-station" or "no-camera" with the names that were read and, if one is seen, the way out."""
    problem = found.code
    if problem == "no-station" and not run.stations:
        return replace(
            found,
            message=_(
                "{what} The survey has no stations yet: survey.toml names no table that has them."
            ).format(what=found.message),
            remedy=_(
                "Write [tables.stations] into survey.toml, as the example there shows, and ingest again."
            ),
        )
    level = problem.removeprefix("no-")
    paths = [staged.path for staged in run.staging.files(run.card, ("", problem))]
    read = Counter(getattr(run.matcher.place(path), level) for path in paths)
    known = (
        sorted({s.name or s.id.partition(":")[2] for s in run.stations.values()})
        if level == "station"
        else sorted({d.camera for d in run.deployments.values() if d.camera})
    )
    names = ", ".join(f"{name!r} ({n})" for name, n in read.most_common(SHOWN)) + (
        ", ..." if len(read) > SHOWN else ""
    )
    near = [n for name in read for n in difflib.get_close_matches(name, known, n=1)]
    some = ", ".join(repr(n) for n in list(dict.fromkeys(near))[:SHOWN] or known[:SHOWN])
    message = _('{what} Read by layout = "{layout}": {names}. In the tables: {known}, ...').format(
        what=found.message, layout=run.config.layout, names=names, known=some
    )
    better = _layout(run, paths) if level == "station" else ""
    if not better or better == run.config.layout:
        return replace(found, message=message)
    remedy = _('The stations stand in another folder level: write layout = "{layout}" into survey.toml.')
    return replace(found, message=message, remedy=remedy.format(layout=better))


def _layout(run: Run, paths: list[str]) -> str:
    """Return the layout by which most paths name a station of the tables (and a camera, below it), or ""."""
    stations = {plain(n) for s in run.stations.values() for n in (s.id, s.id.partition(":")[2], s.name) if n}
    cameras = {plain(d.camera) for d in run.deployments.values() if d.camera}
    hits: Counter[int] = Counter()
    beneath: Counter[int] = Counter()
    for path in paths:
        folders = [plain(folder) for folder in folders_of(path)]
        for k, folder in enumerate(folders):
            hits[k] += folder in stations
            beneath[k] += folder in stations and k + 1 < len(folders) and folders[k + 1] in cameras
    best, n = max(hits.items(), key=lambda item: (item[1], -item[0]), default=(0, 0))
    if n <= MOST * len(paths):
        return ""
    return "/".join(["*"] * best + ["station"] + (["camera"] if beneath[best] > MOST * n else []))
