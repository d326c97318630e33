"""Out of a survey, into another, out again: the same bytes; and the official validator agrees, offline."""

from __future__ import annotations

import csv
import json
from copy import deepcopy
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import frictionless
import pytest
from frictionless import Package, system
from frictionless.metadata.metadata import Metadata
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pardus.app.camtrapdp import beneath, export_package, import_package
from pardus.app.ingest import ingest
from pardus.app.saying import Sayer
from pardus.app.survey_folder import new_survey, open_survey
from pardus.app.undo import undo
from pardus.camtrapdp.contents import Beneath
from pardus.camtrapdp.read import read_package
from pardus.camtrapdp.schema import PROFILE, TABLES, known_url
from pardus.camtrapdp.write import write_package
from pardus.model.clock import ClockCorrection
from pardus.model.decision import Decision
from pardus.model.deployment import Deployment, ProblemPeriod, Station
from pardus.model.errors import PackageError, UsageError
from pardus.model.individual import Individual, Relationship, Statement
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from pardus.model.survey import Session, Survey, SurveyConfig
from tests.conftest import shared_folder
from tests.fixtures.camtrapdp import cell, package, published, table_schema
from tests.fixtures.small_survey import FIRST, card, photo, small_config, small_survey

EAST = datetime.fromisoformat("2025-12-01T05:10:00+10:00")
CONFIG = SurveyConfig(
    "llnp",
    "Two valleys",
    "Panthera pardus",
    zone="Asia/Vladivostok",
    camera_zone="+10:00",
    sessions=(Session("2025", date(2025, 11, 20), date(2026, 2, 20)),),
)
CLOCK = iter(datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=n) for n in range(10**9))
SAYER = Sayer("llnp:anna", lambda: next(CLOCK))

