"""Everything that can be set in a simulation: one frozen tree, read from one TOML file, refused with reasons.

The defaults are the leopard's on both sides of the border. `default_toml()` writes them with their meaning.
"""

from __future__ import annotations

import dataclasses
import difflib
import tomllib
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from pardus.model.clock import parse_zone
from pardus.model.errors import Finding, ParameterError
from pardus.model.ids import check_organisation
from pardus.model.language import LANGUAGES, N_, _, ngettext

LAYOUTS = ("station/camera", "station/camera/date", "station")
TABLES = ("csv-utf8", "csv-cp1251", "csv-gbk", "xlsx")
COORDINATES = ("utm52n", "sk42", "cgcs2000", "degrees", "dms", "gcj02")


def _set(
    default: Any, doc: str, low: float | None = None, high: float | None = None, one_of: Any = ()
) -> Any:
    return field(default=default, metadata={"doc": doc, "low": low, "high": high, "one_of": one_of})


@dataclass(frozen=True, slots=True)
class LandscapeParameters:
    """The ground: how large, how cut, how good."""

    area_km2: float = _set(8398.0, N_("Habitat in which animals can live, km2."), 50, 100_000)
    cell: float = _set(1000.0, N_("Side of a mask cell, metres."), 100, 10_000)
    elongation: float = _set(3.2, N_("Length north to south over width."), 0.5, 6)
    grain: float = _set(18_000.0, N_("Size of patches of good and poor habitat, metres."), 1_000, 200_000)
    sea: bool = _set(True, N_("A coast cuts the south-east corner."))


@dataclass(frozen=True, slots=True)
class PopulationParameters:
    """The animals and their fate through the years."""

    n: int = _set(84, N_("Independent animals (adults and subadults) in the first year."), 0, 20_000)
    n_is: str = _set(
        "fixed", N_("fixed: exactly n; poisson: n is the expected number."), one_of=("fixed", "poisson")
    )
    years: int = _set(2, N_("Number of yearly surveys."), 1, 60)
    first_year: int = _set(2024, N_("Year in which the first winter begins."), 1990, 2100)
    density_slope: float = _set(0.6, N_("Effect of the habitat covariate on log density."), -5, 5)
    female_share: float = _set(0.6, N_("Share of females among independent animals."), 0, 1)
    survival: float = _set(0.82, N_("Chance that an independent animal lives to the next year."), 0, 1)
    growth: float = _set(
        1.02, N_("Expected number of independent animals next year for each one this year."), 0, 2
    )
    litter: float = _set(2.0, N_("Mean number of cubs in a litter (1 to 4)."), 1, 4)
    cub_survival: float = _set(
        0.6, N_("Chance that a cub lives to independence if its mother lives."), 0.01, 1
    )
    breeding_age: int = _set(3, N_("Age in years at which a female can have cubs."), 2, 8)
    dispersal_female: float = _set(6_000.0, N_("Scale of a young female's dispersal, metres."), 100, 200_000)
    dispersal_male: float = _set(14_000.0, N_("Scale of a young male's dispersal, metres."), 100, 200_000)
    shift: float = _set(800.0, N_("Scale of a settled animal's yearly home-range shift, metres."), 1, 100_000)
    found_dead: float = _set(0.1, N_("Share of deaths that somebody finds."), 0, 1)


@dataclass(frozen=True, slots=True)
class DetectionParameters:
    """How animals meet stations; the detection functions are those of the estimator."""

    lambda0_female: float = _set(0.008, N_("Expected visits per night at distance 0, females."), 1e-6, 5)
    lambda0_male: float = _set(0.009, N_("The same for males."), 1e-6, 5)
    sigma_female: float = _set(4_000.0, N_("Spatial scale, metres, females."), 100, 50_000)
    sigma_male: float = _set(6_500.0, N_("Spatial scale, metres, males."), 100, 50_000)
    family_share: float = _set(0.7, N_("Share of a mother's visits on which her cubs come along."), 0, 1)
    pair_share: float = _set(0.03, N_("Share of a female's visits on which a male comes along."), 0, 1)
    night_share: float = _set(0.7, N_("Share of visits in the dark."), 0, 1)
    walk_hours: float = _set(10.0, N_("Time in which a walking animal forgets its direction, hours."), 1, 200)
    reach: float = _set(
        300.0, N_("Distance from a station within which a track can meet it, metres."), 20, 2_000
    )


