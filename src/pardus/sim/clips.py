"""A camera's MP4 file, by a real encoder."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]


def mp4(frames: Iterable[Pixels], fps: int, created: datetime | None, crf: int = 28) -> bytes:
    """Return an H.264 MP4 file. frames: (row, column, 3), even sizes. created: the container's date, as written.

    One thread, so that the same frames give the same bytes. The camera writes its wall clock into the
    container as if it were UTC, as most trail cameras do.
    """
    out = io.BytesIO()
    container = av.open(out, "w", format="mp4")
    if created is not None:
        container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    stream = None
    for pixels in frames:
        if stream is None:
            options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
            stream = container.add_stream("libx264", rate=Fraction(fps), options=options)
            stream.height, stream.width = pixels.shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.thread_count = 1
        for packet in stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")):
            container.mux(packet)
    if stream is not None:
        for packet in stream.encode():
            container.mux(packet)
    container.close()
    return out.getvalue()
