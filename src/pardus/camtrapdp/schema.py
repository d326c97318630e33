"""Versions of the standard and the URLs that name them: a URL is only ever read as a name, nothing is fetched.

1.0, 1.0.1 and 1.0.2 have the same terms; the first two know only the empty cell as missing.
"""

from __future__ import annotations

import re
from functools import cache

from pardus.camtrapdp.tables import FIELDS

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
def columns(table: str) -> tuple[str, ...]:
    """Return the names of the columns of a standard table, in order."""
    return tuple(field.name for field in FIELDS[table])
