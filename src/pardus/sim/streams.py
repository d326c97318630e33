"""Named random streams: one seed, and a separate stream for each thing, so that one never shifts another."""

from __future__ import annotations

import zlib

import numpy as np


def stream(seed: int, *names: object) -> np.random.Generator:
    """Return the PCG64 generator of a named thing: the same seed and names give the same numbers anywhere.

    names: anything with a stable `str`, for example ("coat", "Leo 7F", "left").
    """
    keys = [zlib.crc32(str(name).encode()) for name in names]
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *keys])))
