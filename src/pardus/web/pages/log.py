"""Audit log: everything that was said, newest first, and the way to take it back."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.log import log_page
from pardus.app.undo import undo
from pardus.model.language import N_
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.view import page

ON_A_PAGE = 100
KIND_WORDS = {
    "survey-created": N_("survey made"), "stations-declared": N_("stations"),
    "deployments-declared": N_("cameras deployed"), "ingest-started": N_("card taken in: begun"),
    "media-added": N_("files added"), "media-ignored": N_("files ignored"), "media-removed": N_("files taken out"),
    "ingest-finished": N_("card taken in: finished"), "clock-corrected": N_("clock corrected"),
    "observations-made": N_("records"), "decisions-made": N_("decisions"), "records-removed": N_("rows taken out"),
    "individuals-stated": N_("statements on animals"), "relationships-stated": N_("relations of animals"),
    "resource-kept": N_("resource kept"), "fit-made": N_("estimate"), "package-sent": N_("package sent"),
    "package-accepted": N_("package accepted"), "links-decided": N_("answers across catalogues"),
    "questions-answered": N_("answer"), "entry-undone": N_("taken back"),
}  # fmt: skip


def routes(desk: Desk) -> list[Route]:
    """Return the log, and undo."""

    def log(request: Request) -> Response:
        asked = request.query_params.get("before", "")
        before = int(asked) if asked.isdigit() and len(asked) < 12 else None
        lines, further = log_page(desk.folder, ON_A_PAGE, before)
        return page(desk, request, "log.html.j2", lines=lines, further=further, kinds=KIND_WORDS)

    def take_back(said: Said) -> Response:
        undo(desk.folder, said.text("entry"), sayer=desk.sayer(said.session))
        return see("/log")

    return [show(desk, "/log", log), action(desk, "/log/undo", take_back)]
