"""The entrance: a token in the address for the one person at this computer, a name and a password in a team room."""

from __future__ import annotations

import hmac

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pardus.model.language import LANGUAGES, _
from pardus.web.desk import Desk, door
from pardus.web.pages.common import Said, action, see
from pardus.web.sessions import IDLE_S
from pardus.web.view import page


def routes(desk: Desk) -> list[Route]:
    """Return the entrance, the way out, and the switch of language."""

    async def entrance(request: Request) -> Response:
        if request.state.session is not None:
            return see("/")
        return page(desk, request, "enter.html.j2", problem="")

    async def enter(request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=5)
        said = {name: str(form.get(name, "")) for name in ("token", "name", "password")}
        person = await run_in_threadpool(_admit, desk, said)
        if not person:
            wait = door(desk).wait_s(said["name"]) if desk.team else 0
            problem = _("That is not right. Look at the window where pardus was started for the address.")
            if desk.team:
                problem = _("Name or password are not right.")
            if wait > 0:
                problem = _("Too many tries. Wait {n} seconds.").format(n=int(wait) + 1)
            return page(desk, request, "enter.html.j2", 403, problem=problem)
        language = desk.preferences.of(person).language or desk.language
        answer = see("/")
        answer.set_cookie(
            desk.cookie, desk.sessions.begin(person, language), max_age=int(IDLE_S), httponly=True,
            samesite="strict", secure=desk.secure, path="/",
        )  # fmt: skip
        return answer

    def leave(said: Said) -> Response:
        desk.sessions.end(said.request.state.secret)
        answer = see("/enter")
        answer.delete_cookie(desk.cookie)
        return answer

    def speak(said: Said) -> Response:
        language = said.text("language")
        if language in LANGUAGES:
            said.session.language = language
            likes = desk.preferences.of(said.session.person)
            desk.preferences.set(said.session.person, type(likes)(language, likes.keys))
        return see(said.text("back", "/"))

    return [
        Route("/enter", entrance, methods=["GET"]),
        Route("/enter", enter, methods=["POST"]),
        action(desk, "/leave", leave),
        action(desk, "/language", speak),
    ]


def _admit(desk: Desk, said: dict[str, str]) -> str:
    """Return who may come in, or ""."""
    if desk.team:
        return said["name"] if door(desk).opens(said["name"], said["password"]) else ""
    return desk.person if hmac.compare_digest(said["token"].encode(), desk.token.encode()) else ""
