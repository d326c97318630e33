"""What leaves at each tier, as pure functions: what is not named here stays at home.

T0  totals of a survey, nothing by place.
T1  records by coarse cell of a fixed grid and by day, without individuals, media, names or free text.
T2  individuals with the flanks and seasons (years) in which they are known; no place, no capture time.
T3  the survey itself, without people, vehicles, unreviewed media, free text and what other partners gave.

T1 and T2 share no id, and T2 no time finer than a season: together they do not say where a named cat lives.
"""

from __future__ import annotations

import hashlib
import hmac
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from pardus.camtrapdp.contents import Beneath
from pardus.exchange.merge import Row
from pardus.exchange.seasons import season_finder
from pardus.model.clock import parse_zone
from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.entry import canonical
from pardus.model.errors import Finding
from pardus.model.ids import split
from pardus.model.language import _
from pardus.model.link import Link
from pardus.model.media import Media
from pardus.model.observation import SEXES, SIDES, Observation
from pardus.model.survey import Survey

STATUSES = ("", "alive", "dead", "lost", "captive", "released")
STAGES = ("", "adult", "subadult", "juvenile")
PEOPLE = ("human", "vehicle")
MOST_PLATES = 3
"""Pictures of one flank of one animal in one season that leave at T2."""

_METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Plate:
    """A picture of one flank that may leave at T2. observation: what it was cut from; key: what it is called there.

    season: "" if it is not known.
    """

    key: str
    observation: str
    individual: str
    flank: str
    season: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """A survey's individuals at T2. names: individual -> the id under which it leaves. left_out: reason -> count."""

    rows: tuple[Row, ...]
    plates: tuple[Plate, ...]
    names: dict[str, str]
    left_out: dict[str, int]
    findings: tuple[Finding, ...]


def pseudonym(secret: bytes, *parts: str) -> str:
    """Return 20 hex digits that only the holder of the secret can make: HMAC-SHA-256 over the parts."""
    return hmac.new(secret, "\x1f".join(parts).encode(), hashlib.sha256).hexdigest()[:20]


def catalogue(
    survey: Survey,
    secret: bytes,
    tells: Callable[[str], str],
    links: Iterable[Link] = (),
    pictured: frozenset[str] = frozenset(),
) -> Catalogue:
    """Return the T2 rows of a survey.

    secret: makes ids that do not say what they stand for. tells: text -> what it gives away, "" if nothing (see
    `pardus.exchange.scan`). links: own answers about partners' animals. pictured: observations that have a silhouette.
    """
    org = survey.config.organisation
    season = season_finder(survey)
    left: dict[str, int] = defaultdict(int)
    seen: dict[str, list[Observation]] = defaultdict(list)
    for o in survey.observations:
        if o.type in PEOPLE:
            left[_("people and vehicles")] += 1
        elif not o.individual or o.scientific_name not in ("", survey.config.species):
            left[_("not an identified animal of the species")] += 1
        elif split(o.individual)[0] != org:
            left[_("another organisation's animal")] += 1
        else:
            seen[o.individual].append(o)
    rows: list[Row] = []
    plates: list[Plate] = []
    findings: list[Finding] = []
    names: dict[str, str] = {}
    for individual in survey.individuals:
        if individual.id not in seen and split(individual.id)[0] != org:
            continue
        if individual.id not in seen and not individual.statements:
            continue
        names[individual.id], finding = _name(individual.id, org, secret, tells)
        findings += finding
        own = seen[individual.id]
        said = {s.about: s.value for s in sorted(individual.statements, key=lambda s: s.on)}
        seasons = sorted({season(o) for o in own} - {""})
        record = {
            "sex": _one_of(said.get("sex", next((o.sex for o in own if o.sex), "")), SEXES),
            "life_stage": _one_of(
                said.get("lifeStage", next((o.life_stage for o in own if o.life_stage), "")), STAGES
            ),
            "status": _one_of(said.get("status", ""), STATUSES),
            "seasons": seasons,
        }
        rows.append(Row("individuals", names[individual.id], canonical(record)))
        for plate in _plates(own, org, season, secret, pictured):
            plates.append(plate)
            named = {"individual": names[individual.id], "flank": plate.flank, "season": plate.season}
            if plate.observation:
                named["crop"] = f"crops/{plate.key.partition(':')[2]}.jpg"
            rows.append(Row("plates", plate.key, canonical(named)))
    for link in links:
        if split(link.by)[0] != org:
            continue  # what a partner answered, the partner sends
        link = link.ordered()
        record = {
            "one": names.get(link.one, link.one),
            "other": names.get(link.other, link.other),
            "outcome": link.outcome,
            "by": f"{org}:{pseudonym(secret, 'author', link.by)}",
            "flank": link.flank,
        }
        text = canonical(record)
        rows.append(Row("links", f"{org}:{pseudonym(secret, 'link', text)}", text))
    return Catalogue(tuple(sorted(set(rows))), tuple(plates), names, dict(left), tuple(findings))