@dataclass(frozen=True, slots=True)
class SurveyParameters:
    """The season and its stations."""

    start: str = _set("11-25", N_("First day of the season, month-day."))
    days: int = _set(88, N_("Length of the season in days."), 1, 366)
    stations: int = _set(212, N_("Stations of all partners together."), 1, 5_000)
    spacing_min: float = _set(2_500.0, N_("Smallest distance between stations, metres."), 0, 50_000)
    two_cameras: float = _set(0.7, N_("Share of stations with two cameras face to face."), 0, 1)
    video: float = _set(0.5, N_("Share of second cameras that take 10-second videos."), 0, 1)
    other_visits: float = _set(0.02, N_("Visits per camera-day of other animals and people."), 0, 50)
    blanks: float = _set(0.01, N_("Empty triggers (wind, snow) per camera-day."), 0, 50)
    staff: bool = _set(True, N_("The staff stand before the camera at setup and retrieval."))


@dataclass(frozen=True, slots=True)
class CameraParameters:
    """What happens to cameras and clocks; each is a share of all cameras."""

    lost: float = _set(0.03, N_("Stolen or lost with its card; nobody knows when."), 0, 1)
    half_season: float = _set(0.10, N_("Stopped in the middle of the season."), 0, 1)
    gap: float = _set(0.05, N_("Failed for some weeks and worked again after a visit."), 0, 1)
    dead_flash: float = _set(0.03, N_("Flash dead from some day on: nights missing."), 0, 1)
    clock_zone: float = _set(0.02, N_("Clock in another zone than the partner's rule."), 0, 1)
    clock_12_hours: float = _set(0.02, N_("Clock 12 hours off."), 0, 1)
    clock_reset: float = _set(0.02, N_("Clock fell back to the factory date in mid-season."), 0, 1)
    clock_drift: float = _set(0.02, N_("Clock gains or loses minutes in the season."), 0, 1)


@dataclass(frozen=True, slots=True)
class FaultParameters:
    """Faults planted in the files, counted over the whole survey of each partner and year."""

    swapped_cards: int = _set(1, N_("Pairs of cards put into each other's folder."), 0, 100)
    duplicated_cards: int = _set(1, N_("Cards copied twice."), 0, 100)
    truncated: int = _set(3, N_("JPEG or MP4 files cut off."), 0, 1_000)
    zero_byte: int = _set(1, N_("Files of no bytes."), 0, 1_000)
    not_media: int = _set(2, N_("Thumbs.db and the like."), 0, 1_000)
    renamed: int = _set(1, N_("Pictures with the extension of a video."), 0, 1_000)


@dataclass(frozen=True, slots=True)
class PictureParameters:
    """What pictures look like."""

    make: bool = _set(True, N_("Make pictures and videos (false: tables and truth only)."))
    species: str = _set("leopard", N_("leopard (rosettes) or tiger (stripes)."), one_of=("leopard", "tiger"))
    width: int = _set(1280, N_("Width of stills in pixels, a multiple of 64."), 320, 4_096)
    height: int = _set(720, N_("Height of stills in pixels, even."), 180, 3_072)
    burst: int = _set(3, N_("Stills per trigger."), 1, 10)
    quality: int = _set(82, N_("JPEG quality."), 30, 100)
    video_width: int = _set(640, N_("Width of videos in pixels, a multiple of 64."), 320, 1_920)
    video_height: int = _set(360, N_("Height of videos in pixels, even."), 180, 1_080)
    video_seconds: float = _set(10.0, N_("Length of a video."), 0.5, 60)
    video_fps: int = _set(5, N_("Frames per second of a video."), 1, 60)
    difficulty: float = _set(
        0.5, N_("0 = clear broadside pictures, 0.5 = as in the field, 1 = hardly usable."), 0, 1
    )


@dataclass(frozen=True, slots=True)
class ObserverParameters:
    """The people who name animals in the pictures."""

    tagged: bool = _set(True, N_("Files come with the biologists' own tags and tables of who is who."))
    false_split: float = _set(
        0.10, N_("Share of captures given a new name though the animal is known."), 0, 1
    )
    false_merge: float = _set(0.025, N_("Share of captures given another animal's name."), 0, 1)
    cannot_tell: float = _set(0.10, N_("Share of captures that an observer will not name."), 0, 1)


@dataclass(frozen=True, slots=True)
class PartnerParameters:
    """One organisation: its land and its habits. Partners lie from west to east in the order given."""

    id: str = _set("llnp", N_("Organisation id."))
    name: str = _set("Земля леопарда", N_("Name in its own language."))
    share: float = _set(0.5, N_("Share of the habitat."), 0.01, 1)
    stations: float = _set(0.5, N_("Share of the stations."), 0, 1)
    zone: str = _set("+10:00", N_("Clock rule of its cameras."))
    language: str = _set("ru", N_("Language of folder and column names."), one_of=LANGUAGES)
    layout: str = _set("station/camera", N_("Folder levels of its cards."), one_of=LAYOUTS)
    table: str = _set("csv-cp1251", N_("Format of its station table."), one_of=TABLES)
    coordinates: str = _set("sk42", N_("Coordinate system of its station table."), one_of=COORDINATES)


