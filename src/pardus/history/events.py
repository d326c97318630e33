"""Independent events: the visits of one animal to one station."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations

from pardus.history.records import Record
from pardus.model.errors import ParameterError
from pardus.model.event import Event
from pardus.model.ids import derived
from pardus.model.language import _

COMPARED_TO = ("last-record", "last-independent-record")
TOGETHER = timedelta(minutes=2)
"""Two animals whose records at one station are at most this far apart were seen together."""


@dataclass(frozen=True, slots=True)
class Independence:
    """When a record of the same animal at the same station begins a new event.

    minutes: at this distance or more it does; 0 = every record is an event of its own. compared_to:
    "last-record": from the end of the record before, so a visit lasts as long as the animal stays (default);
    "last-independent-record": from the first record of the event, so a long stay is cut into pieces.
    keep_simultaneous: records of one instant are never merged with each other. camtrapR counts so unless
    told to remove duplicates; a facing pair would count every visit twice.
    """

    minutes: float = 30
    compared_to: str = "last-record"
    keep_simultaneous: bool = False

    def __post_init__(self) -> None:
        if self.minutes < 0 or self.compared_to not in COMPARED_TO:
            raise ParameterError(
                _(
                    "Independence: expected 0 or more minutes and one of {rules}, found {minutes} and {rule!r}."
                ).format(rules=", ".join(COMPARED_TO), minutes=self.minutes, rule=self.compared_to)
            )


def runs(times: Sequence[tuple[datetime, datetime]], rule: Independence) -> list[list[int]]:
    """Cut records (start, end) into events; each is a list of indices into `times`, in order of time.

    The order of the input does not matter but for ties, which keep it.
    """
    order = sorted(range(len(times)), key=lambda i: times[i])
    gap = timedelta(minutes=rule.minutes)
    events: list[list[int]] = []
    anchor = anchor_start = None
    for i in order:
        start, end = times[i]
        simultaneous = rule.keep_simultaneous and start == anchor_start
        if anchor is None or simultaneous or not gap or start - anchor >= gap:
            events.append([i])
            anchor = start if rule.compared_to == "last-independent-record" else end
            anchor_start = start
        else:
            events[-1].append(i)
            if rule.compared_to == "last-record":
                anchor = max(anchor, end)
    return events


@dataclass(frozen=True, slots=True)
class Visit:
    """An Event with the records it is made of.

    records: those of the animal itself, in order of time. cubs: records of cubs in its company.
    """

    event: Event
    records: tuple[Record, ...]
    cubs: tuple[Record, ...] = ()

    @property
    def first(self) -> Record:
        """The record that begins it; its day and session are those of the visit."""
        return self.records[0] if self.records else self.cubs[0]


def visits(records: Iterable[Record], rule: Independence, organisation: str) -> tuple[Visit, ...]:
    """Return the visits of the species: of identified animals, of unidentified ones, and of cubs alone.

    Records of both cameras of a station, stills and video, and the same picture twice become one visit with
    the flanks of all. Cubs join the visit of their mother (see `families`); cubs that came without a visit of
    hers are a visit of their own with no individual.
    """
    target = [r for r in records if r.target]
    cubs = [r for r in target if r.cub]
    grown: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in target:
        if not record.cub:
            grown[record.station, record.observation.individual].append(record)
    drafts: list[tuple[str, str, list[Record]]] = []
    for (station, individual), group in grown.items():
        drafts += [(station, individual, run) for run in _cut(group, rule)]
    litters, alone = _with_mothers(cubs, drafts, rule)
    found = [
        _visit(station, individual, run, litters[n], organisation)
        for n, (station, individual, run) in enumerate(drafts)
    ]
    orphans: dict[tuple[str, str], list[Record]] = defaultdict(list)
    for record in alone:
        orphans[record.station, record.mother].append(record)
    for (station, _mother), group in orphans.items():
        found += [_visit(station, "", [], run, organisation) for run in _cut(group, rule)]
    return _with_companions(sorted(found, key=lambda v: (v.event.start, v.event.id)))


def _cut(group: list[Record], rule: Independence) -> list[list[Record]]:
    times = [(r.observation.start, r.observation.end) for r in group]
    return [[group[i] for i in run] for run in runs(times, rule)]


def _with_mothers(
    cubs: list[Record], drafts: list[tuple[str, str, list[Record]]], rule: Independence
) -> tuple[dict[int, list[Record]], list[Record]]:
    """Give each cub to the visit it belongs to: index of draft -> cubs, and those left alone."""
    at_station: dict[str, list[int]] = defaultdict(list)
    for n, (station, _individual, _run) in enumerate(drafts):
        at_station[station].append(n)
    litters: dict[int, list[Record]] = defaultdict(list)
    alone: list[Record] = []
    gap = timedelta(minutes=rule.minutes)
    for cub in cubs:
        best = min(
            (
                (rank, _apart(cub, drafts[n][2]), n)
                for n in at_station[cub.station]
                if (rank := _kinship(cub, drafts[n])) is not None
                and (_apart(cub, drafts[n][2]) < gap or _shares(cub, drafts[n][2]))
            ),
            default=None,
        )
        if best is None:
            alone.append(cub)
        else:
            litters[best[2]].append(cub)
    return litters, alone


def _kinship(cub: Record, draft: tuple[str, str, list[Record]]) -> int | None:
    """Return how likely a visit is that of a cub's mother, least first; None: it is not.

    0: its stated mother. Without one, and only in the same picture or group: 1 a female, 2 an animal of unknown
    sex, 3 one that is not identified. A male is nobody's mother.
    """
    _station, individual, run = draft
    if cub.mother:
        return 0 if cub.mother == individual else None
    sexes = {r.sex for r in run} - {""}
    if sexes == {"male"} or not _shares(cub, run):
        return None
    if not individual:
        return 3
    return 1 if sexes == {"female"} else 2


def _shares(cub: Record, run: list[Record]) -> bool:
    """Say whether a cub and a visit have a picture or a group in common."""
    o = cub.observation
    return any(
        (o.group and o.group == r.observation.group) or set(o.media) & set(r.observation.media) for r in run
    )


def _apart(cub: Record, run: list[Record]) -> timedelta:
    o = cub.observation
    return min(max(r.observation.start - o.end, o.start - r.observation.end, timedelta(0)) for r in run)


def _visit(station: str, individual: str, own: list[Record], cubs: list[Record], organisation: str) -> Visit:
    everyone = sorted([*own, *cubs], key=lambda r: (r.observation.start, r.observation.id))
    shown = [r.observation for r in own] or [r.observation for r in everyone]
    flanks = sorted({o.flank for o in shown} - {"unknown"}) or ["unknown"]
    media: dict[str, None] = {m: None for r in everyone for m in r.observation.media}
    event = Event(
        id=derived(organisation, "event", station, individual, everyone[0].observation.id),
        station=station,
        start=min(o.start for o in shown),
        end=max(o.end for o in shown),
        scientific_name=next((o.scientific_name for o in shown if o.scientific_name), ""),
        individual=individual,
        flanks=tuple(flanks),
        observations=tuple(r.observation.id for r in everyone),
        media=tuple(media),
        cubs=cubs_at_once(cubs),
    )
    return Visit(event, tuple(own), tuple(cubs))


def cubs_at_once(cubs: Iterable[Record]) -> int:
    """Return how many cubs a visit proves: the names among them, or the most in one picture, if that is more.

    Cubs without a picture are counted together if one camera saw them in one group or at one instant; the two
    cameras of a pair see the same cubs from two sides, so they are never added up.
    """
    names: set[str] = set()
    moments: dict[tuple[str, str], int] = defaultdict(int)
    for cub in cubs:
        o = cub.observation
        if o.individual:
            names.add(o.individual)
        moments[o.deployment, next(iter(o.media), "") or o.group or o.start.isoformat()] += o.count
    return max([len(names), *moments.values()])


def _with_companions(found: list[Visit]) -> tuple[Visit, ...]:
    """Fill in who was seen together with whom: in one group, or records within TOGETHER at one station."""
    by_station: dict[str, list[tuple[datetime, datetime, str, int]]] = defaultdict(list)
    by_group: dict[tuple[str, str], list[int]] = defaultdict(list)
    for n, visit in enumerate(found):
        for r in visit.records:
            o = r.observation
            by_station[visit.event.station].append((o.start, o.end, o.id, n))
            if o.group:
                by_group[visit.event.station, o.group].append(n)
    pairs = {(a, b) for group in by_group.values() for a, b in combinations(sorted(set(group)), 2)}
    for records in by_station.values():
        records.sort()
        for k, (_start, end, _id, a) in enumerate(records):
            for later, _end, _other, b in records[k + 1 :]:
                if later - end > TOGETHER:
                    break
                pairs.add((a, b))
    companions: dict[int, set[str]] = defaultdict(set)
    for a, b in pairs:
        one, other = found[a].event.individual, found[b].event.individual
        if one != other:
            companions[a] |= {other} - {""}
            companions[b] |= {one} - {""}
    return tuple(
        replace(v, event=replace(v.event, companions=tuple(sorted(companions[n]))))
        for n, v in enumerate(found)
    )
