"""Animals in pictures, and the events they make: the units that identification compares."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pardus.model.observation import FLANK_PROPOSED, PLATE, QUALITY, SIDES, UNCHECKED, Box, Observation
from pardus.model.survey import Survey

GAP = timedelta(seconds=60)
"""Pictures of a station farther apart than this are two events."""

FARTHEST = 0.6
"""How far animals may walk from one picture to the next, in widths of the picture."""

STRAY = 0.08
"""How far an animal may be from where the walk of all would have it, in widths of the picture."""

TALLER = 1.3
"""How much the height of an animal's box may change from one picture to the next."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One animal in one picture, whatever rows speak of it.

    id: observation that holds the box (or the row, where nobody drew one). rows: all observations that are about
    this animal in this picture. frame: of a video. flank: as a person said it, else "unknown"; proposed: as a
    machine sees it, "" if it can't say. quality: "good", "fair", "poor" or "" (not graded). name: of the
    individual by people and tables, without what follows from answers; "" if nobody named it. vouched: a finder that
    knows animals or a person stands for it; False: something moved there, and one animal may be boxed in pieces.
    """

    id: str
    rows: tuple[str, ...]
    media: str
    frame: int | None
    box: Box | None
    deployment: str
    start: datetime
    end: datetime
    flank: str = "unknown"
    proposed: str = ""
    quality: str = ""
    name: str = ""
    sex: str = ""
    life_stage: str = ""
    group: str = ""
    vouched: bool = True

    @property
    def side(self) -> str:
        """The flank to compare by: what a person said, else what the machine proposes, else "unknown"."""
        return self.flank if self.flank != "unknown" else self.proposed or "unknown"


@dataclass(frozen=True, slots=True)
class AnimalEvent:
    """One animal at one station, the frames of a burst or clip together.

    id: smallest observation id in it. x, y: metres. together: events of other animals seen with this one. The plates of
    an animal in a catalogue are one event at no station ("", x and y not numbers), and at no time worth knowing.
    """

    id: str
    station: str
    x: float
    y: float
    start: datetime
    end: datetime
    seen: tuple[Seen, ...]
    together: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Name of the individual by people and tables, "" if there is none."""
        return next((s.name for s in self.seen if s.name), "")

    @property
    def sex(self) -> str:
        """Return the sex if all who said one agree, else ""."""
        said = {s.sex for s in self.seen} - {""}
        return said.pop() if len(said) == 1 else ""

    @property
    def adult(self) -> bool:
        """Whether nobody called it young."""
        return not {s.life_stage for s in self.seen} & {"juvenile", "subadult"}

    @property
    def quality(self) -> str:
        """The best grade of its pictures, "" if none is graded."""
        grades = {s.quality for s in self.seen}
        return next((g for g in ("good", "fair", "poor") if g in grades), "")

    def sides(self) -> frozenset[str]:
        """Flanks that can be compared: left and right."""
        return frozenset(s.side for s in self.seen) & set(SIDES)


@dataclass(frozen=True, slots=True)
class Animals:
    """Everything that can be identified. left_out: why observations of animals are not among them -> how many."""

    events: tuple[AnimalEvent, ...]
    left_out: Mapping[str, int]

    def event_of(self) -> dict[str, str]:
        """Return observation id (box or row) -> event."""
        return {row: e.id for e in self.events for s in e.seen for row in s.rows}


