"""Read and write `survey.toml`: text to SurveyConfig with every fault at once, and back as a commented file."""

from __future__ import annotations

import dataclasses
import difflib
import json
import re
import textwrap
import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

from pardus.model.clock import parse_zone
from pardus.model.errors import DataError, Finding, ParameterError
from pardus.model.ids import check_organisation
from pardus.model.language import N_, _, ngettext
from pardus.model.observation import LIFE_STAGES
from pardus.model.survey import (
    CAMERA_RULES,
    FLANK_RULES,
    OCCASION_OUTPUTS,
    AreaRule,
    MaskRule,
    Session,
    SurveyConfig,
    TableMapping,
)

LONG_SESSION_DAYS = 100
PART_DAYS = ("half", "exact")
DETECTION = ("HN", "HR", "EX", "HHN", "HHR", "HEX")
COUNTRIES = ("", "RU", "CN")
METHODS = ("human", "machine")

PLACE_COLUMNS = (
    "station", "name", "x", "y", "latitude", "longitude", "coordinates", "crs", "uncertainty",
)  # fmt: skip
CAMERA_COLUMNS = (
    "station", "deployment", "camera", "setup", "setup_time", "retrieval", "retrieval_time", "problem_from",
    "problem_to", "problem_state", "problem_cause", "model", "serial", "clock", "setup_by", "comments",
)  # fmt: skip
RECORD_COLUMNS = (
    "record", "station", "camera", "file", "species", "individual", "time", "date", "time_of_day", "end",
    "type", "count", "flank", "sex", "life_stage", "behaviour", "group", "mother", "author", "probability",
    "comments",
)  # fmt: skip
INDIVIDUAL_COLUMNS = (
    "individual", "name", "sex", "life_stage", "birth_year", "status", "mother", "alias", "on", "author",
    "basis",
)  # fmt: skip
TABLE_COLUMNS: dict[str, tuple[str, ...]] = {
    "stations": tuple(dict.fromkeys((*PLACE_COLUMNS, *CAMERA_COLUMNS))),
    "deployments": CAMERA_COLUMNS,
    "records": RECORD_COLUMNS,
    "individuals": INDIVIDUAL_COLUMNS,
}
TAG_FIELDS = ("species", "individual", "flank", "sex", "life_stage", "count", "behaviour", "author")

# Every key of the top level in the order in which the file is written, with its comment.
KEYS: dict[str, str] = {
    "organisation": N_("Your organisation: a-z, 0-9 and '-'. It goes before every id, as in llnp:F01."),
    "name": N_("The survey's name, as it stands on reports."),
    "species": N_("Scientific name of the species under study."),
    "zone": N_("Time zone of the whole programme, in which occasions are cut. One for all partners."),
    "camera_zone": N_(
        'What the cameras\' clocks show: a fixed offset ("+10:00") if nobody changes them in summer, '
        "or a civil zone. Empty: the programme's zone."
    ),
    "crs": N_("Coordinate system of x and y, in metres. EPSG:32652 is UTM 52N, EPSG:28422 SK-42 zone 22."),
    "occasion_days": N_("Length of an occasion in days."),
    "occasion_start_hour": N_("Hour at which an occasion begins; 12 = from noon to noon."),
    "independence_minutes": N_("Records of one animal at one station closer than this are one event."),
    "output": N_("What a capture history holds for an occasion: binary (seen or not) or count."),
    "life_stages": N_('Age classes that enter histories; "" = not stated. Dependent cubs never do.'),
    "decided_on": N_("Date on which age classes are decided. Without it: the first day of each session."),
    "flank_rule": N_(
        "Animals known from one side only: left+both, right+both, auto (the side with more), all."
    ),
    "camera_rule": N_("Effort where a station has two cameras: any (one works), all (both work) or sum."),
    "part_days": N_("Day of setup and of retrieval: half a day, or exact by the hour where it is known."),
    "layout": N_("Folder levels of the cards, for example station/camera or station/date."),
    "detection": N_("Detection function of the estimate: HN, HR, EX, HHN, HHR or HEX, as in secr."),
}
SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "mask": (
        N_("Where activity centres can be: so many metres around the stations, or a habitat polygon."),
        tuple(f.name for f in dataclasses.fields(MaskRule)),
    ),
    "area": (
        N_("Where stations can be; their coordinates are checked against it."),
        tuple(f.name for f in dataclasses.fields(AreaRule)),
    ),
    "regions": (N_("Regions for which a number of animals is wanted: name = polygon file."), ()),
    "session": (
        N_("Closed surveys: a season each, both days included. Longer than about 100 days is warned about."),
        ("name", "start", "end"),
    ),
    "tables": (
        N_(
            "The field's own tables: [tables.stations], [tables.deployments], [tables.records], "
            "[tables.individuals]. Under columns: our name = the column's name."
        ),
        tuple(f.name for f in dataclasses.fields(TableMapping)),
    ),
    "tags": (
        N_("Keyword tags in pictures: our field = the tag above it, as in Species|Leopard."),
        TAG_FIELDS,
    ),
    "partners": (N_("Other organisations: id = name."), ()),
}


