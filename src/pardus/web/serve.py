"""Serve a desk: find a free port, say the address, open the browser, run until it is stopped."""

from __future__ import annotations

import gc
import os
import secrets
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError, PardusError, UsageError
from pardus.model.language import _, current_language
from pardus.web.desk import Desk
from pardus.web.ready import NAMES, now
from pardus.web.server import make_app
from pardus.web.users import read_users

PORT = 8420
HERE = "127.0.0.1"
SWITCH_S = 0.0005
"""How long a thread that works keeps the interpreter from one that answers a person."""


@dataclass(frozen=True, slots=True)
class Listening:
    """Where and for whom a desk is served.

    port: 0 = the usual one, or any other that is free. lan: for a team room, with names and passwords; names: under
    which this computer is known in it. certificate, key: files for TLS. roots: folders with cards and packages.
    """

    port: int = 0
    lan: bool = False
    names: Sequence[str] = ()
    certificate: Path | None = None
    key: Path | None = None
    roots: Sequence[Path] = ()


def serve(
    folder: Path, person: str, where: Listening, say: Callable[[str], None], *, browser: bool = True
) -> None:
    """Serve the survey in a folder until the process is stopped.

    say: called with the address (and, in a team room, what to tell the others). Raises SurveyError if there is no
    survey, UsageError if nobody could sign in or the port is taken.
    """
    with open_survey(folder, write=True):  # brings an older file up to date, or says why it can't be opened
        pass
    if where.lan and not read_users(folder):
        raise UsageError(
            _("Nobody could sign in: add users first, with `pardus desk SURVEY --add-user NAME`.")
        )
    listener = listen("0.0.0.0" if where.lan else HERE, where.port)
    port = int(listener.getsockname()[1])
    desk = make_desk(folder, person, where, port)
    server = uvicorn.Server(
        uvicorn.Config(
            make_app(desk), log_level="warning", access_log=False, server_header=False, date_header=False,
            ssl_certfile=where.certificate, ssl_keyfile=where.key, timeout_graceful_shutdown=3, ws="none",
        )
    )  # fmt: skip
    scheme = "https" if desk.secure else "http"
    address = f"{scheme}://{HERE}:{port}/enter" + (f"#{desk.token}" if desk.token else "")
    say(_("The desk is open at {address}").format(address=address))
    if where.lan:
        for origin in sorted(desk.origins):
            say(_("In the team room: {address}").format(address=origin))
        if not desk.secure:
            say(
                _(
                    "Passwords travel unencrypted: only in a network you trust, or give --certificate and --key."
                )
            )
    say(_("Leave this window open; Ctrl+C ends it. Everything that was saved stays."))
    sys.setswitchinterval(SWITCH_S)
    threading.Thread(target=_get_ready, args=(desk,), daemon=True).start()
    if browser and not webbrowser.open(address):
        say(_("No browser could be opened: copy the whole address into one, on this computer."))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])
    say(_("The desk is closed."))


def make_desk(folder: Path, person: str, where: Listening, port: int) -> Desk:
    """Return the desk that is served at a port."""
    scheme = "https" if where.certificate else "http"
    names = [HERE, "localhost", *([*where.names, *_addresses()] if where.lan else [])]
    usual = {"http": 80, "https": 443}[scheme]
    origins = frozenset(
        f"{scheme}://{name.lower()}" + ("" if port == usual else f":{port}") for name in names
    )
    return Desk(
        folder=folder.resolve(),
        person="" if where.lan else person,
        token="" if where.lan else secrets.token_urlsafe(24),
        origins=origins,
        cookie=f"pardus_{port}",
        roots=tuple(path.resolve() for path in (where.roots or (() if where.lan else usual_roots()))),
        language=current_language(),
    )


def _get_ready(desk: Desk) -> None:
    """Work out what pages are made from, the first page's counts first, while the browser opens."""
    for what in NAMES:
        with suppress(PardusError):  # whoever opens the page is told
            now(desk, what)
    gc.freeze()  # what is at hand now stays: looking through it again and again would stall every page


def usual_roots() -> tuple[Path, ...]:
    """Return where cards and sticks are found on this computer, and the person's own folder."""
    drives = [Path(f"{letter}:/") for letter in "DEFGHIJKLMNOPQRSTUVWXYZ"]
    places = [Path.home(), Path.cwd(), *map(Path, ("/media", "/run/media", "/mnt", "/Volumes")), *drives]
    return tuple(dict.fromkeys(place.resolve() for place in places if place.is_dir()))


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket: at a port, or (0) at the usual one or any that is free. Raises UsageError."""
    try:
        return _prompt(socket.create_server((host, port or PORT), backlog=256))
    except (OSError, OverflowError) as error:
        if port:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)
            text = _("Port {port} can't be used: {reason}. Leave --port out, and a free one is taken.")
            raise UsageError(text.format(port=port, reason=why)) from error
    return _prompt(socket.create_server((host, 0), backlog=256))


def _prompt(listener: socket.socket) -> socket.socket:
    """Let answers leave at once; connections inherit it. Otherwise each of them waits 40 ms for the browser's word."""
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _addresses() -> list[str]:
    """Return the names and addresses of this computer in its networks."""
    name = socket.gethostname()
    found = [name]
    with suppress(OSError):
        found += [str(info[4][0]) for info in socket.getaddrinfo(name, None, socket.AF_INET)]
    return [one for one in dict.fromkeys(found) if one and not one.startswith("127.")]


def check_pair(certificate: Path | None, key: Path | None) -> None:
    """Raise ParameterError unless both or none of the files for TLS are given."""
    if (certificate is None) != (key is None):
        raise ParameterError(_("Give both --certificate and --key, or none."))
