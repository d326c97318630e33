"""What a report says: numbers and names, no words and no layout. Shells render it in any language."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from pardus.app.joint_result import JointEstimate
from pardus.model.errors import Finding
from pardus.model.fit import Fit
from pardus.model.survey import SurveyConfig

EDITIONS = ("restricted", "public")


@dataclass(frozen=True, slots=True)
class SessionEffort:
    """Effort of one closed survey. Days are camera-days at stations after the camera rule."""

    session: str
    start: date | None
    end: date | None
    occasions: int
    stations: int
    nominal_days: float
    operating_days: float
    lost_by_cause: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class StationEffort:
    """One station in one session. x, y: metres."""

    session: str
    station: str
    x: float
    y: float
    operating_days: float
    nominal_days: float
    events: int
    animals: int


@dataclass(frozen=True, slots=True)
class Files:
    """What happened to every file that was offered.

    total = images + videos + ignored; images + videos = added + duplicates + held. damaged and undated are among
    the added. clock_corrections: statements about clocks that are in force.
    """

    total: int = 0
    images: int = 0
    videos: int = 0
    ignored: int = 0
    added: int = 0
    duplicates: int = 0
    held: int = 0
    damaged: int = 0
    undated: int = 0
    clock_corrections: int = 0


@dataclass(frozen=True, slots=True)
class MinimumKnown:
    """Animals known alive in a session: a count, never an estimate.

    rule: the flank rule; excluded: animals it leaves out; seen_once: animals with one event.
    """

    session: str
    rule: str
    animals: int
    females: int
    males: int
    unknown_sex: int
    left_only: int = 0
    right_only: int = 0
    excluded: int = 0
    seen_once: int = 0


@dataclass(frozen=True, slots=True)
class AnimalRow:
    """One individual of the species under study.

    first, last: of its events in sessions, or of all if it has none there (a camera with a wrong clock gives odd days).
    """

    individual: str
    sex: str
    life_stage: str
    first: datetime | None
    last: datetime | None
    events: int
    stations: int
    flanks: tuple[str, ...]
    by_session: dict[str, int]
    in_history: bool = True


@dataclass(frozen=True, slots=True)
class FamilyRow:
    """A female with cubs ("litter"), or two grown animals seen together ("pair", "mother-young", ...)."""

    session: str

    kind: str
    members: tuple[str, ...]
    cubs: int
    events: int
    first: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Operation:
    """One bar of the operation plot: a deployment's days by state, and detections on it."""

    station: str
    camera: str
    start: datetime
    end: datetime
    failures: tuple[tuple[datetime, datetime, str], ...] = ()
    detections: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class EventRow:
    """One independent event. reason: "used", or why it is in no history (a key of `history.records.REASONS`)."""

    event: str
    session: str
    station: str
    individual: str
    start: datetime
    end: datetime
    flanks: tuple[str, ...]
    cubs: int
    reason: str


@dataclass(frozen=True, slots=True)
class CoarseCell:
    """One cell of the fixed grid in which places are told to the public, in one session. row, column: of that grid."""

    session: str
    row: int
    column: int
    stations: int
    operating_days: float
    events: int


@dataclass(frozen=True, slots=True)
class Surface:
    """Animals per 100 km2 over the mask in one session: rows from south to north, None outside the mask.

    spacing: width of a cell in km. stations: (x, y) in km from the south-west corner of the first cell.
    regions: name -> share of each cell that lies in it.
    """

    session: str
    spacing: float
    values: tuple[tuple[float | None, ...], ...]
    stations: tuple[tuple[float, float], ...] = ()
    regions: dict[str, tuple[tuple[float, ...], ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """The estimate under another way of counting. how: a key of `app.sensitivity.WAYS`. Density per 100 km2."""

    how: str
    session: str
    animals: int
    density: float
    se: float
    lower: float
    upper: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SampledRow:
    """A number of the fit beside that over sampled catalogues of who is who. quantity: "D" per 100 km2, "N" or "E(N)".

    plain, lower, upper: of the catalogue as decided. se_fit, se_identity: the parts of the sampled standard error.
    samples: that gave a number; nan and a note where too few did.
    """

    session: str
    quantity: str
    plain: float
    plain_lower: float
    plain_upper: float
    mean: float
    lower: float
    upper: float
    se_fit: float
    se_identity: float
    samples: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture small enough for a page. about: an individual's id, or ids of those seen together.

    jpeg: without metadata. media: what it was cut from. flank: "" where nobody said.
    """

    about: tuple[str, ...]
    session: str
    kind: str
    media: str
    taken: datetime | None
    flank: str
    width: int
    height: int
    jpeg: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Author:
    """How many records one author gave an animal's name. method: "human" or "machine"."""

    by: str
    method: str
    records: int


@dataclass(frozen=True, slots=True)
class ObserverRow:
    """One person who answered questions on who is who.

    controls: blind ones that were answered. false_same, false_different: (rate, low, high), 95 % interval.
    """

    by: str
    answers: int
    cannot_tell: int
    controls: int
    false_same: tuple[float, float, float]
    false_different: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two people who judged the same pairs of events. kappa: nan if all answers are alike."""

    one: str
    other: str
    pairs: int
    kappa: float


@dataclass(frozen=True, slots=True)
class Progress:
    """What the log says of the work: how often something was said (kind of entry), and when last."""

    kind: str
    entries: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Content:
    """Everything a report says. Parts that are not known are empty, and the report says so.

    rows: every independent event. remarks: how many findings there are (a public edition does not show them).
    cell_degrees: width of the cells of `cells`, 0 where places are not known in degrees. sampled_animals: in the
    histories, as decided and over the samples (mean, smallest, largest); None where identity was not sampled.
    """

    title: str
    organisation: str
    species: str
    config: SurveyConfig | None
    as_of: datetime | None
    head: str
    program: str
    sessions: tuple[SessionEffort, ...]
    stations: tuple[StationEffort, ...]
    minimum_known: tuple[MinimumKnown, ...]
    animals: tuple[AnimalRow, ...]
    families: tuple[FamilyRow, ...] = ()
    operation: tuple[Operation, ...] = ()
    files: Files | None = None
    known_by_rule: dict[str, int] = field(default_factory=dict)
    classes: tuple[str, ...] = ()
    events: dict[str, int] = field(default_factory=dict)
    not_used: dict[str, int] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    fits: tuple[Fit, ...] = ()
    sources: dict[str, str] = field(default_factory=dict)
    edition: str = "restricted"
    rows: tuple[EventRow, ...] = ()
    cells: tuple[CoarseCell, ...] = ()
    cell_degrees: float = 0.0
    surfaces: tuple[Surface, ...] = ()
    sensitivity: tuple[Sensitivity, ...] = ()
    sampled: tuple[SampledRow, ...] = ()
    sampled_animals: tuple[int, float, int, int] | None = None
    pictures: tuple[Picture, ...] = ()
    joint: JointEstimate | None = None
    log: tuple[Progress, ...] = ()
    remarks: int = 0
    authors: tuple[Author, ...] = ()
    observers: tuple[ObserverRow, ...] = ()
    agreement: tuple[Agreement, ...] = ()