def table_kind(name: str) -> str:
    """Return what a table is, from its name in `survey.toml`: "records-ai" is of kind "records"."""
    return name.partition("-")[0]


def read_config(text: str, source: str = "survey.toml") -> tuple[SurveyConfig, tuple[Finding, ...]]:
    """Return the configuration and the warnings.

    Raises DataError with every fault in the text at once (unknown keys with the nearest known one,
    wrong types and values, bad zones, sessions that overlap). source: the name shown to the reader.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        finding = Finding(
            "config-syntax",
            source,
            _("this is not TOML: {reason}.").format(reason=error),
            _("Text stands in quotes, dates do not; [[session]] begins each session."),
        )
        raise DataError(_("{file} can't be read.").format(file=source), [finding]) from None
    reader = _Reader(source)
    config = reader.survey(data)
    errors = [f for f in reader.findings if f.severity == "error"]
    if errors or config is None:
        summary = ngettext("{file} has {count} fault.", "{file} has {count} faults.", len(errors))
        raise DataError(summary.format(file=source, count=len(errors)), reader.findings)
    return config, tuple(sorted(reader.findings))


class _Reader:
    """Collects findings while it takes one value after the other out of the parsed file."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.findings: list[Finding] = []

    def fault(self, code: str, key: str, message: str, remedy: str = "", severity: str = "error") -> None:
        self.findings.append(Finding(code, f"{self.source}, {key}", message, remedy, severity))

    def survey(self, data: dict[str, Any]) -> SurveyConfig | None:
        self.known("", data, (*KEYS, *SECTIONS))
        defaults = {f.name: f.default for f in dataclasses.fields(SurveyConfig)}
        values: dict[str, Any] = {
            key: self.value(key, data[key], defaults[key]) for key in KEYS if key in data
        }
        for key in ("organisation", "name", "species"):
            if not values.get(key):
                self.fault("config-missing", key, _("is missing; every survey has one."), _(KEYS[key]))
        self.rules(values)
        mask = self.section("mask", data, MaskRule)
        area = self.section("area", data, AreaRule)
        for key, part in (
            ("mask.buffer", mask.buffer),
            ("mask.spacing", mask.spacing),
            ("area.max_km", area.max_km),
        ):
            if not part > 0:
                self.fault("config-value", key, _("expected more than 0, found {found}.").format(found=part))
        self.choice("area.country", area.country, COUNTRIES)
        values |= {
            "mask": mask,
            "area": area,
            "regions": self.texts("regions", data.get("regions", {})),
            "tags": self.texts("tags", data.get("tags", {})),
            "partners": self.partners(data.get("partners", {})),
            "sessions": self.sessions(data.get("session", [])),
            "tables": self.tables(data.get("tables", {})),
        }
        self.known("tags", values["tags"], TAG_FIELDS)
        if any(f.severity == "error" for f in self.findings):
            return None
        return SurveyConfig(**values)

    def known(self, prefix: str, data: Mapping[str, Any], names: tuple[str, ...]) -> None:
        """Name every key that is not one of ours, with the nearest one that is."""
        for key in data:
            if key not in names:
                near = difflib.get_close_matches(key.lower(), names, n=1, cutoff=0.5)
                remedy = (
                    _("Did you mean {near}?").format(near=near[0])
                    if near
                    else _("Known here: {names}.").format(names=", ".join(names))
                )
                where = f"{prefix}.{key}" if prefix else key
                self.fault("config-unknown-key", where, _("there is no such key."), remedy)

    def value(self, key: str, found: Any, default: Any) -> Any:
        """Return a value of the default's type, or the default after naming the fault."""
        if isinstance(default, tuple):
            if isinstance(found, list) and all(isinstance(item, str) for item in found):
                return tuple(found)
            expected = _("a list of texts")
        elif key == "decided_on":
            if _is_date(found):
                return found
            expected = _("a date without quotes, as 2025-12-01")
        elif isinstance(default, bool | int) and not isinstance(default, float):
            if isinstance(found, int) and not isinstance(found, bool):
                return found
            expected = _("a whole number")
        elif isinstance(default, float):
            if isinstance(found, int | float) and not isinstance(found, bool):
                return float(found)
            expected = _("a number")
        else:
            if isinstance(found, str):
                return found
            expected = _("a text in quotes")
        self.fault(
            "config-type",
            key,
            _("expected {expected}, found {found!r}.").format(expected=expected, found=found),
        )
        return default if default is not dataclasses.MISSING else ""

    def rules(self, values: dict[str, Any]) -> None:
        """Check the single values of the top level."""
        if values.get("organisation"):
            try:
                check_organisation(values["organisation"])
            except ParameterError as error:
                self.fault("config-value", "organisation", error.summary)
        for key in ("zone", "camera_zone"):
            if values.get(key):
                self.zone(key, values[key])
        if "crs" in values and not re.fullmatch(r"EPSG:\d{4,6}", values["crs"]):
            self.fault(
                "config-value",
                "crs",
                _("expected EPSG: and a number, found {found!r}.").format(found=values["crs"]),
                _(KEYS["crs"]),
            )
        for key, low, high in (
            ("occasion_days", 1, 366),
            ("occasion_start_hour", 0, 23),
            ("independence_minutes", 0, 1440),
        ):
            if key in values and not low <= values[key] <= high:
                self.fault(
                    "config-value",
                    key,
                    _("expected {low} to {high}, found {found}.").format(
                        low=low, high=high, found=values[key]
                    ),
                )
        for key, choices in (
            ("output", OCCASION_OUTPUTS),
            ("flank_rule", FLANK_RULES),
            ("camera_rule", CAMERA_RULES),
            ("part_days", PART_DAYS),
            ("detection", DETECTION),
        ):
            if key in values:
                self.choice(key, values[key], choices)
        for stage in values.get("life_stages", ()):
            self.choice("life_stages", stage, LIFE_STAGES)
        if "juvenile" in values.get("life_stages", ()):
            self.fault(
                "config-value",
                "life_stages",
                _("juvenile is a dependent cub, which never enters a history."),
                _("Take it out; cubs are reported in the table of families."),
            )

    def choice(self, key: str, found: str, choices: tuple[str, ...]) -> None:
        if found not in choices:
            names = ", ".join(choice or '""' for choice in choices)
            self.fault(
                "config-value",
                key,
                _("expected one of {names}, found {found!r}.").format(names=names, found=found),
            )

    def zone(self, key: str, zone: str) -> None:
        if not zone_is_known(zone):
            self.fault(
                "config-zone",
                key,
                _("{found!r} is no time zone.").format(found=zone),
                _("Write a fixed offset as +10:00, or a zone as Asia/Vladivostok or Asia/Shanghai."),
            )

    def section(self, name: str, data: dict[str, Any], kind: type[Any]) -> Any:
        """Return a frozen rule (MaskRule, AreaRule) from its [section]."""
        part = self.mapping(name, data.get(name, {}))
        fields = {f.name: f.default for f in dataclasses.fields(kind)}
        self.known(name, part, tuple(fields))
        return kind(**{k: self.value(f"{name}.{k}", part[k], fields[k]) for k in fields if k in part})

    def mapping(self, key: str, found: Any) -> dict[str, Any]:
        if isinstance(found, dict):
            return found
        self.fault("config-type", key, _("expected a section, [{key}].").format(key=key))
        return {}

    def texts(self, key: str, found: Any) -> dict[str, str]:
        part = self.mapping(key, found)
        return {name: str(self.value(f"{key}.{name}", value, "")) for name, value in part.items()}

    def partners(self, found: Any) -> dict[str, str]:
        partners = self.texts("partners", found)
        for organisation in partners:
            try:
                check_organisation(organisation)
            except ParameterError as error:
                self.fault("config-value", f"partners.{organisation}", error.summary)
        return partners

    def sessions(self, found: Any) -> tuple[Session, ...]:
        if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
            self.fault("config-type", "session", _("expected [[session]] with name, start and end."))
            return ()
        sessions = []
        for number, item in enumerate(found, 1):
            key = f"session {number}"
            self.known(key, item, SECTIONS["session"][1])
            name, start, end = item.get("name"), item.get("start"), item.get("end")
            if not isinstance(name, str) or not name.strip():
                self.fault("config-missing", key, _('expected a name, as name = "2025".'))
                continue
            if not _is_date(start) or not _is_date(end):
                remedy = _("Write start = 2025-11-20 and end = 2026-02-20, without quotes.")
                self.fault("config-type", key, _("expected the dates start and end."), remedy)
                continue
            sessions.append(Session(name.strip(), start, end))
        self.session_rules(sessions)
        return tuple(sessions)

    def session_rules(self, sessions: list[Session]) -> None:
        for number, session in enumerate(sessions, 1):
            key = f"session {number}"
            days = (session.end - session.start).days + 1
            if days < 1:
                self.fault(
                    "session-dates",
                    key,
                    _("{name} ends on {end}, before it starts on {start}.").format(
                        name=session.name, start=session.start, end=session.end
                    ),
                    _("Exchange or correct the dates."),
                )
            elif days > LONG_SESSION_DAYS:
                self.fault(
                    "session-long",
                    key,
                    _(
                        "{name} lasts {days} days; over more than about {limit}, animals are born, die and move in."
                    ).format(name=session.name, days=days, limit=LONG_SESSION_DAYS),
                    _("A closed survey is a season. Shorten it, or be ready to explain it."),
                    "warning",
                )
            for other in sessions[: number - 1]:
                if other.name == session.name:
                    self.fault(
                        "session-name", key, _("the name {name} is used twice.").format(name=other.name)
                    )
                if other.start <= session.end and session.start <= other.end:
                    self.fault(
                        "session-overlap",
                        key,
                        _(
                            "{name} ({start} to {end}) overlaps {other} ({other_start} to {other_end})."
                        ).format(
                            name=session.name,
                            start=session.start,
                            end=session.end,
                            other=other.name,
                            other_start=other.start,
                            other_end=other.end,
                        ),
                        _("Both days are included: let one end the day before the other starts."),
                    )

    def tables(self, found: Any) -> dict[str, TableMapping]:
        tables = {}
        for name, item in self.mapping("tables", found).items():
            kind = table_kind(name)
            if kind not in TABLE_COLUMNS:
                self.known("tables", {name: item}, tuple(TABLE_COLUMNS))
                continue
            tables[name] = self.table(f"tables.{name}", kind, self.mapping(f"tables.{name}", item))
        return tables

    def table(self, key: str, kind: str, item: dict[str, Any]) -> TableMapping:
        self.known(key, item, SECTIONS["tables"][1])
        texts = {
            name: str(self.value(f"{key}.{name}", item[name], ""))
            for name in ("file", "date_format", "crs", "zone", "encoding", "separator", "author", "method")
            if name in item
        }
        if not texts.get("file"):
            self.fault("config-missing", f"{key}.file", _("expected the table's file name."))
        columns = self.texts(f"{key}.columns", item.get("columns", {}))
        self.known(f"{key}.columns", columns, TABLE_COLUMNS[kind])
        values = {
            column: self.texts(f"{key}.values.{column}", meaning)
            for column, meaning in self.mapping(f"{key}.values", item.get("values", {})).items()
        }
        self.known(f"{key}.values", values, TABLE_COLUMNS[kind])
        if texts.get("zone"):
            self.zone(f"{key}.zone", texts["zone"])
        written = texts.get("date_format", "")
        if written and "%" not in written:
            self.fault(
                "config-value",
                f"{key}.date_format",
                _("expected %d for the day, %m for the month and %Y for the year, found {found!r}.").format(
                    found=written
                ),
                _('Write "{better}".').format(better=_with_signs(written)),
            )
        if "method" in texts:
            self.choice(f"{key}.method", texts["method"], METHODS)
        if len(texts.get("separator", "")) > 1:
            self.fault("config-value", f"{key}.separator", _("expected one character."))
        texts.setdefault("file", "")
        return TableMapping(**texts, columns=columns, values=values)


