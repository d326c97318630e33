"""Pictures for a report: one of each flank of each animal, one of each family and of animals seen together."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import av
from PIL import Image, ImageOps, ImageStat

from pardus.app.content import Picture
from pardus.history.build import Histories
from pardus.model.event import Event
from pardus.model.media import DAMAGE_FAULTS, DATE_FAULTS, Media
from pardus.model.observation import SIDES, Box, Observation
from pardus.model.survey import Survey

LARGE, SMALL = (480, 360), (260, 195)
"""Pixels at most; at 6 cm on paper the large ones are 200 an inch."""
MANY = 120
"""Animals' flanks and families from which on pictures are small, so that the report can still be sent."""
ROUND = 0.12
"""Of the box, shown on each side of it."""
DARK = 80
"""Mean grey (0 to 255) below which a picture is stretched to be legible on paper."""
TRIED = 4
"""Pictures that are opened before an animal stays without one."""


def pictures(survey: Survey, histories: Histories, locate: Callable[[Media], Path]) -> tuple[Picture, ...]:
    """Return the pictures of a survey, animals first. A file that is gone or can't be read is passed over.

    Of several pictures of a flank the one with the largest box is taken, then the first; clips only where there is
    no picture. The same files give the same bytes (with the same version of the JPEG library).
    """
    media = {m.id: m for m in survey.media}
    boxes = _boxes(survey.observations)
    found: list[Picture] = []
    everything = [*_of_animals(survey.observations), *_of_company(survey, histories)]
    size = LARGE if len(everything) < MANY else SMALL
    for about, kind, wanted in everything:
        for session, o in _ordered(wanted, media, boxes):
            made = _picture(about, session, kind, o, media[o.media[0]], boxes.get(o.id), locate, size)
            if made is not None:
                found.append(made)
                break
    return tuple(found)


Wanted = Sequence[tuple[str, Observation]]


def _of_animals(observations: Iterable[Observation]) -> Iterator[tuple[tuple[str, ...], str, Wanted]]:
    by: dict[tuple[str, str], list[tuple[str, Observation]]] = defaultdict(list)
    for o in observations:
        if o.individual and o.media and o.flank in SIDES:
            by[o.individual, o.flank].append(("", o))
    for (name, _flank), wanted in sorted(by.items()):
        yield (name,), "animal", wanted


def _of_company(survey: Survey, histories: Histories) -> Iterator[tuple[tuple[str, ...], str, Wanted]]:
    """Yield each litter and each two animals seen together with the records of the events that show them."""
    observations = {o.id: o for o in survey.observations}
    events = {v.event.id: v for v in histories.visits}
    for litter in histories.families.litters:
        wanted = []
        for visit in (events[name] for name in litter.visits):
            cubs = [(litter.session, r.observation) for r in visit.cubs if r.observation.media]
            wanted += cubs or [(litter.session, o) for o in _seen(visit.event, observations)]
        yield (litter.mother,), "litter", wanted
    for pair in histories.families.associations:
        shared = [
            (pair.session, o)
            for v in histories.visits
            if v.event.individual in (pair.one, pair.other)
            and {pair.one, pair.other} <= {v.event.individual, *v.event.companions}
            for o in _seen(v.event, observations)
        ]
        yield (pair.one, pair.other), pair.kind, shared


def _seen(event: Event, observations: Mapping[str, Observation]) -> list[Observation]:
    return [o for name in event.observations if (o := observations.get(name)) is not None and o.media]


def _boxes(observations: Iterable[Observation]) -> dict[str, Box]:
    """Return observation -> its box: its own, or the only one that a machine drew on its picture."""
    drawn: dict[str, list[Box]] = defaultdict(list)
    people: list[Observation] = []
    found = {}
    for o in observations:
        if o.box is not None and o.media:
            drawn[o.media[0]].append(o.box)
            found[o.id] = o.box
        elif o.media:
            people.append(o)
    for o in people:
        if len(drawn.get(o.media[0], ())) == 1:
            found[o.id] = drawn[o.media[0]][0]
    return found


def _ordered(
    wanted: Wanted, media: Mapping[str, Media], boxes: Mapping[str, Box]
) -> list[tuple[str, Observation]]:
    """Return what to try, best first: whole pictures before clips, large boxes before small ones, then by time."""
    usable = [
        (session, o) for session, o in wanted
        if o.media[0] in media and not set(media[o.media[0]].faults) & set(DAMAGE_FAULTS)
    ]  # fmt: skip

    def worth(item: tuple[str, Observation]) -> tuple[object, ...]:
        o = item[1]
        box = boxes.get(o.id)
        return (
            media[o.media[0]].kind != "image",
            -(box.width * box.height) if box else 0.0,
            o.start,
            o.media[0],
            o.id,
        )

    return sorted(usable, key=worth)[:TRIED]


def _picture(
    about: tuple[str, ...], session: str, kind: str, o: Observation, media: Media, box: Box | None,
    locate: Callable[[Media], Path], size: tuple[int, int],
) -> Picture | None:  # fmt: skip
    image = _opened(locate(media), media.kind, o.frame, size)
    if image is None:
        return None
    if box is not None and kind == "animal":
        image = image.crop(_round(box, *image.size))
    image.thumbnail(size, Image.Resampling.LANCZOS)
    if ImageStat.Stat(image.convert("L")).mean[0] < DARK:
        image = ImageOps.autocontrast(image, cutoff=0.5, preserve_tone=True)
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=82, optimize=False, progressive=False)
    flank = o.flank if kind == "animal" else ""
    taken = None if set(media.faults) & set(DATE_FAULTS) else media.timestamp
    return Picture(about, session, kind, media.id, taken, flank, *image.size, buffer.getvalue())


def _opened(path: Path, kind: str, frame: int | None, size: tuple[int, int]) -> Image.Image | None:
    """Return the pixels as shown (after EXIF rotation), or None if the file does not give them."""
    try:
        if kind == "video":
            return _frame(path, frame)
        with Image.open(path, formats=("JPEG",)) as image:
            image.draft("RGB", (4 * size[0], 4 * size[1]))
            return ImageOps.exif_transpose(image).convert("RGB")
    except Exception:  # a decoder may raise anything on hostile bytes; the animal then has no picture
        return None


def _frame(path: Path, wanted: int | None) -> Image.Image | None:
    """Return the frame that was labelled, else one from the middle of the clip."""
    with av.open(str(path), mode="r", metadata_errors="replace") as clip:
        stream = clip.streams.video[0]
        middle = (stream.frames or 1) // 2
        last = None
        for number, picture in enumerate(clip.decode(stream)):
            last = picture
            if number >= (middle if wanted is None else wanted):
                break
        return last.to_image() if last is not None else None  # type: ignore[no-untyped-call]


def _round(box: Box, width: int, height: int) -> tuple[int, int, int, int]:
    dx, dy = ROUND * box.width, ROUND * box.height
    left, top = max(0.0, box.x - dx), max(0.0, box.y - dy)
    right, bottom = min(1.0, box.x + box.width + dx), min(1.0, box.y + box.height + dy)
    corners = int(left * width), int(top * height), int(right * width), int(bottom * height)
    return corners[0], corners[1], max(corners[2], corners[0] + 1), max(corners[3], corners[1] + 1)
