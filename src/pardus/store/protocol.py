"""The contract of a store: one survey's log, and what it says now."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from pardus.model.entry import Entry
from pardus.model.media import Media
from pardus.model.survey import Survey


class Store(Protocol):
    """An append-only log of entries, and the survey folded from it.

    The caller owns the transaction: `append` works only inside `with store.transaction():`, and nothing else commits.
    A block that raises leaves the log as it was. One writer at a time: a second one waits, then gets a SurveyError.
    Readers see whole transactions only and never wait. Every implementation runs tests/contract/test_store.py.
    """

    def transaction(self) -> AbstractContextManager[None]:
        """Begin writing; commit at the end of the block, take everything back if it raises. Not nested."""

    def append(self, kind: str, payload: dict[str, Any], *, actor: str, at: datetime, id_: str) -> Entry:
        """Add one entry and fold it; return it with its place in the hash chain.

        id_: UUIDv7 made by the sayer (`pardus.model.ids.uuid7`). The same id again with the same kind, actor and
        payload adds nothing and returns the entry that is there; with other content it raises LogError.
        Raises LogError too if the payload is not what docs/reference/log.md says, or an undo names an entry
        that is not there.
        """

    def entries(self, kinds: Iterable[str] = ()) -> Iterator[Entry]:
        """Every entry in log order, or those of some kinds."""

    def outline(self) -> Iterator[tuple[str, str, str, str]]:
        """(id, kind, hash, time) of every entry in log order: much quicker than entries with their payloads."""

    def newest(self, count: int, before: int | None = None) -> list[tuple[int, Entry]]:
        """(place in the log, entry) of the last entries, newest first; before: of those before a place (1, 2, ...)."""

    def entry(self, id_: str) -> Entry | None:
        """The entry with this id, or None."""

    def undone(self) -> frozenset[str]:
        """The ids of the entries that do not count now."""

    def head(self) -> str:
        """The hash of the last entry, "" for an empty log: the name of the present state."""

    def survey(self, as_of: str | datetime | None = None, *, media: bool = True) -> Survey:
        """What is known now, or was known at an earlier moment.

        as_of: id or hash of the last entry that counts, or a moment (the last entry said until then, which must be
        timezone-aware). media False leaves `Survey.media` empty (a million pictures are a gigabyte of objects; see
        `media`). Raises SurveyError if there is no such entry.
        """

    def media(self, ids: Iterable[str] | None = None, *, deployment: str | None = None) -> Iterator[Media]:
        """The media of the present in log order, those of some ids, or those of one deployment; memory stays flat."""

    def present(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(key, record) of one table of the present, in log order: see docs/reference/log.md for their names."""

    def keys(self, table: str) -> Iterator[str]:
        """Yield the keys of the present rows, in log order."""

    def rows(self, table: str, keys: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """(key, record) of the present rows with these keys, in log order; keys that are not there are left out."""

    def related(self, table: str, field: str, value: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """(key, record) of the present rows whose record has this text in a field, in log order.

        Quick for media and observations by `deployment`, decisions by `observation`, statements by `individual`.
        """

    def tally(self, table: str, *fields: str) -> dict[tuple[str, ...], int]:
        """Number of present rows by the texts of some fields of their records ("" where one is left out).

        Without fields: {(): number of rows}, or {} if there is none. Memory stays flat.
        """

    def columns(self, table: str, *fields: str) -> Iterator[tuple[str, ...]]:
        """Yield the texts of some fields of the present rows' records, in log order ("" where one is left out).

        Lists and objects come as JSON text. Much quicker than whole records where only few fields are wanted.
        """

    def told(self, table: str, keys: Iterable[str]) -> dict[str, str]:
        """Return key -> id of the entry that a present row stems from; keys that are not there are left out."""

    def close(self) -> None:
        """Let go of the file; the store can't be used afterwards."""
