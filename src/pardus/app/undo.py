"""Take back what was said: an undo is an entry like any other, and can be undone itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pardus.app.known import ANSWERED
from pardus.app.log import summary
from pardus.app.review import Review
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey
from pardus.model.entry import Entry, undone_by
from pardus.model.errors import ParameterError
from pardus.model.language import _
from pardus.store.protocol import Store


@dataclass(frozen=True, slots=True)
class Undone:
    """What was taken back. id: of the undo itself ("" if it was only asked what it would do). entries: how many."""

    id: str
    target: Entry
    entries: int
    summary: str


def undo(folder: Path, entry_id: str, *, sayer: Sayer, try_only: bool = False) -> Undone:
    """Undo an entry, given by its id or the beginning of it; for `ingest-started`, all entries of that ingest.

    Files are never deleted. try_only: say what would be undone, and do nothing. Raises ParameterError if there is no
    such entry, several begin so, or it is undone already (then it says which undo to undo).
    """
    with open_survey(folder, write=not try_only) as store:
        target = _find(store, entry_id)
        out = store.undone()
        if target.id in out:
            by = _undone_by(store, target.id, out)
            text = _("Entry {id} is undone already; to bring it back, undo {by}.")
            raise ParameterError(text.format(id=target.id, by=by))
        together = _together(store, target)
        others = [e.id for e in together if e.id not in out]
        said = [target, *(e for e in together if e.kind == "ingest-finished")][-1]
        entry = ""
        if not try_only:
            with store.transaction():
                payload = {"entry": target.id, **({"also": others} if others else {})}
                entry = sayer.say(store, "entry-undone", payload).id
        answered = not try_only and any(True for _entry in store.entries([ANSWERED]))
    if answered:
        Review(folder).settle(sayer.actor)  # what follows from the answers that are left
    return Undone(entry, target, 1 + len(others), summary(said))


def _find(store: Store, entry_id: str) -> Entry:
    whole = store.entry(entry_id)
    if whole is not None:
        return whole
    found = [entry for entry in store.entries() if len(entry_id) >= 4 and entry.id.startswith(entry_id)]
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join(entry.id for entry in found[:5])
        raise ParameterError(_("Several entries begin with {id}: {shown}.").format(id=entry_id, shown=shown))
    text = _("No entry has the id {id} (or begins with it: give at least 4 characters). See `pardus log`.")
    raise ParameterError(text.format(id=entry_id))


def _together(store: Store, target: Entry) -> list[Entry]:
    """Return the other entries of the ingest that `target` started."""
    if target.kind != "ingest-started":
        return []
    ingest = target.payload["ingest"]
    return [e for e in store.entries() if e.payload.get("ingest") == ingest and e.id != target.id]


def _undone_by(store: Store, entry_id: str, out: frozenset[str]) -> str:
    for entry in store.entries(["entry-undone"]):
        if entry.id not in out and entry_id in undone_by(entry):
            return entry.id
    return ""