def animals(survey: Survey, names: Mapping[str, str] | None = None, *, unsorted: bool = False) -> Animals:
    """Return the animals of the species in the survey's pictures, and the events they make.

    names: observation -> individual by people and tables (default: as the survey says now). unsorted: take boxes
    whose species nobody has said for the species under study. Rows without media are no pictures and are left out.
    """
    wanted = survey.config.species.casefold()
    known = {o.id: o.individual for o in survey.observations} if names is None else names
    left_out: Counter[str] = Counter()
    by_media: dict[str, list[Observation]] = defaultdict(list)
    of_catalogue = {o.id for o in survey.observations if PLATE in o.extra}
    for o in survey.observations:
        if o.type != "animal":
            continue
        if not o.media:
            left_out["without-media"] += 1
            continue
        by_media[o.media[0]].append(o)
    seen: list[Seen] = []
    for there in by_media.values():
        seen += _of_one_media(there, wanted, known, unsorted, left_out)
    places = {s.id: s for s in survey.stations}
    station = {d.id: d.station for d in survey.deployments if d.station in places}
    by_station: dict[str, list[Seen]] = defaultdict(list)
    plates: dict[str, list[Seen]] = defaultdict(list)
    for s in seen:
        if s.id in of_catalogue:
            plates[s.name].append(s)
        elif s.deployment in station:
            by_station[station[s.deployment]].append(s)
        else:
            left_out["no-station"] += 1
    events = [
        AnimalEvent(min(s.id for s in own), "", math.nan, math.nan, own[0].start, own[0].end, tuple(own))
        for name, own in sorted(plates.items())
        if name
    ]
    for name, own in sorted(by_station.items()):
        for run in _runs(own):
            events += _events(run, name, places[name].x, places[name].y)
    return Animals(tuple(sorted(events, key=lambda e: (e.start, e.id))), dict(left_out))


def _of_one_media(
    there: Sequence[Observation],
    wanted: str,
    names: Mapping[str, str],
    unsorted: bool,
    left_out: Counter[str],
) -> list[Seen]:
    """Join the rows of people with the boxes of one picture or clip, where there is no doubt which is which."""
    species = {o.scientific_name.casefold() for o in there} - {""}
    own = [
        o
        for o in there
        if o.scientific_name.casefold() == wanted or (not o.scientific_name and names.get(o.id))
    ]
    boxes = [o for o in there if o.box is not None and (o in own or not o.scientific_name)]
    rows = [o for o in own if o.box is None]
    if not own and (species or not unsorted):
        left_out["other-species" if species else "no-species"] += len(there)
        return []
    if not own:
        return [_seen(o, (o,), names) for o in boxes]
    if species - {wanted}:  # whose the boxes are that nobody named is not known
        boxes = [o for o in boxes if o in own]
    frames = {o.frame for o in boxes}
    if len(rows) == 1 and rows[0].count == 1 and boxes:
        most = max(sum(o.frame == f for o in boxes) for f in frames)
        if most > 1:  # one animal said, several boxes in a picture: the surest of each picture is its
            boxes = [
                max((o for o in boxes if o.frame == f), key=_sureness) for f in sorted(frames, key=_number)
            ]
        return [_seen(o, (o, rows[0]), names) for o in boxes]
    if not boxes:
        return [_seen(o, (o,), names) for o in rows]
    left_out["row-without-its-box"] += len(rows)  # several animals: which row is which box is for a person
    return [_seen(o, (o,), names) for o in boxes]


def _sureness(o: Observation) -> tuple[float, float, str]:
    area = o.box.width * o.box.height if o.box else 0.0
    return (o.probability or 0.0, area, o.id)


def _number(frame: int | None) -> int:
    return -1 if frame is None else frame


def _seen(o: Observation, rows: Iterable[Observation], names: Mapping[str, str]) -> Seen:
    about = list(rows)

    def first(values: Iterable[str], nothing: str = "") -> str:
        return next((v for v in values if v and v != nothing), nothing)

    return Seen(
        id=o.id,
        rows=tuple(sorted({r.id for r in about})),
        media=o.media[0],
        frame=o.frame,
        box=o.box,
        deployment=o.deployment,
        start=o.start,
        end=o.end,
        flank=first((r.flank for r in about), "unknown"),
        proposed=first(r.extra.get(FLANK_PROPOSED, "") for r in about),
        quality=first(r.extra.get(QUALITY, "") for r in about),
        name=first(names.get(r.id, "") for r in about),
        sex=first(r.sex for r in about),
        life_stage=first(r.life_stage for r in about),
        group=first(r.group for r in about),
        vouched=any(not r.extra.get(UNCHECKED) or r.flank != "unknown" or r.scientific_name for r in about),
    )


def _runs(seen: Iterable[Seen]) -> Iterable[list[Seen]]:
    """Cut what one station saw where nothing was seen for longer than GAP."""
    run: list[Seen] = []
    until: datetime | None = None
    for s in sorted(seen, key=lambda s: (s.start, s.media, _number(s.frame), s.id)):
        if until is not None and s.start - until > GAP:
            yield run
            run = []
            until = None
        run.append(s)
        until = s.end if until is None else max(until, s.end)
    if run:
        yield run


