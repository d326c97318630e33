"""Planted faults: each is refused, or its rows are set aside, with a message that says what and where."""

from __future__ import annotations

import csv
import hashlib
import json
import zipfile
from pathlib import Path

import pytest

from pardus.camtrapdp.read import read_package
from pardus.model.errors import PackageError
from tests.fixtures.camtrapdp import OBSERVATIONS, cell, package


def read(path: Path, **options: object):
    return read_package(path, "partner", "EPSG:32652", **options)  # type: ignore[arg-type]


def test_the_sound_package_is_taken_whole(tmp_path):
    contents = read(package(tmp_path / "p"))
    assert contents.quarantine == ()
    assert contents.findings == ()
    assert contents.counts == {"deployments": 3, "media": 4, "observations": 4}
    assert (len(contents.deployments), len(contents.media), len(contents.observations)) == (3, 4, 4)


def swapped(described, rows):
    described["spatial"] = {"type": "Point", "coordinates": [60.0, 43.3]}
    for row in rows["deployments"]:
        row.update(latitude="43.3", longitude="60.0")
    rows["deployments"][2].update(latitude="60.0", longitude="43.3")


ROW_FAULTS = {
    "a time without its zone": (cell("observations", 0, "eventStart", "2025-12-01T19:10:00"), "time-without-zone"),
    "milliseconds": (cell("observations", 0, "eventStart", "2025-12-01T19:10:00.250Z"), "time-fraction"),
    "a time that is none": (cell("media", 0, "timestamp", "1 Dec 2025"), "not-a-time"),
    "a decimal comma": (cell("deployments", 0, "latitude", "43,10"), "decimal-comma"),
    "an unknown word": (cell("deployments", 0, "featureType", "trail"), "value-not-allowed"),
    "sex unknown": (cell("observations", 0, "sex", "unknown"), "value-not-allowed"),
    "a deployment that is not there": (cell("media", 0, "deploymentID", "d9"), "deployment-unknown"),
    "a picture that is not there": (cell("observations", 0, "mediaID", "m9"), "media-unknown"),
    "a picture of another camera": (cell("observations", 0, "mediaID", "m4"), "media-of-other-deployment"),
    "an event that ends before it starts": (
        cell("observations", 3, "eventEnd", "2025-12-24T07:59:00+10:00"), "event-end-before-start",
    ),
    "an event outside its deployment": (
        cell("observations", 3, "eventEnd", "2026-03-24T08:01:00+10:00"), "event-outside-deployment",
    ),
    "a deployment that ends before it starts": (
        cell("deployments", 2, "deploymentEnd", "2025-11-19T00:00:00+10:00"), "deployment-end-before-start",
    ),
    "latitude and longitude swapped": (swapped, "coordinates-swapped"),
    "latitude beyond the pole": (
        lambda _d, rows: rows["deployments"][2].update(latitude="131.5", longitude="43.3"), "out-of-range",
    ),
    "zero coordinates": (
        lambda d, rows: d.pop("spatial") and rows["deployments"][2].update(latitude="0", longitude="0"),
        "coordinates-zero",
    ),
    "a Windows path": (cell("media", 0, "filePath", "C:\\x\\y.jpg"), "path-backslash"),
    "a drive": (cell("media", 0, "filePath", "C:/x/y.jpg"), "path-absolute"),
    "a backslash": (cell("media", 0, "filePath", "media\\y.jpg"), "path-backslash"),
    "a script": (cell("media", 0, "filePath", "javascript:alert(1)"), "path-remote"),
    "a local URL": (cell("media", 0, "filePath", "file:///etc/passwd"), "path-remote"),
    "a path out of the package": (cell("media", 0, "filePath", "../../etc/passwd"), "value-not-allowed"),
    "an absolute path": (cell("media", 0, "filePath", "/etc/passwd"), "value-not-allowed"),
    "a formula": (cell("observations", 0, "observationComments", '=HYPERLINK("http://x","y")'), "spreadsheet-formula"),
    "a DDE link": (cell("deployments", 0, "deploymentComments", "=cmd|' /C calc'!A0"), "spreadsheet-formula"),
    "half a count": (cell("observations", 0, "count", "1.5"), "not-a-number"),
    "a count of none": (cell("observations", 0, "count", "0"), "out-of-range"),
    "an id twice": (cell("observations", 1, "observationID", "o2"), "id-twice"),
    "no id": (cell("observations", 0, "observationID", ""), "value-missing"),
    "an id with hidden letters": (cell("observations", 0, "individualID", "F01\u200b"), "id-unsafe"),
    "half a box": (cell("observations", 0, "bboxWidth", ""), "box-incomplete"),
    "a box out of the picture": (cell("observations", 0, "bboxX", "0.9"), "box-outside-picture"),
    "a boolean that is none": (cell("media", 0, "filePublic", "no"), "not-a-boolean"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(ROW_FAULTS))
def test_a_bad_row_is_set_aside_with_its_reason_and_place(tmp_path, name):
    change, code = ROW_FAULTS[name]
    contents = read(package(tmp_path / "p", change))
    first = contents.quarantine[0]
    assert [f.code for f in first.findings] == [code]
    assert first.findings[0].where.startswith(f"{first.table}, row {first.number}")
    assert len(first.findings[0].message) > 10
    taken = len(contents.deployments) + len(contents.media) + len(contents.observations)
    assert taken + len(contents.quarantine) == sum(contents.counts.values())  # nothing is lost between


def test_rows_follow_the_row_they_refer_to(tmp_path):
    contents = read(package(tmp_path / "p", cell("deployments", 0, "latitude", "43,1")))
    codes = [(row.table, row.findings[0].code) for row in contents.quarantine]
    assert codes.count(("media", "deployment-set-aside")) == 3
    assert codes.count(("observations", "media-set-aside")) == 2
    assert [o.id for o in contents.observations] == ["partner:o4", "partner:o9"]


def test_a_doubt_can_be_accepted_by_its_name(tmp_path):
    change, code = ROW_FAULTS["an event outside its deployment"]
    contents = read(package(tmp_path / "p", change), accept=[code])
    assert contents.quarantine == ()
    assert [f.code for f in contents.findings] == ["accepted"]


def test_a_whole_number_with_decimals_is_read_and_counted(tmp_path):
    contents = read(package(tmp_path / "p", cell("observations", 0, "count", "2.0")))
    assert contents.observations[0].count == 2
    assert [f.code for f in contents.findings] == ["integer-with-decimals"]


def test_ids_that_look_the_same_are_pointed_out(tmp_path):
    contents = read(package(tmp_path / "p", cell("observations", 0, "individualID", "F０1")))
    assert [f.code for f in contents.findings] == ["look-alike-ids"]


def resource(name: str, **changes: object):
    def change(described, _rows):
        described["resources"][("deployments", "media", "observations").index(name)].update(changes)

    return change


REFUSED = {
    "a table at a web address": (resource("media", path="http://127.0.0.1:9/x"), "resource-remote"),
    "a table outside the package": (resource("media", path="../media.csv"), "resource-path"),
    "a table at an absolute path": (resource("media", path="/etc/passwd"), "resource-path"),
    "a table in several files": (resource("media", path=["a.csv", "b.csv"]), "resource-path"),
    "a table that is not there": (resource("media", path="nothing.csv"), "resource-missing"),
    "a wrong hash": (resource("observations", hash="sha256:" + "0" * 64), "hash-differs"),
    "a wrong size": (resource("observations", bytes=3), "bytes-differ"),
    "a schema from elsewhere": (resource("media", schema="http://127.0.0.1:9/schema.json"), "schema-unknown"),
    "the schema of another table": (
        resource("media", schema="https://raw.githubusercontent.com/tdwg/camtrap-dp/1.0.2/observations-table-schema.json"),
        "schema-unknown",
    ),
    "an old version": (lambda d, _r: d.update(profile=d["profile"].replace("1.0.2", "0.6")), "version-unsupported"),
    "a profile from elsewhere": (lambda d, _r: d.update(profile="https://example.org/p.json"), "schema-unknown"),
    "no observations": (lambda d, _r: d["resources"].pop(), "resource-missing"),
    "one table twice": (lambda d, _r: d["resources"].append(d["resources"][0]), "resource-twice"),
    "no resources": (lambda d, _r: d.update(resources="none"), "resource-missing"),
}  # fmt: skip


@pytest.mark.parametrize("name", list(REFUSED))
def test_a_package_that_can_not_be_trusted_is_refused(tmp_path, name):
    change, code = REFUSED[name]
    with pytest.raises(PackageError) as caught:
        read(package(tmp_path / "p", change))
    assert code in [f.code for f in caught.value.findings]


def rewrite(folder: Path, table: str, change) -> Path:
    file = folder / f"{table}.csv"
    file.write_bytes(change(file.read_bytes()))
    return folder


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda b: b.replace(b"eventStart", b"start", 1), "column-missing"),
        (lambda b: b.replace(b"eventStart", b"eventEnd", 1), "column-twice"),
        (lambda b: b.replace(b"a note", b"\xff\xfe"), "not-utf8"),
        (lambda b: b + b'"' + b"x" * 200_000 + b"\n", "not-csv"),
    ],
)
def test_a_table_that_can_not_be_read_is_refused(tmp_path, change, code):
    with pytest.raises(PackageError) as caught:
        read(rewrite(package(tmp_path / "p"), "observations", change))
    assert code in [f.code for f in caught.value.findings]


