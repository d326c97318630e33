"""Who says something and when: the use cases' own clock and randomness, both arguments."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pardus.model.entry import Entry
from pardus.model.ids import uuid7
from pardus.model.observation import Observation
from pardus.model.record import to_record
from pardus.store.protocol import Store


def utc_now() -> datetime:
    """Return the present moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Sayer:
    """Someone who adds entries to a log.

    actor: `organisation:person` or `organisation:program/version`. clock and entropy: where the time and the random
    part of ids come from.
    """

    actor: str
    clock: Callable[[], datetime] = utc_now
    entropy: Callable[[int], bytes] = os.urandom

    def new_id(self) -> str:
        """Return a fresh UUIDv7."""
        return uuid7(self.clock(), self.entropy(10))

    def say(self, store: Store, kind: str, payload: dict[str, Any]) -> Entry:
        """Append one entry, within the caller's transaction."""
        return store.append(kind, payload, actor=self.actor, at=self.clock(), id_=self.new_id())


def timed_by_media(observation: Observation) -> dict[str, Any]:
    """Return the record of an observation that takes its time from its media, whatever their clock turns out to be.

    Everything that is seen on media of a survey is said like this; see docs/reference/log.md.
    """
    record = to_record(observation)
    del record["start"], record["end"]
    return record