_PARTNERS = (
    PartnerParameters(
        "ntlnp", "东北虎豹国家公园", 0.35, 0.38, "+08:00", "zh", "station/camera/date", "xlsx", "cgcs2000"
    ),
    PartnerParameters(
        "llnp", "Земля леопарда", 0.65, 0.62, "+10:00", "ru", "station/camera", "csv-cp1251", "sk42"
    ),
)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A whole simulation."""

    landscape: LandscapeParameters = LandscapeParameters()
    population: PopulationParameters = PopulationParameters()
    detection: DetectionParameters = DetectionParameters()
    survey: SurveyParameters = SurveyParameters()
    cameras: CameraParameters = CameraParameters()
    faults: FaultParameters = FaultParameters()
    pictures: PictureParameters = PictureParameters()
    observers: ObserverParameters = ObserverParameters()
    partners: tuple[PartnerParameters, ...] = _PARTNERS

    def __post_init__(self) -> None:
        findings = check(self)
        if findings:
            raise ParameterError(_summary(len(findings)), findings)


SECTIONS: dict[str, type[Any]] = {
    "landscape": LandscapeParameters,
    "population": PopulationParameters,
    "detection": DetectionParameters,
    "survey": SurveyParameters,
    "cameras": CameraParameters,
    "faults": FaultParameters,
    "pictures": PictureParameters,
    "observers": ObserverParameters,
}


def season(parameters: Parameters, year: int) -> date:
    """Return the first day of a year's season."""
    return date.fromisoformat(f"{year:04d}-{parameters.survey.start}")


def check(p: Parameters) -> list[Finding]:
    """Return every reason why these parameters can't be simulated."""
    found: list[Finding] = []

    def fault(where: str, message: str, remedy: str = "") -> None:
        found.append(Finding("parameter", where, message, remedy))

    sections = [(name, getattr(p, name)) for name in SECTIONS]
    sections += [(f"partner {number}", partner) for number, partner in enumerate(p.partners, 1)]
    for name, section in sections:
        for f in dataclasses.fields(section):
            _check_value(f"{name}.{f.name}", getattr(section, f.name), f, fault)
    if found:
        return found
    _check_together(p, fault)
    return found


def _check_value(where: str, value: Any, f: dataclasses.Field[Any], fault: Any) -> None:
    low, high, one_of = f.metadata["low"], f.metadata["high"], f.metadata["one_of"]
    if one_of and value not in one_of:
        fault(
            where, _("expected one of {names}, found {found!r}.").format(names=", ".join(one_of), found=value)
        )
    if low is not None and not low <= value <= high:
        fault(where, _("expected {low} to {high}, found {found}.").format(low=low, high=high, found=value))


def _check_together(p: Parameters, fault: Any) -> None:
    """Check what can only be seen of several values at once."""
    if p.population.growth < p.population.survival:
        fault(
            "population.growth",
            _("growth {growth} is below survival {survival}: recruitment would be negative.").format(
                growth=p.population.growth, survival=p.population.survival
            ),
            _("Raise growth or lower survival."),
        )
    if p.observers.false_split + p.observers.false_merge + p.observers.cannot_tell > 1:
        fault("observers", _("the three shares add up to more than 1."))
    for name in ("width", "video_width"):
        if getattr(p.pictures, name) % 64:
            fault(
                f"pictures.{name}",
                _("expected a multiple of 64, found {found}.").format(found=getattr(p.pictures, name)),
            )
    for name in ("height", "video_height"):
        if getattr(p.pictures, name) % 2:
            fault(
                f"pictures.{name}",
                _("expected an even number, found {found}.").format(found=getattr(p.pictures, name)),
            )
    failing = [getattr(p.cameras, f.name) for f in dataclasses.fields(p.cameras)]
    if sum(failing[:4]) > 1 or sum(failing[4:]) > 1:
        fault("cameras", _("the shares of failing cameras, or of wrong clocks, add up to more than 1."))
    _check_season(p, fault)
    _check_partners(p, fault)
    need = p.survey.stations * p.survey.spacing_min**2 / 1e6
    if need > p.landscape.area_km2:
        fault(
            "survey.stations",
            _("{stations} stations at least {spacing:.0f} m apart do not fit on {area:.0f} km2.").format(
                stations=p.survey.stations, spacing=p.survey.spacing_min, area=p.landscape.area_km2
            ),
            _("Lower survey.stations or survey.spacing_min."),
        )
    limit = 4 * (p.detection.reach / min(p.detection.sigma_female, p.detection.sigma_male)) ** 2
    if limit > 1:
        fault("detection.reach", _("the reach is more than half of sigma; a track could not show sigma."))


