"""Style sheet, scripts, drawings and fonts of our own: a fixed list of files, each with its type."""

from __future__ import annotations

from importlib.resources import files

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.web.desk import Desk

TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
    ".otf": "font/otf",
}


def routes(_desk: Desk) -> list[Route]:
    """Return the one route of all files; they are read once, when the server starts."""
    web = files("pardus.web")
    places = (web.joinpath("static"), web.joinpath("vendor"), files("pardus.report").joinpath("fonts"))
    known = {
        path.name: (path.read_bytes(), TYPES[path.name[path.name.rindex(".") :]])
        for place in places
        for path in place.iterdir()
        if path.is_file() and path.name[path.name.rfind(".") :] in TYPES
    }

    async def asset(request: Request) -> Response:
        found = known.get(request.path_params["file"])
        if found is None:
            raise HTTPException(404)
        return Response(found[0], media_type=found[1], headers={"cache-control": "private, max-age=300"})

    return [Route("/static/{file}", asset, methods=["GET"])]
