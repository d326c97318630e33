"""A camera's MP4 file, by a real encoder."""

from __future__ import annotations

import io
from collections.abc import Iterable
from datetime import datetime
from fractions import Fraction

import av
import numpy as np
from numpy.typing import NDArray

from pardus.model.errors import ParameterError
from pardus.model.language import _

Pixels = NDArray[np.uint8]


def mp4(frames: Iterable[Pixels], fps: int, created: datetime | None, crf: int = 28) -> bytes:
    """Return an H.264 MP4 file. frames: (row, column, 3), even rows, columns a multiple of 64
    (else the encoder reads beyond its rows and the bytes differ from run to run).

    One thread, so that the same frames give the same bytes. The camera writes its wall clock into the
    container as if it were UTC, as most trail cameras do. created: that date; None: none.
    """
    out = io.BytesIO()
    container = av.open(out, "w", format="mp4")
    if created is not None:
        container.metadata["creation_time"] = created.strftime("%Y-%m-%dT%H:%M:%S.000000Z")
    stream = None
    for pixels in frames:
        if pixels.shape[0] % 2 or pixels.shape[1] % 64:
            raise ParameterError(
                _("Video frames: expected even rows and columns a multiple of 64, found {shape}.").format(
                    shape=pixels.shape[:2]
                )
            )
        if stream is None:
            options = {"crf": str(crf), "preset": "veryfast", "threads": "1"}
            stream = container.add_stream("libx264", rate=Fraction(fps), options=options)
            stream.height, stream.width = pixels.shape[:2]
            stream.pix_fmt = "yuv420p"
            stream.thread_count = 1
        for packet in stream.encode(av.VideoFrame.from_ndarray(yuv420(pixels), format="yuv420p")):
            container.mux(packet)
    if stream is not None:
        for packet in stream.encode():
            container.mux(packet)
    container.close()
    return out.getvalue()


def yuv420(pixels: Pixels) -> Pixels:
    """Return BT.601 planes stacked as (row * 3 / 2, column), from (row, column, 3) of even size.

    Done here and not by the encoder's library, whose converter gives other bytes from run to run.
    """
    rgb = pixels.astype(np.float32)
    rows, columns = pixels.shape[:2]
    y = 16.5 + rgb @ np.array((65.481, 128.553, 24.966), np.float32) / 255
    small = rgb.reshape(rows // 2, 2, columns // 2, 2, 3).mean(axis=(1, 3))
    u = 128.5 + small @ np.array((-37.797, -74.203, 112.0), np.float32) / 255
    v = 128.5 + small @ np.array((112.0, -93.786, -18.214), np.float32) / 255
    planes = (y, u.reshape(-1, columns), v.reshape(-1, columns))
    return np.concatenate([plane.astype(np.uint8) for plane in planes])
