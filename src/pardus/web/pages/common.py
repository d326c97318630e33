"""What every page is made with: handlers that run in a thread, and forms whose token is checked."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from pardus.model.errors import PardusError
from pardus.web.desk import Desk
from pardus.web.sessions import Session
from pardus.web.view import page, session_of

LARGEST_BODY = 2**20
LARGEST_FILE = 2**33


@dataclass(frozen=True, slots=True)
class Said:
    """What a browser sent to change something. fields: of the form or of the JSON object. files: uploads."""

    request: Request
    session: Session
    fields: dict[str, Any]
    files: dict[str, UploadFile]
    wants_json: bool

    def text(self, name: str, default: str = "") -> str:
        """Return a field as text, without blanks around it."""
        value = self.fields.get(name, default)
        return value.strip() if isinstance(value, str) else default


def show(desk: Desk, path: str, handler: Callable[[Request], Response], name: str | None = None) -> Route:
    """Return a route that shows something. The handler runs in a thread; errors for people become a page."""

    async def endpoint(request: Request) -> Response:
        try:
            return await run_in_threadpool(handler, request)
        except PardusError as error:
            return failed(desk, request, error, False)

    return Route(path, endpoint, methods=["GET"], name=name or path)


def action(desk: Desk, path: str, handler: Callable[[Said], Response]) -> Route:
    """Return a route that changes something: only with the token of the session. The handler runs in a thread."""

    async def endpoint(request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0]
        size = request.headers.get("content-length", "")
        if not size.isdigit() or int(size) > (
            LARGEST_FILE if kind == "multipart/form-data" else LARGEST_BODY
        ):
            return PlainTextResponse("Too large.\n", 413)
        if kind == "application/json":
            try:
                found = await request.json()
            except ValueError:
                return PlainTextResponse("This is not JSON.\n", 400)
            fields = dict(found) if isinstance(found, dict) else {}
            return await _done(request, request.headers.get("x-pardus-csrf", ""), fields, {}, True)
        async with request.form(max_files=4, max_fields=2000) as form:
            fields = {k: v for k, v in form.multi_items() if isinstance(v, str)}
            files = {k: v for k, v in form.multi_items() if isinstance(v, UploadFile)}
            return await _done(request, str(fields.pop("csrf", "")), fields, files, False)

    async def _done(
        request: Request, token: str, fields: dict[str, Any], files: dict[str, UploadFile], as_json: bool
    ) -> Response:
        session = session_of(request)
        if not hmac.compare_digest(token.encode(), session.csrf.encode()):
            return PlainTextResponse("The form is not of this session. Load the page again.\n", 403)
        try:
            return await run_in_threadpool(handler, Said(request, session, fields, files, as_json))
        except PardusError as error:
            return failed(desk, request, error, as_json)

    return Route(path, endpoint, methods=["POST"], name=f"POST {path}")


def failed(desk: Desk, request: Request, error: PardusError, as_json: bool) -> Response:
    """Return an error for people, as JSON for our own scripts or as a page."""
    if as_json:
        return JSONResponse({"error": str(error)}, 409)
    return page(desk, request, "error.html.j2", 409, here="error", error=error)


def see(path: str) -> RedirectResponse:
    """Send the browser on to a page of ours after something was done."""
    return RedirectResponse(path if path.startswith("/") and not path.startswith("//") else "/", 303)