STATIONS = (
    Station("llnp:A", "Ridge", 699_999.5, 4_750_000.25, 42.87654321, 131.4491, "X 22699 Y 47500", "EPSG:28422", 7.5,
            {"habitat": "oak", "slope": "12"}),
    Station("llnp:B", "B", 703_000.0, 4_752_000.0, 42.894, 131.486),
)  # fmt: skip
DEPLOYMENTS = (
    Deployment("llnp:A_l", "llnp:A", "left", EAST.replace(day=1, hour=0), EAST.replace(day=31), True, True,
               (ProblemPeriod(EAST, EAST + timedelta(days=2), "partial", "dead flash", "fieldNote"),),
               "Reconyx-HP2X", "H600", "+10:00", "anna", "seen, twice\nby me", {"cameraHeight": "0.5", "note": "b"}),
    Deployment("llnp:B_1", "llnp:B", "", EAST.replace(microsecond=250_000), None, comments="NA"),
)  # fmt: skip
MEDIA = (
    Media("llnp:m1", "ab" * 32, 1234, "image", "image/jpeg", ("A/DCIM/IMG 1.JPG", "copy/IMG 1.JPG"), "llnp:A_l",
          datetime(2025, 12, 2, 5), datetime.fromisoformat("2025-12-02T05:00:00+10:00"), "exif-original",
          "2025:12:02 05:00:00", 4000, 3000, None, ("truncated",), {"serial": "H600", "temperature": "-12"}),
    Media("llnp:m2", "cd" * 32, 99, "video", "video/mp4", ("B/клип 豹.mp4",), "llnp:B_1",
          datetime(2025, 12, 3, 5), datetime.fromisoformat("2025-12-03T05:00:00.5+10:00"), "container",
          "2025-12-03", 1920, 1080, 12.5),
    Media("llnp:m3", "ef" * 32, 7, "image", "image/jpeg", ("B/..odd/~x.jpg",), "llnp:B_1", None, None, "none", "0000"),
    Media("llnp:m4", "01" * 32, 7, "image", "image/png", ("loose.png",), "", None,
          datetime.fromisoformat("2025-12-03T06:00:00+10:00"), "mtime"),
)  # fmt: skip
OBSERVATIONS = (
    Observation("llnp:o1", "llnp:A_l", EAST + timedelta(days=1), EAST + timedelta(days=1), ("llnp:m1",), flank="left",
                sex="female", life_stage="adult", group="llnp:g1", box=Box(0.1, 0.2, 1 / 3, 0.2), classified_by="me"),
    Observation("llnp:o2", "llnp:B_1", EAST + timedelta(days=2), EAST + timedelta(days=2, seconds=12),
                ("llnp:m2", "llnp:m3"), scientific_name="Panthera tigris", frame=33, method="machine",
                classified_by="AI 2", probability=0.1, box=Box(-0.01, 0, 1.2, 1), extra={"eventID": "e7"}),
    Observation("llnp:o3", "llnp:A_l", EAST + timedelta(days=90), EAST + timedelta(days=90), (), "animal", count=2,
                life_stage="juvenile", mother="llnp:F01", comments='=HYPERLINK("http://x")', extra={"own": "=1|2!3"}),
    Observation("llnp:o5", "llnp:B_1", EAST, EAST, ("llnp:m3",), "animal", sex="male"),
    Observation("llnp:o4", "llnp:B_1", EAST + timedelta(days=2), EAST + timedelta(days=2), ("llnp:m3",), "blank"),
)  # fmt: skip
DECISIONS = (
    Decision("llnp:o1", "species", "Panthera pardus", by="anna", basis="tag", media=("llnp:m1",)),
    Decision("llnp:o1", "individual", "llnp:F01", by="anna", basis="review", media=("llnp:m1",)),
    Decision("llnp:o1", "individual", "llnp:F02", "different", "boris", "review"),
    Decision("llnp:o1", "individual", "", "cannot-tell", "boris", "review"),
    Decision("llnp:o1", "individual", "llnp:F01", "same", "vera", "review"),
    Decision("llnp:o5", "individual", "llnp:M9", by="anna", basis="tag", media=("llnp:m3",)),
    Decision("llnp:o2", "species", "Panthera pardus", by="anna", basis="review"),
)
STATEMENTS = (
    Statement("llnp:F01", "sex", "female", date(2024, 1, 1), "anna", "pictures"),
    Statement("llnp:F01", "alias", "ntlnp:L7", date(2025, 1, 1), "boris", "review"),
    Statement("llnp:F01", "name", "Грейс", date(2025, 1, 1), "anna"),
)
RELATIONSHIPS = (Relationship("llnp:F01", "llnp:C1", "motherOf", "sure", "seen together"),)
CORRECTION = ClockCorrection(
    "llnp:A_l", "offset", 3600.0, reason="an hour slow", from_wall=datetime(2025, 12, 1)
)


def rich_survey(folder: Path) -> Path:
    """Make a survey that has one of everything."""
    new_survey(folder, CONFIG, SAYER)
    with open_survey(folder, write=True) as store, store.transaction():
        for kind, name, values in (
            ("stations-declared", "stations", STATIONS),
            ("deployments-declared", "deployments", DEPLOYMENTS),
            ("media-added", "media", MEDIA),
            ("observations-made", "observations", OBSERVATIONS),
            ("decisions-made", "decisions", DECISIONS),
            ("individuals-stated", "statements", STATEMENTS),
            ("relationships-stated", "relationships", RELATIONSHIPS),
        ):
            records = [to_record(value) for value in values]
            if name == "observations":
                for n in (0, 3):  # their times are those of their media; one has no date
                    del records[n]["start"], records[n]["end"]
            SAYER.say(store, kind, {name: records, "ingest": "i"})
        SAYER.say(store, "clock-corrected", to_record(CORRECTION))
        fit = {"status": "ok", "estimates": [{"quantity": "D", "estimate": 0.98, "se": 0.1, "lower": None}]}
        SAYER.say(store, "fit-made", {"name": "hhn", "fit": fit})
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def again(tmp_path: Path, exported: Path, config: SurveyConfig = CONFIG, **options: Any) -> Path:
    """Import a package into a fresh survey and export that; return the new package."""
    folder = tmp_path / f"survey-{len(list(tmp_path.iterdir()))}"
    new_survey(folder, config, SAYER)
    report = import_package(folder, exported, sayer=SAYER, **options)
    assert report.quarantined == {}
    assert report.read == {table: report.new.get(table, 0) for table in report.read}  # it adds up
    target = folder / "out" / "package"
    export_package(folder, target)
    return target


