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
    "com.samsung.android.utc_offset",
)


@dataclass(frozen=True, slots=True)
class Video:
    """What a container says and what decoding it showed.

    creation: the container's creation time as text, "" if absent. It is said to be UTC and often is local.
    local: a date with its own UTC offset (Apple's creationdate), as text. riff: an AVI's own date, local by nature.
    packets: read from the stream; frames: decoded. metadata: make, model, utc_offset ("+0800" of a phone) ...
    fault: "" or a code of `faults.DAMAGE`.
    """

    width: int = 0
    height: int = 0
    duration_s: float | None = None
    creation: str = ""
    local: str = ""
    riff: str = ""
    packets: int = 0
    frames: int = 0
    fault: str = ""
    metadata: dict[str, str] = field(default_factory=dict)


def read_video(path: Path, every_frame: bool = False) -> Video:
    """Read a container and every packet of its first video stream, and decode its key frames.

    every_frame: decode all frames, not only the key frames; finds damage between two key frames too and takes about
    as long as the clip's frames take to play through a decoder (ADR 0031). Packets and frames are dropped one by
    one, so memory does not grow with length. Never raises for bad content: `fault` says so. Raises OSError if the
    file can't be read any more.
    """
    riff = riff_date(path)
    try:
        with av.open(str(path), mode="r", metadata_errors="replace") as container:
            return _read(container, riff, path.stat().st_size, every_frame)
    except Exception:  # a demuxer or decoder may raise anything on hostile bytes
        with path.open("rb") as file:
            file.read(1)  # but a card that was pulled out is no fault of the file
        return Video(riff=riff, fault="undecodable")


def _read(container: av.container.InputContainer, riff: str, size: int, every_frame: bool) -> Video:
    if not container.streams.video or container.streams.video[0].codec_context is None:
        return Video(riff=riff, fault="undecodable")
    stream = container.streams.video[0]
    stream.thread_count = 1  # the pool of processes is the parallelism
    if not every_frame:
        stream.codec_context.skip_frame = "NONKEY"
    tags = {key.casefold(): value for key, value in {**stream.metadata, **container.metadata}.items()}
    duration, promised, cut = _duration(container, stream), stream.frames, _ends_early(stream, size)
    packets, frames, end, fault = _walk(container, stream)
    if not frames:
        fault = "undecodable"
    elif cut or _short(packets, promised, end, duration):
        fault = "truncated"
    return Video(
        width=stream.width,
        height=stream.height,
        duration_s=duration,
        creation=tags.get("creation_time", ""),
        local=tags.get("com.apple.quicktime.creationdate", ""),
        riff=riff,
        packets=packets,
        frames=frames,
        fault=fault,
        metadata={key.rpartition(".")[2]: tags[key] for key in _KEPT if tags.get(key)},
    )


def _walk(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> tuple[int, int, float, str]:
    """Return packets read, frames decoded, the end of the last packet in seconds, and the fault."""
    packets, frames, end, fault = 0, 0, 0.0, ""
    with contextlib.suppress(av.FFmpegError, OSError):  # what can't be read further shows as too few packets
        for packet in container.demux(stream):
            if packet.size:
                packets += 1
                if packet.pts is not None and packet.time_base:
                    end = max(end, float((packet.pts + (packet.duration or 0)) * packet.time_base))
            try:
                decoded = packet.decode()
            except (av.FFmpegError, OSError):
                fault = "overwritten"
                continue
            frames += len(decoded)
            if packet.is_corrupt or any(frame.is_corrupt for frame in decoded):
                fault = "overwritten"
    return packets, frames, end, fault


def _ends_early(stream: av.video.stream.VideoStream, size: int) -> bool:
    """Say whether the index names data beyond the end of the file."""
    return any(entry.pos + entry.size > size for entry in stream.index_entries)


def _duration(container: av.container.InputContainer, stream: av.video.stream.VideoStream) -> float | None:
    with contextlib.suppress(TypeError, ValueError, ZeroDivisionError):
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base)
    return container.duration / av.time_base if container.duration else None


def _short(packets: int, promised: int, end: float, duration: float | None) -> bool:
    """Say whether the packets end well before what the index or the header promises (2 % and 2 frames, or 1 s)."""
    if promised:
        return promised - packets > max(2, 0.02 * promised)
    return bool(duration and duration - end > max(1.0, 0.02 * duration))
