"""The decision history that travels at T3: which entries of the sender's log said who is who, when, and by whom.

Each line is one entry: its id, moment, kind and hash in the sender's log, its author under a keyed hash, and its
decisions, statements or links as far as they may leave. The hash binds the sender: the whole entry can be shown later
and must have it. The package's signature covers the file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pardus.model.entry import Entry, canonical, undone_by
from pardus.model.errors import Finding, PackageError
from pardus.model.ids import is_digest, split
from pardus.model.language import _

HISTORY = "catalogue/history.jsonl"
KINDS: dict[str, tuple[str, ...]] = {
    "decisions-made": ("decisions",),
    "questions-answered": ("answers", "decisions"),
    "individuals-stated": ("statements",),
    "relationships-stated": ("relationships",),
    "links-decided": ("links",),
    "entry-undone": (),
}
"""Kinds of entries that tell who is who -> the lists in their payload."""
FIELDS = {
    "answers": ("a", "b", "said"),
    "decisions": ("observation", "about", "value", "outcome", "basis"),
    "statements": ("individual", "about", "value", "on", "basis"),
    "relationships": ("individual", "kind", "other", "start", "end"),
    "links": ("one", "other", "outcome", "flank", "basis"),
}
"""Fields that leave; authors leave as a keyed hash, free text does not."""
MOST_LINES, MOST_LINE = 500_000, 2_000_000
_ID = re.compile(r"[0-9a-f-]{36}")


@dataclass(frozen=True, slots=True)
class Told:
    """One entry of a sender's log. said: what of it may leave. left: how much of it stayed. undoes: ids of entries."""

    id: str
    at: str
    kind: str
    by: str
    hash: str
    said: tuple[dict[str, Any], ...]
    left: int = 0
    undoes: tuple[str, ...] = ()


def history(
    entries: Iterable[Entry], org: str, observations: Collection[str], author: Callable[[str], str]
) -> Iterator[Told]:
    """Yield what of a log may leave. observations: ids of those that leave. author: name -> keyed hash."""
    told: set[str] = set()
    for e in entries:
        if e.kind == "entry-undone":
            undone = told & set(undone_by(e))
            if undone:
                told.add(e.id)
                yield Told(e.id, e.at, e.kind, author(e.actor), e.hash, (), undoes=tuple(sorted(undone)))
            continue
        rows = [
            (name, r)
            for name in KINDS.get(e.kind, ())
            for r in e.payload.get(name, ())
            if isinstance(r, dict)
        ]
        kept = tuple(
            {
                **{k: r[k] for k in FIELDS[name] if k in r},
                **({"by": author(str(r["by"]))} if r.get("by") else {}),
            }
            for name, r in rows
            if _leaves(r, name, org, observations)
        )
        if kept:
            told.add(e.id)
            yield Told(e.id, e.at, e.kind, author(e.actor), e.hash, kept, len(rows) - len(kept))


def _leaves(row: dict[str, Any], name: str, org: str, observations: Collection[str]) -> bool:
    if name == "decisions":
        own = row.get("about") != "individual" or split(str(row.get("value") or f"{org}:"))[0] == org
        return row["observation"] in observations and own
    if name == "links":
        return True
    if name == "answers":  # a blind control measures the observer and decides nothing
        return not row.get("truth") and row["a"] in observations and row["b"] in observations
    return split(str(row["individual"]))[0] == org and str(row.get("about", "")) not in (
        "alias",
        "comment",
        "note",
    )


def write_history(lines: Iterable[Told]) -> bytes:
    """Return JSON lines in log order."""
    return "".join(canonical(asdict(t)) + "\n" for t in lines).encode()


def read_history(data: bytes, origin: str) -> tuple[Told, ...]:
    """Read what `write_history` wrote. Raises PackageError, naming lines that are something else or forged."""
    found: list[Finding] = []
    out = []
    lines = data.split(b"\n")
    if len(lines) > MOST_LINES:
        raise PackageError(_("{file}: more than {n} rows.").format(file=HISTORY, n=MOST_LINES))
    for n, line in enumerate(lines, 1):
        if not line:
            continue
        where = f"{HISTORY}:{n}"
        try:
            if len(line) > MOST_LINE:
                raise ValueError("length")
            told = _told(json.loads(line.decode("utf-8")))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            reason = type(error).__name__
            found.append(Finding("row-shape", where, _("Not a row: {reason}.").format(reason=reason)))
            continue
        speakers = {told.by, *(str(r["by"]) for r in told.said if "by" in r)}
        if any(s.partition(":")[0] != origin for s in speakers):
            found.append(Finding("forged-authorship", where, _("An entry of another organisation.")))
        out.append(told)
    if found:
        raise PackageError(_("The history of the package can't be read."), found[:50])
    return tuple(out)


def _told(raw: Any) -> Told:
    if not isinstance(raw, dict) or set(raw) != set(Told.__dataclass_fields__):
        raise ValueError("shape")
    texts = [raw[k] for k in ("id", "at", "kind", "by", "hash")]
    if not all(isinstance(t, str) and len(t) <= 200 for t in texts) or raw["kind"] not in KINDS:
        raise ValueError("texts")
    if not (_ID.fullmatch(raw["id"]) and is_digest(raw["hash"]) and datetime.fromisoformat(raw["at"]).tzinfo):
        raise ValueError("id")
    allowed = {"by", *(field for name in KINDS[raw["kind"]] for field in FIELDS[name])}
    for row in raw["said"]:
        values = [v for v in row.values() if v is not None]
        if set(row) - allowed or not all(isinstance(v, str) and len(v) <= 300 and _plain(v) for v in values):
            raise ValueError("said")
    if not isinstance(raw["left"], int) or not all(
        isinstance(u, str) and _ID.fullmatch(u) for u in raw["undoes"]
    ):
        raise ValueError("left")
    return Told(**{**raw, "said": tuple(raw["said"]), "undoes": tuple(raw["undoes"])})


def _plain(text: str) -> bool:
    """Say whether a text is no formula, markup or address, and has no invisible characters."""
    return (
        text[:1] not in tuple("=+-@\t\r")
        and not any(s in text.casefold() for s in ("<", ">", "javascript:", "://", "\\"))
        and text.isprintable()
    )
