"""What changes an animal's exposure during the survey: learned response, and removal.

    b    the animal was caught before, anywhere             B    ... on the occasion just before
    bk   the animal was caught before at this detector      Bk   ... there on the occasion just before
    k    any animal was caught at this detector before      K    ... there on the occasion just before

b, bk last from the first capture on; B, Bk and K are transient. An animal never detected is taken to be in
the untouched state throughout, for k and K too (as in secr).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from pardus.model.capture import CaptureHistory, Ints

RESPONSES = ("b", "bk", "B", "Bk", "k", "K")

Bools = NDArray[np.bool_]


def states(history: CaptureHistory, response: str, animal: int) -> Bools:
    """Return (detector, occasion): whether an animal is in the changed state of a response."""
    shape = (len(history.detectors.ids), history.n_occasions)
    rows = np.ones(len(history.animal), dtype=bool) if response in "kK" else history.animal == animal
    at, on = history.detector[rows], history.occasion[rows]
    out = np.zeros(shape, dtype=bool)
    if response in ("b", "B"):
        seen = np.zeros(shape[1], dtype=bool)
        seen[on] = True
        out[:, 1:] = (np.maximum.accumulate(seen) if response == "b" else seen)[None, :-1]
        return out
    seen_at = np.zeros(shape, dtype=bool)
    seen_at[at, on] = True
    if response in ("bk", "k"):
        seen_at = np.maximum.accumulate(seen_at, axis=1)
    out[:, 1:] = seen_at[:, :-1]
    return out


def occasion_states(history: CaptureHistory, responses: Sequence[str], animal: int) -> Ints:
    """Return (occasion,) state of an animal as bits, for responses that are the same at all detectors (b, B)."""
    seen = np.zeros(history.n_occasions, dtype=bool)
    seen[history.occasion[slice(*np.searchsorted(history.animal, (animal, animal + 1)))]] = True
    out = np.zeros(history.n_occasions, dtype=np.int64)
    for bit, response in enumerate(responses):
        before = np.maximum.accumulate(seen) if response == "b" else seen
        out[1:] |= before[:-1].astype(np.int64) << bit
    return out


def gone(history: CaptureHistory, animal: int) -> Bools:
    """Return (occasion,): whether an animal was no longer in the population (removed on an earlier occasion)."""
    out = np.zeros(history.n_occasions, dtype=bool)
    if history.removed is not None and history.removed[animal] >= 0:
        out[history.removed[animal] + 1 :] = True
    return out
