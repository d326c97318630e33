"""Which pictures of flanks may be cut out for partners: of named individuals, where it is clear which box is whose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pardus.exchange.redact import MOST_PLATES, PEOPLE
from pardus.exchange.seasons import season_finder
from pardus.model.clock import parse_zone
from pardus.model.ids import split
from pardus.model.language import N_
from pardus.model.observation import SIDES, Box, Observation
from pardus.model.survey import Survey

REASONS = {
    "no-picture": N_("records without a picture"),
    "no-flank": N_("records whose flank is neither left nor right"),
    "no-box": N_("records without a box: nobody and no finder said where in the picture the animal is"),
    "whose-box": N_("records of pictures with several animals, where it is not said whose box is whose"),
    "people": N_("records of pictures with people or vehicles"),
    "enough": N_("records of a flank, animal and season of which enough other pictures leave"),
}
"""Why no picture is cut out of a record of a named individual."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A picture to be cut out. observation: that names the animal. media, frame (of a video) and box: where it is."""

    observation: str
    individual: str
    flank: str
    media: str
    frame: int | None
    box: Box


def wanted(survey: Survey, most: int = MOST_PLATES) -> tuple[tuple[Wanted, ...], dict[str, int]]:
    """Return the pictures to cut out, and reason -> number of records of named individuals without one.

    Up to `most` of one flank, animal and season: of each day and station the largest box, the largest of these first.
    """
    org, zone = survey.config.organisation, parse_zone(survey.config.zone)
    season = season_finder(survey)
    left: Counter[str] = Counter()
    by_media: dict[str, list[Observation]] = defaultdict(list)
    for o in survey.observations:
        for m in o.media:
            by_media[m].append(o)
    found: dict[tuple[str, str, str], list[tuple[float, str, Wanted]]] = defaultdict(list)
    for o in survey.observations:
        if o.type != "animal" or not o.individual or split(o.individual)[0] != org:
            continue
        if o.scientific_name not in ("", survey.config.species):
            continue
        reason, place = _place(o, by_media)
        if place is None:
            left[reason] += 1
            continue
        event = f"{o.deployment} {o.start.astimezone(zone).date()}"
        found[o.individual, o.flank, season(o)].append((place.box.width * place.box.height, event, place))
    out = []
    for several in found.values():
        chosen = _spread(several, most)
        left["enough"] += len(several) - len(chosen)
        out += chosen
    return tuple(sorted(out, key=lambda w: w.observation)), {k: n for k, n in left.items() if n}


def _place(o: Observation, by_media: Mapping[str, Sequence[Observation]]) -> tuple[str, Wanted | None]:
    """Return where an animal can be cut out, or why nowhere."""
    if not o.media:
        return "no-picture", None
    if o.flank not in SIDES:
        return "no-flank", None
    reason, best = "no-box", None
    for medium in o.media:
        there = by_media[medium]
        if any(x.type in PEOPLE for x in there):
            reason = "people"
            continue
        for box, frame in _boxes(o, there):
            if best is None or box.width * box.height > best.box.width * best.box.height:
                best = Wanted(o.id, o.individual, o.flank, medium, frame, box)
        if best is None and sum(x.box is not None for x in there) > 0:
            reason = "whose-box"
    return ("", best) if best else (reason, None)


def _boxes(o: Observation, there: Iterable[Observation]) -> list[tuple[Box, int | None]]:
    """Return the boxes of a picture or clip that are surely of one animal.

    Its own; of each frame the only one that is named as this animal too, or the only one at all.
    """
    if o.box is not None:
        return [(o.box, o.frame)]
    others = [x for x in there if x.type == "animal" and x.id != o.id]
    if o.count > 1 or any(x.individual != o.individual and (x.individual or x.box is None) for x in others):
        return []
    boxes = [x for x in others if x.box is not None]
    frames = {x.frame for x in boxes}
    named = {f: [x for x in boxes if x.frame == f and x.individual == o.individual] for f in frames}
    each = {f: named[f] or [x for x in boxes if x.frame == f] for f in frames}
    return [(x.box, x.frame) for several in each.values() if len(several) == 1 for x in several if x.box]


def _spread(several: Sequence[tuple[float, str, Wanted]], most: int) -> list[Wanted]:
    """Return the largest of each day and station: pictures of one passage show what the first of them shows."""
    ordered = sorted(several, key=lambda x: (-x[0], x[2].observation))
    first: dict[str, Wanted] = {}
    for _area, event, place in ordered:
        first.setdefault(event, place)
    return list(first.values())[:most]
