"""Report: of the survey as it is now or was, in any languages and forms and editions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.content import EDITIONS
from pardus.app.moment import moment
from pardus.app.public_edition import public
from pardus.app.report import report
from pardus.model.errors import UsageError
from pardus.model.language import LANGUAGES, N_, _, speaking
from pardus.report.book import make
from pardus.report.formats import FORMATS, write
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.view import page

POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox; base-uri 'none'"
)
"""The report is one file with its own style and no script: it may use that style and nothing else."""

TYPES = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}
EDITION_WORDS = {
    "restricted": N_("Restricted: with places, animals and pictures"),
    "public": N_("Public: coarse cells, no animal by name, no pictures, no dates of passages"),
    "status": N_("Data status: what is there and what is missing"),
}


def routes(desk: Desk) -> list[Route]:
    """Return the choice, and the report itself."""

    def choose(request: Request) -> Response:
        return page(desk, request, "report.html.j2", forms=FORMATS, editions=EDITION_WORDS)

    def file(request: Request) -> Response:
        asked = request.query_params
        form, edition = asked.get("form", "html"), asked.get("edition", "restricted")
        languages = [one for one in asked.getlist("language") if one in LANGUAGES] or ["en"]
        if form not in FORMATS or edition not in (*EDITIONS, "status"):
            raise UsageError(_("There is no such report."))
        restricted = edition == "restricted"
        with speaking(languages[0]):
            content = report(desk.folder, moment(asked.get("as_of", "").strip()), with_pictures=restricted)
            content = public(content) if edition == "public" else content
            made = write(content, make(content, languages, of_status=edition == "status"), form)
        name = f"{'status' if edition == 'status' else 'report'}.{edition}.{'-'.join(languages)}.{form}"
        way = "inline" if form in ("html", "pdf") else "attachment"
        return Response(
            made,
            media_type=TYPES[form],
            headers={"content-disposition": f'{way}; filename="{name}"', "content-security-policy": POLICY},
        )

    return [show(desk, "/report", choose), show(desk, "/report/file", file)]
