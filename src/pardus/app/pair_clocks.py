"""The clocks of facing cameras, compared on the visits that both recorded, from a survey's observations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations

from pardus.history.effort import known_until, period
from pardus.ingest.pairs import PairOffset, check_visits, starts_of
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.survey import Survey


@dataclass(frozen=True, slots=True)
class PairClock:
    """Two cameras out at one station at one time. offset: None where they share too few visits to tell."""

    station: str
    first: str
    second: str
    offset: PairOffset | None


def pair_clocks(survey: Survey) -> tuple[tuple[PairClock, ...], tuple[Finding, ...]]:
    """Return every pair of deployments that stood together, their offset, and findings.

    All observations count, of whatever species, since a person or a boar passes both cameras like a leopard does.
    `pardus ingest` makes the same comparison from all media, which are more; this one also serves surveys that
    come as tables.
    """
    instants: dict[str, list[float]] = defaultdict(list)
    for o in survey.observations:
        instants[o.deployment].append(o.start.timestamp())
    pairs, findings = [], []
    for one, other in _facing(survey):
        first, second = starts_of(instants[one.id]), starts_of(instants[other.id])
        offset, found = check_visits(first, second, one.id, other.id)
        pairs.append(PairClock(one.station, one.id, other.id, offset))
        findings += found
    return tuple(pairs), tuple(findings)


def _facing(survey: Survey) -> list[tuple[Deployment, Deployment]]:
    stations: dict[str, list[Deployment]] = defaultdict(list)
    for deployment in sorted(survey.deployments, key=lambda d: (d.station, d.camera, d.start, d.id)):
        stations[deployment.station].append(deployment)
    last = known_until(survey)

    def out(d: Deployment) -> tuple[datetime, datetime]:
        start, end = period(d, survey.config.part_days, last)
        return start.astimezone(UTC), end.astimezone(UTC)

    return [
        (a, b)
        for group in stations.values()
        for a, b in combinations(group, 2)
        if a.camera != b.camera and max(out(a)[0], out(b)[0]) < min(out(a)[1], out(b)[1])
    ]