def _name(id_: str, org: str, secret: bytes, tells: Callable[[str], str]) -> tuple[str, list[Finding]]:
    reason = tells(split(id_)[1])
    if not reason:
        return id_, []
    new = f"{org}:x{pseudonym(secret, 'individual', id_)[:8]}"
    return new, [
        Finding(
            "id-tells",
            id_,
            _("The id holds {what}; it leaves as {new}.").format(what=reason, new=new),
            severity="warning",
        )
    ]


def _one_of(value: str, allowed: Sequence[str]) -> str:
    return value if value in allowed else ""


def _plates(
    own: list[Observation],
    org: str,
    season_of: Callable[[Observation], str],
    secret: bytes,
    pictured: frozenset[str],
) -> list[Plate]:
    """Return one plate for each flank and season, or up to MOST_PLATES with pictures; in no order of time."""
    found: dict[tuple[str, str], list[Observation]] = defaultdict(list)
    for o in own:
        for flank in SIDES if o.flank == "both" else (o.flank,):
            if flank in SIDES:
                found[flank, season_of(o)].append(o)
    out = []
    for (flank, season), several in sorted(found.items()):
        who = several[0].individual
        keys = sorted((pseudonym(secret, "plate", o.id, flank), o.id) for o in several if o.id in pictured)
        for key, observation in keys[:MOST_PLATES]:
            out.append(Plate(f"{org}:{key}", observation, who, flank, season))
        if not keys:
            key = pseudonym(secret, "flank", who, flank, season)
            out.append(Plate(f"{org}:{key}", "", who, flank, season))
    return out


def exact(survey: Survey, author: Callable[[str], str] = lambda name: "") -> Survey:
    """Return the survey as it leaves at T3: all of ours that is about animals, with places and times.

    author: name of a person -> what leaves in its place.
    """
    org = survey.config.organisation
    people = {m for o in survey.observations if o.type in PEOPLE for m in o.media}
    kept = tuple(
        replace(
            o,
            comments="",
            extra={},
            classified_by=author(o.classified_by) if o.classified_by else "",
            media=tuple(m for m in o.media if m not in people),
        )
        for o in survey.observations
        if o.type == "animal" and not (o.media and all(m in people for m in o.media))
    )
    shown = {m for o in kept for m in o.media}
    named, ever = {o.individual for o in kept}, {o.individual for o in survey.observations}
    return replace(
        survey,
        observations=kept,
        media=tuple(_bare(m) for m in survey.media if m.id in shown),
        deployments=tuple(
            replace(d, clock="", setup_by="", comments="", extra={}) for d in survey.deployments
        ),
        corrections=(),  # times leave as they are after them
        individuals=tuple(
            replace(i, statements=tuple(replace(s, by=author(s.by) if s.by else "") for s in i.statements))
            for i in survey.individuals
            if split(i.id)[0] == org and (i.id in named or i.id not in ever)
        ),
        resources={},
    )


def _bare(media: Media) -> Media:
    """Return a media row as it leaves at T3: what and when it is, not what else the file says of camera and card."""
    kept = {k: v for k, v in media.metadata.items() if k in ("sequence", "temperature")}
    return replace(media, wall=None, raw_date="", metadata=kept, extra={})