def valid(folder: Path, monkeypatch: pytest.MonkeyPatch) -> frictionless.Report:
    """Validate with frictionless: against the published profile and schemas where they are, else our record of them."""

    def retrieve(cls: type, path: Any, *args: Any, **options: Any) -> Any:
        known = known_url(str(path))
        if known is not None:
            standard = published(known[1], shared_folder())
            if standard is not None:
                return standard
            return {"type": "object"} if known[1] == PROFILE else table_schema(known[1].partition("-")[0])
        if str(path) == "https://specs.frictionlessdata.io/schemas/data-package.json":
            return deepcopy(Package.metadata_profile)
        if str(path) == "http://json.schemastore.org/geojson.json":
            file = Path(frictionless.__file__).parent / "assets" / "profiles" / "geojson.json"
            return json.loads(file.read_text())
        raise AssertionError(f"frictionless asked for {path}")

    original = Metadata.metadata_retrieve.__func__  # type: ignore[attr-defined]

    def either(cls: type, descriptor: Any, *args: Any, **options: Any) -> Any:
        if isinstance(descriptor, str) and descriptor.startswith("http"):
            return retrieve(cls, descriptor)
        return original(cls, descriptor, *args, **options)

    monkeypatch.setattr(Metadata, "metadata_retrieve", classmethod(either))
    with system.use_context(trusted=True):
        return frictionless.validate(str(folder / "datapackage.json"))


def test_a_survey_with_one_of_everything_comes_back_byte_for_byte(tmp_path):
    first = tmp_path / "first"
    export_package(rich_survey(tmp_path / "survey"), first)
    second = again(tmp_path, first)
    assert tree(second) == tree(first)
    names = {p.stem for p in first.iterdir()}
    assert names >= {
        "individuals", "individual-statements", "individual-aliases", "individual-relationships", "identifications",
        "camera-operation", "sessions", "stations", "clock-corrections", "media-hashes", "media-held-back",
        "estimates", "fits", "observation-details", "observations-held-back", "observation-media", "deployment-details",
        "other-fields",
    }  # fmt: skip