def _events(run: Sequence[Seen], station: str, x: float, y: float) -> list[AnimalEvent]:
    """Split a run into animals: one, unless a picture shows two or people named several.

    Two boxes of what moved are no two animals: motion boxes one animal in pieces. Those that nobody vouches for yet
    stay in one event; once a person has said the flank of two in a picture, they are told apart.
    """
    pictures: dict[tuple[str, int], list[Seen]] = defaultdict(list)
    for s in run:
        pictures[s.media, _number(s.frame)].append(s)
    crowded = max(sum(s.vouched for s in there) for there in pictures.values()) > 1
    names = {s.name for s in run} - {""}
    if not crowded and len(names) < 2:
        parts = [list(run)]
    elif crowded:
        parts = _tracks(run)
    else:
        parts = [[s for s in run if s.name == name] for name in sorted(names)]
        parts += [[s] for s in run if not s.name]
    made = [(min(row for s in part for row in s.rows), tuple(part)) for part in parts]
    out = []
    for id_, part in made:
        own = {(s.media, _number(s.frame)) for s in part}
        groups = {s.group for s in part} - {""}
        company = tuple(
            sorted(
                other
                for other, theirs in made
                if other != id_
                and (any((s.media, _number(s.frame)) in own or s.group in groups for s in theirs))
            )
        )
        start, end = min(s.start for s in part), max(s.end for s in part)
        out.append(AnimalEvent(id_, station, x, y, start, end, part, company))
    return out


def _tracks(run: Sequence[Seen]) -> list[list[Seen]]:
    """Follow each animal from picture to picture of one camera; cameras are never joined.

    Animals that come together (a mother and her cubs, in a line) walk alike: the shift between two pictures is the one
    under which most boxes find a box of their size. Where two shifts fit equally well nobody is followed, and the
    boxes of the next picture are animals of their own: a family taken for one animal does more harm.
    """
    tracks: list[list[Seen]] = []
    by_camera: dict[str, list[Seen]] = defaultdict(list)
    for s in run:
        by_camera[s.deployment].append(s)
    for camera in sorted(by_camera):
        pictures: dict[tuple[datetime, str, int], list[Seen]] = defaultdict(list)
        for s in by_camera[camera]:
            pictures[s.start, s.media, _number(s.frame)].append(s)
        before: list[list[Seen]] = []
        for _picture, there in sorted(pictures.items()):
            follow = _follow([t[-1] for t in before], there)
            now = []
            for n, s in enumerate(there):
                if n in follow:
                    before[follow[n]].append(s)
                    now.append(before[follow[n]])
                else:
                    tracks.append([s])
                    now.append(tracks[-1])
            before = now
    return tracks


def _follow(before: Sequence[Seen], now: Sequence[Seen]) -> dict[int, int]:
    """Return place in `now` -> place in `before` of the same animals, {} where it can't be told."""
    shifts = sorted({0.0, *(_middle(b) - _middle(a) for a in before for b in now if _alike(a, b))}, key=abs)
    found: list[tuple[int, float, dict[int, int]]] = []
    for shift in shifts:
        if abs(shift) > FARTHEST:
            continue
        near = sorted(
            (abs(_middle(a) + shift - _middle(b)), j, i)
            for i, a in enumerate(before)
            for j, b in enumerate(now)
            if _alike(a, b)
        )
        pairs: dict[int, int] = {}
        for distance, j, i in near:
            if distance <= STRAY and j not in pairs and i not in pairs.values():
                pairs[j] = i
        found.append((len(pairs), shift, pairs))
    most = max((n for n, _shift, _pairs in found), default=0)
    best = [(shift, pairs) for n, shift, pairs in found if n == most]
    if not most or any(pairs != best[0][1] for _shift, pairs in best):
        return {}
    return best[0][1]


def _alike(a: Seen, b: Seen) -> bool:
    """Whether two boxes can be one animal: of one height, unless cut by the picture's edge, and not named apart."""
    if a.name and b.name and a.name != b.name:
        return False
    if a.box is None or b.box is None:
        return bool(a.name and a.name == b.name)
    low, high = sorted((a.box.height, b.box.height))
    return high <= TALLER * low


def _middle(s: Seen) -> float:
    return s.box.x + s.box.width / 2 if s.box is not None else 0.5
