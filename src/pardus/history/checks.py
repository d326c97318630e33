"""What in effort and records contradicts itself: cameras in two places, cats too fast, records of a dead camera."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from itertools import combinations, pairwise

from pardus.history.effort import Effort, known_until, period
from pardus.history.events import Visit
from pardus.history.occasions import shown
from pardus.model.deployment import Deployment
from pardus.model.errors import Finding
from pardus.model.language import _, ngettext
from pardus.model.survey import Survey

FASTEST_KMH = 10.0
"""Straight-line speed between two stations above which one animal can't be at both; a leopard walks 2 to 4 km/h."""


def check_effort(survey: Survey, efforts: Iterable[Effort]) -> list[Finding]:
    """Return what the field records of cameras contradict: each other, or the records the cameras made."""
    found = [*_two_places(survey), *_still_out(survey)]
    for effort in efforts:
        found += _records_while_off(survey, effort) + _never_worked(effort)
    return sorted(found)


def _two_places(survey: Survey) -> list[Finding]:
    """Name every camera that is deployed at two stations at one time.

    A camera is known by its serial number, without one by its name. A name that is out at three stations at once,
    or at two together with another such name, is not a camera but a place in a pair ("A" and "B").
    """
    cameras: dict[tuple[bool, str], list[Deployment]] = defaultdict(list)
    for deployment in survey.deployments:
        name = deployment.camera_serial or deployment.camera
        if name:
            cameras[bool(deployment.camera_serial), name].append(deployment)
    last = known_until(survey)
    out = {d.id: period(d, survey.config.part_days, last) for d in survey.deployments}
    clashes: dict[tuple[bool, str], list[tuple[Deployment, Deployment, datetime, datetime]]] = {}
    for key, group in cameras.items():
        found = []
        for a, b in combinations(sorted(group, key=lambda d: (d.start, d.id)), 2):
            start, end = max(out[a.id][0], out[b.id][0]), min(out[a.id][1], out[b.id][1])
            if a.station != b.station and start < end:
                found.append((a, b, start, end))
        if found:
            clashes[key] = found
    stations = {
        key: frozenset(d.station for a, b, *_ in found for d in (a, b)) for key, found in clashes.items()
    }
    by_name = [places for (serial, _name), places in stations.items() if not serial]
    return [
        Finding(
            "camera-in-two-places",
            name,
            _("Deployed at {one} and at {other} at the same time, from {start} to {end}.").format(
                one=a.station,
                other=b.station,
                start=shown(start, survey.config),
                end=shown(end, survey.config),
            ),
            _("Correct the camera, the station or the dates in the deployment table."),
            "warning",
        )
        for (serial, name), found in sorted(clashes.items())
        if serial or (len(stations[serial, name]) == 2 and by_name.count(stations[serial, name]) == 1)
        for a, b, start, end in found
    ]


def _still_out(survey: Survey) -> list[Finding]:
    last = known_until(survey)
    found = []
    for deployment in survey.deployments:
        if deployment.end is not None:
            continue
        known = last.get(deployment.id)
        found.append(
            Finding(
                "camera-still-out",
                deployment.id,
                _(
                    "It has no retrieval date; its effort is counted to {last}, the end of the day of its last record."
                ).format(last=shown(known, survey.config))
                if known
                else _("It has no retrieval date and no record; no effort is counted."),
                _("Give the retrieval date when the camera is checked."),
                "warning",
            )
        )
    return found


def _records_while_off(survey: Survey, effort: Effort) -> list[Finding]:
    """Name stations with records (of anything) on days on which no camera is said to have worked."""
    stations = {d.id: d.station for d in survey.deployments}
    off: dict[str, list[datetime]] = defaultdict(list)
    dated = [(o.deployment, o.start) for o in survey.observations if o.type != "unclassified"]
    for deployment, at in dated:
        station = stations.get(deployment, "")
        day = effort.calendar.day_of(at)
        if station and day >= 0 and not effort.worked(station, day):
            off[station].append(at)
    return [
        Finding(
            "records-while-off",
            station,
            ngettext(
                "{count} record between {first} and {last} on days on which no camera worked there.",
                "{count} records between {first} and {last} on days on which no camera worked there.",
                len(times),
            ).format(
                count=len(times),
                first=shown(min(times), survey.config),
                last=shown(max(times), survey.config),
            ),
            _(
                "Correct the setup, retrieval or problem dates, the camera's clock, or the station of the card."
            ),
            "warning",
        )
        for station, times in sorted(off.items())
    ]


def _never_worked(effort: Effort) -> list[Finding]:
    worked = effort.usage().sum(axis=1)
    return [
        Finding(
            "station-never-worked",
            station,
            _("Set up in session {session}, but it never worked.").format(
                session=effort.calendar.session.name
            ),
            _("It stays in the table with effort 0, which the estimate uses as no effort."),
            "warning",
        )
        for station, days in zip(effort.stations, worked, strict=True)
        if days == 0
    ]


def check_movements(survey: Survey, visits: Iterable[Visit]) -> list[Finding]:
    """Name every move of an identified animal that no animal can make: a card or a clock is wrong, or the name.

    Speed is the straight line between two stations over the time between two visits; overlapping visits at two
    stations are faster than anything.
    """
    places = {s.id: (s.x, s.y) for s in survey.stations}
    tracks: dict[str, list[Visit]] = defaultdict(list)
    for visit in visits:
        if visit.event.individual:
            tracks[visit.event.individual].append(visit)
    found = []
    for animal, track in sorted(tracks.items()):
        for before, after in pairwise(sorted(track, key=lambda v: (v.event.start, v.event.id))):
            a, b = before.event, after.event
            km = math.dist(places[a.station], places[b.station]) / 1000
            hours = max((b.start - a.end).total_seconds(), 0.0) / 3600
            if a.station == b.station or km <= FASTEST_KMH * hours:
                continue
            found.append(
                Finding(
                    "too-fast",
                    animal,
                    _(
                        "At {one} until {left} and at {other} from {came}: {km:.1f} km in {minutes:.0f} minutes."
                    ).format(
                        one=a.station,
                        left=shown(a.end, survey.config),
                        other=b.station,
                        came=shown(b.start, survey.config),
                        km=km,
                        minutes=60 * hours,
                    ),
                    _("Look at both records: a card in the wrong station, a wrong clock, or two animals."),
                    "warning",
                )
            )
    return found
