"""What a package holds in the model's terms: the same on the way in and on the way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pardus.camtrapdp.check import Quarantined
from pardus.model.clock import ClockCorrection
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import Finding
from pardus.model.individual import Relationship, Statement
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.survey import Session

DESCRIPTOR_KEY = "camtrapdp/descriptor/"
RESOURCE_KEY = "camtrapdp/resource/"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a package says, ready to be told to a log.

    observations carry no names (those are `decisions`) and media no corrected times: everything is as it was first
    said. timed_by_media: ids of observations that take their times from their media. held_back: id -> record of
    observations that have no time at all. resources: key -> JSON text of
    what we do not know and write back (see DESCRIPTOR_KEY and RESOURCE_KEY). fits: name -> Fit as JSON.
    quarantine: rows that were not taken. findings: warnings.
    """

    stations: tuple[Station, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    media: tuple[Media, ...] = ()
    observations: tuple[Observation, ...] = ()
    timed_by_media: frozenset[str] = frozenset()
    held_back: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    decisions: tuple[Decision, ...] = ()
    statements: tuple[Statement, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    corrections: tuple[ClockCorrection, ...] = ()
    sessions: tuple[Session, ...] = ()
    resources: dict[str, str] = field(default_factory=dict, hash=False)
    fits: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    quarantine: tuple[Quarantined, ...] = ()
    findings: tuple[Finding, ...] = ()
    counts: dict[str, int] = field(default_factory=dict, hash=False)
    version: str = ""


@dataclass(frozen=True, slots=True)
class Beneath:
    """What a survey's log says beneath its fold, where that differs: without it a package could not be lossless.

    observations, media: id -> as first said (names before decisions, times before clock corrections).
    timed_by_media: ids of observations that take their times from their media. held_back: id -> record of
    observations that are not in the survey because they have no time. decisions: in log order, each with
    its time. fits: name -> Fit as JSON.
    """

    observations: dict[str, Observation] = field(default_factory=dict, hash=False)
    media: dict[str, Media] = field(default_factory=dict, hash=False)
    timed_by_media: frozenset[str] = frozenset()
    held_back: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
    decisions: tuple[Decision, ...] = ()
    fits: dict[str, dict[str, Any]] = field(default_factory=dict, hash=False)
