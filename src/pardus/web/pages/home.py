"""The first page: what needs a person today."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.app.backup import LAST_BACKUP
from pardus.app.exchange_state import aside
from pardus.app.overview import LITTLE_DISK, OLD_BACKUP_DAYS, Overview, Records, overview
from pardus.app.survey_folder import open_survey
from pardus.model.language import _, ngettext
from pardus.report.numbers import whole
from pardus.report.sections.quality import remarks
from pardus.web import ready
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.view import fragment, page

PATIENCE_S = 0.5
"""How long the counts of the first page wait for the pairs that are open in match review."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a person: how many, in words, and the page where it is done."""

    count: int
    words: str
    address: str


def routes(desk: Desk) -> list[Route]:
    """Return the first page, and the counts of records for a page that was shown before they were there."""

    def home(request: Request) -> Response:
        now = state(desk)
        known, pairs = (desk.kept.known((what, now.head)) for what in ("records", "open"))
        return page(
            desk, request, "home.html.j2", o=now, r=known, queues=waiting(now, known, pairs or 0), alerts=alerts(now),
            counting=known is None or pairs is None,
            remarks=remarks(now.findings), jobs=desk.jobs.running(),
        )  # fmt: skip

    def counts(_request: Request) -> Response:
        now, known = state(desk), ready.now(desk, "records")
        parts = {"queues": "home_queues.html.j2", "steps": "home_steps.html.j2", "individuals": ""}
        pairs = ready.soon(desk, "open", PATIENCE_S)
        context = {"o": now, "r": known, "queues": waiting(now, known, pairs or 0)}
        made = {name: fragment(file, **context) for name, file in parts.items() if file}
        return JSONResponse({**made, "individuals": whole(known.individuals)})

    return [show(desk, "/", home), show(desk, "/home/counts", counts)]


def state(desk: Desk) -> Overview:
    """Return the state of the survey, worked out once for each state of its log."""
    with open_survey(desk.folder) as store:
        head = store.head()
    found: Overview = desk.kept.get(("overview", head, _beside(desk)), lambda: overview(desk.folder))
    return found


def _beside(desk: Desk) -> Hashable:
    """Return what changes beside the log: packages put aside, the last backup."""
    note = desk.folder / LAST_BACKUP
    return *aside(desk.folder), note.stat().st_mtime_ns if note.exists() else 0


def waiting(o: Overview, r: Records | None, pairs: int = 0) -> list[Waiting]:
    """Return the queues that are not empty, the most urgent first; r: None while it is being counted.

    pairs: open in match review, 0 while it is not known.
    """
    found = [
        Waiting(o.held, ngettext("file is held back", "files are held back", o.held), "/ingest"),
        Waiting(o.undated, ngettext("file has no date", "files have no date", o.undated), "/ingest"),
    ]
    if r is not None:
        boxes = ngettext("animal that a machine found", "animals that a machine found", r.boxes)
        unnamed = ngettext("record without an individual", "records without an individual", r.unnamed)
        decide = ngettext("pair to decide", "pairs to decide", pairs)
        found += [Waiting(pairs, decide, "/match")]
        found += [Waiting(r.boxes, boxes, "/triage"), Waiting(r.unnamed, unnamed, "/match")]
    packages = ngettext("package waits to be accepted", "packages wait to be accepted", o.waiting)
    found.append(Waiting(o.waiting, packages, "/exchange"))
    return [one for one in found if one.count]


def alerts(o: Overview) -> list[str]:
    """Return what endangers the data."""
    said = []
    if o.entries > 1 and o.backup is None:
        said.append(_("There is no backup of this survey."))
    elif o.backup is not None and o.backup.entries:
        age = (datetime.now(UTC) - o.backup.at).days
        if age >= OLD_BACKUP_DAYS:
            text = ngettext(
                "The last backup is {n} day old.", "The last backup is {n} days old.", age
            ).format(n=age)
            said.append(text)
    if o.disk_free < LITTLE_DISK:
        said.append(_("Only {n:.1f} GB are free on this disk.").format(n=o.disk_free / 1e9))
    return said
