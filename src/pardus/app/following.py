"""The survey as it is now, folded once and then kept up with its log: what the pages of a desk are made from.

A survey of 150,000 observations takes seconds to fold. What people say at the desk concerns a few of them, so only
those are folded again; whatever else happens (a card, a clock, tables) folds all of it anew. What comes out is always
`store.survey(media=False)` of the head of the log: nothing is shown from an earlier state.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pardus.app.known import ANSWERED, BASIS, Known
from pardus.app.survey_folder import open_survey, survey_config
from pardus.model.decision import Decision
from pardus.model.entry import Entry, undone_by
from pardus.model.record import from_record
from pardus.model.survey import Survey, SurveyConfig
from pardus.store.present import Folded, assembled, clocks, folded, refolded
from pardus.store.protocol import Store

QUIET = frozenset(
    {
        "individuals-stated", "relationships-stated", "fit-made", "resource-kept", "package-sent", "links-decided",
        "ingest-started",
    }
)  # fmt: skip
"""Kinds of entries that change no observation."""

DECIDING = frozenset({"decisions-made", ANSWERED})
MOST = 500
"""Entries that are followed one by one; after more of them everything is folded anew."""


@dataclass(frozen=True, slots=True)
class _Change:
    """What entries touch. decided: observations to be decided anew; anew: those said again; answered: see Known."""

    decided: frozenset[str] = frozenset()
    anew: frozenset[str] = frozenset()
    answered: frozenset[str] = frozenset()


class Following:
    """Follows the log of the survey in a folder. Thread-safe."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()
        self._config: SurveyConfig | None = None
        self._folded: Folded | None = None
        self._known: Known | None = None

    def ready(self, head: str) -> bool:
        """Whether the survey of this head is at hand. Never waits."""
        known = self._known
        return known is not None and known.survey.head == head

    def survey(self) -> Survey:
        """Return the survey of the present, without media; see `Store.survey`."""
        return self.known().survey

    def known(self) -> Known:
        """Return the survey of the present."""
        with self._lock:
            config, _warnings = survey_config(self.folder)
            with open_survey(self.folder) as store:
                while True:
                    head = store.head()
                    if self._known and self._known.survey.head == head and config == self._config:
                        return self._known
                    made = self._follow(store, config, head)
                    if store.head() == head:  # else somebody wrote while we read
                        self._config, self._folded, self._known = config, *made
                        return made[1]

    def _follow(self, store: Store, config: SurveyConfig, head: str) -> tuple[Folded, Known]:
        change = self._change(store) if config == self._config else None
        if change is None or self._folded is None or self._known is None:
            now = folded(store.present, store.media)
            answered = _answered(store.entries(DECIDING))
        else:
            now = _again(store, self._folded, change)
            answered = self._known.answered | change.answered
        newest = store.newest(1)
        as_of = datetime.fromisoformat(newest[0][1].at) if newest else None
        survey = assembled(config, store.present, now, media=(), as_of=as_of, head=head)
        return now, Known(survey, answered, now.undated_media)

    def _change(self, store: Store) -> _Change | None:
        """Return what was touched since the state we know, None if all must be folded anew."""
        if self._known is None:
            return None
        entries = since(store, self._known.survey.head)
        if entries is None:
            return None
        decided: set[str] = set()
        anew: set[str] = set()
        for entry in entries:
            if entry.kind == "observations-made":
                anew |= {str(record["id"]) for record in entry.payload["observations"]}
                continue
            touched = _decided_by(store, entry)
            if touched is None:
                return None
            decided |= touched
        return _Change(frozenset(decided), frozenset(anew), _answered(entries))


def since(store: Store, head: str) -> list[Entry] | None:
    """Return the entries after a head, oldest first; None if there are more, or the head is none of this log."""
    found: list[Entry] = []
    before: int | None = None
    while page := store.newest(50, before):
        for _seq, entry in page:
            if entry.hash == head:
                return found[::-1]
            if len(found) == MOST:
                return None
            found.append(entry)
        before = page[-1][0]
    return found[::-1] if not head else None


def _decided_by(store: Store, entry: Entry) -> frozenset[str] | None:
    """Return the observations on which an entry decides or takes a decision back, None if it does more."""
    if entry.kind in QUIET:
        return frozenset()
    if entry.kind in DECIDING:
        return frozenset(str(d["observation"]) for d in entry.payload.get("decisions", ()))
    if entry.kind != "entry-undone":
        return None
    found: frozenset[str] = frozenset()
    for id_ in undone_by(entry):
        target = store.entry(id_)
        touched = None if target is None else _decided_by(store, target)
        if touched is None:
            return None
        found |= touched
    return found


def _answered(entries: Iterable[Entry]) -> frozenset[str]:
    """Return the observations on which entries decide because of answers."""
    return frozenset(
        str(d["observation"])
        for e in entries
        if e.kind == ANSWERED or (e.kind in DECIDING and e.payload.get("source") == BASIS)
        for d in e.payload.get("decisions", ())
    )


def _again(store: Store, known: Folded, change: _Change) -> Folded:
    wanted = change.decided | change.anew
    if not wanted:
        return known
    decisions = (
        from_record(Decision, record)
        for id_ in sorted(wanted)
        for _key, record in store.related("decisions", "observation", id_)
    )
    return refolded(
        known,
        (record for _key, record in store.rows("observations", wanted)),
        decisions,
        clocks(store.present("deployments"), store.present("corrections")),
        store.media,
        anew=change.anew,
    )
