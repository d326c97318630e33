"""One desk: the survey that is served, to whom, and where it listens. Everything a page needs comes from here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pardus.app.saying import Sayer
from pardus.app.survey_folder import actor, survey_config
from pardus.model.survey import SurveyConfig
from pardus.web.jobs import Jobs
from pardus.web.preferences import Preferences
from pardus.web.sessions import Session, Sessions
from pardus.web.users import Door


@dataclass(slots=True)
class Kept:
    """The last few results of slow questions, by what they were asked about (a state of the log among it).

    `once` keeps what there is one of for as long as the server runs.
    """

    most: int = 64
    _once: dict[str, Any] = field(default_factory=dict)
    _known: dict[Hashable, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept under a key, made if it is not there."""
        with self._lock:
            if key in self._known:
                return self._known[key]
        made = make()
        with self._lock:
            while len(self._known) >= self.most:
                del self._known[next(iter(self._known))]
            self._known[key] = made
        return made

    def known(self, key: Hashable) -> Any:
        """Return what is kept under a key, None if it is not there."""
        with self._lock:
            return self._known.get(key)

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """Return the one thing of this name; two threads never make two of it."""
        with self._making:
            if key not in self._once:
                self._once[key] = make()
            return self._once[key]


@dataclass(frozen=True, slots=True)
class Desk:
    """A served survey.

    folder: the survey. person: who works here, "" if people sign in with a password (a team room). token: lets the
    one person in, "" in a team room. origins: the addresses under which this server is known, as
    "http://127.0.0.1:8420"; a request for any other is refused. cookie: name of the session's cookie. roots:
    folders under which cards and packages may be looked for. language: of the first page.
    """

    folder: Path
    person: str
    token: str
    origins: frozenset[str]
    cookie: str = "pardus"
    roots: tuple[Path, ...] = ()
    language: str = "en"
    sessions: Sessions = field(default_factory=Sessions)
    jobs: Jobs = field(default_factory=Jobs)
    kept: Kept = field(default_factory=Kept)

    @property
    def team(self) -> bool:
        """Whether people sign in with a name and a password."""
        return not self.token

    @property
    def hosts(self) -> frozenset[str]:
        """What may stand in a request's Host."""
        return frozenset(origin.partition("://")[2] for origin in self.origins)

    @property
    def secure(self) -> bool:
        """Whether the pages are served over TLS."""
        return any(origin.startswith("https://") for origin in self.origins)

    @property
    def preferences(self) -> Preferences:
        """What people like."""
        return Preferences(self.folder)

    def config(self) -> SurveyConfig:
        """Return what survey.toml says now."""
        return survey_config(self.folder)[0]

    def sayer(self, session: Session) -> Sayer:
        """Return the one who speaks for this session."""
        return Sayer(actor(self.config().organisation, session.person))


def door(desk: Desk) -> Door:
    """Return the one who checks passwords."""
    return desk.kept.once("door", lambda: Door(desk.folder, time.monotonic))  # type: ignore[no-any-return]