def zone_is_known(zone: str) -> bool:
    """Say whether `pardus.model.clock.parse_zone` understands a zone and it is within 14 hours of UTC."""
    try:
        offset = parse_zone(zone).utcoffset(datetime(2020, 1, 1))
    except (ValueError, KeyError, OSError, ZoneInfoNotFoundError):
        return False
    return offset is not None and abs(offset) <= timedelta(hours=14)


def _with_signs(written: str) -> str:
    """Return a date's order as spreadsheets write it (dd.mm.yyyy, ДД.ММ.ГГГГ) in strptime's signs."""
    signs = (("yyyy|гггг", "%Y"), ("yy|гг", "%y"), ("dd?|дд?", "%d"), ("mm?|мм?", "%m"))
    out = written
    for pattern, sign in signs:
        out = re.sub(rf"(?<!%)(?:{pattern})", sign, out, count=1, flags=re.IGNORECASE)
    return "%d.%m.%Y" if re.search(r"(?<!%)[^\W\d_]", out) else out


def _is_date(value: Any) -> bool:
    return isinstance(value, date) and not isinstance(value, datetime)


def write_config(config: SurveyConfig) -> str:
    """Return `survey.toml` for a configuration, each key under a comment in the current language.

    `read_config(write_config(config))` gives the same configuration.
    """
    lines = [
        _comment(_("How this survey is counted. Change it with any editor; pardus checks it on every run."))
    ]
    for key, comment in KEYS.items():
        value = getattr(config, key)
        lines.append("\n" + _comment(_(comment)))
        lines.append(f"# {key} = 2025-12-01" if value is None else f"{key} = {_toml(value)}")
    for name, (comment, names) in SECTIONS.items():
        lines.append("\n" + _comment(_(comment)))
        if name in ("mask", "area"):
            rule = getattr(config, name)
            lines.append(f"[{name}]")
            lines += [f"{key} = {_toml(getattr(rule, key))}" for key in names]
        elif name == "session":
            lines += _sessions(config.sessions)
        elif name == "tables":
            lines += _tables(config.tables)
        else:
            lines.append(f"[{name}]")
            lines += [f"{_key(key)} = {_toml(value)}" for key, value in getattr(config, name).items()]
    return "\n".join(lines) + "\n"