def test_the_limit_of_a_field_is_ours_and_not_the_process_wide_one(tmp_path):
    before = csv.field_size_limit(10**9)
    try:
        with pytest.raises(PackageError) as caught:
            read(
                rewrite(package(tmp_path / "p"), "observations", lambda b: b + b'"' + b"x" * 200_000 + b"\n")
            )
    finally:
        csv.field_size_limit(before)
    assert "not-csv" in [f.code for f in caught.value.findings]


def test_a_row_with_too_many_cells_is_set_aside(tmp_path):
    contents = read(rewrite(package(tmp_path / "p"), "observations", lambda b: b + b"o10,d1\n"))
    assert contents.quarantine[0].findings[0].code == "row-length"


def test_columns_in_another_order_and_columns_that_lack_are_read_by_name(tmp_path):
    def swap(data: bytes) -> bytes:
        lines = [line.split(b",") for line in data.splitlines()]
        return b"\n".join(b",".join([line[1], line[0], *line[2:-1]]) for line in lines) + b"\n"

    contents = read(rewrite(package(tmp_path / "p"), "media", swap))
    assert len(contents.media) == 4
    assert [f.code for f in contents.findings] == ["column-absent", "column-order"]


def test_a_column_of_the_partners_own_is_kept(tmp_path):
    contents = read(package(tmp_path / "p", cell("observations", 0, "moon", "full")))
    assert contents.observations[0].extra["moon"] == "full"
    assert [f.code for f in contents.findings] == ["column-unknown"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"a": NaN}', '{"name": "a", "name": "b"}', "[" * 100_000, '{"resources": 1}']
)
def test_a_description_that_is_none_is_refused(tmp_path, text):
    folder = package(tmp_path / "p")
    (folder / "datapackage.json").write_text(text)
    with pytest.raises(PackageError):
        read(folder)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path):
    folder = package(tmp_path / "p")
    (tmp_path / "secret.csv").write_bytes((folder / "media.csv").read_bytes())
    (folder / "media.csv").unlink()
    (folder / "media.csv").symlink_to(tmp_path / "secret.csv")
    with pytest.raises(PackageError) as caught:
        read(folder)
    assert [f.code for f in caught.value.findings] == ["resource-missing"]


