"""What people correct on an animal in a picture: flank, quality, species, name, box; each can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pardus.app.saying import Sayer, timed_by_media
from pardus.app.survey_folder import open_survey
from pardus.model.decision import QUALITIES, Decision
from pardus.model.errors import Finding, ParameterError
from pardus.model.ids import derived, qualify
from pardus.model.language import _
from pardus.model.observation import FLANKS, UNDATED, Box, Observation
from pardus.model.record import to_record

CORRECTED = {"flank": FLANKS, "quality": QUALITIES, "species": ()}
BASIS = "review"


def correct(folder: Path, about: str, values: Mapping[str, str], sayer: Sayer) -> str:
    """Say the flank, quality or species of animals in pictures: observation -> value; return the entry's id.

    "" withdraws what was said. Raises ParameterError for an unknown observation or value; nothing is then written.
    """
    if about not in CORRECTED:
        raise ParameterError(
            _("{found!r}: expected one of {names}.").format(found=about, names=", ".join(CORRECTED))
        )
    allowed = CORRECTED[about]
    findings = [
        Finding(
            "value", key, _("{found!r}: expected one of {names}.").format(found=v, names=", ".join(allowed))
        )
        for key, v in values.items()
        if v and allowed and v not in allowed
    ]
    return _decide(
        folder, [Decision(key, about, v, "same", basis=BASIS) for key, v in values.items()], sayer, findings
    )


def name(
    folder: Path, observations: Sequence[str], individual: str, sayer: Sayer, *, new: bool = False
) -> str:
    """Say who is on these observations, whatever answers say: a known animal, a new one, or "" for nobody known.

    individual: id, with or without the organisation. Returns the entry's id. `Review` follows at its next call.
    """
    outcome = "new" if new else "same"
    with open_survey(folder) as store:
        survey = store.survey(media=False)
    who = qualify(survey.config.organisation, individual) if individual else ""
    known = {i.id for i in survey.individuals}
    findings = []
    if who and not new and who not in known:
        findings.append(
            Finding("individual-unknown", who, _("No animal has this id; say that it is new, or correct it."))
        )
    if new and who in known:
        findings.append(Finding("individual-known", who, _("There is an animal with this id already.")))
    return _decide(
        folder, [Decision(o, "individual", who, outcome, basis=BASIS) for o in observations], sayer, findings
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A box that somebody draws around an animal of the species. frame: of a video, None in a picture."""

    media: str
    box: Box
    flank: str = "unknown"
    frame: int | None = None


def draw_box(
    folder: Path, media: str, box: Box, sayer: Sayer, *, frame: int | None = None, flank: str = "unknown"
) -> str:
    """Say where an animal of the species is in a picture, or in a frame of a video; return the observation's id.

    Raises ParameterError for an unknown file or a box outside the picture.
    """
    (made,) = draw_boxes(folder, [Drawn(media, box, flank, frame)], sayer)
    return made


def draw_boxes(folder: Path, drawn: Sequence[Drawn], sayer: Sayer) -> list[str]:
    """Say several boxes at once; see `draw_box`. If one of them can't be taken, none is."""
    for d in drawn:
        inside = 0 <= d.box.x < d.box.x + d.box.width <= 1 and 0 <= d.box.y < d.box.y + d.box.height <= 1
        if not inside or d.flank not in FLANKS:
            raise ParameterError(
                _("{box}, {flank}: expected a box within 0 to 1 and a flank.").format(
                    box=d.box, flank=d.flank
                )
            )
    with open_survey(folder, write=True) as store:
        found = {m.id: m for m in store.media({d.media for d in drawn})}
        config = store.survey(media=False).config
        made = []
        for d in drawn:
            if d.media not in found:
                raise ParameterError(_("{id}: no such file in the survey.").format(id=d.media))
            medium = found[d.media]
            at = medium.timestamp or UNDATED
            values = (f"{v:.5f}" for v in (d.box.x, d.box.y, d.box.width, d.box.height))
            made.append(
                Observation(
                    id=derived(config.organisation, "box", d.media, sayer.actor, str(d.frame), *values),
                    deployment=medium.deployment,
                    start=at,
                    end=at,
                    media=(d.media,),
                    scientific_name=config.species,
                    flank=d.flank,
                    box=d.box,
                    frame=d.frame,
                    classified_by=sayer.actor,
                )
            )
        if made:
            with store.transaction():
                sayer.say(store, "observations-made", {"observations": [timed_by_media(o) for o in made]})
    return [o.id for o in made]


def _decide(folder: Path, decisions: Sequence[Decision], sayer: Sayer, findings: Sequence[Finding]) -> str:
    with open_survey(folder, write=True) as store:
        there = store.told("observations", [d.observation for d in decisions])
        unknown = [
            Finding("observation-unknown", d.observation, _("There is no such observation."))
            for d in decisions
            if d.observation not in there
        ]
        if findings or unknown or not decisions:
            raise ParameterError(_("This can't be said."), [*findings, *unknown])
        with store.transaction():
            records = [to_record(replace(d, by=sayer.actor)) for d in decisions]
            return sayer.say(store, "decisions-made", {"decisions": records}).id
