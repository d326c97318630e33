"""Videos with PyAV: size, duration, container dates as they stand, and whether the frames decode."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from pathlib import Path

import av
import av.logging

from pardus.ingest.riff import riff_date

_KEPT = (
    "make",
    "model",
    "encoder",
    "software",
    "comment",
    "com.apple.quicktime.make",
    "com.apple.quicktime.model",
)


@dataclass(frozen=True, slots=True)
class Video:
    """What a container says and what decoding it showed.

    creation: the container's creation time as text, "" if absent. It is said to be UTC and often is local.
    local: a date with its own UTC offset (Apple's creationdate), as text. offset: the offset alone, where a phone
    wrote one ("+0800"). riff: an AVI's own date, local by nature. frames: decoded. fault: "" or a code of
    `faults.DAMAGE`.
    """

    width: int = 0
    height: int = 0
    duration_s: float | None = None
    creation: str = ""
    local: str = ""
    offset: str = ""
    riff: str = ""
    frames: int = 0
    fault: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def read_video(path: Path, max_frames: int = 0) -> Video:
    """Read a container and decode its first video stream. Never raises for bad content: `fault` says so.

    max_frames: stop decoding after so many frames (0 = all). Frames are decoded one by one and dropped, so memory
    does not grow with length. A file whose index promises more than its packets hold is "truncated".
    """
    riff = riff_date(path)
    try:
        with av.open(str(path), mode="r", metadata_errors="replace") as container:
            return _read(container, riff, max_frames)
    except (av.FFmpegError, OSError, ValueError, UnicodeError):
        return Video(riff=riff, fault="undecodable")


def _read(container: av.container.InputContainer, riff: str, max_frames: int) -> Video:
    tags = {key.casefold(): value for key, value in container.metadata.items()}
    if not container.streams.video:
        return Video(riff=riff, fault="undecodable")
    stream = container.streams.video[0]
    stream.thread_count = 1  # the pool of processes is the parallelism
    tags = {**{key.casefold(): value for key, value in stream.metadata.items()}, **tags}
    promised = stream.frames
    duration = _duration(container, stream)
    frames, last, fault = 0, 0.0, ""
    try:
        for frame in container.decode(stream):
            frames += 1
            if frame.time is not None:
                last = max(last, frame.time)
            if frame.is_corrupt:
                fault = "overwritten"
            if max_frames and frames >= max_frames:
                break
    except (av.FFmpegError, OSError):
        fault = "truncated" if frames else "undecodable"
    if not frames:
        fault = "undecodable"
    elif not fault and not max_frames and _short(frames, promised, last, duration, stream):
        fault = "truncated"
    return Video(
        width=stream.width,
        height=stream.height,
        duration_s=duration,
        creation=tags.get("creation_time", ""),
        local=tags.get("com.apple.quicktime.creationdate", ""),
        offset=tags.get("com.samsung.android.utc_offset", ""),
        riff=riff,
        frames=frames,
        fault=fault,
        metadata={key.rpartition(".")[2]: tags[key] for key in _KEPT if tags.get(key)},
    )


def _duration(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError):
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _short(
    frames: int, promised: int, last: float, duration: float | None, stream: av.video.stream.VideoStream
) -> bool:
    """Say whether the frames end well before what the index promises (more than 2 % and more than 2 frames)."""
    if promised and promised - frames > max(2, 0.02 * promised):
        return True
    rate = float(stream.average_rate) if stream.average_rate else 25.0
    return bool(not promised and duration and duration - last > max(1.0, 3 / rate))
