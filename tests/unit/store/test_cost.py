"""What is done for each file or entry costs the same in a large survey as in a small one.

Counted in steps of SQLite's virtual machine, not in time: a query that walks a whole table shows at once.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pardus.model.media import Media
from pardus.model.record import to_record
from pardus.model.survey import SurveyConfig
from pardus.store.sqlite import SqliteStore
from pardus.store.staging import Staging

NOW = datetime(2014, 3, 1, tzinfo=UTC)
SMALL, LARGE = 400, 6400


def steps(db: sqlite3.Connection, act: Callable[[], Any]) -> int:
    """Return how many hundreds of steps an act takes, at least 1."""
    count = 1

    def step() -> int:
        nonlocal count
        count += 1
        return 0

    db.set_progress_handler(step, 100)
    try:
        act()
    finally:
        db.set_progress_handler(None, 0)
    return count


def media(first: int, count: int) -> list[dict[str, Any]]:
    return [
        to_record(
            Media(
                f"llnp:{n:020}", f"{n:064}", 1, "image", "image/jpeg", (f"{n}.jpg",), f"llnp:D{n // 200}",
                timestamp=NOW + timedelta(minutes=n),
            )
        )
        for n in range(first, first + count)
    ]  # fmt: skip


def say(store: SqliteStore, id_: str, kind: str, **payload: Any) -> None:
    with store.transaction():
        store.append(kind, payload, actor="llnp:anna", at=NOW, id_=id_)


def store_costs(folder: Path, size: int) -> dict[str, int]:
    folder.mkdir()
    store = SqliteStore(folder / "s.sqlite", SurveyConfig("llnp", "Kedrovaya", "Panthera pardus"))
    for at in range(0, size, 200):
        say(store, f"m{at}", "media-added", ingest="i", media=media(at, 200))
    ids = [f"llnp:{n:020}" for n in range(150, 250)]
    acts: dict[str, Callable[[], Any]] = {
        "append": lambda: say(store, "new", "media-added", ingest="i", media=media(size, 200)),
        "by id": lambda: list(store.media(ids)),
        "by deployment": lambda: list(store.media(deployment="llnp:D1")),
        "told": lambda: store.told("media", ids),
        "undo": lambda: say(store, "undo", "entry-undone", entry="m200"),
        "redo": lambda: say(store, "redo", "entry-undone", entry="undo"),
    }
    costs = {name: steps(store._db, act) for name, act in acts.items()}
    store.close()
    return costs


def staging_costs(folder: Path, size: int) -> dict[str, int]:
    folder.mkdir()
    with Staging(folder) as staging:
        staging.put("card", "run", [(f"{n:06}", 1, 1.0, f"{n:064}", {}, "") for n in range(size)])
        staging.place("card", [(f"{n:06}", f"llnp:D{n // 200}", "") for n in range(size)])
        return {
            "copies": steps(staging._db, lambda: [staging.copies("card", f"{n:064}") for n in range(50)]),
            "of one deployment": steps(staging._db, lambda: list(staging.files("card", ("llnp:D1", "")))),
            "known": steps(
                staging._db, lambda: [staging.knows("card", f"{n:06}", 1, 1.0, "r") for n in range(50)]
            ),
        }


@pytest.mark.parametrize("costs", [store_costs, staging_costs])
def test_the_cost_of_an_act_does_not_grow_with_the_survey(
    tmp_path: Path, costs: Callable[[Path, int], dict[str, int]]
) -> None:
    small, large = costs(tmp_path / "small", SMALL), costs(tmp_path / "large", LARGE)
    grown = {name: (small[name], large[name]) for name in small if large[name] > 2 * small[name] + 2}
    assert grown == {}
