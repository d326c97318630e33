"""Detections triage: what a machine found, by camera and event; one key for flank, quality, empty, another species."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pardus.app.triage import Detection, beside, cameras, detections, say, say_seen, unseen_sample
from pardus.app.undo import undo
from pardus.model.language import _
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, show
from pardus.web.pages.match import QUALITIES, SIDES
from pardus.web.view import page

ON_A_PAGE = 60
SAMPLE = 24


def routes(desk: Desk) -> list[Route]:
    """Return the list of cameras, the grid of one, and the check of what nobody saw anything on."""

    def list_cameras(request: Request) -> Response:
        return page(desk, request, "triage.html.j2", cameras=cameras(desk.folder), beside=beside(desk.folder))

    def grid(request: Request) -> Response:
        first = request.query_params.get("from", "0")
        deployment = request.path_params["id"]
        shown = detections(desk.folder, deployment, int(first) if first.isdigit() else 0, ON_A_PAGE)
        return page(
            desk, request, "triage_grid.html.j2", here="triage", shown=shown, deployment=deployment,
            address_of=address_of, step=ON_A_PAGE, sides=SIDES, qualities=QUALITIES, words=_words(),
        )  # fmt: skip

    def empty(request: Request) -> Response:
        seed = request.query_params.get("seed", "1")
        number = int(seed) if seed.isdigit() and len(seed) < 9 else 1
        sample = unseen_sample(desk.folder, SAMPLE, number)
        return page(desk, request, "triage_empty.html.j2", here="triage", sample=sample, seed=number)

    def decide(said: Said) -> Response:
        rows = said.fields.get("observations", [])
        rows = [str(one) for one in rows][:500] if isinstance(rows, list) else []
        entry = say(desk.folder, rows, said.text("about"), said.text("value"), desk.sayer(said.session))
        return JSONResponse({"entry": entry})

    def take_back(said: Said) -> Response:
        undo(desk.folder, said.text("entry"), sayer=desk.sayer(said.session))
        return JSONResponse({})

    def looked(said: Said) -> Response:
        something = said.text("seen") == "something"
        return JSONResponse(
            {"entry": say_seen(desk.folder, said.text("media"), something, desk.sayer(said.session))}
        )

    return [
        show(desk, "/triage", list_cameras),
        show(desk, "/triage/empty", empty),
        show(desk, "/triage/camera/{id}", grid),
        action(desk, "/triage/say", decide),
        action(desk, "/triage/undo", take_back),
        action(desk, "/triage/looked", looked),
    ]


def address_of(one: Detection) -> str:
    """Return the address of the picture of a detection, cut to its box."""
    b = one.box
    box = "" if b is None else f"&box={b.x:.5f},{b.y:.5f},{b.width:.5f},{b.height:.5f}"
    frame = "" if one.frame is None else f"&f={one.frame}"
    return f"/picture/{quote(one.media, safe='')}?w=320{box}{frame}"


def _words() -> dict[str, str]:
    return {
        "saved": _("Saved"),
        "undone": _("Taken back"),
        "lost": _("Not saved: the server does not answer. Press the key again."),
        "blank": _("empty"),
        "other": _("another species"),
        **{f"flank-{k}": _(v) for k, v in SIDES.items()},
        **{f"quality-{k}": _(v) for k, v in QUALITIES.items()},
    }