def exact_beneath(beneath: Beneath, out: Survey, author: Callable[[str], str]) -> Beneath:
    """Return what lies beneath an exact survey: its rows as first said, and the decisions on them by hashed authors.

    out: of `exact`. Times leave as they are after clock corrections, so nothing takes its time from its media.
    """
    org = out.config.organisation
    shown = {o.id: o for o in out.observations}
    stated = {}
    for id_, o in beneath.observations.items():
        if id_ in shown:
            own = o.individual if not o.individual or split(o.individual)[0] == org else ""
            stated[id_] = replace(
                shown[id_],
                individual=own,
                scientific_name=o.scientific_name,
                classified_by=author(o.classified_by),
            )
    media = {m.id for m in out.media}
    decisions = tuple(
        replace(d, by=author(d.by) if d.by else "", media=tuple(m for m in d.media if m in media))
        for d in beneath.decisions
        if d.observation in shown and (d.about != "individual" or not d.value or split(d.value)[0] == org)
    )
    return Beneath(observations=stated, decisions=decisions)


def coarse(
    survey: Survey,
    secret: bytes,
    step: float,
    project: Callable[[float, float], tuple[float, float]],
    name: str,
) -> Survey:
    """Return the survey as it leaves at T1.

    step: degrees of the fixed grid. project: (latitude, longitude) -> (x, y) metres. name: what the survey is called
    there. Stations stand at the centre of their cell, times are cut to the day of the programme zone, ids say nothing.
    """
    org = survey.config.organisation
    zone = parse_zone(survey.config.zone)
    places = {s.id: s for s in survey.stations}
    stations: dict[str, Station] = {}
    deployments = []
    new_ids = {}
    for d in survey.deployments:
        cell = cell_station(places[d.station], org, step, project)
        stations[cell.id] = cell
        new_ids[d.id] = f"{org}:{pseudonym(secret, 'deployment', d.id)}"
        deployments.append(
            Deployment(
                id=new_ids[d.id],
                station=cell.id,
                camera=f"{org}:{pseudonym(secret, 'camera', d.camera)}",
                start=_day(d.start, zone),
                end=None if d.end is None else _day(d.end, zone) + timedelta(days=1),
                start_is_day=True,
                end_is_day=True,
                problems=tuple(
                    ProblemPeriod(_day(p.start, zone), _day(p.end, zone) + timedelta(days=1), p.state)
                    for p in d.problems
                    if p.state in ("failed", "partial", "unknown")
                ),
            )
        )
    observations = tuple(
        Observation(
            id=f"{org}:{pseudonym(secret, 'observation', o.id)}",
            deployment=new_ids[o.deployment],
            start=_day(o.start, zone),
            end=_day(o.start, zone),
            type="animal",
            scientific_name=o.scientific_name,
            count=o.count,
            method=o.method,
        )
        for o in survey.observations
        if o.type == "animal" and o.scientific_name and o.deployment in new_ids
    )
    config = replace(
        survey.config,
        name=name,
        sessions=tuple(replace(s, name=f"{n}") for n, s in enumerate(survey.config.sessions, 1)),
        tables={},
        tags={},
        regions={},
        partners={},
    )
    return Survey(
        config,
        tuple(stations[k] for k in sorted(stations)),
        tuple(sorted(deployments, key=lambda d: d.id)),
        observations=tuple(sorted(observations, key=lambda o: o.id)),
    )


def cell_station(
    station: Station, org: str, step: float, project: Callable[[float, float], tuple[float, float]]
) -> Station:
    """Return the cell a station stands in, as a station at its centre. The grid starts at 0 degrees, for ever."""
    row, column = math.floor(station.latitude / step), math.floor(station.longitude / step)
    latitude, longitude = round((row + 0.5) * step, 6), round((column + 0.5) * step, 6)
    half = step / 2 * _METRES_PER_DEGREE
    uncertainty = math.ceil(math.hypot(half, half * math.cos(math.radians(latitude))))
    x, y = project(latitude, longitude)
    name = f"cell-{row}-{column}"
    return Station(f"{org}:{name}", name, x, y, latitude, longitude, uncertainty_m=float(uncertainty))


def _day(moment: datetime, zone: tzinfo) -> datetime:
    local = moment.astimezone(zone)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)
