"""How work is spread: an argument of a use case, never part of its name."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing.connection import wait
from types import TracebackType
from typing import Protocol, TypeVar

A = TypeVar("A")
B = TypeVar("B")


class Executor(Protocol):
    """Something that applies a function to many things."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """Yield the results in the order of the items.

        Items are taken only a little ahead of the results that were asked for, so neither list is ever in memory.
        The function may be called again for an item whose result was not yielded. An exception ends the iteration.
        """


class Serial:
    """In this process, one after the other."""

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """See `Executor`."""
        return map(function, items)


class Processes:
    """In other processes; they end with this one, however it ends, and leave Ctrl-C to it."""

    def __init__(self, workers: int | None = None) -> None:
        """workers: number of processes, by default one for each core this process may use."""
        self.workers = workers or cores()
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Processes:
        self._pool = ProcessPoolExecutor(
            self.workers, mp_context=multiprocessing.get_context("spawn"), initializer=_start
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def map(self, function: Callable[[A], B], items: Iterable[A]) -> Iterator[B]:
        """See `Executor`. Usable within `with Processes() as executor:`."""
        if self._pool is None:
            raise RuntimeError("use `with Processes() as executor:`")
        running: deque[Future[B]] = deque()
        try:
            for item in items:
                running.append(self._pool.submit(function, item))
                if len(running) > 2 * self.workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            for future in running:
                future.cancel()


def cores() -> int:
    """Return the number of cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _start() -> None:
    """Prepare a worker: Ctrl-C is the parent's, and when the parent is gone, so is the worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
