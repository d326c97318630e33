"""Which entries count: an entry is out while an undo of it counts, and an undo is an entry like any other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def undone(undos: Sequence[tuple[int, Iterable[int]]]) -> frozenset[int]:
    """Return the positions of the entries that do not count.

    undos: (position of an `entry-undone` entry, positions it takes back), in log order. An undo takes back earlier
    entries only, so reading from the last one to the first settles every undo before it is needed.
    """
    out: set[int] = set()
    for position, targets in reversed(undos):
        if position not in out:
            out.update(targets)
    return frozenset(out)
