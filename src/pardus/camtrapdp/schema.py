"""The standard's own schemas, vendored: nothing is ever fetched.

The three table schemas and the profile are those of Camtrap DP 1.0.2 (TDWG, MIT licence, see schemas/NOTICE.md).
1.0 and 1.0.1 have the same terms; they know only the empty cell as missing.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

VERSIONS = ("1.0", "1.0.1", "1.0.2")
LATEST = "1.0.2"
TABLES = ("deployments", "media", "observations")
MISSING = {"1.0": ("",), "1.0.1": ("",), "1.0.2": ("", "NA", "NaN", "nan")}
PROFILE = "camtrap-dp-profile.json"

_TDWG = "https://raw.githubusercontent.com/tdwg/camtrap-dp/"
_KNOWN = re.compile(
    r"https?://raw\.githubusercontent\.com/tdwg/camtrap-dp/v?(?P<version>[\w.-]+)/"
    r"(?P<file>camtrap-dp-profile|deployments-table-schema|media-table-schema|observations-table-schema)\.json"
)
_GBIF = re.compile(
    r"https?://rs\.gbif\.org/(?:sandbox/)?data-packages/camtrap-dp/(?P<version>[\w.-]+)/"
    r"(?:profile/(?P<profile>camtrap-dp-profile)|table-schemas/(?P<table>deployments|media|observations))\.json"
)


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a table, as its schema describes it."""

    name: str
    type: str
    required: bool = False
    unique: bool = False
    minimum: float | None = None
    maximum: float | None = None
    enum: tuple[str, ...] = ()
    pattern: str = ""


def known_url(url: str) -> tuple[str, str] | None:
    """Return (version, file) of a schema or profile URL of the standard or of GBIF's copy; None for any other.

    The version may be one that this program does not read.
    """
    match = _KNOWN.fullmatch(url)
    if match:
        return match["version"], f"{match['file']}.json"
    match = _GBIF.fullmatch(url)
    if match:
        return match["version"], PROFILE if match["profile"] else f"{match['table']}-table-schema.json"
    return None


def schema_url(table: str, version: str = LATEST) -> str:
    """Return the standard's URL for a table's schema; it only names the version."""
    return f"{_TDWG}{version}/{table}-table-schema.json"


def profile_url(version: str = LATEST) -> str:
    """Return the standard's URL for the profile; it only names the version."""
    return f"{_TDWG}{version}/{PROFILE}"


@cache
def vendored(file: str) -> dict[str, Any]:
    """Return a vendored schema as JSON."""
    text = files("pardus.camtrapdp").joinpath("schemas", file).read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


@cache
def fields(table: str) -> tuple[Field, ...]:
    """Return the columns of a standard table, in the standard's order."""
    return tuple(field_of(field) for field in vendored(f"{table}-table-schema.json")["fields"])


def field_of(described: dict[str, Any]) -> Field:
    """Return a column from its Table Schema description."""
    limits = described.get("constraints", {})
    return Field(
        name=described["name"],
        type=described.get("type", "string"),
        required=bool(limits.get("required", False)),
        unique=bool(limits.get("unique", False)),
        minimum=limits.get("minimum"),
        maximum=limits.get("maximum"),
        enum=tuple(limits.get("enum", ())),
        pattern=limits.get("pattern", ""),
    )


@cache
def columns(table: str) -> tuple[str, ...]:
    """Return the names of the columns of a standard table, in order."""
    return tuple(field.name for field in fields(table))
