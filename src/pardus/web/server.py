"""The desk as an ASGI application, built from its arguments; no state but the desk's own."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from pardus.model.errors import PardusError
from pardus.model.language import _
from pardus.web.desk import Desk
from pardus.web.guard import HEADERS, Guard
from pardus.web.pages import (
    adjudication,
    assets,
    basemap,
    enter,
    estimate,
    exchange,
    home,
    individuals,
    ingest,
    jobs,
    log,
    look,
    match,
    pictures,
    report,
    rows,
    settings,
    stations,
    triage,
    waiting,
)
from pardus.web.view import page

PAGES = (
    adjudication,
    assets,
    basemap,
    enter,
    estimate,
    exchange,
    home,
    individuals,
    ingest,
    jobs,
    log,
    look,
    match,
    pictures,
    report,
    rows,
    settings,
    stations,
    triage,
    waiting,
)


def make_app(desk: Desk) -> Starlette:
    """Return the application of one desk."""

    async def missing(request: Request, _error: Exception) -> Response:
        if getattr(request.state, "session", None) is None:
            return PlainTextResponse("Nothing here.\n", 404)
        return page(desk, request, "missing.html.j2", 404, here="missing")

    async def broken(request: Request, _error: Exception) -> Response:
        said = _("Something went wrong that should not. Nothing that was saved is lost.")
        if getattr(request.state, "session", None) is None:
            return PlainTextResponse(f"{said}\n", 500, HEADERS)
        answer = page(desk, request, "error.html.j2", 500, here="error", error=PardusError(said))
        answer.headers.update(HEADERS)  # this is outside the gate, which puts them on every other answer
        return answer

    routes = [route for module in PAGES for route in module.routes(desk)]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, desk=desk)],
        exception_handlers={404: missing, Exception: broken},
    )