def _check_season(p: Parameters, fault: Any) -> None:
    try:
        datetime.strptime(f"2024-{p.survey.start}", "%Y-%m-%d")
    except ValueError:
        fault("survey.start", _("expected month-day as 11-25, found {found!r}.").format(found=p.survey.start))


def _check_partners(p: Parameters, fault: Any) -> None:
    if not p.partners:
        fault("partner", _("expected at least one partner."))
        return
    if len({partner.id for partner in p.partners}) != len(p.partners):
        fault("partner", _("two partners have the same id."))
    for number, partner in enumerate(p.partners, 1):
        try:
            check_organisation(partner.id)
        except ParameterError as error:
            fault(f"partner {number}.id", error.summary)
        try:
            parse_zone(partner.zone)
        except (ValueError, KeyError, OSError):
            fault(f"partner {number}.zone", _("{found!r} is no time zone.").format(found=partner.zone))
    for name in ("share", "stations"):
        total = sum(getattr(partner, name) for partner in p.partners)
        if abs(total - 1) > 1e-6:
            fault(
                f"partner.{name}", _("expected shares that add up to 1, found {total}.").format(total=total)
            )


def read_parameters(text: str, source: str = "parameters.toml") -> Parameters:
    """Return the parameters in a TOML text; what is not in it has its default.

    Raises ParameterError with every fault at once: unknown keys with the nearest known one, wrong types,
    values out of range, values that contradict each other.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ParameterError(_("{file} is not TOML: {reason}.").format(file=source, reason=error)) from None
    found: list[Finding] = []
    sections: dict[str, Any] = {}
    for name, value in data.items():
        if name == "partner":
            continue
        if name not in SECTIONS or not isinstance(value, dict):
            found.append(_unknown(source, name, (*SECTIONS, "partner")))
        else:
            sections[name] = _values(source, name, value, SECTIONS[name], found)
    if "partner" in data:
        rows = data["partner"] if isinstance(data["partner"], list) else [data["partner"]]
        sections["partners"] = [
            _values(source, f"partner {i}", row, PartnerParameters, found) for i, row in enumerate(rows, 1)
        ]
    if found:
        raise ParameterError(_summary(len(found)), found)
    made = {name: SECTIONS[name](**values) for name, values in sections.items() if name != "partners"}
    if "partners" in sections:
        made["partners"] = tuple(PartnerParameters(**values) for values in sections["partners"])
    return Parameters(**made)


def _values(
    source: str, name: str, data: dict[str, Any], kind: type[Any], found: list[Finding]
) -> dict[str, Any]:
    fields = {f.name: f for f in dataclasses.fields(kind)}
    out = {}
    for key, value in data.items():
        if key not in fields:
            found.append(_unknown(source, f"{name}.{key}", tuple(fields), key))
            continue
        wanted = type(fields[key].default)
        if wanted is float and type(value) is int:
            value = float(value)
        if type(value) is not wanted:
            message = _("expected {kind} like {example!r}, found {found!r}.").format(
                kind=wanted.__name__, example=fields[key].default, found=value
            )
            found.append(Finding("parameter-type", f"{source}, {name}.{key}", message))
        out[key] = value
    return out


def _unknown(source: str, where: str, names: tuple[str, ...], key: str = "") -> Finding:
    near = difflib.get_close_matches(key or where, names, n=1, cutoff=0.5)
    remedy = _("Did you mean {near}?").format(near=near[0]) if near else ""
    return Finding("parameter-unknown", f"{source}, {where}", _("there is no such parameter."), remedy)


def _summary(count: int) -> str:
    return ngettext("{count} parameter can't be used.", "{count} parameters can't be used.", count).format(
        count=count
    )


def default_toml(parameters: Parameters | None = None) -> str:
    """Return parameters (default: the leopard's) as a TOML file with the meaning of each.

    `read_parameters(default_toml(p)) == p`.
    """
    p = parameters or Parameters()
    lines = ["# " + _("Parameters of `pardus simulate`. Leave out what shall keep its default.")]
    for name in SECTIONS:
        lines += ["", f"[{name}]", *_lines(getattr(p, name))]
    for partner in p.partners:
        lines += ["", "[[partner]]", *_lines(partner)]
    return "\n".join(lines) + "\n"


def _lines(section: Any) -> list[str]:
    out = []
    for f in dataclasses.fields(section):
        value = getattr(section, f.name)
        text = (
            str(value).lower()
            if isinstance(value, bool)
            else f'"{value}"'
            if isinstance(value, str)
            else repr(value)
        )
        out.append(f"{f.name} = {text}  # {_(f.metadata['doc'])}")
    return out
