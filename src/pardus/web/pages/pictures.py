"""Pictures and frames of clips, drawn anew as JPEG; found by id, never by a path."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.app.pictures import clip, picture
from pardus.app.survey_folder import open_survey
from pardus.model.errors import MediaError
from pardus.model.observation import Box
from pardus.web.desk import Desk
from pardus.web.pages.common import show
from pardus.web.view import page

UNREADABLE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 320 200"><rect width="320" height="200" fill="#e9e4dc"/>'
    b'<g fill="none" stroke="#6b7379" stroke-width="3"><rect x="132" y="76" width="56" height="44" rx="4"/>'
    b'<path d="M136 114 152 96 162 106 172 94 184 110M122 130 198 66"/></g></svg>'
)


def routes(desk: Desk) -> list[Route]:
    """Return pictures, and the page of a clip."""

    def show_picture(request: Request) -> Response:
        asked = request.query_params
        try:
            found = picture(
                desk.folder,
                request.path_params["id"],
                width=_whole(asked.get("w", "640"), 16, 4096),
                frame=_whole(asked["f"], 0, 1_000_000) if "f" in asked else None,
                box=_box(asked["box"]) if "box" in asked else None,
            )
        except MediaError:
            return Response(UNREADABLE, media_type="image/svg+xml", headers={"cache-control": "no-store"})
        if found is None:
            raise HTTPException(404)
        return Response(found, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    def show_clip(request: Request) -> Response:
        found = clip(desk.folder, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        marks = [int(f) for f in request.query_params.get("marks", "").split(",") if f.isdigit()]
        with open_survey(desk.folder) as store:
            file = next(store.media([request.path_params["id"]]))
        return page(desk, request, "clip.html.j2", clip=found, file=file, media=file.id, marks=marks)

    def facts(request: Request) -> Response:
        found = clip(desk.folder, request.path_params["id"])
        if found is None:
            raise HTTPException(404)
        return JSONResponse({"frames": found.frames, "rate": found.rate})

    return [
        show(desk, "/picture/{id}", show_picture),
        show(desk, "/clip/{id}", show_clip),
        show(desk, "/clip/{id}/facts", facts),
    ]


def _whole(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise HTTPException(400)
    return min(max(int(text), low), high)


def _box(text: str) -> Box:
    """Return a box from "x,y,width,height", shares of the picture."""
    try:
        x, y, width, height = (float(part) for part in text.split(","))
    except ValueError:
        raise HTTPException(400) from None
    if not all(map(math.isfinite, (x, y, width, height))) or width <= 0 or height <= 0:
        raise HTTPException(400)
    if not (-0.5 <= x <= 1 and -0.5 <= y <= 1 and width <= 2 and height <= 2):
        raise HTTPException(400)
    return Box(x, y, width, height)
