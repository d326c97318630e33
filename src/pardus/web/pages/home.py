"""The first page: what needs a person today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.overview import LITTLE_DISK, OLD_BACKUP_DAYS, Overview, overview
from pardus.app.survey_folder import open_survey
from pardus.model.language import _, ngettext
from pardus.report.sections.quality import remarks
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.view import page


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a person: how many, in words, and the page where it is done."""

    count: int
    words: str
    address: str


def routes(desk: Desk) -> list[Route]:
    """Return the first page."""

    def home(request: Request) -> Response:
        now = state(desk)
        return page(
            desk,
            request,
            "home.html.j2",
            o=now,
            queues=[w for w in waiting(now) if w.count],
            alerts=alerts(now),
            remarks=remarks(now.findings),
            jobs=desk.jobs.running(),
        )

    return [show(desk, "/", home)]


def state(desk: Desk) -> Overview:
    """Return the state of the survey, worked out once for each state of its log."""
    with open_survey(desk.folder) as store:
        head = store.head()
    found: Overview = desk.kept.get(("overview", head, _waiting_names(desk)), lambda: overview(desk.folder))
    return found


def _waiting_names(desk: Desk) -> tuple[str, ...]:
    """Return what changes beside the log: packages put aside, the last backup."""
    place = desk.folder / "quarantine"
    aside = sorted(path.name for path in place.iterdir()) if place.is_dir() else []
    note = desk.folder / "last-backup.json"
    return (*aside, str(note.stat().st_mtime_ns) if note.exists() else "")


def waiting(o: Overview) -> list[Waiting]:
    """Return the queues, the most urgent first."""
    return [
        Waiting(o.held, ngettext("file is held back", "files are held back", o.held), "/ingest"),
        Waiting(o.undated, ngettext("file has no date", "files have no date", o.undated), "/ingest"),
        Waiting(
            o.boxes,
            ngettext("animal that a machine found", "animals that a machine found", o.boxes),
            "/triage",
        ),
        Waiting(
            o.unnamed,
            ngettext("record without an individual", "records without an individual", o.unnamed),
            "/match",
        ),
        Waiting(
            o.waiting,
            ngettext("package waits to be accepted", "packages wait to be accepted", o.waiting),
            "/exchange",
        ),
    ]


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
