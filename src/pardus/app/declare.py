"""The field's own tables into the log: only what is new or changed is said; what left a table is taken out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pardus.app.saying import Sayer
from pardus.ingest.tables.survey import FieldTables
from pardus.model.config import table_kind
from pardus.model.entry import canonical
from pardus.model.record import to_record
from pardus.model.survey import SurveyConfig
from pardus.store.protocol import Store

BATCH = 500
SOURCE = "tables"
_TABLES = {  # table -> kind of entry, field of its payload, kind of the field's table that it comes from
    "stations": ("stations-declared", "stations", "stations"),
    "deployments": ("deployments-declared", "deployments", "stations deployments"),
    "observations": ("observations-made", "observations", "records"),
    "decisions": ("decisions-made", "decisions", "records"),
    "statements": ("individuals-stated", "statements", "individuals"),
    "relationships": ("relationships-stated", "relationships", "individuals"),
}
_KEYED = ("stations", "deployments", "observations")


def declare(
    store: Store, sayer: Sayer, config: SurveyConfig, tables: FieldTables
) -> dict[str, tuple[int, int]]:
    """Bring the survey to what the tables say; return (said, taken out) for each table where something changed.

    A row is compared with what the survey has now. Only rows that came from tables are ever taken out, and only of a
    kind of table that survey.toml names. What people decided in review stays: it is said by other entries.
    Within the caller's transaction.
    """
    kinds = {table_kind(name) for name in config.tables}
    changes = {}
    for table, (kind, field, sources) in _TABLES.items():
        if not kinds & set(sources.split()):
            continue
        said = [to_record(value) for value in getattr(tables, table)]
        new, gone = _difference(store, table, said)
        for batch in _batches(new):
            sayer.say(store, kind, {field: batch, "source": SOURCE})
        for keys in _batches(gone):
            sayer.say(
                store,
                "records-removed",
                {"table": table, "keys": keys, "reason": "not in the table any more"},
            )
        if new or gone:
            changes[table] = (len(new), len(gone))
    return changes


def _difference(
    store: Store, table: str, said: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], list[str]]:
    """Return (records to say, keys to take out)."""
    there = dict(store.present(table))
    ours = _from_tables(store, table, there)
    if table in _KEYED:
        now = {record["id"]: record for record in said}
        new = [record for key, record in now.items() if there.get(key) != record]
        return new, [key for key in there if key in ours and key not in now]
    wanted = {canonical(record): record for record in said}
    known = {canonical(record) for record in there.values()}
    gone = [key for key, record in there.items() if key in ours and canonical(record) not in wanted]
    return [record for text, record in wanted.items() if text not in known], gone


def _from_tables(store: Store, table: str, keys: Iterable[str]) -> frozenset[str]:
    told = store.told(table, keys)
    of_tables = set()
    for id_ in set(told.values()):
        entry = store.entry(id_)
        if entry is not None and entry.payload.get("source") == SOURCE:
            of_tables.add(id_)
    return frozenset(key for key, id_ in told.items() if id_ in of_tables)


def _batches(items: Sequence[Any]) -> Iterable[list[Any]]:
    return (list(items[at : at + BATCH]) for at in range(0, len(items), BATCH))
