"""Frames of a video: every so many, or one by its number."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np

from pardus.model.errors import MediaError
from pardus.model.language import _
from pardus.vision.silhouette import Image


def read_frames(path: Path, step: int = 1, most: int | None = None) -> Iterator[tuple[int, float, Image]]:
    """Yield (number from 0, seconds from the start, pixels BGR) of every `step`-th frame. Raises MediaError."""
    try:
        with av.open(str(path)) as container:
            stream = container.streams.video[0]
            stream.thread_type = "AUTO"
            rate = float(stream.average_rate or 25)
            given = 0
            for number, frame in enumerate(container.decode(stream)):
                if number % step:
                    continue
                yield number, number / rate, np.ascontiguousarray(frame.to_ndarray(format="bgr24"))
                given += 1
                if most is not None and given >= most:
                    return
    except (av.error.FFmpegError, IndexError, OSError, ValueError) as error:
        raise MediaError(_("{path} is not a video that can be read.").format(path=path)) from error


def read_frame(path: Path, number: int) -> Image:
    """Return one frame, (row, column, 3) uint8 BGR. Raises MediaError if the video has no such frame."""
    for n, _seconds, image in read_frames(path):
        if n == number:
            return image
    raise MediaError(_("{path} has no frame {number}.").format(path=path, number=number))
