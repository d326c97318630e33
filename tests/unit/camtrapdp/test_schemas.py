"""The vendored schemas are the standard's own, and no URL is ever followed."""

from __future__ import annotations

import hashlib
import socket
from importlib.resources import files

import pytest

from pardus.camtrapdp.schema import TABLES, VERSIONS, columns, fields, known_url, profile_url, schema_url

UPSTREAM = {  # SHA-256 of the files at tag 1.0.2 of tdwg/camtrap-dp
    "camtrap-dp-profile.json": "daea4da7d64531e17986daad30bd3852701c7326a79b1b5e49a213c5489a8652",
    "deployments-table-schema.json": "2893074dbc0a2331f038bca22626cfdc65614c7d2009df908adbb403281f4dfa",
    "media-table-schema.json": "79b3acb6e4431dd748829364b6df17c120774127a0091b9eaa7a012d9fae3867",
    "observations-table-schema.json": "b008021a15c575f38468f511d8a3fd6468d2a670c952f3914481fb3379e6232a",
}


@pytest.mark.parametrize("name", sorted(UPSTREAM))
def test_a_vendored_schema_is_the_published_one(name):
    data = files("pardus.camtrapdp").joinpath("schemas", name).read_bytes()
    assert hashlib.sha256(data).hexdigest() == UPSTREAM[name]


def test_the_tables_have_the_columns_of_the_standard():
    assert [len(columns(table)) for table in TABLES] == [24, 11, 28]
    assert [f.name for f in fields("deployments") if f.required] == [
        "deploymentID", "latitude", "longitude", "deploymentStart", "deploymentEnd",
    ]  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
def test_both_families_of_urls_are_known_by_name_alone(version):
    assert known_url(profile_url(version)) == (version, "camtrap-dp-profile.json")
    for table in TABLES:
        assert known_url(schema_url(table, version)) == (version, f"{table}-table-schema.json")
        gbif = f"http://rs.gbif.org/data-packages/camtrap-dp/{version}/table-schemas/{table}.json"
        assert known_url(gbif) == (version, f"{table}-table-schema.json")


@pytest.mark.parametrize(
    "url",
    ["", "http://127.0.0.1:9/x", "https://raw.githubusercontent.com/evil/camtrap-dp/1.0/media-table-schema.json",
     "file:///etc/passwd", profile_url() + "?x=1", "https://raw.githubusercontent.com.evil.org/tdwg/camtrap-dp/1.0/x.json"],
)  # fmt: skip
def test_any_other_url_is_nothing_to_us(url):
    assert known_url(url) is None


def test_the_guard_of_these_tests_bites():
    with pytest.raises(AssertionError):
        socket.create_connection(("127.0.0.1", 9))
