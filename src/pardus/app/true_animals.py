"""Who is truly who in a simulated survey: what its simulated reviewers know when they look at two pictures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pardus.model.ids import qualify
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.survey import Survey

NOBODY = -1
"""An animal that is not of the species: never the same as any."""


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
    files = {f"{f['year']}/{f['file']}": f for f in facts["files"] if f["partner"] == org}
    media = {m.id: m for m in survey.media}
    names = facts["catalogues"].get(org, {})
    out = {}
    for o in survey.observations:
        file = _file(media[o.media[0]], files) if o.media and o.media[0] in media else None
        if file is not None:
            out[o.id] = _animal(o, file["present"], names)
    return out


def _file(media: Media, files: Mapping[str, Any]) -> Any:
    return next((files[path] for path in media.paths if path in files), None)


def _animal(o: Observation, present: list[dict[str, Any]], names: Mapping[str, int]) -> int:
    if not present:
        return NOBODY
    if o.box is not None:
        return int(max(present, key=lambda p: _overlap(o, p)).get("animal", NOBODY))
    if len(present) > 1 and o.individual:
        named = names.get(o.individual.partition(":")[2], NOBODY)
        return named if any(p.get("animal") == named for p in present) else NOBODY
    return int(present[0].get("animal", NOBODY))


def _overlap(o: Observation, present: Mapping[str, Any]) -> float:
    """Return intersection over union of an observation's box and the true one (of its frame)."""
    box = present["box"]
    if o.frame is not None and o.frame < len(present.get("boxes", ())):
        box = present["boxes"][o.frame]
    if not box or o.box is None:
        return 0.0
    one, other = o.box, Box(*box)
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(width, 0.0) * max(height, 0.0)
    return both / (one.width * one.height + other.width * other.height - both)
