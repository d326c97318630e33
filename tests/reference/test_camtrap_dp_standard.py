"""Our record of the Camtrap DP tables is the published one, term by term; skipped where those files are absent."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.camtrapdp.schema import PROFILE, TABLES
from pardus.camtrapdp.tables import PACKAGE, PROJECT
from tests.fixtures.camtrapdp import published, table_schema


@pytest.mark.parametrize("table", TABLES)
def test_columns_types_limits_and_keys_are_those_of_the_standard(table: str, shared: Path) -> None:
    standard = published(f"{table}-table-schema.json", shared)
    assert standard is not None
    ours = table_schema(table)
    assert [f["name"] for f in ours["fields"]] == [f["name"] for f in standard["fields"]]
    for mine, theirs in zip(ours["fields"], standard["fields"], strict=True):
        assert (mine["type"], mine.get("format")) == (theirs["type"], theirs.get("format")), mine["name"]
        stated = {k: v for k, v in theirs.get("constraints", {}).items() if v is not False}
        assert {k: v for k, v in mine["constraints"].items() if v is not False} == stated, mine["name"]
    assert ours["missingValues"] == standard["missingValues"]
    assert ours["primaryKey"] == standard["primaryKey"]
    assert ours["foreignKeys"] == standard.get("foreignKeys", [])


def test_a_package_must_say_what_the_profile_asks_for(shared: Path) -> None:
    profile = published(PROFILE, shared)
    assert profile is not None
    asked = profile["allOf"][1]
    assert list(PACKAGE) == asked["required"]
    assert list(PROJECT) == asked["properties"]["project"]["required"]
