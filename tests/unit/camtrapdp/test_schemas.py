"""Our record of the standard's tables has its columns, and no URL is ever followed."""

from __future__ import annotations

import socket

import pytest

from pardus.camtrapdp.schema import TABLES, VERSIONS, columns, known_url, profile_url, schema_url
from pardus.camtrapdp.tables import FIELDS


def test_the_tables_have_the_columns_of_the_standard():
    assert [len(columns(table)) for table in TABLES] == [24, 11, 28]
    assert [f.name for f in FIELDS["deployments"] if f.required] == [
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
