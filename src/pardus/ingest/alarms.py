"""All alarms over one deployment's files, one after the other."""

from __future__ import annotations

from collections.abc import Sequence

from pardus.ingest import cards, clock_alarms
from pardus.model.deployment import Deployment, Station
from pardus.model.errors import Finding
from pardus.model.media import Media


def deployment_alarms(
    media: Sequence[Media], deployment: Deployment, station: Station | None
) -> tuple[Finding, ...]:
    """Return what is doubtful about a deployment's files taken together, in a fixed order.

    media: all files of the deployment. station: where it stood (without it the sun can't be asked). Alarms over
    several deployments are `cards.check_cards` and `pairs.check_pair`.
    """
    found = [
        *clock_alarms.outside_deployment(media, deployment),
        *clock_alarms.clock_resets(media, deployment.id),
        *clock_alarms.burst_jumps(media, deployment.id),
        *clock_alarms.sequence_gaps(media, deployment.id),
        *cards.two_serials(cards.summarise(media, deployment)),
        *cards.scene_change(media, deployment.id),
        *cards.same_names(media, deployment.id),
    ]
    if station is not None:
        found += clock_alarms.day_night_flip(media, deployment.id, station.latitude, station.longitude)
    return tuple(found)
