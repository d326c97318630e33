"""What the people at setup and retrieval tell: cards of a dozen cameras, all but one or two as they should be."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from pardus.ingest.cards import Card
from pardus.ingest.staff import check_staff
from pardus.model.deployment import Deployment, ProblemPeriod

START = datetime(2025, 11, 20, 8, tzinfo=UTC)


def card(n: int, *, shift: timedelta = timedelta(0), gained: timedelta = timedelta(0)) -> Card:
    """Return camera n's card, each set up at a time of its own; its clock is off, or gained in the season."""
    start = START + timedelta(hours=7.3 * n)
    end = start + timedelta(days=80, minutes=37 * n)
    times = [start + timedelta(minutes=1), start + timedelta(days=30), start + timedelta(days=55)]
    times.append(end - timedelta(minutes=1))
    drift = gained / (end - start)
    seconds = [(t + shift + (t - start) * drift).timestamp() for t in times]
    return Card(Deployment(f"llnp:d{n:02d}", f"llnp:S{n}", "A", start, end), {}, np.array(seconds), {})


def codes(cards: list[Card]) -> list[tuple[str, str]]:
    return [(f.code, f.where) for f in check_staff(cards)]


def test_cards_that_begin_and_end_with_people_raise_nothing() -> None:
    assert codes([card(n) for n in range(12)]) == []


@pytest.mark.parametrize("minutes", [25, -25, 90, -90])
def test_a_clock_that_drifts_is_told_by_the_last_file(minutes: int) -> None:
    cards = [card(n) for n in range(12)]
    cards[4] = card(4, gained=timedelta(minutes=minutes))
    assert codes(cards) == [("clock-drift", "llnp:d04")]
    assert f"{minutes - 1:+d} minutes" in check_staff(cards)[0].message


@pytest.mark.parametrize("hours", [-12, -2, 1, 3, 12])
def test_a_clock_that_is_whole_hours_off_is_told_by_the_first_file(hours: int) -> None:
    cards = [card(n) for n in range(12)]
    cards[7] = card(7, shift=timedelta(hours=hours))
    assert codes(cards) == [("clock-offset", "llnp:d07")]
    assert f"{hours:+d} hours" in check_staff(cards)[0].message


@pytest.mark.parametrize("off", [timedelta(0), timedelta(hours=12)], ids=["clocks right", "one clock off"])
def test_two_cards_in_each_others_folder_are_told_by_their_ends(off: timedelta) -> None:
    cards = [card(n) for n in range(12)]
    cards[2] = replace(cards[2], seconds=card(9, shift=off).seconds)
    cards[9] = replace(cards[9], seconds=card(2).seconds)
    assert codes(cards) == [("swapped-cards", "llnp:d02, llnp:d09")]


def test_a_swapped_card_of_a_camera_that_stopped_early_is_told_by_its_beginning() -> None:
    cards = [card(n) for n in range(12)]
    stopped = cards[9].deployment
    assert stopped.end is not None
    stopped = replace(stopped, problems=(ProblemPeriod(START + timedelta(days=60), stopped.end),))
    cards[2] = replace(cards[2], seconds=card(9).seconds[:3])
    cards[9] = replace(cards[9], seconds=card(2).seconds, deployment=stopped)
    assert codes(cards) == [("swapped-cards", "llnp:d02, llnp:d09")]


def test_a_camera_that_stopped_early_is_no_drift() -> None:
    cards = [card(n) for n in range(12)]
    cards[5] = replace(cards[5], seconds=cards[5].seconds[:3])
    assert codes(cards) == []


def test_nothing_is_said_where_people_are_seldom_in_the_first_file() -> None:
    cards = [card(n) for n in range(12)]
    alone = [replace(c, seconds=c.seconds[1:-1]) for c in cards[:6]]
    assert codes([*alone, *cards[6:11], card(11, gained=timedelta(minutes=40))]) == []


def test_records_with_days_only_are_not_compared() -> None:
    cards = [card(n, shift=timedelta(hours=2)) for n in range(12)]
    days = [replace(c, deployment=replace(c.deployment, start_is_day=True, end_is_day=True)) for c in cards]
    assert codes(days) == []
