"""A page that is shown while what it needs is still being worked out, and the word that it is there."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.model.errors import PardusError
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.ready import NAMES, soon
from pardus.web.view import page

LONGEST_S = 20.0
"""How long the browser's question is kept open; it asks again."""


def routes(desk: Desk) -> list[Route]:
    """Return the one route."""

    def waiting(request: Request) -> Response:
        what = request.path_params["what"]
        if what not in NAMES:
            raise HTTPException(404)
        try:
            ready = soon(desk, what, LONGEST_S) is not None
        except PardusError:
            ready = True  # the page says what is wrong
        return JSONResponse({"ready": ready})

    return [show(desk, "/waiting/{what}", waiting)]


def wait(desk: Desk, request: Request, what: str, here: str, title: str) -> Response:
    """Return the page that waits for one of `ready.NAMES` and is then loaded again. here: code of the page."""
    return page(desk, request, "waiting.html.j2", here=here, what=what, title=title)
