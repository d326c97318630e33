"""What sampled identities gave, as a record kept beside the fit in the log, and as a report shows it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from pardus.app.content import SampledRow
from pardus.model.language import N_, remembered

CAVEAT = N_(
    "The sampled intervals hold the doubt about who is who: of 20 simulated surveys, mostly undecided, all held the "
    "true number. Real coats differ from simulated ones, so read them as a measure of how much identity matters."
)


def sampled_from(record: Mapping[str, Any] | None) -> tuple[SampledRow, ...]:
    """Read the numbers of a record that `sampled_identity.kept` made; () if there is none."""
    if record is None:
        return ()
    fields = ("plain", "plain_lower", "plain_upper", "mean", "lower", "upper", "se_fit", "se_identity")
    return tuple(
        SampledRow(
            session=str(n["session"]),
            quantity=str(n["quantity"]),
            samples=int(n["samples"]),
            note=remembered(str(n["note"]), n.get("said", {})),
            **{name: math.nan if n[name] is None else float(n[name]) for name in fields},
        )
        for n in record["numbers"]
    )


def sampled_animals_from(record: Mapping[str, Any] | None) -> tuple[int, float, int, int] | None:
    """Return animals in the histories: as decided, and mean, smallest and largest over the samples."""
    if record is None:
        return None
    a = record["animals"]
    return int(a["plain"]), float(a["mean"]), int(a["smallest"]), int(a["largest"])
