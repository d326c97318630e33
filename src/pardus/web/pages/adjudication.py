"""Adjudication: where people differ or contradict what can be, and how often each of them is wrong."""

from __future__ import annotations

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.app.review import Review
from pardus.identify.animals import AnimalEvent
from pardus.model.language import _
from pardus.web.desk import Desk
from pardus.web.pages.common import Said, action, see, show
from pardus.web.pages.match import ANSWER_WORDS
from pardus.web.pages.waiting import wait
from pardus.web.ready import review, soon
from pardus.web.view import page


def routes(desk: Desk) -> list[Route]:
    """Return the page, and the answer that settles a pair."""

    def adjudication(request: Request) -> Response:
        if soon(desk, "review") is None:
            return wait(desk, request, "review", "adjudication", _("Adjudication"))
        queue = review(desk)
        differ = [(said, _sides(queue, said[0].a, said[0].b)) for said in queue.disagreements()]
        contradictions = [(c, _sides(queue, c.a, c.b)) for c in queue.contradictions()]
        return page(
            desk, request, "adjudication.html.j2", differ=differ[:100], contradictions=contradictions[:100],
            observers=queue.observers(), agreement=queue.agreement(), answer_words=ANSWER_WORDS,
        )  # fmt: skip

    def settle(said: Said) -> Response:
        by = desk.sayer(said.session).actor
        review(desk).say(said.text("a"), said.text("b"), said.text("said"), by)
        return see("/adjudication")

    def withdraw(said: Said) -> Response:
        review(desk).undo(desk.sayer(said.session).actor, said.text("entry"))
        return see("/adjudication")

    return [
        show(desk, "/adjudication", adjudication),
        action(desk, "/adjudication/settle", settle),
        action(desk, "/adjudication/withdraw", withdraw),
    ]


def _sides(queue: Review, a: str, b: str) -> tuple[tuple[str, str], tuple[str, str]]:
    """Return (observation, address of its picture) of two events or observations."""
    return _side(queue.event(a), a), _side(queue.event(b), b)


def _side(event: AnimalEvent, wanted: str) -> tuple[str, str]:
    seen = next((s for s in event.seen if s.id == wanted), event.seen[0])
    box = (
        ""
        if seen.box is None
        else f"&box={seen.box.x:.5f},{seen.box.y:.5f},{seen.box.width:.5f},{seen.box.height:.5f}"
    )
    frame = "" if seen.frame is None else f"&f={seen.frame}"
    return seen.id, f"/picture/{quote(seen.media, safe='')}?w=320{box}{frame}"
