"""One picture whole, with every box on it, and a box drawn by a person where the machine's is bad or missing."""

from __future__ import annotations

from urllib.parse import quote

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.corrections import draw_box
from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.model.observation import FLANKS, Box
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.match import SIDES
from pardus.web.view import page


def routes(desk: Desk) -> list[Route]:
    """Return the page of a picture, and the box that is drawn on it."""

    def look(request: Request) -> Response:
        id_ = request.path_params["id"]
        asked = request.query_params.get("f", "")
        frame = int(asked) if asked.isdigit() and len(asked) < 9 else None
        with open_survey(desk.folder) as store:
            media = next(store.media([id_]), None)
            if media is None:
                raise HTTPException(404)
            rows = [
                (key, record)
                for key, record in store.related("observations", "deployment", media.deployment)
                if id_ in record.get("media", ()) and (frame is None or record.get("frame") in (None, frame))
            ]
        boxes = [(key, record["box"], record) for key, record in rows if isinstance(record.get("box"), dict)]
        return page(
            desk, request, "look.html.j2", here="triage", media=media, frame=frame, boxes=boxes, flanks=FLANKS,
            sides=SIDES, rows=rows,
            source=f"/picture/{quote(id_, safe='')}?w=1280" + ("" if frame is None else f"&f={frame}"),
        )  # fmt: skip

    def box(said: Said) -> Response:
        id_ = said.request.path_params["id"]
        try:
            x, y, width, height = (float(said.text(name)) / 100 for name in ("x", "y", "width", "height"))
        except ValueError:
            raise ParameterError(_("A box needs four numbers, in percent of the picture.")) from None
        frame = said.text("frame")
        draw_box(
            desk.folder, id_, Box(x, y, width, height), desk.sayer(said.session),
            frame=int(frame) if frame.isdigit() else None, flank=said.text("flank") or "unknown",
        )  # fmt: skip
        return see(f"/look/{quote(id_, safe='')}" + (f"?f={frame}" if frame.isdigit() else ""))

    return [show(desk, "/look/{id}", look), action(desk, "/look/{id}/box", box)]