def _sessions(sessions: tuple[Session, ...]) -> list[str]:
    if not sessions:
        return ["# [[session]]", '# name = "2025"', "# start = 2025-11-20", "# end = 2026-02-20"]
    lines = []
    for session in sessions:
        lines += [
            "[[session]]",
            f"name = {_toml(session.name)}",
            f"start = {session.start}",
            f"end = {session.end}",
        ]
    return lines


def _tables(tables: dict[str, TableMapping]) -> list[str]:
    if not tables:
        return [
            "# [tables.stations]",
            '# file = "stations.csv"',
            '# date_format = "%d.%m.%Y"',
            '# columns = {station = "Станция", x = "X", y = "Y", setup = "Установка", retrieval = "Снятие"}',
        ]
    lines: list[str] = []
    for name, table in tables.items():
        lines.append(f"[tables.{_key(name)}]")
        for field in dataclasses.fields(TableMapping):
            value = getattr(table, field.name)
            if field.name == "columns":
                lines.append(f"columns = {_inline(value)}")
            elif field.name == "values":
                lines += [f"values.{_key(column)} = {_inline(meaning)}" for column, meaning in value.items()]
            elif value != field.default:
                lines.append(f"{field.name} = {_toml(value)}")
    return lines


def _inline(mapping: dict[str, str]) -> str:
    return "{" + ", ".join(f"{_key(key)} = {_toml(value)}" for key, value in mapping.items()) + "}"


def _comment(text: str) -> str:
    return textwrap.fill(text, 100, initial_indent="# ", subsequent_indent="# ", break_long_words=False)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml(key)


def _toml(value: Any) -> str:
    """Return a value as TOML; JSON text is TOML text but for the character DEL."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007F")
