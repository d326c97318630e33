"""What simulated field staff answer when an ingest holds files back: exchanged folders, and what each clock showed.

They know what people at the cameras know: where each card came from, and the true time of setup and retrieval.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from pardus.app.clock import correct_clock
from pardus.app.saying import Sayer
from pardus.app.survey_folder import open_survey, survey_config
from pardus.model.clock import ClockCorrection, parse_zone
from pardus.model.errors import Finding
from pardus.model.language import _
from pardus.sim.cameras import FACTORY
from pardus.sim.faults import swap
from pardus.sim.habits import Words

CLOCK_CODES = frozenset(
    {"outside-deployment", "day-night-flip", "clock-offset", "clock-drift", "pair-offset", "clock-reset"}
)
"""Findings that staff answer by stating a clock correction."""
_SET_YET = datetime(2005, 1, 1)


@dataclass(frozen=True, slots=True)
class FieldAnswers:
    """exchanged: year and two card folders to exchange. corrections: of clocks."""

    exchanged: tuple[tuple[int, str, str], ...]
    corrections: tuple[ClockCorrection, ...]


def field_answers(
    folder: Path, findings: Iterable[Finding], facts: Mapping[str, Any], words: Words
) -> FieldAnswers:
    """Return what staff answer to the findings of an ingest; what no finding names is not answered."""
    named = list(findings)
    config, _warnings = survey_config(folder)
    org = config.organisation
    exchanged = []
    for fault in facts["faults"]:
        if (fault["partner"], fault["fault"]) == (org, "swapped-cards") and _named_swap(fault, named):
            one, other = fault["folders"]
            exchanged.append((int(fault["year"]), str(one), str(other)))
    with open_survey(folder) as store:
        survey = store.survey(media=False)
    stations = {s.id: s.name for s in survey.stations}
    cameras = {
        (words.station.format(c["station"]), words.camera.format(c["camera"]), c["setup"][:4]): c
        for year in facts["years"]
        for c in year["cameras"]
        if c["partner"] == org
    }
    corrections = []
    for d in survey.deployments:
        camera = cameras.get((stations[d.station], d.camera, str(d.start.year)))
        if camera is not None and camera["clock"] and _named_clock(d.id, named):
            corrections.append(_correction(d.id, camera, d.clock or config.camera_zone))
    return FieldAnswers(tuple(exchanged), tuple(corrections))


def act_on(folder: Path, answers: FieldAnswers, facts: Mapping[str, Any], sayer: Sayer) -> None:
    """Do what staff answered: exchange the files of two folders on the cards, put clocks right."""
    config, _warnings = survey_config(folder)
    for year, one, other in answers.exchanged:
        own = [f for f in facts["files"] if (f["partner"], f["year"]) == (config.organisation, year)]
        swap(folder / "cards" / str(year), one, other, own)
    for correction in answers.corrections:
        correct_clock(folder, correction, sayer=sayer)


def _named_swap(fault: Mapping[str, Any], findings: Iterable[Finding]) -> bool:
    marks = [folder.replace("/", "_") for folder in fault["folders"]]
    return any(f.code == "swapped-cards" and all(mark in f.where for mark in marks) for f in findings)


def _named_clock(deployment: str, findings: Iterable[Finding]) -> bool:
    return any(f.code in CLOCK_CODES and deployment in f.where for f in findings)


def _correction(deployment: str, camera: Mapping[str, Any], zone: str) -> ClockCorrection:
    reason = str(_("The field notes say what the clock should have shown."))
    if camera["clock"] == "clock_reset":
        reset = _wall(camera["clock_reset_at"], zone)
        offset = (reset - FACTORY.replace(tzinfo=None)).total_seconds()
        return ClockCorrection(deployment, "offset", offset_s=offset, to_wall=_SET_YET, reason=reason)
    if camera["clock"] == "clock_drift":
        first, last = _wall(camera["setup"], zone), _wall(camera["retrieval"], zone)
        gained = camera["clock_drift"] * (last - first)
        return ClockCorrection(
            deployment, "drift", wall_1=first, true_1=first, wall_2=last + gained, true_2=last, reason=reason
        )
    return ClockCorrection(deployment, "offset", offset_s=-camera["clock_offset_s"], reason=reason)


def _wall(instant: str, zone: str) -> datetime:
    return datetime.fromisoformat(instant).astimezone(parse_zone(zone)).replace(tzinfo=None)
