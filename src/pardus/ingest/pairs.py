"""Two cameras face to face: do their clocks agree? The offset is read off the visits that both recorded.

An animal that passes triggers both within seconds, so the differences between all visits of one and all visits of
the other pile up at the offset; unrelated visits spread evenly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pardus.ingest.clock_alarms import usable
from pardus.ingest.faults import finding
from pardus.model.errors import Finding
from pardus.model.language import _
from pardus.model.media import Media

VISIT_GAP_S = 300.0
"""Files of one camera further apart than this belong to different visits."""
SEARCH_S = 26 * 3600.0
"""Offsets up to a day and the widest zone slip are looked for."""
WINDOW_S = 240.0
"""Width of the pile; the two cameras see one visit within about a minute, drift adds some."""
TOLERANCE_S = 60.0
"""Below this the clocks agree as well as field work needs."""
MIN_SHARED = 5
MIN_SHARE = 0.25
"""Least number of shared visits, and their least share of the camera with fewer visits."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PairOffset:
    """How far the second camera's clock is ahead of the first's.

    offset_s: median over shared visits (positive: second is ahead). spread_s: median absolute deviation.
    shared: visits that both recorded at that offset. by_chance: how many such a pile would have by chance.
    visits: of the first and the second camera.
    """

    offset_s: float
    spread_s: float
    shared: int
    by_chance: float
    visits: tuple[int, int]


def visit_starts(media: Iterable[Media]) -> Floats:
    """Return the start of each visit, (n,) seconds since 1970, from the files of one camera."""
    return starts_of(m.timestamp.timestamp() for m in media if usable(m) and m.timestamp)


def starts_of(instants: Iterable[float]) -> Floats:
    """Return the start of each visit, (n,) seconds since 1970, from the instants of one camera's records."""
    seconds = np.sort(np.array(list(instants), dtype=np.float64))
    if not len(seconds):
        return seconds
    first = np.concatenate([[True], np.diff(seconds) > VISIT_GAP_S])
    starts: Floats = seconds[first]
    return starts


def pair_offset(first: Floats, second: Floats) -> PairOffset | None:
    """Return the offset between two cameras from their visits' starts, or None if they share too few to tell.

    The pile must hold MIN_SHARED visits, MIN_SHARE of the quieter camera's, and three times what chance would give.
    """
    if len(first) < MIN_SHARED or len(second) < MIN_SHARED:
        return None
    low = np.searchsorted(second, first - SEARCH_S)
    high = np.searchsorted(second, first + SEARCH_S)
    differences = np.sort(np.concatenate([second[a:b] - t for t, a, b in zip(first, low, high, strict=True)]))
    if not len(differences):
        return None
    counts = np.searchsorted(differences, differences + WINDOW_S, side="right") - np.arange(len(differences))
    densest = np.flatnonzero(counts == counts.max())
    # equal piles: the one nearest to zero needs the least explaining
    start = min(densest, key=lambda i: abs(float(differences[i]) + WINDOW_S / 2))
    pile = differences[start : start + counts.max()]
    offset = float(np.median(pile))
    shared = _shared(first, second, offset)
    by_chance = len(differences) * WINDOW_S / (2 * SEARCH_S)
    if shared < max(MIN_SHARED, MIN_SHARE * min(len(first), len(second)), 3 * by_chance):
        return None
    spread = float(np.median(np.abs(pile - offset)))
    return PairOffset(offset, spread, shared, by_chance, (len(first), len(second)))


def _shared(first: Floats, second: Floats, offset: float) -> int:
    """Return how many of the first camera's visits have one of the second's at the offset (each once)."""
    at = np.searchsorted(second, first + offset)
    nearest = np.minimum(
        np.abs(second[np.clip(at, 0, len(second) - 1)] - first - offset),
        np.abs(second[np.clip(at - 1, 0, len(second) - 1)] - first - offset),
    )
    return int((nearest <= WINDOW_S / 2).sum())


def check_pair(
    first: Iterable[Media], second: Iterable[Media], first_id: str, second_id: str
) -> tuple[PairOffset | None, list[Finding]]:
    """Compare the clocks of two cameras of one station: the offset, and a finding if they disagree or can't be told."""
    return check_visits(visit_starts(first), visit_starts(second), first_id, second_id)


def check_visits(
    one: Floats, other: Floats, first_id: str, second_id: str
) -> tuple[PairOffset | None, list[Finding]]:
    """Compare the clocks of two cameras by the starts of their visits, as `check_pair` does."""
    offset = pair_offset(one, other)
    where = f"{first_id}, {second_id}"
    if offset is None:
        message = _(
            "{first}: {n} visits, {second}: {m} visits; too few at one common offset to compare the clocks."
        )
        values = {"first": first_id, "n": len(one), "second": second_id, "m": len(other)}
        return None, [finding("pair-too-few", where, message.format(**values))]
    if abs(offset.offset_s) <= TOLERANCE_S:
        return offset, []
    message = _("{second} is {offset} ahead of {first} (median of {n} shared visits, spread {spread:.0f} s).")
    if offset.offset_s < 0:
        message = _(
            "{second} is {offset} behind {first} (median of {n} shared visits, spread {spread:.0f} s)."
        )
    text = message.format(
        first=first_id,
        second=second_id,
        offset=_hms(abs(offset.offset_s)),
        n=offset.shared,
        spread=offset.spread_s,
    )
    return offset, [finding("pair-offset", where, text)]


def _hms(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"
