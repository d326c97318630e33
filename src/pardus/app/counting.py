"""The entries of a log that count up to a moment: what was taken back by then is left out."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from pardus.model.entry import undone_by
from pardus.store.chain import position
from pardus.store.protocol import Store
from pardus.store.undo import undone


class Counted(NamedTuple):
    """An entry. payload: {} where its kind was not asked for."""

    kind: str
    hash: str
    payload: dict[str, Any]


def counting(store: Store, kinds: Collection[str], as_of: str | datetime | None = None) -> list[Counted]:
    """Return the entries that counted at an entry or moment, in log order, with the payloads of some kinds.

    What was taken back later still counted then. The other payloads are not read: those of media may be a gigabyte.
    """
    outline = list(store.outline())
    until = position(((id_, digest, at) for id_, _kind, digest, at in outline), as_of)
    read = {entry.id: entry for entry in store.entries({*kinds, "entry-undone"})}
    places: dict[str, int] = {}
    undos: list[tuple[int, list[int]]] = []
    found = []
    for n, (id_, kind, digest, _at) in enumerate(outline[:until]):
        places[id_] = n
        if kind == "entry-undone":
            undos.append((n, [places[target] for target in undone_by(read[id_])]))
        found.append(Counted(kind, digest, read[id_].payload if id_ in read else {}))
    out = undone(undos)
    return [entry for n, entry in enumerate(found) if n not in out]
