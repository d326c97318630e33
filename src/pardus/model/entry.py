"""What people and machines said: one entry of the append-only log."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

KINDS: dict[str, str] = {
    "survey-created": "the survey's id, organisation and programme version",
    "stations-declared": "stations: list of Station fields",
    "deployments-declared": "deployments: list of Deployment fields with problem periods",
    "ingest-started": "folder, options, source label",
    "media-added": "ingest id; media: list of Media fields (a batch of files)",
    "media-ignored": "ingest id; files: list of path and reason",
    "media-removed": "media ids taken out of the survey, with the reason (files are never deleted)",
    "ingest-finished": "counts that add up, findings",
    "clock-corrected": "ClockCorrection fields",
    "observations-made": "observations: list of Observation fields; method human or machine",
    "decisions-made": "decisions: list of Decision fields (who is who, which species), each by a named author",
    "records-removed": "table and keys of rows that are no longer said (a row that left the field's table), the reason",
    "individuals-stated": "statements: list of Statement fields",
    "relationships-stated": "relationships: list of Relationship fields",
    "resource-kept": "a table or property of a partner's package that we do not know, kept to be written back",
    "fit-made": "a Fit as JSON and the name under which it is kept",
    "package-sent": "PackageRecord fields of a package made for partners",
    "package-accepted": "PackageRecord fields of a partner's package that a person accepted",
    "links-decided": "links: list of Link fields (same or different across catalogues), by named authors",
    "questions-answered": "answers: list of Answer fields; decisions: what follows from them for individuals",
    "entry-undone": "entry: id of the entry that no longer counts; undoing an undo restores it",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing said: who, when, what kind, the payload, and the hash that chains it to the one before.

    id: UUIDv7 text made by the sayer (a retry with the same id adds nothing). at: ISO instant in UTC.
    actor: `organisation:person` or `organisation:program/version`. kind: a key of KINDS.
    previous: hash of the entry before in this survey's log ("" for the first).
    """

    id: str
    at: str
    actor: str
    kind: str
    payload: dict[str, Any]
    previous: str
    hash: str


def undone_by(entry: Entry) -> tuple[str, ...]:
    """Return the ids of the entries that an `entry-undone` entry takes back, () for any other kind."""
    if entry.kind != "entry-undone":
        return ()
    return (str(entry.payload["entry"]), *map(str, entry.payload.get("also", ())))


def canonical(payload: dict[str, Any]) -> str:
    """Return the JSON text over which an entry is hashed: sorted keys, no blanks, UTF-8, no NaN."""
    return json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def entry_hash(id_: str, at: str, actor: str, kind: str, payload: str, previous: str) -> str:
    """Return the SHA-256 (hex) that seals an entry to all that went before it."""
    text = "\x1e".join((previous, id_, at, actor, kind, payload))
    return hashlib.sha256(text.encode()).hexdigest()
