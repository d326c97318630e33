"""Everything that a joint estimate says, as one object: what a page, a table or a partner's program is made from.

`JointEstimate.as_json` gives the public form, schema "pardus-joint-1"; docs/reference/joint-result.md describes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from pardus.model.errors import Finding
from pardus.model.fit import Fit, from_json
from pardus.model.language import remembered, said
from pardus.model.record import from_record

SCHEMA = "pardus-joint-1"
STRIP = "border strip"

SHARED_FROM = ("answers", "file")
REGION_KINDS = ("all", "country", "strip", "park")


@dataclass(frozen=True, slots=True)
class Total:
    """One number with what it is. who: a country, "sum" or "integrated". convention: key of CONVENTIONS.

    quantity: "E(N)" or "N" (realised). region: "" = all of it. reason: why there is no number.
    """

    session: str
    who: str
    convention: str
    region: str
    quantity: str
    estimate: float
    se: float
    lower: float
    upper: float
    area_km2: float
    reason: str = ""

    @property
    def cv(self) -> float:
        """Coefficient of variation."""
        return self.se / self.estimate if self.estimate > 0 else math.nan


@dataclass(frozen=True, slots=True)
class Seen:
    """Who was seen in a session: by country only there, in several, all together once; by_partner: minimum known."""

    session: str
    only: dict[str, int]
    several: int
    together: int
    by_partner: dict[str, int]


@dataclass(frozen=True, slots=True)
class Use:
    """One side in a session, from the integrated fit, with sigma taken as known.

    centres: realised number that live there. using: that have 5 % or more of their use there. share: of all use that
    falls there. Each with standard error and interval; share_se is a little too wide (see the statistics).
    """

    session: str
    side: str
    centres: float
    using: float
    share: float
    centres_se: float = math.nan
    centres_lower: float = math.nan
    centres_upper: float = math.nan
    using_se: float = math.nan
    using_lower: float = math.nan
    using_upper: float = math.nan
    share_se: float = math.nan
    share_lower: float = math.nan
    share_upper: float = math.nan


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What one partner did and saw in a session: what its minimum known alive counts.

    start, end: first and last day, ISO. stations: those with effort. camera_days: as its effort rules count them.
    animals: minimum known alive, of the age classes of the result.
    """

    session: str
    partner: str
    country: str
    start: str
    end: str
    occasions: int
    stations: int
    camera_days: float
    animals: int
    detections: int


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the mask for which numbers are given. kind: one of REGION_KINDS. name: "" for all of the mask."""

    session: str
    name: str
    kind: str
    area_km2: float


@dataclass(frozen=True, slots=True)
class JointAnimal:
    """One animal seen in a session. ids: what partners call it. countries: where it was seen. detections: of all."""

    session: str
    joint: str
    ids: tuple[str, ...]
    countries: tuple[str, ...]
    detections: int


@dataclass(frozen=True, slots=True)
class SharedBetween:
    """How many animals two catalogues share. pairs: all; shown: answered; open: comparable and not settled."""

    one: str
    other: str
    animals: tuple[int, int]
    pairs: int
    shown: int
    found: int
    estimate: float
    lower: int
    upper: int
    level: float
    open: float
    unfindable: float


@dataclass(frozen=True, slots=True)
class Doubt:
    """An identity that is not settled. kind: a contradiction's (KINDS), "unchecked" or "open". ids: of individuals.

    unchecked: one animal by the answers, but its places and times are not here. open: a pair that nobody answered
    and that is one animal with a chance of 5 % or more. chance: of being one animal, where that is known.
    """

    kind: str
    ids: tuple[str, ...]
    detail: str = ""
    chance: float = math.nan


@dataclass(frozen=True, slots=True)
class Terms:
    """By what the estimate was made. level: of intervals. strip: metres on each side of the border.

    classes: age classes that count ("" = not stated). shared_from: one of SHARED_FROM. partners: organisation ->
    country. states: organisation -> state (head of the log) of its survey. packages: hashes of packages used.
    """

    species: str = ""
    classes: tuple[str, ...] = ()
    level: float = 0.95
    strip: float = math.nan
    shared_from: str = ""
    partners: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)
    packages: tuple[str, ...] = ()
    program: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class JointEstimate:
    """Every number of a joint estimate. fits: label -> Fit ("integrated", "RU clipped", "RU across", ...).

    groups: the table of shared animals, each group its ids sorted. shared: how many two catalogues share, with an
    interval; empty if the table came from a file, which says nothing of what is still open. surfaces: density map of
    the integrated fit by session, as `app.surface.surface_records` gives it.
    """

    totals: tuple[Total, ...]
    seen: tuple[Seen, ...]
    use: tuple[Use, ...]
    fits: Mapping[str, Fit]
    findings: tuple[Finding, ...] = ()
    surveyed: tuple[Surveyed, ...] = ()
    regions: tuple[Region, ...] = ()
    animals: tuple[JointAnimal, ...] = ()
    groups: tuple[tuple[str, ...], ...] = ()
    shared: tuple[SharedBetween, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    terms: Terms = Terms()
    surfaces: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the public form; nan becomes None."""
        how = said(text for f in self.findings for text in (f.where, f.message, f.remedy))
        return {
            "schema": SCHEMA,
            "terms": _plain(asdict(self.terms)),
            "totals": [_plain({**asdict(t), "cv": t.cv}) for t in self.totals],
            **{
                name: [_plain(asdict(row)) for row in getattr(self, name)]
                for name in ("seen", "use", "surveyed", "regions", "animals", "shared", "doubts")
            },
            "groups": [list(g) for g in self.groups],
            "surfaces": list(self.surfaces),
            "status": {
                label: {"status": f.status, "reason": f.reason, "model": f.model}
                for label, f in self.fits.items()
            },
            "fits": {label: f.to_json() for label, f in self.fits.items()},
            "findings": [asdict(f) for f in self.findings],
            **({"said": how} if how else {}),
        }


def joint_from_json(data: dict[str, Any]) -> JointEstimate:
    """Read back what `JointEstimate.as_json` wrote. Raises ValueError if it is something else."""
    if data.get("schema") != SCHEMA:
        raise ValueError(f"expected schema {SCHEMA!r}, found {data.get('schema')!r}")
    kinds: dict[str, type] = {
        "totals": Total, "seen": Seen, "use": Use, "surveyed": Surveyed, "regions": Region,
        "animals": JointAnimal, "shared": SharedBetween, "doubts": Doubt,
    }  # fmt: skip
    tables: dict[str, Any] = {
        name: tuple(from_record(cls, {k: v for k, v in row.items() if k != "cv"}) for row in data[name])
        for name, cls in kinds.items()
    }
    how = data.get("said", {})
    return JointEstimate(
        **tables,
        fits={label: from_json(f) for label, f in data["fits"].items()},
        findings=tuple(
            Finding(**{**f, **{key: remembered(f[key], how) for key in ("where", "message", "remedy")}})
            for f in data["findings"]
        ),
        groups=tuple(tuple(g) for g in data["groups"]),
        surfaces=tuple(data.get("surfaces", ())),
        terms=from_record(Terms, data["terms"]),
    )


def _plain(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    return list(value) if isinstance(value, tuple) else value
