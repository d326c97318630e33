"""Frames of a video: some, spread over all of it, or one by its number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

import av
import numpy as np

from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import Image

OFTEN = 1.05
"""Seconds between key frames up to which they alone are looked at: frames that are kept are a second apart anyway."""

LEAST_KEYS = 8
"""Key frames below which the others are decoded as well: the background is the median of what is looked at."""

LUMA = ("yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray")
"""Formats of pixels whose first plane is how light they are."""

FULL = 2
"""A frame's `color_range` when its luma goes from 0 to 255, not from 16 to 235."""

Skip = Literal["DEFAULT", "NONREF"]

STRETCHED = np.clip(np.round((np.arange(256) - 16) * 255 / 219), 0, 255).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame; its pixels are made when they are asked for. number: from 0, as shown. seconds: from the start."""

    number: int
    seconds: float
    decoded: av.VideoFrame

    def colour(self) -> Image:
        """Return (row, column, 3) uint8 BGR."""
        return np.ascontiguousarray(self.decoded.to_ndarray(format="bgr24"))

    def grey(self) -> Image:
        """Return (row, column) uint8: the luma as the file has it, without working out colours, where there is one."""
        name = self.decoded.format.name
        if name not in LUMA:
            grey: Image = cv2.cvtColor(self.colour(), cv2.COLOR_BGR2GRAY)
            return grey
        plane = self.decoded.planes[0]
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)  # type: ignore[call-overload]
        luma: Image = rows[: self.decoded.height, : self.decoded.width]
        full = self.decoded.color_range == FULL or name.startswith(("yuvj", "gray"))
        return np.ascontiguousarray(luma) if full else cv2.LUT(luma, STRETCHED)


@dataclass(frozen=True, slots=True)
class _Times:
    """When frames are shown, in units of the stream: of all, in order, and of key frames. base: seconds in a unit."""

    shown: list[int]
    keys: list[int]
    base: float


def spread_frames(path: Path, most: int) -> list[Frame]:
    """Return up to `most` frames, evenly over the whole clip, in order. Raises MediaError.

    No more is decoded than must be: key frames alone where there is one at least every second or so. Else the frames
    that no other rests on are left out (the next one stands for them), unless the clip has hardly more than are
    wanted.
    """
    try:
        with av.open(str(path)) as container:
            times = _times(container)
    except (av.error.FFmpegError, IndexError, OSError, ValueError) as error:
        raise MediaError(_("{path} is not a video that can be read.").format(path=path)) from error
    if times is None:
        return _counted(path, most)
    number = {shown: n for n, shown in enumerate(times.shown)}
    if _keys_do(times):
        wanted = _spread([number[k] for k in times.keys], most)
        decoded = _decode(path, only={times.shown[n] for n in wanted})
    else:
        wanted = _spread(range(len(number)), most)
        decoded = _decode(path, skip="NONREF" if len(number) > 2 * most else "DEFAULT")
    found: list[Frame] = []
    due = 0
    for frame in decoded:
        n = -1 if frame.pts is None else number.get(frame.pts, -1)
        if due < len(wanted) and n >= wanted[due]:
            found.append(Frame(n, (times.shown[n] - times.shown[0]) * times.base, frame))
            while due < len(wanted) and wanted[due] <= n:
                due += 1
    return found


def read_frame(path: Path, number: int) -> Image:
    """Return one frame, (row, column, 3) uint8 BGR. Raises MediaError if the video has no such frame."""
    for n, frame in enumerate(_decode(path)):
        if n == number:
            return np.ascontiguousarray(frame.to_ndarray(format="bgr24"))
    raise MediaError(_("{path} has no frame {number}.").format(path=path, number=number))


def _times(container: av.container.InputContainer) -> _Times | None:
    """Return when frames are shown, without decoding any; None where the file does not say."""
    stream = container.streams.video[0]
    packets = [(p.pts, p.is_keyframe) for p in container.demux(stream) if p.size]
    shown = sorted(pts for pts, _key in packets if pts is not None)
    if len(shown) < len(packets) or len(set(shown)) < len(shown) or stream.time_base is None:
        return None
    return _Times(
        shown, sorted(pts for pts, key in packets if key and pts is not None), float(stream.time_base)
    )


def _keys_do(times: _Times) -> bool:
    """Whether key frames are so many and so near each other that no other frame is needed."""
    near = [(b - a) * times.base <= OFTEN for a, b in pairwise([*times.keys, times.shown[-1]])]
    return len(times.keys) >= LEAST_KEYS and all(near)


def _spread(numbers: range | list[int], most: int) -> list[int]:
    """Return up to `most` of these, evenly."""
    chosen = np.unique(np.linspace(0, len(numbers) - 1, min(most, len(numbers))).round().astype(int))
    return [numbers[i] for i in chosen]


def _counted(path: Path, most: int) -> list[Frame]:
    """Return frames of a file that does not say when they are shown: two readings, one to count."""
    wanted = set(_spread(range(sum(1 for _frame in _decode(path))), most))
    return [Frame(n, n / 25, frame) for n, frame in enumerate(_decode(path)) if n in wanted]


def _decode(path: Path, skip: Skip = "DEFAULT", only: set[int] | None = None) -> Iterator[av.VideoFrame]:
    """Yield frames as shown. skip: what FFmpeg need not decode. only: times of key frames, all others are left out.

    One thread: files are spread over the cores, not one file. Raises MediaError.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.codec_context.thread_count = 1
            stream.codec_context.skip_frame = skip
            for packet in container.demux(stream):
                if only is None or not packet.size or packet.pts in only:
                    yield from packet.decode()
    except (av.error.FFmpegError, IndexError, OSError, ValueError) as error:
        raise MediaError(_("{path} is not a video that can be read.").format(path=path)) from error
