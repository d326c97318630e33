"""One desk: the survey that is served, to whom, and where it listens. Everything a page needs comes from here."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable
from concurrent.futures import Future, wait
from contextlib import AbstractContextManager, nullcontext
from contextvars import copy_context
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
    """The last results of slow questions, by what they were asked about (a state of the log among it).

    Nothing is ever worked out twice at the same time. `once` keeps what there is one of for as long as the server runs.
    """

    most: int = 64
    _once: dict[str, Any] = field(default_factory=dict)
    _known: dict[Hashable, Future[Any]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _making: dict[str, threading.Lock] = field(default_factory=dict)
    _turns: dict[str, AbstractContextManager[Any]] = field(default_factory=dict)

    def get(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what is kept under a key, made if it is not there."""
        found, mine = self._claim(key)
        if mine:
            self._make(found, key, make)
        return found.result()

    def soon(self, key: tuple[str, Hashable], make: Callable[[], Any], wait_s: float) -> Any:
        """Return what is kept under a key, or None if it is not there within some seconds; it is made meanwhile.

        key: what it is, and the state of which. What is kept of earlier states of it is dropped.
        """
        found, mine = self._claim(key)
        if mine:
            with self._lock:
                for old in [k for k in self._known if isinstance(k, tuple) and k[0] == key[0] and k != key]:
                    del self._known[old]
            context = copy_context()
            threading.Thread(
                target=context.run, args=(self._make, found, key, make), daemon=True, name=key[0]
            ).start()
        wait([found], wait_s)
        return found.result() if found.done() else None

    def known(self, key: Hashable) -> Any:
        """Return what is kept under a key, None if it is not there."""
        with self._lock:
            found = self._known.get(key)
        return found.result() if found is not None and found.done() and not found.exception() else None

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """Return the one thing of this name; two threads never make two of it."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            if key not in self._once:
                self._once[key] = make()
            return self._once[key]

    def _claim(self, key: Hashable) -> tuple[Future[Any], bool]:
        """Return what is or will be kept under a key, and whether the caller has to make it."""
        with self._lock:
            if key in self._known:
                return self._known[key], False
            while len(self._known) >= self.most:
                del self._known[next(iter(self._known))]
            self._known[key] = Future()
            return self._known[key], True

    def _turn(self, key: Hashable) -> AbstractContextManager[Any]:
        """One state of a thing at a time: however fast states follow each other, work does not pile up."""
        if not isinstance(key, tuple):
            return nullcontext()
        with self._lock:
            return self._turns.setdefault(str(key[0]), threading.RLock())

    def _make(self, found: Future[Any], key: Hashable, make: Callable[[], Any]) -> None:
        try:
            with self._turn(key):
                made = make()
        except BaseException as error:
            with self._lock:
                if self._known.get(key) is found:
                    del self._known[key]  # the next one who asks tries again
            found.set_exception(error)
        else:
            found.set_result(made)


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
    patience_s: float = 0.6
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
