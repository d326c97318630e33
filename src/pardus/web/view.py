"""Pages as HTML: one Jinja2 environment, the words through gettext, everything escaped."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape
from starlette.requests import Request
from starlette.responses import HTMLResponse

from pardus.app.survey_folder import open_survey
from pardus.model.language import N_, _, again, current_language
from pardus.report.environment import templates_of
from pardus.report.numbers import between, day, interval, local, name, number, percent, plain, whole
from pardus.report.page import LANGUAGE_NAMES
from pardus.report.words import QUANTITIES, unit
from pardus.web.desk import Desk
from pardus.web.keys import ACTIONS, key_label, keymap
from pardus.web.sessions import Session

PAGES = (
    ("home", "/", N_("Home")),
    ("ingest", "/ingest", N_("Cards")),
    ("stations", "/stations", N_("Stations and effort")),
    ("triage", "/triage", N_("Detections to check")),
    ("match", "/match", N_("Match review")),
    ("adjudication", "/adjudication", N_("Adjudication")),
    ("individuals", "/individuals", N_("Individuals")),
    ("estimate", "/estimate", N_("Estimate")),
    ("exchange", "/exchange", N_("Exchange")),
    ("report", "/report", N_("Report")),
    ("log", "/log", N_("Audit log")),
    ("settings", "/settings", N_("Settings")),
)


def session_of(request: Request) -> Session:
    """Return the session of a request that the guard let through."""
    session = request.state.session
    assert isinstance(session, Session)
    return session


def page(desk: Desk, request: Request, template: str, status: int = 200, **context: Any) -> HTMLResponse:
    """Return a page. Every template knows who is there, the language, the pages, the keys and the form's token."""
    session: Session | None = request.state.session
    config = desk.config()
    own = desk.preferences.of(session.person).keys if session else {}
    here = str(context.get("here", template.partition(".")[0]))
    text = (
        _environment()
        .get_template(template)
        .render(
            {
                "config": config,
                "session": session,
                "team": desk.team,
                "language": current_language(),
                "languages": LANGUAGE_NAMES,
                "pages": PAGES,
                "address": request.url.path + (f"?{request.url.query}" if request.url.query else ""),
                "zone": config.zone,
                "here": here,
                "keys": keymap(own, here),
                "sheet": [a for a in ACTIONS if a.page in ("", here)],
                **context,
            }
        )
    )
    return HTMLResponse(text, status)


def fragment(template: str, **context: Any) -> str:
    """Return a part of a page, for a script of ours to put in its place."""
    return _environment().get_template(template).render(context)


def called(desk: Desk) -> dict[str, str]:
    """Return individual -> the last name stated for it, worked out once for each state of the log."""
    with open_survey(desk.folder) as store:
        found: dict[str, str] = desk.kept.get(
            ("called", store.head()),
            lambda: {
                str(r["individual"]): str(r["value"])
                for _k, r in store.related("statements", "about", "name")
            },
        )
    return found


def short(identifier: str, organisation: str = "") -> str:
    """Return an id as people can read it: without our own organisation, the hexadecimal ones cut to eight digits."""
    local = name(identifier, organisation)
    head, colon, tail = local.rpartition(":")
    return f"{head}{colon}{tail[:8]}" if _MADE.fullmatch(tail) else local


_MADE = re.compile(r"[0-9a-f]{20}")


def word(value: str, table: Mapping[str, str]) -> str:
    """Return the words for a value of ours in the current language; of anything else the text itself, harmless.

    In templates `_(...)` is for sentences written there and for nothing else: what it returns is not escaped.
    """
    return str(_(table[value])) if value in table else plain(str(value))


def codes(text: str) -> Markup:
    """Return text with what stands between backticks, a command to type, as code; all the rest escaped."""
    parts = [escape(part) for part in text.split("`")]
    if len(parts) % 2 == 0:  # one is left alone: nobody meant a command
        return Markup("`").join(parts)
    return Markup("").join(Markup("<code>{}</code>").format(p) if n % 2 else p for n, p in enumerate(parts))


@cache
def _environment() -> Environment:
    environment = templates_of("pardus.web")
    environment.filters |= {
        "number": number,
        "whole": whole,
        "percent": percent,
        "interval": interval,
        "between": between,
        "day": day,
        "local": local,
        "moment": lambda text, zone: local(datetime.fromisoformat(text), zone),
        "name": name,
        "short": short,
        "again": again,
        "codes": codes,
        "tr": lambda text: str(_(text)),
        "word": word,
        "quantity": lambda text: word(text, QUANTITIES),
        "unit": unit,
        "key": key_label,
        "plain": lambda text: plain(str(text)),
    }
    environment.globals["static"] = static
    return environment


@cache
def static(file: str) -> str:
    """Return the address of a file of ours, with its content's hash in it so that an update is seen at once."""
    own = files("pardus.web").joinpath("static", file)
    content = (own if own.is_file() else files("pardus.web").joinpath("vendor", file)).read_bytes()
    return f"/static/{file}?{hashlib.sha256(content).hexdigest()[:10]}"
