"""Cards: choose a folder, take it in, and see numbers that add up at every step."""

from __future__ import annotations

from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.executor import Processes
from pardus.app.ingest import ingest
from pardus.app.ingest_report import IngestReport
from pardus.app.ingest_run import IngestOptions
from pardus.app.pair_clocks import pair_clocks
from pardus.app.survey_folder import open_survey
from pardus.app.telling import Tell
from pardus.model.language import _
from pardus.report.sections.quality import remarks
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.places import inside, place
from pardus.web.ready import following
from pardus.web.view import page

STEPS = ("files", "images", "videos", "added", "known", "copies", "held", "damaged", "undated")


def routes(desk: Desk) -> list[Route]:
    """Return the page with the choice of a folder, the work, and what came of it."""

    def cards(request: Request) -> Response:
        asked = request.query_params.get("in", "")
        here = place(desk, asked) if asked else None
        folders, files = inside(here) if here else (list(desk.roots), 0)
        with open_survey(desk.folder) as store:
            done = [r for _key, r in store.present("ingests") if r["stage"] == "finished"]
            names = {
                r["ingest"]: r.get("folder", "")
                for _key, r in store.present("ingests")
                if r["stage"] == "started"
            }
            key = ("clocks", store.head())
            clocks = desk.kept.known(key)
            if "clocks" in request.query_params:  # every record is read for it: only when somebody asks
                clocks = desk.kept.get(key, lambda: pair_clocks(following(desk).survey())[0])
        return page(
            desk, request, "ingest.html.j2", at=here, folders=folders, files=files, clocks=clocks,
            parent=here.parent if here and any(here != r and here.is_relative_to(r) for r in desk.roots) else None,
            done=[(names.get(r["ingest"], ""), r) for r in done[::-1] if "files" in r["counts"]][:50],
        )  # fmt: skip

    def begin(said: Said) -> Response:
        text = said.text("folder")
        source = place(desk, text) if text else None
        options = IngestOptions(
            in_place=bool(said.text("in_place")), station=said.text("station"), camera=said.text("camera"),
            container=said.text("container"), accept=frozenset(said.text("accept").split()),
        )  # fmt: skip
        sayer = desk.sayer(said.session)

        def work(tell: Tell) -> IngestReport:
            with Processes() as executor:
                return ingest(desk.folder, source, options, sayer=sayer, executor=executor, tell=tell)

        title = _("Taking in {folder}").format(folder=_name(source))
        job = desk.jobs.start(title, said.session.person, "/ingest/done/{job}", work)
        return see(f"/jobs/{job.id}")

    def done(request: Request) -> Response:
        job = desk.jobs.get(request.path_params["id"])
        if job is None or not isinstance(job.result, IngestReport):
            raise HTTPException(404)
        report = job.result
        return page(
            desk, request, "ingest_done.html.j2", here="ingest", report=report, sentences=report.sentences(),
            remarks=remarks(report.findings),
        )  # fmt: skip

    return [
        show(desk, "/ingest", cards),
        show(desk, "/ingest/done/{id}", done),
        action(desk, "/ingest/begin", begin),
    ]


def _name(source: Path | None) -> str:
    return _("the tables") if source is None else source.name