def test_the_survey_itself_comes_back(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    new_survey(tmp_path / "other", CONFIG, SAYER)
    import_package(tmp_path / "other", tmp_path / "p", sayer=SAYER)
    with open_survey(tmp_path / "survey") as one, open_survey(tmp_path / "other") as other:
        a, b = one.survey(), other.survey()
        for name in ("stations", "deployments", "media", "observations", "individuals", "corrections"):
            assert getattr(a, name) == getattr(b, name), name
        assert a.observations[0].individual == "llnp:F01"
        assert a.media[0].timestamp == datetime.fromisoformat("2025-12-02T06:00:00+10:00")  # an hour slow
        assert beneath(one, a) == beneath(other, b)
        assert a.deployments[0].extra == {"cameraHeight": "0.5", "note": "b"}


def test_a_survey_made_from_cards_comes_back_byte_for_byte(tmp_path):
    config = small_config()
    small_survey(tmp_path / "survey", config)
    cards = card(tmp_path / "card", per_station=2)
    for name, taken in (("tagged", FIRST), ("undated", None)):
        tags = ("Species|Panthera pardus", "Individual|F01")
        (cards / "S1" / f"{name}.JPG").write_bytes(photo(len(name), taken, tags=tags))
    ingest(tmp_path / "survey", cards, sayer=SAYER)
    written = export_package(tmp_path / "survey", tmp_path / "p")
    assert (written.rows["media"], written.held_back, written.findings) == (9, 2, ())
    assert tree(again(tmp_path, tmp_path / "p", config)) == tree(tmp_path / "p")


def test_an_export_imported_where_it_came_from_adds_nothing(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    report = import_package(tmp_path / "survey", tmp_path / "p", sayer=SAYER)
    assert report.new == {}
    assert report.differing == {}
    assert report.known["observations"] == 5


def test_what_the_standard_has_no_place_for_is_counted(tmp_path):
    written = export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    assert written.held_back == 3
    assert written.rows["media"] == 2
    with (tmp_path / "p" / "media-held-back.csv").open(encoding="utf-8") as file:
        assert [row["reason"] for row in csv.DictReader(file)] == ["no-date", "no-deployment"]


def test_no_text_of_ours_runs_in_a_spreadsheet(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    for table in (*TABLES, "other-fields"):
        with (tmp_path / "p" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
            assert not [c for row in csv.reader(file) for c in row if c.startswith(("=", "@", "+"))]


def test_frictionless_accepts_it_offline(tmp_path, monkeypatch):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    report = valid(tmp_path / "p", monkeypatch)
    assert report.valid, report.flatten(["title", "message"])
    assert len(report.tasks) == len(list((tmp_path / "p").glob("*.csv")))


def test_frictionless_would_tell(tmp_path, monkeypatch):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    file = tmp_path / "p" / "observations.csv"
    file.write_text(file.read_text().replace("llnp:A_l", "nowhere"))
    described = json.loads((tmp_path / "p" / "datapackage.json").read_text())
    del described["project"]
    for resource in described["resources"]:
        del resource["hash"], resource["bytes"]
    (tmp_path / "p" / "datapackage.json").write_text(json.dumps(described))
    report = valid(tmp_path / "p", monkeypatch)
    assert not report.valid


@pytest.mark.parametrize("version", ["1.0", "1.0.1", "1.0.2"])
def test_every_version_can_be_written(tmp_path, version):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p", version=version)
    assert read_package(tmp_path / "p", "llnp", CONFIG.crs).version == version


def test_a_zip_file_has_the_same_bytes_each_time(tmp_path):
    survey = rich_survey(tmp_path / "survey")
    export_package(survey, tmp_path / "a.zip")
    export_package(survey, tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    assert len(read_package(tmp_path / "a.zip", "llnp", CONFIG.crs).observations) == 4


def test_a_partners_package_comes_back_with_nothing_lost(tmp_path):
    def more(described, rows):
        rows["observations"][0]["moon"] = "full"
        described["funding"] = {"by": "someone", "sum": 1.5}
        schema = {
            "fields": [{"name": "deploymentID", "type": "string"}, {"name": "depth", "type": "number"}],
            "foreignKeys": [
                {"fields": "deploymentID", "reference": {"resource": "deployments", "fields": "deploymentID"}}
            ],
        }
        rows_inline = [{"deploymentID": "d1", "depth": 12}]
        described["resources"].append({"name": "snow", "data": rows_inline, "schema": schema})
        described["resources"].append({"name": "individuals", "data": [{"id": 1, "name": "Reinaert"}]})
        described["resources"].append({"name": "readme", "path": "notes/readme.txt", "bytes": 5})

    theirs = package(tmp_path / "theirs", more)
    (theirs / "notes").mkdir()
    (theirs / "notes" / "readme.txt").write_text("Hello")
    first = again(tmp_path, theirs, organisation="partner")
    described = json.loads((first / "datapackage.json").read_text())
    assert described["funding"] == {"by": "someone", "sum": 1.5}
    assert described["keywords"] == ["豹", "леопард"]
    assert described["taxonomic"][0]["vernacularNames"] == {"eng": "leopard"}
    assert described["pardus"]["from"][0]["id"] == "5d5b4c8e-0000-4000-8000-000000000001"
    by_name = {r["name"]: r for r in described["resources"]}
    assert by_name["snow"]["data"] == [{"deploymentID": "partner:d1", "depth": 12}]
    assert by_name["individuals"]["data"] == [{"id": 1, "name": "Reinaert"}]
    assert by_name["pardus-individuals"]["pardus"]["resource"] == "individuals"
    assert (first / "notes" / "readme.txt").read_text() == "Hello"
    for table in TABLES:
        with (
            (theirs / f"{table}.csv").open(encoding="utf-8") as a,
            (first / f"{table}.csv").open(encoding="utf-8") as b,
        ):
            for one, other in zip(csv.DictReader(a), csv.DictReader(b), strict=True):
                one.pop("moon", None)
                assert {k: v.replace("partner:", "") for k, v in other.items()} == one
    assert '"full"' in (first / "other-fields.csv").read_text().replace('""', '"')
    second = again(tmp_path, first)
    assert tree(second) == tree(first)


def test_a_partners_package_passes_frictionless_on_its_way_out(tmp_path, monkeypatch):
    report = valid(again(tmp_path, package(tmp_path / "theirs"), organisation="partner"), monkeypatch)
    assert report.valid, report.flatten(["title", "message"])


def test_two_partners_in_one_survey_keep_their_words(tmp_path, monkeypatch):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    for name in ("one", "two"):
        theirs = package(tmp_path / name, lambda d, _r, name=name: d.update(id=name, title=name))
        import_package(tmp_path / "s", theirs, sayer=SAYER, organisation=name)
    export_package(tmp_path / "s", tmp_path / "both")
    described = json.loads((tmp_path / "both" / "datapackage.json").read_text())
    assert [s["title"] for s in described["pardus"]["sources"]] == ["one", "two"]
    assert valid(tmp_path / "both", monkeypatch).valid
    third = again(tmp_path, tmp_path / "both")
    assert tree(third) == tree(tmp_path / "both")


def test_the_same_package_twice_adds_nothing(tmp_path):
    theirs = package(tmp_path / "theirs")
    new_survey(tmp_path / "s", CONFIG, SAYER)
    import_package(tmp_path / "s", theirs, sayer=SAYER, organisation="partner")
    report = import_package(tmp_path / "s", theirs, sayer=SAYER, organisation="partner")
    assert (report.new, report.differing, report.entry) == ({}, {}, "")


def test_a_row_that_says_something_else_now_does_not_overwrite(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    import_package(tmp_path / "s", package(tmp_path / "a"), sayer=SAYER, organisation="partner")
    changed = package(tmp_path / "b", cell("observations", 0, "count", "3"))
    report = import_package(tmp_path / "s", changed, sayer=SAYER, organisation="partner")
    assert report.differing == {"observations": 1}
    assert "differs-from-survey" in [f.code for f in report.findings]
    with open_survey(tmp_path / "s") as store:
        assert store.survey().observations[0].count == 1


def test_rows_set_aside_are_kept_in_the_survey_with_their_reasons(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    bad = package(tmp_path / "p", cell("observations", 0, "observationComments", '=HYPERLINK("x")'))
    report = import_package(tmp_path / "s", bad, sayer=SAYER, organisation="partner")
    assert report.quarantined == {"observations": 1}
    with (tmp_path / "s" / report.quarantine / "observations.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        (row,) = csv.DictReader(file)
    assert row["row"] == "2"
    assert row["reasons"].startswith("spreadsheet-formula")
    assert row["observationComments"] == '\'=HYPERLINK("x")'  # disarmed: this file is made to be opened


def test_a_package_that_does_not_say_whose_it_is_is_asked_about(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    with pytest.raises(UsageError):
        import_package(tmp_path / "s", package(tmp_path / "p"), sayer=SAYER)


def test_a_refused_package_leaves_the_survey_as_it_was(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    with open_survey(tmp_path / "s") as store:
        before = store.head()
    bad = package(tmp_path / "p", lambda d, _r: d["resources"][2].update(hash="sha256:00"))
    with pytest.raises(PackageError):
        import_package(tmp_path / "s", bad, sayer=SAYER, organisation="partner")
    with open_survey(tmp_path / "s") as store:
        assert store.head() == before


def test_an_import_can_be_undone_as_one(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    report = import_package(tmp_path / "s", package(tmp_path / "p"), sayer=SAYER, organisation="partner")
    undo(tmp_path / "s", report.entry, sayer=SAYER)
    with open_survey(tmp_path / "s") as store:
        survey = store.survey()
    assert (survey.stations, survey.deployments, survey.media, survey.observations) == ((), (), (), ())
    assert survey.resources == {}


def test_a_name_that_other_software_changed_in_the_table_is_taken_and_told(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    file = tmp_path / "p" / "observations.csv"
    file.write_text(file.read_text().replace("llnp:F01", "llnp:F05"))
    described = json.loads((tmp_path / "p" / "datapackage.json").read_text())
    for resource in described["resources"]:
        resource.pop("hash", None)
    (tmp_path / "p" / "datapackage.json").write_text(json.dumps(described))
    contents = read_package(tmp_path / "p", "llnp", CONFIG.crs)
    assert "name-contradicts" in [f.code for f in contents.findings]
    assert contents.decisions[-1].value == "llnp:F05"


def test_paths_from_a_package_never_lead_out(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    file = tmp_path / "p" / "other-fields.csv"
    evil = [
        ("path:0", "../../etc/passwd"),
        ("path:1", "C:\\x"),
        ("path:2", "/etc/passwd"),
        ("path:3", "a\\..\\..\\b"),
    ]
    with file.open("a", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows(["media", "llnp:m2", name, json.dumps(path)] for name, path in evil)
    described = json.loads((tmp_path / "p" / "datapackage.json").read_text())
    for resource in described["resources"]:
        resource.pop("hash", None), resource.pop("bytes", None)
    (tmp_path / "p" / "datapackage.json").write_text(json.dumps(described))
    contents = read_package(tmp_path / "p", "llnp", CONFIG.crs)
    assert [m.paths for m in contents.media if m.id == "llnp:m2"] == [("B/клип 豹.mp4",)]


def test_nothing_to_export_is_said_so(tmp_path):
    new_survey(tmp_path / "s", CONFIG, SAYER)
    with pytest.raises(PackageError):
        export_package(tmp_path / "s", tmp_path / "p")


def test_an_export_never_overwrites(tmp_path):
    survey = rich_survey(tmp_path / "survey")
    export_package(survey, tmp_path / "p")
    before = tree(tmp_path / "p")
    with pytest.raises(PackageError):
        export_package(survey, tmp_path / "p")
    assert tree(tmp_path / "p") == before


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=15) | st.sampled_from(
    ["NA", "NaN", "=A(1)", '"', ",", "a\nb", " x ", "1.0", "-5"]
)
times = st.datetimes(datetime(2025, 12, 2), datetime(2025, 12, 20), timezones=st.just(UTC))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.builds(
            Observation,
            id=st.integers(0, 10**6).map("llnp:o{}".format),
            deployment=st.sampled_from(["llnp:A_l", "llnp:B_1"]),
            start=times,
            end=times,
            type=st.sampled_from(["animal", "blank", "unclassified"]),
            count=st.integers(1, 9),
            flank=st.sampled_from(["left", "unknown"]),
            behaviour=texts,
            comments=texts,
            classified_by=texts,
            probability=st.none() | st.floats(0, 1),
            box=st.none() | st.builds(Box, *[st.floats(0, 1)] * 4),
            extra=st.dictionaries(texts.filter(bool), texts.filter(bool), max_size=2),
        ).map(lambda o: o if o.end >= o.start else replace(o, start=o.end, end=o.start)),
        unique_by=lambda o: o.id,
        max_size=4,
    ),
    st.dictionaries(texts.filter(bool), texts.filter(bool), max_size=2),
    texts,
)
def test_whatever_is_written_is_read_back_the_same(tmp_path_factory, observations, metadata, comments):
    folder = tmp_path_factory.mktemp("p") / "p"
    media = tuple(replace(m, metadata=metadata) for m in MEDIA)
    deployments = tuple(replace(d, comments=comments) for d in DEPLOYMENTS)
    survey = Survey(
        CONFIG, STATIONS, deployments, media, tuple(observations),
        (Individual("llnp:F01", STATEMENTS, ()),), as_of=datetime(2026, 1, 1, tzinfo=UTC),
    )  # fmt: skip
    write_package(survey, Beneath(), folder)
    contents = read_package(folder, "llnp", CONFIG.crs)
    assert contents.quarantine == ()
    assert contents.observations == tuple(observations)
    assert contents.media == media
    assert contents.deployments == deployments
    assert contents.stations == STATIONS
    assert contents.statements == STATEMENTS


def test_the_published_example_comes_back_with_nothing_lost(tmp_path, shared, monkeypatch):
    example = shared / "data" / "camtrap-dp-example-1.0.2"
    config = SurveyConfig("inbo", "mica", "Vulpes vulpes", crs="EPSG:32631")
    first = again(tmp_path, example, config, organisation="inbo")
    for table in TABLES:
        with (
            (example / f"{table}.csv").open(encoding="utf-8") as a,
            (first / f"{table}.csv").open(encoding="utf-8") as b,
        ):
            for one, other in zip(csv.DictReader(a), csv.DictReader(b), strict=True):
                assert {k: v.removeprefix("inbo:") for k, v in other.items()} == one
    theirs = json.loads((example / "datapackage.json").read_text(encoding="utf-8"))
    ours = json.loads((first / "datapackage.json").read_text(encoding="utf-8"))
    for key in set(theirs) - {"resources", "id", "created", "relatedIdentifiers"}:
        assert ours[key] == theirs[key], key
    assert ours["relatedIdentifiers"][: len(theirs["relatedIdentifiers"])] == theirs["relatedIdentifiers"]
    assert ours["pardus"]["from"] == [{"id": theirs["id"], "created": theirs["created"]}]
    assert theirs["resources"][3] in ours["resources"]
    report = valid(first, monkeypatch)
    assert report.valid, report.flatten(["title", "message"])
    second = again(tmp_path, first, config)
    assert tree(second) == tree(first)


def spoil(folder: Path, name: str, change: Any) -> Path:
    """Change one table of a package and take its hash and size out of the description."""
    file = folder / f"{name}.csv"
    file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")
    described = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    for resource in described["resources"]:
        resource.pop("hash", None)
        resource.pop("bytes", None)
    (folder / "datapackage.json").write_text(json.dumps(described), encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("stations", lambda t: t.replace("42.87654321", "")),
        ("stations", lambda t: t.replace("42.87654321", "north")),
        ("individual-statements", lambda t: t.replace("2024-01-01", "")),
        ("individual-statements", lambda t: t.replace("2024-01-01", "long ago")),
        ("fits", lambda t: t.replace('"{', '"[').replace('}"', ']"')),
        ("fits", lambda t: t.split("\n")[0] + "\nx,[1]\n"),
        ("other-fields", lambda t: t.replace('"""NA"""', "NA")),
        ("camera-operation", lambda t: t.replace("2025-12-01T", "yesterday ")),
        ("clock-corrections", lambda t: t.replace("2025-12-01", "soon")),
        ("identifications", lambda t: t.replace("2026-03-01T", "2026-13-01T")),
        ("observation-details", lambda t: t.replace(",33,", ",third,")),
        ("media-hashes", lambda t: t.replace("2025-12-02T05", "2025-12-02T95")),
        ("observations-held-back", lambda t: t.replace('""sex""', '""sexes""')),
    ],
)
def test_a_resource_of_ours_that_was_spoilt_refuses_the_package(tmp_path, name, change):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    before = (tmp_path / "p" / f"{name}.csv").read_text(encoding="utf-8")
    assert change(before) != before
    with pytest.raises(PackageError) as caught:
        read_package(spoil(tmp_path / "p", name, change), "llnp", CONFIG.crs)
    assert any(f.where.startswith(name) for f in caught.value.findings if f.severity == "error")


def test_what_belongs_to_a_row_that_was_set_aside_goes_with_it(tmp_path):
    export_package(rich_survey(tmp_path / "survey"), tmp_path / "p")
    folder = spoil(tmp_path / "p", "deployments", lambda t: t.replace("42.87654321", "42,87654321"))
    contents = read_package(folder, "llnp", CONFIG.crs)
    assert [d.id for d in contents.deployments] == ["llnp:B_1"]
    assert contents.corrections == ()
    assert {d.observation for d in contents.decisions} == {"llnp:o2", "llnp:o5"}
