"""Long work that a page started: runs in a thread of its own, one at a time, and says how far it is."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass, field
from typing import Any

from pardus.app.telling import Tell
from pardus.model.errors import PardusError
from pardus.model.language import _

MOST = 50


@dataclass(slots=True)
class Job:
    """One piece of work. state: "waiting", "running", "done" or "failed". after: the page that follows."""

    id: str
    title: str
    person: str
    after: str
    state: str = "waiting"
    done: int = 0
    total: int | None = None
    result: Any = None
    error: PardusError | None = None


@dataclass(slots=True)
class Jobs:
    """All work since the server started; the oldest finished ones are forgotten."""

    _known: dict[str, Job] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def start(self, title: str, person: str, after: str, work: Callable[[Tell], Any]) -> Job:
        """Begin a piece of work; `work(tell)` runs in the language of the caller. `{job}` in `after` is its id."""
        id_ = secrets.token_urlsafe(9)
        job = Job(id_, title, person, after.replace("{job}", id_))
        with self._lock:
            for old in [k for k, v in self._known.items() if v.state in ("done", "failed")][:-MOST]:
                del self._known[old]
            self._known[job.id] = job
        context = copy_context()
        threading.Thread(target=context.run, args=(self._run, job, work), daemon=True).start()
        return job

    def get(self, id_: str) -> Job | None:
        """Return a piece of work by its id."""
        with self._lock:
            return self._known.get(id_)

    def running(self) -> list[Job]:
        """Return what is not finished."""
        with self._lock:
            return [job for job in self._known.values() if job.state in ("waiting", "running")]

    def _run(self, job: Job, work: Callable[[Tell], Any]) -> None:
        def tell(done: int, total: int | None) -> None:
            job.done, job.total = done, total

        with self._turn:
            job.state = "running"
            try:
                job.result = work(tell)
                job.state = "done"
            except PardusError as error:
                job.error, job.state = error, "failed"
            except Exception as error:
                said = _("Something went wrong that should not: {error}. Nothing that was saved is lost.")
                job.error, job.state = PardusError(said.format(error=repr(error))), "failed"
                raise
