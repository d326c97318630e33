"""A survey: its configuration (`survey.toml`) and what is known of it now."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from pardus.model.clock import ClockCorrection
from pardus.model.deployment import Deployment, Station
from pardus.model.individual import Individual
from pardus.model.media import Media
from pardus.model.observation import Observation

CAMERA_RULES = ("any", "all", "sum")
FLANK_RULES = ("auto", "left+both", "right+both", "all")
OCCASION_OUTPUTS = ("binary", "count")


@dataclass(frozen=True, slots=True)
class Session:
    """One closed survey: a name and a period, both days included."""

    name: str
    start: date
    end: date


@dataclass(frozen=True, slots=True)
class MaskRule:
    """How the mask is made: a habitat polygon file, or a buffer around the stations.

    buffer, spacing: metres. habitat / unsuitable: polygon files beside survey.toml (any format that
    pyogrio reads); cells outside habitat or inside unsuitable ground (sea) are left out.
    """

    buffer: float = 15_000.0
    spacing: float = 1_000.0
    habitat: str = ""
    unsuitable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableMapping:
    """How the columns of the field's own table are called: our name -> their column.

    file: path, may hold one sheet after '#'. date_format: strptime form ("%d/%m/%Y"), "" = ISO only.
    For stations and deployments: station, x, y (or latitude, longitude), crs, setup, retrieval,
    camera, problem_from / problem_to (a pattern with {n}: "Problem{n}_from").
    For records: station, camera, individual, species, time (or date and time_of_day), flank, sex, ...
    values: column -> what is written there -> what it means ({"sex": {"самка": "female"}}).
    encoding, separator: of a CSV; "" = found out, and refused where it can't be.
    author: who said what the table says (identity, species). method: "human" or "machine".
    """

    file: str
    columns: dict[str, str] = field(default_factory=dict, hash=False)
    date_format: str = ""
    crs: str = ""
    zone: str = ""
    values: dict[str, dict[str, str]] = field(default_factory=dict, hash=False)
    encoding: str = ""
    separator: str = ""
    author: str = ""
    method: str = "human"


@dataclass(frozen=True, slots=True)
class AreaRule:
    """Where stations can be: polygon files beside survey.toml against which their coordinates are checked.

    study: the study area; a station outside it is refused, with the likely mistake. sea: water; a station
    in it is refused. country: "RU" or "CN"; a station on the other side of the border is flagged.
    max_km: a station farther than this from the nearest other one, or outside `study`, is flagged.
    """

    study: str = ""
    sea: tuple[str, ...] = ()
    country: str = ""
    max_km: float = 50.0


@dataclass(frozen=True, slots=True)
class SurveyConfig:
    """Everything a person decides about a survey, in one readable file; see docs/reference/survey-toml.md.

    organisation: id that qualifies all ids. species: scientific name under study.
    zone: programme time zone in which occasions are cut. occasion_days, occasion_start_hour (12 = noon to noon).
    independence_minutes: two records of one animal at one station closer than this are one event.
    crs: projected coordinate system of x and y, metres ("EPSG:32652"). camera_zone: default clock rule.
    life_stages: classes that enter histories; decided_on: date on which age classes are decided (None: each
    session's start). flank_rule: one of FLANK_RULES. camera_rule: one of CAMERA_RULES, when a station has
    two cameras. part_days: "half" (setup and retrieval day 0.5, as camtrapR) or "exact" (by the hour where known).
    layout: folder levels, for example "station/camera" (see ingest). regions: name -> polygon file.
    """

    organisation: str
    name: str
    species: str
    zone: str = "UTC"
    crs: str = "EPSG:32652"
    camera_zone: str = ""
    occasion_days: int = 1
    occasion_start_hour: int = 12
    independence_minutes: int = 30
    output: str = "binary"
    life_stages: tuple[str, ...] = ("adult", "subadult", "")
    decided_on: date | None = None
    flank_rule: str = "auto"
    camera_rule: str = "any"
    part_days: str = "half"
    layout: str = "station"
    mask: MaskRule = MaskRule()
    area: AreaRule = AreaRule()
    regions: dict[str, str] = field(default_factory=dict, hash=False)
    sessions: tuple[Session, ...] = ()
    tables: dict[str, TableMapping] = field(default_factory=dict, hash=False)
    tags: dict[str, str] = field(default_factory=dict, hash=False)
    detection: str = "HHN"
    partners: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Survey:
    """What is known of a survey at a moment: the fold of its log.

    as_of: the time of the last entry it contains. head: that entry's hash, which names this state.
    """

    config: SurveyConfig
    stations: tuple[Station, ...] = ()
    deployments: tuple[Deployment, ...] = ()
    media: tuple[Media, ...] = ()
    observations: tuple[Observation, ...] = ()
    individuals: tuple[Individual, ...] = ()
    corrections: tuple[ClockCorrection, ...] = ()
    resources: dict[str, str] = field(default_factory=dict, hash=False)
    as_of: datetime | None = None
    head: str = ""
