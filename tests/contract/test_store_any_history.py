"""Whatever is said and undone, the incremental fold is the fold from scratch, and an undo leaves no trace."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pardus.model.clock import ClockCorrection
from pardus.model.decision import OUTCOMES, Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Statement
from pardus.model.media import Media
from pardus.model.record import to_record
from pardus.model.survey import Survey, SurveyConfig
from pardus.store.check import check_file
from pardus.store.memory import MemoryStore
from pardus.store.protocol import Store
from pardus.store.sqlite import SqliteStore

CONFIG = SurveyConfig("llnp", "Kedrovaya", "Panthera pardus")
START = datetime(2014, 3, 1, tzinfo=UTC)
FEW = st.integers(0, 2)
Step = tuple[str, dict[str, Any]] | int


def _station(n: int, x: int) -> dict[str, Any]:
    return to_record(Station(f"llnp:S{n}", f"S{n}", float(x), 0.0, 43.0, 131.0))


def _deployment(n: int, hours: int) -> dict[str, Any]:
    return to_record(Deployment(f"llnp:D{n}", "llnp:S0", "A", START, None, clock=f"+{8 + hours:02}:00"))


def _media(n: int, d: int, minute: int) -> dict[str, Any]:
    wall = datetime.fromisoformat(f"2014-03-02T12:{minute:02}:00")
    instant = wall.replace(tzinfo=UTC)
    return to_record(
        Media(
            f"llnp:m{n}",
            f"{n}" * 64,
            1,
            "image",
            "image/jpeg",
            (f"{minute}.jpg",),
            f"llnp:D{d}",
            wall,
            instant,
        )
    )


def one_of(kind: str, field: str, record: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Step]:
    return st.lists(record, min_size=1, max_size=3).map(lambda records: (kind, {field: records}))


SAYINGS: st.SearchStrategy[Step] = st.one_of(
    one_of("stations-declared", "stations", st.builds(_station, FEW, FEW)),
    one_of("deployments-declared", "deployments", st.builds(_deployment, FEW, FEW)),
    one_of("media-added", "media", st.builds(_media, FEW, FEW, FEW)),
    st.lists(FEW, max_size=2).map(
        lambda ns: ("media-removed", {"media": [f"llnp:m{n}" for n in ns], "reason": "x"})
    ),
    one_of(
        "observations-made",
        "observations",
        st.builds(
            lambda n, d, ms: {
                "id": f"llnp:o{n}",
                "deployment": f"llnp:D{d}",
                "media": [f"llnp:m{m}" for m in ms],
            },
            FEW,
            FEW,
            st.lists(FEW, min_size=1, max_size=2),
        ),
    ),
    one_of(
        "decisions-made",
        "decisions",
        st.builds(
            lambda n, f, outcome: to_record(Decision(f"llnp:o{n}", "individual", f"llnp:F{f}", outcome)),
            FEW,
            FEW,
            st.sampled_from(OUTCOMES),
        ),
    ),
    st.builds(
        lambda d, s: (
            "clock-corrected",
            to_record(ClockCorrection(f"llnp:D{d}", "offset", offset_s=float(s))),
        ),
        FEW,
        FEW,
    ),
    one_of(
        "individuals-stated",
        "statements",
        st.builds(lambda f: to_record(Statement(f"llnp:F{f}", "sex", "male", date(2014, 1, 1))), FEW),
    ),
)
HISTORIES = st.lists(st.one_of(SAYINGS, st.integers(0, 30)), min_size=1, max_size=14)
"""A number is an undo of the entry at that place (of those there are), which may be an undo itself."""


def say(store: Store, step: Step, n: int) -> None:
    """Say what comes n-th; a number takes back an earlier entry."""
    if isinstance(step, int):
        there = [entry.id for entry in store.entries() if entry.kind != "survey-created"]
        if not there:
            return
        step = ("entry-undone", {"entry": there[step % len(there)]})
    with store.transaction():
        store.append(*step, actor="llnp:anna", at=START + timedelta(hours=n), id_=f"id-{n}")


def _state(survey: Survey) -> Survey:
    """What is known, without the name of the moment."""
    return replace(survey, as_of=None, head="")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES)
def test_the_incremental_fold_is_the_fold_from_scratch(history: list[Step]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plain, kept = MemoryStore(CONFIG), SqliteStore(Path(folder, "s.sqlite"), CONFIG)
        moments = []
        for n, step in enumerate(history):
            say(plain, step, n)
            say(kept, step, n)
            assert kept.survey() == plain.survey()
            assert kept.undone() == plain.undone()
            moments.append((plain.head(), plain.survey()))
        for head, survey in moments:
            if head:
                assert kept.survey(as_of=head) == survey
                assert plain.survey(as_of=head) == survey
        kept.close()
        assert check_file(Path(folder, "s.sqlite"))[1] == []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(HISTORIES, st.one_of(SAYINGS, st.integers(0, 30)))
def test_undoing_gives_exactly_the_earlier_state(history: list[Step], last: Step) -> None:
    with tempfile.TemporaryDirectory() as folder:
        kept = SqliteStore(Path(folder, "s.sqlite"), CONFIG)
        for n, step in enumerate(history):
            say(kept, step, n)
        before, size = _state(kept.survey()), len(list(kept.entries()))
        say(kept, last, 100)
        after = _state(kept.survey())
        if len(list(kept.entries())) > size:
            say(kept, size, 101)
            assert _state(kept.survey()) == before
            say(kept, size + 1, 102)
            assert _state(kept.survey()) == after
        kept.close()
