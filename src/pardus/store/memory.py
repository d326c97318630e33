"""A store in memory: the plain one, that folds from scratch whenever it is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from pardus.model.entry import Entry, canonical, undone_by
from pardus.model.media import Media
from pardus.model.survey import Survey, SurveyConfig
from pardus.store.chain import check_undoable, next_entry, position, same_as_before
from pardus.store.present import clocks, media_of, survey_of
from pardus.store.rows import TABLES, rows_of
from pardus.store.undo import undone

Tables = dict[str, dict[str, dict[str, Any]]]


def fold(entries: list[Entry]) -> Tables:
    """Return the tables of the present: the last row that counts for each key, in log order."""
    out = undone_positions(entries)
    tables: Tables = {table: {} for table in TABLES}
    for n, entry in enumerate(entries):
        if n in out:
            continue
        for row in rows_of(entry):
            tables[row.table].pop(row.key, None)  # so that the order is that of the rows that won
            if row.record is not None:
                tables[row.table][row.key] = row.record
    return tables


def undone_positions(entries: list[Entry]) -> frozenset[int]:
    """Return the indices of the entries that do not count."""
    index = {entry.id: n for n, entry in enumerate(entries)}
    undos = [(n, entry) for n, entry in enumerate(entries) if entry.kind == "entry-undone"]
    return undone([(n, [index[target] for target in undone_by(entry)]) for n, entry in undos])


class MemoryStore:
    """The contract of `Store`, kept in a list."""

    def __init__(self, config: SurveyConfig) -> None:
        self._config = config
        self._entries: list[Entry] = []
        self._index: dict[str, Entry] = {}
        self._writing = False

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """See `Store`."""
        if self._writing:
            raise RuntimeError("a transaction is already open")
        before = list(self._entries)
        self._writing = True
        try:
            yield
        except BaseException:
            self._entries = before
            self._index = {entry.id: entry for entry in before}
            raise
        finally:
            self._writing = False

    def append(self, kind: str, payload: dict[str, Any], *, actor: str, at: datetime, id_: str) -> Entry:
        """See `Store`."""
        if not self._writing:
            raise RuntimeError("append needs `with store.transaction():`")
        entry = next_entry(self.head(), kind, payload, actor=actor, at=at, id_=id_)
        if id_ in self._index:
            return same_as_before(self._index[id_], entry)
        rows_of(entry)
        for target in undone_by(entry):
            check_undoable(target, self._index[target].kind if target in self._index else None)
        self._entries.append(entry)
        self._index[id_] = entry
        return entry

    def entries(self, kinds: Iterable[str] = ()) -> Iterator[Entry]:
        """See `Store`."""
        wanted = frozenset(kinds)
        return iter([entry for entry in self._entries if not wanted or entry.kind in wanted])

    def outline(self) -> Iterator[tuple[str, str, str, str]]:
        """See `Store`."""
        return iter([(e.id, e.kind, e.hash, e.at) for e in self._entries])

    def newest(self, count: int, before: int | None = None) -> list[tuple[int, Entry]]:
        """See `Store`."""
        numbered = list(enumerate(self._entries, start=1))[: None if before is None else max(0, before - 1)]
        return numbered[::-1][:count]

    def entry(self, id_: str) -> Entry | None:
        """See `Store`."""
        return self._index.get(id_)

    def undone(self) -> frozenset[str]:
        """See `Store`."""
        return frozenset(self._entries[n].id for n in undone_positions(self._entries))

    def head(self) -> str:
        """See `Store`."""
        return self._entries[-1].hash if self._entries else ""

    def survey(self, as_of: str | datetime | None = None, *, media: bool = True) -> Survey:
        """See `Store`."""
        entries = self._entries[: position(((e.id, e.hash, e.at) for e in self._entries), as_of)]
        tables = fold(entries)
        as_of = datetime.fromisoformat(entries[-1].at) if entries else None
        at = clocks(tables["deployments"].items(), tables["corrections"].items())

        def by_id(ids: Iterable[str]) -> Iterable[Media]:
            return media_of((tables["media"][id_] for id_ in ids if id_ in tables["media"]), at)

        return survey_of(
            self._config,
            lambda table: tables[table].items(),
            by_id,
            media=tuple(media_of(tables["media"].values(), at)) if media else (),
            as_of=as_of,
            head=entries[-1].hash if entries else "",
        )

    def media(self, ids: Iterable[str] | None = None, *, deployment: str | None = None) -> Iterator[Media]:
        """See `Store`."""
        wanted = None if ids is None else frozenset(ids)
        for media in self.survey().media:
            if (wanted is None or media.id in wanted) and deployment in (None, media.deployment):
                yield media

    def present(self, table: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        return iter(list(fold(self._entries)[table].items()))

    def keys(self, table: str) -> Iterator[str]:
        """See `Store`."""
        return (key for key, _record in self.present(table))

    def rows(self, table: str, keys: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        wanted = frozenset(keys)
        return iter([(key, record) for key, record in self.present(table) if key in wanted])

    def related(self, table: str, field: str, value: str) -> Iterator[tuple[str, dict[str, Any]]]:
        """See `Store`."""
        return iter([(key, record) for key, record in self.present(table) if record.get(field) == value])

    def tally(self, table: str, *fields: str) -> dict[tuple[str, ...], int]:
        """See `Store`."""
        return dict(Counter(tuple(str(r.get(f, "")) for f in fields) for _key, r in self.present(table)))

    def columns(self, table: str, *fields: str) -> Iterator[tuple[str, ...]]:
        """See `Store`."""
        for _key, record in self.present(table):
            found = [record.get(field, "") for field in fields]
            yield tuple(canonical({"": v})[4:-1] if isinstance(v, list | dict) else str(v) for v in found)

    def told(self, table: str, keys: Iterable[str]) -> dict[str, str]:
        """See `Store`."""
        there = fold(self._entries)[table]
        out = undone_positions(self._entries)
        by = {
            row.key: entry.id
            for n, entry in enumerate(self._entries)
            if n not in out
            for row in rows_of(entry)
            if row.table == table
        }
        return {key: by[key] for key in keys if key in there}

    def close(self) -> None:
        """See `Store`."""
