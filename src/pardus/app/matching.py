"""To which deployment does a file belong? By its folders, then its date, then the camera's serial; else ask."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pardus.ingest.clock_alarms import limits, usable
from pardus.ingest.dates import Dated, DatePolicy, believe
from pardus.ingest.faults import Fault
from pardus.ingest.layout import Place, place_of
from pardus.ingest.read import Facts
from pardus.model.clock import ClockRule
from pardus.model.deployment import Deployment, Station
from pardus.model.language import N_
from pardus.model.survey import SurveyConfig

PROBLEMS = {
    "no-station": Fault(
        N_("The folders name a station that no table declares."),
        N_("Correct the folder's name or the station table, say --station NAME, or --accept no-station."),
        "error",
    ),
    "no-camera": Fault(
        N_("The folders name a camera that was not deployed at that station."),
        N_("Correct the folder's name or the deployment table, say --camera NAME, or --accept no-camera."),
        "error",
    ),
    "no-deployment": Fault(
        N_("No camera was deployed at the station that the folders name."),
        N_("Add the deployment to the table, say --deployment ID, or --accept no-deployment."),
        "error",
    ),
    "several-deployments": Fault(
        N_("Several deployments fit, and neither date nor serial number says which."),
        N_("Say --camera NAME or --deployment ID, or --accept several-deployments."),
        "error",
    ),
    "same-content": Fault(
        N_("The same content lies in the folders of two deployments; it was put to the first."),
        N_("Look which folder is the right one; take the file out of the other and ingest with --update."),
    ),
}
"""What can go wrong when a file's deployment is looked for, besides "layout" and "outside-deployment"."""


NEAR = timedelta(days=1)
"""A file this near to one of a camera's deployments, and in none, is of that one: no zone slip or half day is wider."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How dates are read where the deployment does not say: see `ingest.dates.DatePolicy`."""

    zone: str
    container: str = ""
    mtime_zone: str = ""

    def policy(self, deployment: Deployment | None) -> DatePolicy:
        """Return the policy of a deployment, or of files that have none."""
        zone = self.zone if deployment is None else deployment.clock or self.zone
        return DatePolicy(ClockRule(zone), self.container, self.mtime_zone)


@dataclass(frozen=True, slots=True)
class Match:
    """Where a file belongs and when it was taken.

    problem: "" or why there is no deployment: "layout" (the path says no station), "outside-deployment" (several
    deployments there, and the date lies in or near none), or a code of PROBLEMS.
    """

    deployment: str
    dated: Dated
    problem: str = ""


class Matcher:
    """Finds the deployment of files of one card."""

    def __init__(
        self,
        config: SurveyConfig,
        stations: Iterable[Station],
        deployments: Iterable[Deployment],
        clock: Clock,
        now: datetime,
        *,
        deployment: str = "",
        station: str = "",
        camera: str = "",
    ) -> None:
        """deployment, station, camera: where the whole card belongs, when a person said so."""
        self._layout = config.layout
        self._clock = clock
        self._now = now
        self._said = deployment, station, camera
        self._by_id = {d.id: d for d in deployments}
        self._stations: dict[str, str] = {}
        for one in stations:
            for name in (one.id, one.id.partition(":")[2], one.name):
                self._stations[plain(name)] = one.id
        self._at: dict[str, list[Deployment]] = defaultdict(list)
        for each in self._by_id.values():
            self._at[each.station].append(each)
            # a survey of Camtrap DP may have deployments at places that nobody declared
            self._stations.setdefault(plain(each.station.partition(":")[2]), each.station)

    def match(self, path: str, facts: Facts, neighbours: frozenset[str] = frozenset()) -> Match:
        """Return where a file belongs. neighbours: the deployments of dated files in the same folder."""
        candidates, problem = self._candidates(path)
        if problem:
            return Match("", self.date(facts, None), problem)
        if len(candidates) == 1:
            return Match(candidates[0].id, self.date(facts, candidates[0]))
        dates = {d.id: self.date(facts, d) for d in candidates}
        if not any(usable(dated) for dated in dates.values()):
            near = [d for d in candidates if d.id in neighbours]
            serial = _of_serial(candidates, facts)
            only = near if len(near) == 1 else serial if len(serial) == 1 else []
            if only:
                return Match(only[0].id, dates[only[0].id])
            return Match("", dates[candidates[0].id], "several-deployments")
        holding = [d for d in candidates if _holds(d, dates[d.id])]
        if len(holding) > 1:
            holding = _of_serial(holding, facts) or holding
        # A clock that is a little off; the deployment's alarm says so and holds all of its files.
        if not holding:
            holding = [d for d in candidates if _holds(d, dates[d.id], NEAR)]
        if len(holding) == 1:
            return Match(holding[0].id, dates[holding[0].id])
        return Match("", dates[candidates[0].id], "several-deployments" if holding else "outside-deployment")

    def place(self, path: str) -> Place:
        """Return what a path says."""
        return place_of(path, self._layout)

    def date(self, facts: Facts, deployment: Deployment | None) -> Dated:
        """Return the date that is believed for a file of a deployment."""
        return believe(facts.dates, self._clock.policy(deployment), self._now)

    def _candidates(self, path: str) -> tuple[Sequence[Deployment], str]:
        deployment, station, camera = self._said
        if deployment:
            found = self._by_id.get(deployment)
            return ([found], "") if found else ([], "no-deployment")
        place = self.place(path)
        station, camera = station or place.station, camera or place.camera
        if not station:
            return [], "layout"
        id_ = self._stations.get(plain(station))
        if id_ is None:
            return [], "no-station"
        there = self._at.get(id_, [])
        if not there:
            return [], "no-deployment"
        if camera and any(d.camera for d in there):
            there = [d for d in there if plain(d.camera) == plain(camera)]
            if not there:
                return [], "no-camera"
        named = [d for d in there if place.card and plain(d.id.partition(":")[2]) == plain(place.card)]
        return named or there, ""


def plain(name: str) -> str:
    """Return a name of a station or camera as names are compared."""
    return unicodedata.normalize("NFC", name).strip().casefold()


def _holds(deployment: Deployment, dated: Dated, near: timedelta = timedelta(0)) -> bool:
    start, end = limits(deployment)
    at = dated.timestamp
    return usable(dated) and at is not None and start - near <= at and (end is None or at < end + near)


def _of_serial(deployments: Sequence[Deployment], facts: Facts) -> list[Deployment]:
    serial = facts.metadata.get("serial", "")
    return [d for d in deployments if serial and d.camera_serial == serial]
