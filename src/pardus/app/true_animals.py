"""Who is truly who in a simulated survey: what its simulated reviewers know when they look at two pictures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

from pardus.app.content import Content
from pardus.app.corrections import Drawn
from pardus.exchange.pictures import Wanted
from pardus.exchange.redact import MOST_PLATES
from pardus.model.ids import qualify, split
from pardus.model.media import DAMAGE_FAULTS, Media
from pardus.model.observation import SIDES, Box, Observation
from pardus.model.survey import Survey
from pardus.sim.cameras import noon

NOBODY = -1
"""An animal that is not of the species: never the same as any."""
LEAST_VISIBLE = 0.5
"""Share of an animal that must be seen for somebody to draw a box around it."""
LEAST_OVERLAP = 0.5
"""Intersection over union with the true box from which on a cut-out shows the animal."""


def animals_of_catalogues(facts: Mapping[str, Any]) -> dict[str, int]:
    """Return who every individual of the partners' catalogues truly is: id -> number of the animal in the truth."""
    return {
        qualify(partner, name): animal
        for partner, names in facts["catalogues"].items()
        for name, animal in names.items()
    }


def animals_of_observations(survey: Survey, facts: Mapping[str, Any]) -> dict[str, int]:
    """Return which animal every observation on a survey's media is truly of: id -> number, NOBODY for no animal.

    Where several are in a picture, the one whose true box the observation's covers best, or that it names.
    """
    org = survey.config.organisation
    files = _files(facts, org)
    media = {m.id: m for m in survey.media}
    names = facts["catalogues"].get(org, {})
    out = {}
    for o in survey.observations:
        file = _file(media[o.media[0]], files) if o.media and o.media[0] in media else None
        if file is not None:
            out[o.id] = _animal(o, file["present"], names)
    return out


def boxes_to_draw(survey: Survey, facts: Mapping[str, Any]) -> list[Drawn]:
    """Return the boxes that somebody draws who wants partners to see the named animals of a survey.

    Around the named animal in pictures where there is no box yet: of each flank up to MOST_PLATES, one of each visit,
    those in which it is largest.
    """
    org = survey.config.organisation
    files = _files(facts, org)
    media = {m.id: m for m in survey.media if m.kind == "image" and not set(m.faults) & set(DAMAGE_FAULTS)}
    boxed = {m for o in survey.observations if o.box is not None for m in o.media}
    names = facts["catalogues"].get(org, {})
    found: dict[tuple[str, str], dict[str, Drawn]] = defaultdict(dict)
    for o in survey.observations:
        if o.flank not in SIDES or not o.individual or split(o.individual)[0] != org:
            continue
        for id_ in o.media:
            file = _file(media[id_], files) if id_ in media and id_ not in boxed else None
            if file is None:
                continue
            animal = names.get(split(o.individual)[1])
            for p in file["present"]:
                if p.get("animal") == animal and p["box"] and p["visible"] >= LEAST_VISIBLE:
                    x, y, width, height = p["box"]
                    drawn = Drawn(id_, Box(x, y, min(width, 1 - x), min(height, 1 - y)), o.flank)
                    events = found[o.individual, o.flank]
                    events[file["event"]] = max(drawn, events.get(file["event"], drawn), key=_area)
    return [
        d for events in found.values() for d in sorted(events.values(), key=_area, reverse=True)[:MOST_PLATES]
    ]


def shows_something_else(found: Wanted, media: Media, facts: Mapping[str, Any]) -> bool:
    """Say whether somebody who looks at a cut-out sees anything but the animal it is named for."""
    org, name = split(found.individual)
    files = _files(facts, org)
    file = _file(media, files)
    animal = facts["catalogues"].get(org, {}).get(name)
    true = [p for p in file["present"] if p.get("animal") == animal] if file else []
    return not any(_overlap(found.box, found.frame, p) >= LEAST_OVERLAP for p in true)


def _area(drawn: Drawn) -> float:
    return drawn.box.width * drawn.box.height


Families = dict[tuple[str, str, tuple[int, ...]], int]
"""(session, "litter" or a kind of company, animals) -> most cubs at once, or times seen together."""


def true_families(facts: Mapping[str, Any], partner: str) -> Families:
    """Return which mothers were before a partner's cameras with how many cubs, and which grown animals together."""
    cubs: Families = {}
    together: dict[tuple[str, str, tuple[int, ...]], set[str]] = {}
    sex = {a["animal"]: a["sex"] for a in facts["animals"]}
    for file in _in_season(facts, partner):
        animals = [p for p in file["present"] if "animal" in p]
        young = [p for p in animals if p["age"] < 1]
        grown = sorted({p["animal"] for p in animals} - {p["animal"] for p in young})
        session = str(file["year"])
        if young:
            key = (session, "litter", (int(young[0]["mother"]),))
            cubs[key] = max(cubs.get(key, 0), len(young))
        for one, other in combinations(grown, 2):
            kind = "pair" if sex[one] != sex[other] else "same-sex"
            together.setdefault((session, kind, (one, other)), set()).add(file["event"])
    return cubs | {key: len(events) for key, events in together.items()}


def _in_season(facts: Mapping[str, Any], partner: str) -> Iterator[Mapping[str, Any]]:
    """Yield a partner's files that were taken between the first and the last noon of their season."""
    seasons = {y["year"]: noon(date.fromisoformat(y["first_day"])) for y in facts["years"]}
    days = {y["year"]: timedelta(days=y["days"]) for y in facts["years"]}
    for file in facts["files"]:
        first = seasons[file["year"]]
        if (
            file["partner"] == partner
            and first <= datetime.fromisoformat(file["at"]) < first + days[file["year"]]
        ):
            yield file


def reported_families(content: Content, who: Mapping[str, int]) -> Families:
    """Return the families that a report tells of, with everybody's true number. who: individual -> animal."""
    return {
        (f.session, f.kind, tuple(sorted(who.get(a, NOBODY) for a in f.members))): f.cubs or f.events
        for f in content.families
    }


def _files(facts: Mapping[str, Any], partner: str) -> dict[str, Any]:
    """Return what is on a partner's cards: path in the folder of cards -> file."""
    return {f"{f['year']}/{f['file']}": f for f in facts["files"] if f["partner"] == partner}


def _file(media: Media, files: Mapping[str, Any]) -> Any:
    return next((files[path] for path in media.paths if path in files), None)


def _animal(o: Observation, present: list[dict[str, Any]], names: Mapping[str, int]) -> int:
    if not present:
        return NOBODY
    if o.box is not None:
        return int(max(present, key=lambda p: _overlap(o.box, o.frame, p)).get("animal", NOBODY))
    if len(present) > 1 and o.individual:
        named = names.get(o.individual.partition(":")[2], NOBODY)
        return named if any(p.get("animal") == named for p in present) else NOBODY
    return int(present[0].get("animal", NOBODY))


def _overlap(one: Box | None, frame: int | None, present: Mapping[str, Any]) -> float:
    """Return intersection over union of a box and the true one (of its frame)."""
    box = present["box"]
    if frame is not None and frame < len(present.get("boxes", ())):
        box = present["boxes"][frame]
    if not box or one is None:
        return 0.0
    other = Box(*box)
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(width, 0.0) * max(height, 0.0)
    return both / (one.width * one.height + other.width * other.height - both)
