"""What the machine says of pairs of events, kept in the survey folder: may be deleted, is made anew."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pardus.model.errors import SurveyError
from pardus.model.language import _

PAIRS = "pairs.npz"


@dataclass(frozen=True, slots=True, eq=False)
class MachinePairs:
    """Pairs of events that the machine compared and did not find hopeless.

    events: ids. a, b: (pair,) places in `events`, a < b. log_odds: (pair,) of being one animal, calibrated. about: how
    it was made (calibration, reliability, settings), as JSON. by_pictures: (pair,) log odds by pictures alone, without
    place and time; None: the same.
    """

    events: tuple[str, ...] = ()
    a: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    b: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    log_odds: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    about: Mapping[str, Any] = field(default_factory=dict)
    by_pictures: NDArray[np.float32] | None = None

    def __len__(self) -> int:
        """How many pairs."""
        return len(self.a)


def write_pairs(folder: Path, pairs: MachinePairs) -> None:
    """Write the pairs; a reader sees the old ones or the new ones, never half."""
    folder.mkdir(parents=True, exist_ok=True)
    fresh = folder / (PAIRS + ".new")
    with fresh.open("wb") as file:
        np.savez(
            file,
            events=np.array(json.dumps(pairs.events, ensure_ascii=False)),
            about=np.array(json.dumps(pairs.about, ensure_ascii=False)),
            a=pairs.a,
            b=pairs.b,
            log_odds=pairs.log_odds,
            by_pictures=pairs.log_odds if pairs.by_pictures is None else pairs.by_pictures,
        )
    fresh.replace(folder / PAIRS)


def read_pairs(folder: Path) -> MachinePairs:
    """Read the pairs; none if there is no such file. Raises SurveyError if it is damaged."""
    path = folder / PAIRS
    if not path.is_file():
        return MachinePairs()
    try:
        with np.load(path, allow_pickle=False) as kept:
            found = MachinePairs(
                tuple(json.loads(str(kept["events"]))),
                kept["a"].astype(np.int32),
                kept["b"].astype(np.int32),
                kept["log_odds"].astype(np.float32),
                json.loads(str(kept["about"])),
                kept["by_pictures"].astype(np.float32) if "by_pictures" in kept else None,
            )
    except (OSError, ValueError, KeyError, EOFError) as error:
        raise SurveyError(
            _("{path} can't be read ({reason}). Delete it and run `pardus identify` again.").format(
                path=path, reason=error
            )
        ) from error
    if len(found.a) and max(int(found.a.max()), int(found.b.max())) >= len(found.events):
        raise SurveyError(
            _("{path} is damaged. Delete it and run `pardus identify` again.").format(path=path)
        )
    return found
