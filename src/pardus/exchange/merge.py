"""What partners said, put together: a union of signed rows in which order and repetition do not matter.

Each package is a snapshot of what its origin says to its recipients. What is known is the set of packages taken; what
holds now is a pure function of that set: of every origin the newest package that was not withdrawn. Only an origin can
withdraw its own packages, and a withdrawn one stays known by its hash, so taking it again brings nothing back.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pardus.model.errors import Finding
from pardus.model.language import _

TABLES = ("individuals", "plates", "links")
MOST_TEXT = 300


@dataclass(frozen=True, slots=True, order=True)
class Row:
    """One signed row. record: canonical JSON."""

    table: str
    key: str
    record: str

    def fields(self) -> dict[str, Any]:
        """Return the record."""
        out: dict[str, Any] = json.loads(self.record)
        return out


@dataclass(frozen=True, slots=True)
class Taken:
    """One accepted package. hash: of its manifest. withdraws: hashes of packages of the same origin."""

    origin: str
    hash: str
    sequence: int
    tier: str
    rows: frozenset[Row] = frozenset()
    withdraws: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Known:
    """Everything taken from partners. A set: `union` is commutative, associative and idempotent."""

    packages: frozenset[Taken] = frozenset()

    def union(self, other: Known) -> Known:
        """Return what is known after both."""
        return Known(self.packages | other.packages)

    def withdrawn(self) -> frozenset[str]:
        """Return the hashes of packages that their own origin took back."""
        mine = {(p.origin, h) for p in self.packages for h in p.withdraws}
        return frozenset(p.hash for p in self.packages if (p.origin, p.hash) in mine)

    def in_force(self) -> tuple[Taken, ...]:
        """Return of each origin and tier the newest package that was not withdrawn, sorted by origin and tier."""
        out = self.withdrawn()
        newest: dict[tuple[str, str], Taken] = {}
        for p in self.packages:
            if p.hash in out:
                continue
            there = newest.get((p.origin, p.tier))
            if there is None or (there.sequence, there.hash) < (p.sequence, p.hash):
                newest[p.origin, p.tier] = p
        return tuple(newest[k] for k in sorted(newest))

    def rows(self, table: str) -> tuple[tuple[str, Row], ...]:
        """Return (origin, row) of a table as they hold now: of two tiers of an origin the higher one's."""
        best: dict[tuple[str, str], Row] = {}
        for p in self.in_force():  # sorted by tier: the higher one comes later
            for row in p.rows:
                if row.table == table:
                    best[p.origin, row.key] = row
        return tuple((origin, best[origin, key]) for origin, key in sorted(best))


@dataclass(frozen=True, slots=True)
class Difference:
    """What a package would change. counts: table -> (new, changed, gone). identities: animals whose id is touched."""

    counts: Mapping[str, tuple[int, int, int]] = field(default_factory=dict, hash=False)
    changed: tuple[str, ...] = ()
    withdraws: int = 0
    again: bool = False

    def empty(self) -> bool:
        """Say whether nothing would change."""
        return not self.withdraws and not any(sum(c) for c in self.counts.values())


def difference(known: Known, package: Taken) -> Difference:
    """Return what taking a package would change in what holds now."""
    after = known.union(Known(frozenset({package})))
    counts, changed = {}, []
    for table in TABLES:
        old = {(o, r.key): r.record for o, r in known.rows(table)}
        new = {(o, r.key): r.record for o, r in after.rows(table)}
        moved = sorted(k for k in old.keys() & new.keys() if old[k] != new[k])
        gone = sorted(old.keys() - new.keys())
        counts[table] = (len(new.keys() - old.keys()), len(moved), len(gone))
        changed += [f"{table} {key}" for _origin, key in (*moved, *gone)]
    return Difference(counts, tuple(changed), len(package.withdraws), package in known.packages)


def row_faults(origin: str, rows: Iterable[Row]) -> list[Finding]:
    """Return why rows can't be taken: one origin speaks for another, or a text is not what it must be."""
    found = []
    for row in rows:
        where = f"{row.table} {ascii(row.key)[:80]}"
        if row.table not in TABLES:
            found.append(
                Finding("unknown-table", where, _("Expected one of {names}.").format(names=", ".join(TABLES)))
            )
            continue
        fields = row.fields()
        expected = _FIELDS[row.table]
        if set(fields) - set(expected) or {k for k, v in expected.items() if v} - set(fields):
            found.append(Finding("row-shape", where, _("Missing or unknown fields.")))
            continue
        found += [Finding(code, where, message) for code, message in _texts(fields)]
        speaker = fields.get("by", "") if row.table == "links" else row.key
        if str(speaker).partition(":")[0] != origin:
            found.append(
                Finding(
                    "forged-authorship",
                    where,
                    _("{origin} speaks for {other}.").format(origin=origin, other=ascii(speaker)[:60]),
                    _("Only an organisation itself can say this; ask both partners."),
                )
            )
        owner = fields.get("individual")
        if row.table == "plates" and str(owner).partition(":")[0] != origin:
            found.append(Finding("forged-authorship", where, _("A picture of another's animal.")))
    return found


_FIELDS: dict[str, dict[str, bool]] = {  # field -> must be there
    "individuals": {"sex": True, "status": True, "life_stage": True, "seasons": True},
    "plates": {"individual": True, "flank": True, "season": True, "crop": False},
    "links": {
        "one": True,
        "other": True,
        "outcome": True,
        "by": True,
        "flank": False,
        "basis": False,
        "at": False,
    },
}


def _texts(fields: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    for name, value in fields.items():
        for text in value if isinstance(value, list) else [value]:
            if not isinstance(text, str):
                yield "row-shape", _("{field}: expected text.").format(field=name)
            elif len(text) > MOST_TEXT:
                yield "huge-field", _("{field}: longer than {n} characters.").format(field=name, n=MOST_TEXT)
            elif text[:1] in tuple("=+-@\t\r"):
                yield "formula", _("{field} begins like a formula of a spreadsheet.").format(field=name)
            elif any(s in text.casefold() for s in ("<", ">", "javascript:", "://", "\\")):
                yield "markup", _("{field} holds markup or an address.").format(field=name)
            elif any(
                ord(c) < 32
                or c in "\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
                for c in text
            ):
                yield (
                    "invisible-character",
                    _("{field} holds control or invisible characters.").format(field=name),
                )
