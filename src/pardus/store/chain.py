"""The chain that seals the log: making the next entry, and finding one."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pardus.model.entry import Entry, canonical, entry_hash
from pardus.model.errors import LogError, SurveyError
from pardus.model.language import _


def next_entry(
    previous: str, kind: str, payload: dict[str, Any], *, actor: str, at: datetime, id_: str
) -> Entry:
    """Return the entry that follows `previous`. Raises ValueError if `at` is naive or the payload is no JSON."""
    if at.tzinfo is None:
        raise ValueError("an entry's time must be timezone-aware")
    moment = at.astimezone(UTC).isoformat()
    sealed = entry_hash(id_, moment, actor, kind, canonical(payload), previous)
    return Entry(id_, moment, actor, kind, payload, previous, sealed)


def same_as_before(known: Entry, again: Entry) -> Entry:
    """Return the entry that is there, when one with its id is said again. Raises LogError if it says another thing."""
    same = (known.kind, known.actor, canonical(known.payload)) == (
        again.kind,
        again.actor,
        canonical(again.payload),
    )
    if not same:
        raise LogError(_("Entry {id} is in the log already, with other content.").format(id=known.id))
    return known


def check_undoable(id_: str, kind: str | None) -> None:
    """Raise LogError if an entry (kind None: not there) can't be undone."""
    if kind is None:
        raise LogError(_("Entry {id} can't be undone: it is not in the log.").format(id=id_))
    if kind == "survey-created":
        raise LogError(_("Entry {id} can't be undone: it made the survey.").format(id=id_))


def position(entries: Iterable[tuple[str, str, str]], as_of: str | datetime | None) -> int | None:
    """Return how many entries of (id, hash, at) are in the log up to `as_of`, None for all of them.

    as_of: an id, a hash, or a moment: then up to the last entry said until that moment.
    Raises SurveyError if there is none.
    """
    if as_of is None:
        return None
    if isinstance(as_of, datetime) and as_of.tzinfo is None:
        raise ValueError("as_of must be timezone-aware")
    found = 0
    for n, (id_, sealed, at) in enumerate(entries, start=1):
        if isinstance(as_of, datetime):
            if datetime.fromisoformat(at) <= as_of:
                found = n
        elif as_of in (id_, sealed):
            return n
    if not found:
        raise SurveyError(_("The log has no entry {entry}, nor one said until then.").format(entry=as_of))
    return found
