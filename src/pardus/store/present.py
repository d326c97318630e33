"""Rows of the present as a `Survey`: the clock put right, decisions folded, what refers to nothing left out."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from pardus.model.clock import ClockCorrection, ClockRule, correct
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Individual, Relationship, Statement
from pardus.model.media import DATE_FAULTS, Media
from pardus.model.observation import QUALITY, UNDATED, Observation
from pardus.model.record import from_record
from pardus.model.survey import Survey, SurveyConfig

FIRST_YEAR = 2005
"""A picture dated earlier has a clock that was never set (digital camera traps are younger)."""


Record = dict[str, Any]
Keyed = Iterable[tuple[str, Record]]


@dataclass(frozen=True, slots=True)
class Clocks:
    """Each deployment's clock rule and the corrections in force, in the order in which they were stated.

    stated: when each of the corrections was; a date more than a day later than that is in the future.
    """

    rules: Mapping[str, str] = field(default_factory=dict)
    corrections: Mapping[str, tuple[ClockCorrection, ...]] = field(default_factory=dict)
    stated: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)

    def instant(self, deployment: str, said: datetime | None, wall: datetime | None) -> datetime | None:
        """Return the instant of something that a camera dated.

        said: the instant as it was said; wall: the camera's naive time (default: `said` on the deployment's clock).
        The deployment's rule and its corrections give the instant from the wall time; without a rule the offset of
        `said` stands. Something undated stays undated until a correction covers it.
        """
        zone = self.rules.get(deployment, "") or ("" if said is None else _offset(said))
        corrections = self.corrections.get(deployment, ())
        if wall is None:
            if said is None or not corrections:
                return said
            wall = said.astimezone(ClockRule(zone).tz()).replace(tzinfo=None)
        if said is None:
            covering = [c for c in corrections if _covers(c, wall)]
            zone = zone or next((c.zone for c in covering if c.kind == "zone"), "")
            if not covering or not zone:
                return None
        return correct(wall, ClockRule(zone), corrections)

    def dated(self, media: Media) -> Media:
        """Return a media with its instant as the clocks say now.

        If corrections moved it, what was wrong with its date before no longer counts, and the new date is judged.
        """
        instant = self.instant(media.deployment, media.timestamp, media.wall)
        if instant == media.timestamp:
            return media
        corrections = self.corrections.get(media.deployment, ())
        stated = self.stated.get(media.deployment, ())
        moved = [at for c, at in zip(corrections, stated, strict=True) if _covers(c, media.wall)]
        if instant is None or not moved:
            return replace(media, timestamp=instant)
        faults = tuple(f for f in media.faults if f not in DATE_FAULTS)
        if instant.year < FIRST_YEAR:
            faults = (*faults, "before-2005")
        if instant > max(moved) + timedelta(days=1):
            faults = (*faults, "in-future")
        return replace(media, timestamp=instant, faults=faults)


def _covers(c: ClockCorrection, wall: datetime | None) -> bool:
    if wall is None:
        return c.from_wall is None and c.to_wall is None
    return (c.from_wall is None or wall >= c.from_wall) and (c.to_wall is None or wall < c.to_wall)


def clocks(deployments: Keyed, corrections: Keyed) -> Clocks:
    """Return the clocks of the present rows."""
    said: dict[str, list[ClockCorrection]] = defaultdict(list)
    stated: dict[str, list[datetime]] = defaultdict(list)
    for _key, record in corrections:
        fields = dict(record)
        at = datetime.fromisoformat(fields.pop("at"))
        correction = from_record(ClockCorrection, fields)
        said[correction.deployment].append(correction)
        stated[correction.deployment].append(at)
    return Clocks(
        {key: str(record.get("clock", "")) for key, record in deployments},
        {deployment: tuple(several) for deployment, several in said.items()},
        {deployment: tuple(several) for deployment, several in stated.items()},
    )


def media_of(records: Iterable[Record], clocks: Clocks) -> Iterator[Media]:
    """Yield media with their instants as the clocks say now."""
    for record in records:
        yield clocks.dated(from_record(Media, record))


@dataclass(frozen=True, slots=True)
class Folded:
    """The observations of the present with what was decided on them, in log order.

    undated: ids of those that have no date; they count as animals, but not as events. undated_media: ids of files
    with observations that have none.
    """

    observations: tuple[Observation, ...]
    undated: frozenset[str]
    undated_media: frozenset[str]


def survey_of(
    config: SurveyConfig,
    rows: Callable[[str], Keyed],
    media_by_id: Callable[[Iterable[str]], Iterable[Media]],
    *,
    media: tuple[Media, ...],
    as_of: datetime | None,
    head: str,
) -> Survey:
    """Return the survey of the present rows.

    rows: the present (key, record) of a table, in log order. media_by_id: present media of these ids (those that
    are not there are left out); needed for observations that take their time from their media.
    """
    return assembled(config, rows, folded(rows, media_by_id), media=media, as_of=as_of, head=head)


def folded(rows: Callable[[str], Keyed], media_by_id: Callable[[Iterable[str]], Iterable[Media]]) -> Folded:
    """Return all observations of the present rows; see `survey_of`."""
    at = clocks(rows("deployments"), rows("corrections"))
    there, undated, files = _observations([record for _key, record in rows("observations")], at, media_by_id)
    decided = _decide(there, (from_record(Decision, record) for _key, record in rows("decisions")))
    return Folded(tuple(decided), undated, files)


def refolded(
    known: Folded,
    records: Iterable[Record],
    decisions: Iterable[Decision],
    clocks: Clocks,
    media_by_id: Callable[[Iterable[str]], Iterable[Media]],
    *,
    anew: frozenset[str],
) -> Folded:
    """Return `known` with some observations folded again; the others stay the very same objects.

    records: of those to be folded again, in log order. decisions: all on them, in log order. anew: ids of those that
    were said (again) after all others: they stand at the end, and their times are worked out anew.
    """
    again = list(records)
    places = {o.id: o for o in known.observations}
    new, undated, files = _observations([r for r in again if r["id"] in anew], clocks, media_by_id)
    bases = [
        replace(
            from_record(Observation, {**r, "start": _NO_TIME, "end": _NO_TIME}),
            start=places[r["id"]].start,
            end=places[r["id"]].end,
        )
        for r in again
        if r["id"] not in anew and r["id"] in places
    ]
    decided = {o.id: o for o in _decide([*bases, *new], decisions)}
    kept = tuple(decided.get(o.id, o) for o in known.observations if o.id not in anew)
    return Folded(
        (*kept, *(decided[o.id] for o in new)),
        frozenset(i for i in known.undated if i not in anew) | undated,
        known.undated_media | files,
    )


_NO_TIME = UNDATED.isoformat()


def assembled(
    config: SurveyConfig,
    rows: Callable[[str], Keyed],
    known: Folded,
    *,
    media: tuple[Media, ...],
    as_of: datetime | None,
    head: str,
) -> Survey:
    """Return the survey of folded observations and the present rows of everything else."""
    at = clocks(rows("deployments"), rows("corrections"))
    return Survey(
        config=config,
        stations=tuple(from_record(Station, record) for _key, record in rows("stations")),
        deployments=tuple(from_record(Deployment, record) for _key, record in rows("deployments")),
        media=media,
        observations=tuple(o for o in known.observations if o.id not in known.undated)
        if known.undated
        else known.observations,
        individuals=tuple(
            _individuals(
                known.observations,
                [from_record(Statement, record) for _key, record in rows("statements")],
                [from_record(Relationship, record) for _key, record in rows("relationships")],
            )
        ),
        corrections=tuple(c for several in at.corrections.values() for c in several),
        resources={key: str(record["text"]) for key, record in rows("resources")},
        as_of=as_of,
        head=head,
    )


def _observations(
    records: list[Record], clocks: Clocks, media_by_id: Callable[[Iterable[str]], Iterable[Media]]
) -> tuple[list[Observation], frozenset[str], frozenset[str]]:
    """Return the observations with their times, the ids of the undated, and those of the files without a date.

    Those whose media are all gone are left out. An undated one stands at 1970 here: who it shows is known, so it counts
    as an animal, but not as an event.
    """
    needed = {id_ for record in records for id_ in record.get("media", ())}
    spans = {media.id: _span(media) for media in media_by_id(needed)}
    there, undated = [], set()
    for record in records:
        ids = record.get("media", ())
        on = [spans[id_] for id_ in ids if id_ in spans]
        if ids and not on:
            continue
        if "start" in record:
            there.append(_corrected(from_record(Observation, record), clocks))
            continue
        dated = [span for span in on if span is not None]
        if not dated:
            undated.add(record["id"])
        start = min((s for s, _end in dated), default=UNDATED)
        end = max((e for _start, e in dated), default=UNDATED)
        times = {"start": start.isoformat(), "end": end.isoformat()}
        there.append(from_record(Observation, {**record, **times}))
    return there, frozenset(undated), frozenset(id_ for id_, span in spans.items() if span is None)


def _span(media: Media) -> tuple[datetime, datetime] | None:
    if media.timestamp is None:
        return None
    return media.timestamp, media.timestamp + timedelta(seconds=media.duration_s or 0.0)


def _corrected(observation: Observation, clocks: Clocks) -> Observation:
    """Return an observation that was said with a time: the camera's, if it has media; else it stands as it is."""
    if not observation.media:
        return observation
    start = clocks.instant(observation.deployment, observation.start, None)
    end = clocks.instant(observation.deployment, observation.end, None)
    if start is None or end is None or (start, end) == (observation.start, observation.end):
        return observation
    return replace(observation, start=start, end=end)


