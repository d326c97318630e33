"""The gate of the desk: who may ask, from where, and what a browser may do with the answer.

A page of another site in the same browser can send requests to this computer. So: the Host must be one of ours (a
name that was pointed at 127.0.0.1 is none), whatever changes something must come from our own pages (Origin), and
without a session nothing is answered but the entrance. The forms' token is checked in `pages.common.action`.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pardus.model.language import set_language
from pardus.web.desk import Desk
from pardus.web.users import read_users

SAFE = ("GET", "HEAD")
OPEN = ("/enter", "/static/")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {  # with "no-referrer" a browser would send "Origin: null" with our own forms
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
    "cache-control": "no-store",
}
"""Put on every answer that does not say otherwise itself."""


class Guard:
    """ASGI middleware around every page; puts the session into `scope["state"]["session"]`."""

    def __init__(self, app: ASGIApp, desk: Desk) -> None:
        self._app, self._desk = app, desk

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, send to the entrance, or let through."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        refused = self._refuse(scope)
        app = self._app if refused is None else refused
        await app(scope, receive, _with_headers(send))

    def _refuse(self, scope: Scope) -> Response | None:
        headers, path = Headers(scope=scope), str(scope["path"])
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0].lower() not in self._desk.hosts:
            return PlainTextResponse("This server is not known by that name.\n", 421)
        if scope["method"] not in SAFE and headers.get("origin") not in self._desk.origins:
            return PlainTextResponse("This request comes from another site.\n", 403)
        if headers.get("sec-fetch-site") == "cross-site" and headers.get("sec-fetch-mode") != "navigate":
            return PlainTextResponse("This request comes from another site.\n", 403)
        secret = _cookie(headers, self._desk.cookie)
        session = self._desk.sessions.get(secret) if secret else None
        if session is not None and self._desk.team and session.person not in read_users(self._desk.folder):
            self._desk.sessions.end_all_of(session.person)  # taken away while he was signed in
            session = None
        scope.setdefault("state", {})["session"] = session
        scope["state"]["secret"] = secret if session else ""
        set_language(session.language if session else self._desk.language)
        if session is None and not path.startswith(OPEN):
            if scope["method"] == "GET" and "text/html" in headers.get("accept", ""):
                return RedirectResponse("/enter", 303)
            return PlainTextResponse("Sign in first.\n", 401)
        return None


def _cookie(headers: Headers, name: str) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        return ""
    return found.value if found else ""


def _with_headers(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return wrapped
