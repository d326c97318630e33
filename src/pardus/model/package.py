"""What a survey remembers of a package that it sent or accepted."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PackageRecord:
    """One package. hash: SHA-256 of its manifest, which names it. withdrawn: hashes that it takes back.

    package: its id. origin: who speaks. sequence: its number in the stream to these recipients. expires: ISO
    instant or "". files: how many. created: ISO instant.
    """

    package: str
    origin: str
    sequence: int
    hash: str
    tier: str
    recipients: tuple[str, ...]
    created: str
    expires: str = ""
    files: int = 0
    withdrawn: tuple[str, ...] = ()
    reason: str = ""
