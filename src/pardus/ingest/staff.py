"""The people who set a camera up and take it down walk before it: its first and last file against the field record.

Where most cards of a survey begin and end with such a file, one that does not tells something: a clock that is off or
drifts, or a card in another camera's folder. It is the only check for a lone video camera, whose files carry no serial
number. Only deployments whose setup or retrieval is recorded with a time can be compared. Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from pardus.ingest.cards import Card
from pardus.ingest.faults import finding
from pardus.model.errors import Finding
from pardus.model.language import _

FITS_S = 600.0
"""A first or last file this near to the recorded setup or retrieval shows the people who were there."""
MIN_CARDS, HABIT = 8, 0.5
"""Cards to judge by, and the least share of them that begin (or end) with the people, to call it a habit."""
DRIFT_S = 3 * 3600.0
"""A clock that gained or lost more than this in a season did not drift, it was set."""
SLIP_H = 14
"""The widest zone or half-day slip that is looked for, hours."""


def check_staff(cards: Sequence[Card], earlier: Sequence[Card] = ()) -> list[Finding]:
    """Return findings of cards whose first or last file does not fit when people were at the camera.

    earlier: cards already in the survey; they count for what is usual here, and get no finding.
    """
    everyone = [*cards, *earlier]
    begins, ends = _habit([_begin(c) for c in everyone]), _habit([_end(c) for c in everyone])
    if not begins:
        return []
    odd = sorted((c for c in cards if _odd(c, ends)), key=lambda c: c.id)
    found, exchanged = [], set()
    for one, other in combinations(odd, 2):
        shifts = _fits(one, other, ends), _fits(other, one, ends)
        if 0 in shifts and None not in shifts:  # the clock of one of the two may be off as well
            exchanged |= {one.id, other.id}
            message = _(
                "The cards of {one} and {other} look exchanged: the first and last files of each are of the other's "
                "setup and retrieval."
            )
            found.append(
                finding("swapped-cards", f"{one.id}, {other.id}", message.format(one=one.id, other=other.id))
            )
    for card in odd:
        if card.id not in exchanged:
            found += _clock(card, ends)
    return found


def _begin(card: Card, place: Card | None = None) -> float | None:
    """Return how long after the setup (of another place) a card begins, seconds; None if the record has no time."""
    deployment = (place or card).deployment
    if deployment.start_is_day or not len(card.seconds):
        return None
    return float(card.seconds[0] - deployment.start.timestamp())


def _end(card: Card, place: Card | None = None) -> float | None:
    """Return how long after the retrieval a card ends, seconds (negative: before)."""
    deployment = (place or card).deployment
    if deployment.end is None or deployment.end_is_day or not len(card.seconds):
        return None
    return float(card.seconds[-1] - deployment.end.timestamp())


def _habit(gaps: Sequence[float | None]) -> bool:
    known = [gap for gap in gaps if gap is not None]
    return len(known) >= MIN_CARDS and sum(abs(g) <= FITS_S for g in known) >= HABIT * len(known)


def _fit(gap: float | None) -> bool:
    return gap is not None and abs(gap) <= FITS_S


def _odd(card: Card, ends: bool) -> bool:
    begin, end = _begin(card), _end(card)
    return begin is not None and (abs(begin) > FITS_S or (ends and end is not None and abs(end) > FITS_S))


def _fits(card: Card, place: Card, ends: bool) -> int | None:
    """Return by how many hours a card's first and last file differ from another place's record.

    None: the first file fits its own place, or not the other, or the two do not agree (where the last can tell).
    """
    begin, end = _begin(card, place), _end(card, place)
    hours = _whole_hours(begin)
    if _fit(_begin(card)) or hours is None or begin is None:
        return None
    stopped = any(p.end >= place.deployment.end for p in place.deployment.problems if place.deployment.end)
    agree = end is not None and abs(end - begin) <= 2 * FITS_S
    return hours if agree or (hours == 0 and (stopped or not ends)) else None


def _whole_hours(gap: float | None) -> int | None:
    """Return the hours of a gap that is a whole number of them, as a clock in another zone or half of the day makes."""
    if gap is None:
        return None
    hours = round(gap / 3600)
    return hours if abs(hours) <= SLIP_H and abs(gap - hours * 3600) <= FITS_S else None


def _clock(card: Card, ends: bool) -> list[Finding]:
    begin, end = _begin(card), _end(card)
    if begin is None:
        return []
    hours = _whole_hours(begin)
    if hours:
        same = end is not None and abs(end - begin) <= FITS_S
        message = _("The first file is {hours:+d} hours from the recorded setup.")
        if same:
            message = _(
                "The first file is {hours:+d} hours from the recorded setup, the last as much from the retrieval."
            )
        return [finding("clock-offset", card.id, message.format(hours=hours))]
    if ends and _fit(begin) and end is not None and FITS_S < abs(end) <= DRIFT_S:
        message = _(
            "The first file fits the setup, the last is {minutes:+.0f} minutes from the recorded retrieval."
        )
        return [finding("clock-drift", card.id, message.format(minutes=end / 60))]
    return []
