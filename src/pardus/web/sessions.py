"""Who is signed in at this desk: sessions in memory, gone when the server stops."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

IDLE_S = 14 * 24 * 3600.0
MOST = 500


@dataclass(slots=True)
class Session:
    """One browser of one person. csrf: what every form of this session carries. language: of the pages."""

    person: str
    csrf: str
    language: str
    seen: float


@dataclass(slots=True)
class Sessions:
    """All sessions, by the secret in the browser's cookie.

    clock: seconds, rising. A session ends when it was not used for IDLE_S, or when MOST younger ones came.
    """

    clock: Callable[[], float] = time.monotonic
    _known: dict[str, Session] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, person: str, language: str) -> str:
        """Begin a session and return its secret."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            while len(self._known) >= MOST:
                del self._known[min(self._known, key=lambda key: self._known[key].seen)]
            self._known[secret] = Session(person, secrets.token_urlsafe(24), language, self.clock())
        return secret

    def get(self, secret: str) -> Session | None:
        """Return the session with this secret, or None."""
        with self._lock:
            session = self._known.get(secret)
            if session is None:
                return None
            now = self.clock()
            if now - session.seen > IDLE_S:
                del self._known[secret]
                return None
            session.seen = now
            return session

    def end(self, secret: str) -> None:
        """Forget a session."""
        with self._lock:
            self._known.pop(secret, None)

    def end_all_of(self, person: str) -> None:
        """Forget every session of a person."""
        with self._lock:
            for secret in [key for key, session in self._known.items() if session.person == person]:
                del self._known[secret]
