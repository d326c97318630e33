"""What place, time and sex say before anybody looks at the pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

from pardus.model.language import _

FASTEST_KM_H = 10.0
"""Sustained over the straight line; a cat that needs more was not at both stations."""

CLOCK_SLACK_H = 1.0
"""Clocks are wrong by this much before anybody notices."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Where and when an event was. x, y: metres. sex: "female", "male" or "". group: same text = seen together."""

    x: float
    y: float
    start: datetime
    end: datetime
    sex: str = ""
    adult: bool = True
    group: str = ""


def impossible(a: Sighting, b: Sighting) -> str:
    """Return why two events can't be one animal, as a sentence, or "".

    A speed is named as a clock's fault as well: wrong clocks are more common than fast cats.
    """
    if a.group and a.group == b.group:
        return _("Two animals seen together.")
    if a.sex and b.sex and a.sex != b.sex and a.adult and b.adult:
        return _("An adult female and an adult male.")
    if math.isnan(a.x) or math.isnan(b.x):
        return ""  # a plate of a catalogue: nobody knows where and when
    kilometres = math.hypot(a.x - b.x, a.y - b.y) / 1000
    hours = max((b.start - a.end).total_seconds(), (a.start - b.end).total_seconds(), 0.0) / 3600
    if kilometres > FASTEST_KM_H * (hours + CLOCK_SLACK_H):
        return _(
            "{kilometres:.1f} km apart within {hours:.1f} h: faster than {limit:g} km/h, unless a clock is wrong."
        ).format(kilometres=kilometres, hours=hours, limit=FASTEST_KM_H)
    return ""


def distance_log_odds(distance: float, sigma: float, area: float) -> float:
    """Log likelihood ratio of a distance: one animal against two.

    distance: metres between two stations. sigma: metres, of the half-normal use of a home range: places of one
    animal differ by a normal of variance 2 sigma^2 on each axis. area: square metres of the survey: two animals
    are anywhere, independently. Density ratio area / (4 pi sigma^2) exp(-d^2 / 4 sigma^2); at most log(area / 4 pi
    sigma^2), never below -6, because males roam.
    """
    ratio = math.log(area / (4 * math.pi * sigma**2)) - distance**2 / (4 * sigma**2)
    return max(ratio, -6.0)
