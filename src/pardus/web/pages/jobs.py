"""Long work: a page that shows how far it is, and goes on by itself when it is done."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.web.desk import Desk
from pardus.web.jobs import Job
from pardus.web.pages.common import see, show
from pardus.web.view import page


def routes(desk: Desk) -> list[Route]:
    """Return the page of a piece of work, and its state for the script on it."""

    def job(request: Request) -> Response:
        found = _job(desk, request)
        if found.state == "done":  # before its page was there
            return see(found.after)
        return page(desk, request, "job.html.j2", here="job", job=found)

    def state(request: Request) -> Response:
        found = _job(desk, request)
        return JSONResponse(
            {"state": found.state, "done": found.done, "total": found.total, "after": found.after}
        )

    return [show(desk, "/jobs/{id}", job), show(desk, "/jobs/{id}/state", state)]


def _job(desk: Desk, request: Request) -> Job:
    found = desk.jobs.get(request.path_params["id"])
    if found is None:
        raise HTTPException(404)
    return found