def zipped(folder: Path, target: Path, prefix: str = "") -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in folder.iterdir():
            archive.write(file, prefix + file.name)
    return target


@pytest.mark.parametrize("prefix", ["", "two-ridges/"])
def test_a_zip_file_is_read_without_unpacking(tmp_path, prefix):
    contents = read(zipped(package(tmp_path / "p"), tmp_path / "p.zip", prefix))
    assert len(contents.observations) == 4
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p", "p.zip"]


def test_a_zip_bomb_is_refused(tmp_path):
    folder = package(tmp_path / "p")
    (folder / "media.csv").write_bytes(b" " * 20_000_000)
    with pytest.raises(PackageError) as caught:
        read(zipped(folder, tmp_path / "p.zip"))
    assert [f.code for f in caught.value.findings] == ["zip-bomb"]


def test_what_is_neither_folder_nor_zip_is_refused(tmp_path):
    (tmp_path / "x").write_text("hello")
    with pytest.raises(PackageError):
        read(tmp_path / "x")


def test_hashes_of_the_kinds_in_use_are_checked(tmp_path):
    folder = package(tmp_path / "p")
    described = json.loads((folder / "datapackage.json").read_text())
    data = (folder / "media.csv").read_bytes()
    for text in (hashlib.md5(data).hexdigest(), "sha256:" + hashlib.sha256(data).hexdigest()):
        described["resources"][1] |= {"hash": text, "bytes": len(data)}
        (folder / "datapackage.json").write_text(json.dumps(described))
        assert len(read(folder).media) == 4


def test_instants_are_compared_never_texts(tmp_path):
    # the same moment as the deployment's end, in another offset: as text it is later
    change = cell("observations", 3, "eventEnd", "2026-02-20T12:00:00+10:00")
    assert read(package(tmp_path / "a", change)).quarantine == ()
    change = cell("observations", 3, "eventEnd", "2026-02-20T02:00:00Z")
    assert read(package(tmp_path / "b", change)).quarantine == ()
    change = cell("observations", 3, "eventEnd", "2026-02-20T02:00:01Z")
    assert read(package(tmp_path / "c", change)).quarantine != ()


@pytest.mark.parametrize("version", ["1.0", "1.0.1", "1.0.2"])
def test_every_version_is_read_with_its_own_missing_values(tmp_path, version):
    folder = package(tmp_path / "p", cell("observations", 3, "scientificName", "NA"), version)
    contents = read(folder)
    assert contents.version == version
    names = [d.value for d in contents.decisions if d.observation == "partner:o9"]
    assert names == ([] if version == "1.0.2" else ["NA"])


def test_the_names_in_a_table_are_decisions_by_their_author(tmp_path):
    contents = read(package(tmp_path / "p"))
    assert {(o.scientific_name, o.individual) for o in contents.observations} == {("", "")}
    said = [(d.observation, d.about, d.value, d.by, d.basis) for d in contents.decisions]
    assert said[:2] == [
        ("partner:o2", "species", "Panthera pardus", "E. Ivanova", "camtrap-dp"),
        ("partner:o2", "individual", "partner:F01", "E. Ivanova", "camtrap-dp"),
    ]
    assert len(said) == 2 * (len(OBSERVATIONS) - 1)
    assert contents.decisions[0].at is not None