def _decide(observations: list[Observation], decisions: Iterable[Decision]) -> list[Observation]:
    """Fold decisions onto observations: the last one that counts wins; "different" takes back only what it names."""
    known_by: dict[str, dict[str, str]] = {
        "individual": {o.id: o.individual for o in observations},
        "species": {o.id: o.scientific_name for o in observations},
        "flank": {o.id: o.flank for o in observations},
        "quality": {o.id: o.extra.get(QUALITY, "") for o in observations},
    }
    for decision in decisions:
        known = known_by[decision.about]
        if decision.observation not in known:
            continue  # the observation is not there (any more); the decision is kept in the log
        if decision.outcome in ("same", "new"):
            known[decision.observation] = decision.value
        elif decision.outcome == "cannot-tell" or known[decision.observation] == decision.value:
            known[decision.observation] = ""
    return [_decided(o, *(known[o.id] for known in known_by.values())) for o in observations]


def _decided(o: Observation, individual: str, species: str, flank: str, quality: str) -> Observation:
    flank = flank or "unknown"
    if quality != o.extra.get(QUALITY, ""):
        o = replace(o, extra={**o.extra, QUALITY: quality})
    if (o.individual, o.scientific_name, o.flank) == (individual, species, flank):
        return o
    return replace(o, individual=individual, scientific_name=species, flank=flank)


def _individuals(
    observations: Iterable[Observation], statements: list[Statement], relationships: list[Relationship]
) -> Iterator[Individual]:
    """Yield every animal that is identified, stated or related, by id."""
    said: dict[str, list[Statement]] = defaultdict(list)
    related: dict[str, list[Relationship]] = defaultdict(list)
    for statement in statements:
        said[statement.individual].append(statement)
    for relationship in relationships:
        related[relationship.individual].append(relationship)
    seen = {name for o in observations for name in (o.individual, o.mother)}
    others = {r.related for r in relationships}
    for id_ in sorted((seen | set(said) | set(related) | others) - {""}):
        yield Individual(id_, tuple(said[id_]), tuple(related[id_]))


def _offset(moment: datetime) -> str:
    """Return the UTC offset of an aware time as "+10:00"."""
    return moment.isoformat()[-6:]
