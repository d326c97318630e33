"""Findings grouped for a page: one remark for each kind, the gravest and most frequent first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pardus.model.errors import Finding


@dataclass(frozen=True, slots=True)
class Remark:
    """Findings of one kind: the words of the first, how many there are, and where."""

    severity: str
    message: str
    remedy: str
    count: int
    where: tuple[str, ...]


def remarks(findings: Iterable[Finding]) -> list[Remark]:
    """Return findings grouped by code."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.severity, finding.code), []).append(finding)
    ordered = sorted(groups.items(), key=lambda g: (g[0][0] != "error", -len(g[1]), g[0][1]))
    return [
        Remark(
            key[0], found[0].message, found[0].remedy, len(found), tuple(f.where for f in found if f.where)
        )
        for key, found in ordered
    ]
