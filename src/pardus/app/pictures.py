"""Pictures of a survey for the eye: a still or a frame of a clip, turned upright, cut, made smaller, as a fresh JPEG.

What is shown was drawn anew here: no byte of a file reaches a browser, and nothing of a file but its pixels.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from pardus.app.survey_folder import media_files, open_survey
from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.model.media import Media
from pardus.model.observation import Box
from pardus.store.protocol import Store

CACHE = Path("out", "desk")
PEOPLE = "Homo sapiens"
MOST_PIXELS = 200_000_000
AHEAD = 16
"""Frames of a clip that are drawn when one is asked for: whoever steps or plays wants them next."""

MARGIN = 0.08
"""Around a box that is cut out, as a share of it."""

WIDTHS = (160, 320, 640, 1280, 2560)
"""Widths in which pictures are kept; what is asked for is rounded up to one of them."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What is needed to step through a clip: its frames, and how many there are in a second."""

    frames: int
    rate: float
    width: int
    height: int


def picture(
    folder: Path, media_id: str, *, width: int = 1280, frame: int | None = None, box: Box | None = None
) -> bytes | None:
    """Return a JPEG of a medium, None if there is no such medium.

    width: of the whole picture; kept in the survey's out/desk, which may be deleted. frame: of a clip, from 0. box:
    cut to this, with a margin. What people are in is blurred. Raises MediaError if the file can't be read or shown.
    """
    with open_survey(folder) as store:
        media = next(store.media([media_id]), None)
        if media is None:
            return None
        hidden = _people(store, media)
        path = media_files(folder, store)(media)
    width = next((w for w in WIDTHS if w >= width), WIDTHS[-1])

    def place(number: int | None) -> Path:
        key = repr((media.sha256, width, number, box, hidden))
        return folder / CACHE / f"{hashlib.sha256(key.encode()).hexdigest()}.jpg"

    kept = place(frame)
    try:
        return kept.read_bytes()
    except OSError:
        pass
    if media.kind != "video":
        image = open_picture(path, media, frame, width if box is None else None)
        return _keep(kept, _drawn(image, hidden, box, width))
    first = b""
    for n, image in _frames(path, media, frame or 0, AHEAD if box is None else 1):
        drawn = _keep(place(n if frame is not None else None), _drawn(image, hidden, box, width))
        first = first or drawn
    return first


def clip(folder: Path, media_id: str) -> Clip | None:
    """Return what is needed to step through a clip, None if there is no such clip."""
    with open_survey(folder) as store:
        media = next(store.media([media_id]), None)
        if media is None or media.kind != "video":
            return None
        path = media_files(folder, store)(media)
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            stream = container.streams.video[0]
            rate = float(stream.average_rate or 25)
            frames = stream.frames or round(rate * (media.duration_s or 0))
            return Clip(max(1, frames), rate, stream.width, stream.height)
    except (av.FFmpegError, OSError, IndexError) as error:
        raise _unreadable(media, error) from error


def _people(store: Store, media: Media) -> tuple[Box | None, ...]:
    """Return where people are on a medium: boxes, or None for everywhere."""
    found: list[Box | None] = []
    for key, record in store.related("observations", "deployment", media.deployment):
        if media.id in record.get("media", ()) and _is_person(store, key, record):
            box = record.get("box")
            found.append(Box(**box) if isinstance(box, dict) else None)
    return tuple(dict.fromkeys(found))


def _is_person(store: Store, key: str, record: dict[str, Any]) -> bool:
    species = str(record.get("scientific_name", ""))
    for _key, decision in store.related("decisions", "observation", key):
        if decision["about"] == "species" and decision.get("outcome", "same") in ("same", "new"):
            species = str(decision["value"])
    return record.get("type") in ("human", "vehicle") or species == PEOPLE


def open_picture(path: Path, media: Media, frame: int | None, width: int | None = None) -> Image.Image:
    """Return a still or a frame as a person sees it; width: that is enough. Raises MediaError."""
    try:
        if media.kind == "video":
            return next(image for _n, image in _frames(path, media, frame or 0, 1))
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise MediaError(_("{file} has too many pixels to be shown.").format(file=media.paths[0]))
            if width is not None:
                image.draft("RGB", (width, width))
            return ImageOps.exif_transpose(image).convert("RGB")
    except (
        OSError, ValueError, UnidentifiedImageError, Image.DecompressionBombError, av.FFmpegError, IndexError,
        SyntaxError,
    ) as error:  # fmt: skip
        raise _unreadable(media, error) from error


def _drawn(image: Image.Image, hidden: Sequence[Box | None], box: Box | None, width: int) -> bytes:
    """Return the JPEG of a picture: people blurred, cut, made smaller."""
    image = _cut(_blur(image, hidden), box)
    image.thumbnail((width, width * 4))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88 if width >= 640 else 80)
    return out.getvalue()


def _frames(path: Path, media: Media, number: int, count: int) -> Iterator[tuple[int, Image.Image]]:
    """Yield (number, frame) of some frames of a clip; of one that has fewer, the last one as the one asked for."""
    try:
        with av.open(str(path), metadata_errors="replace") as container:
            found, last = 0, None
            for n, decoded in enumerate(container.decode(container.streams.video[0])):
                last = decoded
                if n >= number:
                    yield n, Image.fromarray(decoded.to_ndarray(format="rgb24"))
                    found += 1
                if found == count:
                    return
            if last is None:
                raise ValueError("no frame")
            if not found:
                yield number, Image.fromarray(last.to_ndarray(format="rgb24"))
    except (OSError, ValueError, av.FFmpegError, IndexError) as error:
        raise _unreadable(media, error) from error


def _blur(image: Image.Image, hidden: Sequence[Box | None]) -> Image.Image:
    for box in hidden:
        area = (0, 0, *image.size) if box is None else part_of(image, box, 0.02)
        part = image.crop(area)
        tiny = part.resize((max(1, part.width // 40), max(1, part.height // 40)))
        image.paste(tiny.resize(part.size).filter(ImageFilter.GaussianBlur(8)), area[:2])
    return image


def _cut(image: Image.Image, box: Box | None) -> Image.Image:
    return image if box is None else image.crop(part_of(image, box, MARGIN))


def part_of(image: Image.Image, box: Box, margin: float) -> tuple[int, int, int, int]:
    """Return left, top, right and bottom of a box with a margin (share of the box), in pixels within the picture."""
    grow_x, grow_y = box.width * margin, box.height * margin
    left = max(0, round((box.x - grow_x) * image.width))
    top = max(0, round((box.y - grow_y) * image.height))
    right = min(image.width, round((box.x + box.width + grow_x) * image.width))
    bottom = min(image.height, round((box.y + box.height + grow_y) * image.height))
    return left, top, max(right, left + 1), max(bottom, top + 1)


def _keep(path: Path, content: bytes) -> bytes:
    """Keep a picture if that is possible and return it; the next one who asks is served faster."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_name(f".{path.name}.{id(content)}.part")
        draft.write_bytes(content)
        draft.replace(path)
    except OSError:
        return content
    return content


def _unreadable(media: Media, error: Exception) -> MediaError:
    name = media.paths[0] if media.paths else media.id
    return MediaError(_("{file} can't be shown: {reason}.").format(file=name, reason=error))
