"""Cards into a survey: counts that add up, nothing twice, nothing lost, every bad card named."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pardus.app import ingest_read, reading
from pardus.app.clock import correct_clock
from pardus.app.executor import Processes
from pardus.app.ingest import ingest
from pardus.app.ingest_report import IngestReport
from pardus.app.ingest_run import IngestOptions
from pardus.app.reading import Job, Outcome, SurveyDiskError, read_files
from pardus.app.survey_folder import media_files, new_survey, open_survey
from pardus.app.verify import verify
from pardus.ingest.scan import Found, scan
from pardus.model.clock import ClockCorrection
from pardus.model.errors import DataError, Finding, ParameterError, StoppedError, SurveyError, TableError
from pardus.model.survey import Survey
from pardus.store.sqlite import SqliteStore
from pardus.store.staging import Staging
from tests.fixtures.small_survey import ANNA, FIRST, card, photo, small_config, small_survey

DCIM = Path("DCIM", "100RECNX")
D1 = "llnp:S1_2014-03-01"


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    return small_survey(tmp_path / "survey")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return card(tmp_path / "card")


def read(survey: Path) -> Survey:
    with open_survey(survey) as store:
        return store.survey()


def entries(survey: Path) -> int:
    with open_survey(survey) as store:
        return len(list(store.entries()))


def codes(report: IngestReport) -> dict[str, str]:
    return {finding.code: finding.severity for finding in report.findings}


def adds_up(report: IngestReport) -> bool:
    c = report.counts()
    media = c["images"] + c["videos"]
    return bool(c["files"] == media + sum(c["ignored"].values())) and bool(
        media == c["added"] + c["known"] + c["copies"] + c["held"]
    )


def test_a_card_becomes_media_of_its_deployments(survey: Path, source: Path) -> None:
    report = ingest(survey, source, sayer=ANNA)
    assert report.sentences() == [
        "Table stations: 4 new or changed, 0 taken out.",
        "Table deployments: 4 new or changed, 0 taken out.",
        "20 files on the card = 20 images + 0 videos + 0 ignored.",
        "20 images and videos = 20 new + 0 known + 0 copies + 0 held back.",
        "20 new = 20 usable + 0 without a date + 0 damaged.",
    ]
    media = read(survey).media
    assert [m.deployment for m in media[:6]] == [D1] * 5 + ["llnp:S2_2014-03-01"]
    assert media[0].paths == ("S1/DCIM/100RECNX/RCNX0001.JPG",)
    assert media[0].timestamp is not None
    assert media[0].timestamp.isoformat() == "2014-03-02T12:00:00+10:00"
    assert media[0].date_source == "exif-original"


def test_files_are_copied_by_hash_and_originals_are_not_touched(survey: Path, source: Path) -> None:
    before = {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in source.rglob("*.JPG")}
    ingest(survey, source, sayer=ANNA)
    assert {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in source.rglob("*.JPG")} == before
    for media in read(survey).media:
        blob = survey / "media" / media.sha256[:2] / media.sha256
        assert hashlib.sha256(blob.read_bytes()).hexdigest() == media.sha256
    assert sorted(p.name for p in (survey / ".incoming").iterdir()) == ["staged.sqlite"]


def test_in_place_copies_nothing_and_still_finds_the_files(survey: Path, source: Path) -> None:
    ingest(survey, source, IngestOptions(in_place=True), sayer=ANNA)
    assert not (survey / "media").exists()
    with open_survey(survey) as store:
        locate = media_files(survey, store)
        assert [locate(m) for m in store.media()] == sorted(source.rglob("*.JPG"))
    assert verify(survey).sound
    shutil.move(source, source.with_name("drawer"))
    found = verify(survey)
    assert (found.sound, found.elsewhere, found.files) == (True, 20, 0)
    assert {f.code for f in found.findings} == {"media-elsewhere"}


def test_a_card_ingested_twice_adds_nothing(survey: Path, source: Path) -> None:
    ingest(survey, source, sayer=ANNA)
    before = entries(survey)
    again = ingest(survey, source, sayer=ANNA)
    assert entries(survey) == before
    assert (again.tally.added, again.tally.known, again.ingest) == (0, 20, "")
    assert adds_up(again)
    with open_survey(survey) as store:
        day = next(store.entries(["media-added"])).at[:10]
    assert again.sentences()[1] == f"5 files already imported on {day} as deployment {D1}."


def test_the_same_card_under_another_name_adds_nothing(survey: Path, tmp_path: Path) -> None:
    one = card(tmp_path / "card", ["S1"])
    ingest(survey, one, sayer=ANNA)
    day = read(survey).as_of
    assert day is not None
    other = tmp_path / "E"
    (other / "S1").mkdir(parents=True)
    for n, path in enumerate(sorted(one.rglob("*.JPG"))):
        shutil.copyfile(path, other / "S1" / f"{n:04}.jpg")
    again = ingest(survey, other, sayer=ANNA)
    assert again.sentences()[1:] == [f"All 5 files already imported on {day:%Y-%m-%d} as deployment {D1}."]


def test_new_files_on_a_known_card_are_taken(survey: Path, source: Path) -> None:
    ingest(survey, source, sayer=ANNA)
    (source / "S1" / DCIM / "RCNX0006.JPG").write_bytes(photo(1000, FIRST + timedelta(hours=9), serial="H0"))
    again = ingest(survey, source, sayer=ANNA)
    assert (again.tally.added, again.tally.known) == (1, 20)
    assert adds_up(again)


def test_copies_on_one_card_are_one_media_with_all_its_paths(survey: Path, source: Path) -> None:
    shutil.copyfile(source / "S1" / DCIM / "RCNX0001.JPG", source / "S1" / "best.JPG")
    report = ingest(survey, source, sayer=ANNA)
    assert (report.tally.added, report.tally.copies) == (20, 1)
    assert adds_up(report)
    (paths,) = [m.paths for m in read(survey).media if len(m.paths) > 1]
    assert paths == ("S1/DCIM/100RECNX/RCNX0001.JPG", "S1/best.JPG")


def test_one_content_in_two_stations_goes_to_the_first_and_is_named(survey: Path, source: Path) -> None:
    shutil.copyfile(source / "S1" / DCIM / "RCNX0001.JPG", source / "S2" / DCIM / "X.JPG")
    report = ingest(
        survey, source, IngestOptions(accept=frozenset({"two-serials", "serial-in-two-places"})), sayer=ANNA
    )
    assert report.tally.copies == 1
    assert codes(report)["same-content"] == "warning"
    assert adds_up(report)


def test_same_name_with_different_content_is_kept_twice(survey: Path, source: Path) -> None:
    (source / "S1" / "DCIM" / "101RECNX").mkdir()
    (source / "S1" / "DCIM" / "101RECNX" / "RCNX0001.JPG").write_bytes(photo(500, FIRST, serial="H0"))
    assert ingest(survey, source, sayer=ANNA).tally.added == 21
    assert sum(m.paths[0].endswith("RCNX0001.JPG") for m in read(survey).media) == 5


def test_every_file_of_a_bad_card_is_counted_and_named(survey: Path, source: Path) -> None:
    where = source / "S1" / DCIM
    whole = photo(600, FIRST, serial="H0", size=(240, 320))
    (where / "CUT.JPG").write_bytes(whole[: len(whole) // 2])
    (where / "EMPTY.JPG").write_bytes(b"")
    (where / "NODATE.JPG").write_bytes(photo(601, None, serial="H0"))
    (where / "OLD.JPG").write_bytes(photo(602, FIRST.replace(year=2000, month=1, day=1), serial="H0"))
    (where / "._RCNX0001.JPG").write_bytes(b"Mac")
    (where / "RAW.NEF").write_bytes(b"II*\x00")
    (where / "FAKE.JPG").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(50))
    (source / "Thumbs.db").write_bytes(b"x")
    report = ingest(survey, source, sayer=ANNA)
    assert report.tally.scan.ignored == {
        "empty-file": 1, "apple-double": 1, "raw-photo": 1, "wrong-extension": 1, "system-file": 1
    }  # fmt: skip
    assert (report.tally.added, report.tally.damaged, report.tally.undated) == (23, 1, 2)
    assert adds_up(report)
    assert set(codes(report)) >= {"truncated", "no-date", "factory-date", "empty-file", "raw-photo"}
    said = {f.code: f for f in report.findings}
    assert said["truncated"].where == "S1/DCIM/100RECNX/CUT.JPG"
    with open_survey(survey) as store:
        reasons = {record["path"]: record["reason"] for _key, record in store.present("ignored")}
    assert reasons["Thumbs.db"] == "system-file"
    assert len(reasons) == 5


def test_tags_and_folders_become_decisions_of_their_author(survey: Path, source: Path) -> None:
    tags = ["Individual/F01", "Species/Panthera pardus", "Mood/calm"]
    (source / "S1" / DCIM / "TAGGED.JPG").write_bytes(photo(700, FIRST, serial="H0", tags=tags))
    report = ingest(survey, source, IngestOptions(author="boris"), sayer=ANNA)
    assert (report.tally.observations, report.tally.decisions) == (1, 2)
    assert codes(report)["tag-unmapped"] == "warning"
    (observation,) = read(survey).observations
    assert (observation.individual, observation.scientific_name) == ("llnp:F01", "Panthera pardus")
    with open_survey(survey) as store:
        decisions = [record for _key, record in store.present("decisions")]
    assert {(d["by"], d["basis"]) for d in decisions} == {("llnp:boris", "tag")}


def test_a_tag_on_an_undated_picture_is_kept_until_it_has_a_date(survey: Path, source: Path) -> None:
    (source / "S1" / DCIM / "TAGGED.JPG").write_bytes(photo(701, None, serial="H0", tags=["Individual/F02"]))
    ingest(survey, source, sayer=ANNA)
    known = read(survey)
    assert known.observations == ()
    assert [animal.id for animal in known.individuals] == ["llnp:F02"]


def _other_serial(source: Path) -> None:
    (source / "S1" / DCIM / "OTHER.JPG").write_bytes(photo(800, FIRST, serial="P900"))


def _unknown_station(source: Path) -> None:
    (source / "S1").rename(source / "S9")


def _too_early(source: Path) -> None:
    (source / "S1" / DCIM / "EARLY.JPG").write_bytes(photo(801, FIRST - timedelta(days=400), serial="H0"))


def _no_folder(source: Path) -> None:
    (source / "LOOSE.JPG").write_bytes(photo(802, FIRST))


@pytest.mark.parametrize(
    ("spoil", "code", "held"),
    [
        (_other_serial, "two-serials", 6),
        (_unknown_station, "no-station", 5),
        (_too_early, "outside-deployment", 6),
        (_no_folder, "layout", 1),
    ],
)
def test_what_a_finding_holds_back_is_taken_when_it_is_accepted(
    survey: Path, source: Path, spoil: Callable[[Path], None], code: str, held: int
) -> None:
    spoil(source)
    report = ingest(survey, source, sayer=ANNA)
    assert codes(report)[code] == "error"
    assert report.held == held
    assert adds_up(report)
    known = report.tally.added
    assert known >= 15
    again = ingest(survey, source, IngestOptions(accept=frozenset({code})), sayer=ANNA)
    assert (again.held, codes(again).get(code, "warning")) == (0, "warning")
    assert adds_up(again)
    assert again.tally.added >= 1
    assert len(read(survey).media) == known + again.tally.added


def test_files_accepted_outside_their_deployment_have_a_wrong_clock(survey: Path, source: Path) -> None:
    _too_early(source)
    report = ingest(survey, source, IngestOptions(accept=frozenset({"outside-deployment"})), sayer=ANNA)
    wrong = [m for m in read(survey).media if "wrong-clock" in m.faults]
    assert [m.paths for m in wrong] == [("S1/DCIM/100RECNX/EARLY.JPG",)]
    assert report.tally.undated == 1


def test_two_cards_in_each_others_folders_are_held_back(survey: Path, source: Path) -> None:
    (source / "S1").rename(source / "X")
    (source / "S2").rename(source / "S1")
    (source / "X").rename(source / "S2")
    report = ingest(survey, source, sayer=ANNA)
    assert codes(report)["swapped-cards"] == "error"
    assert report.held == 10
    assert report.tally.added == 10


def test_a_held_card_can_be_mended_in_the_table(survey: Path, source: Path) -> None:
    _unknown_station(source)
    assert ingest(survey, source, sayer=ANNA).held == 5
    with (survey / "stations.csv").open("a", encoding="utf-8") as table:
        table.write("S9,670000,4770000,2014-03-01,2014-05-31,H0\n")
    again = ingest(survey, source, sayer=ANNA)
    assert (again.tally.added, again.held, again.tables["stations"]) == (5, 0, (1, 0))


def test_a_card_without_folders_goes_where_it_is_said_to_belong(survey: Path, source: Path) -> None:
    report = ingest(survey, source / "S1", IngestOptions(station="S1"), sayer=ANNA)
    assert report.tally.added == 5
    report = ingest(survey, source / "S2", IngestOptions(deployment="S2_2014-03-01"), sayer=ANNA)
    assert report.tally.added == 5
    with pytest.raises(ParameterError, match="no deployment llnp:S7"):
        ingest(survey, source, IngestOptions(deployment="S7"), sayer=ANNA)


def test_a_policy_decided_later_is_applied_with_update(survey: Path, source: Path) -> None:
    path = source / "S1" / DCIM / "NODATE.JPG"
    path.write_bytes(photo(601, None, serial="H0"))
    taken = (FIRST + timedelta(hours=2)).timestamp()
    os.utime(path, (taken, taken))
    assert ingest(survey, source, sayer=ANNA).tally.undated == 1
    unchanged = ingest(survey, source, IngestOptions(mtime_zone="+10:00"), sayer=ANNA)
    assert (unchanged.tally.added, unchanged.tally.known) == (0, 21)
    updated = ingest(survey, source, IngestOptions(mtime_zone="+10:00", update=True), sayer=ANNA)
    assert (updated.tally.added, updated.tally.known) == (1, 20)
    assert sum(m.date_source == "mtime" for m in read(survey).media) == 1


def test_update_says_nothing_anew_because_of_a_clock_correction(survey: Path, source: Path) -> None:
    ingest(survey, source, sayer=ANNA)
    correct_clock(survey, ClockCorrection(D1, "offset", offset_s=60.0), sayer=ANNA)
    before = entries(survey)
    assert ingest(survey, source, IngestOptions(update=True), sayer=ANNA).tally.known == 20
    assert entries(survey) == before


def test_files_that_a_wrong_clock_held_back_come_in_after_its_correction(survey: Path, source: Path) -> None:
    _too_early(source)
    held = ingest(survey, source, sayer=ANNA)
    assert held.held > 0
    years = ClockCorrection(D1, "offset", offset_s=401 * 86_400.0, to_wall=datetime(2014, 1, 1))
    correct_clock(survey, years, sayer=ANNA)
    report = ingest(survey, source, sayer=ANNA)
    assert report.held == 0
    assert report.tally.added == held.held
    assert not [m for m in read(survey).media if "wrong-clock" in m.faults]


def test_files_outside_a_deployment_are_lifted_when_its_dates_were_wrong(survey: Path, source: Path) -> None:
    _too_early(source)
    ingest(survey, source, IngestOptions(accept=frozenset({"outside-deployment"})), sayer=ANNA)
    table = survey / "stations.csv"
    table.write_text(
        table.read_text(encoding="utf-8").replace("4770000,2014-03-01", "4770000,2013-01-01"), "utf-8"
    )
    report = ingest(survey, source, IngestOptions(update=True), sayer=ANNA)
    assert report.held == 0
    assert not [m for m in read(survey).media if "wrong-clock" in m.faults]


def test_a_faulty_table_stops_everything_before_anything_is_written(survey: Path, source: Path) -> None:
    with (survey / "stations.csv").open("a", encoding="utf-8") as table:
        table.write("S5,670000,4770000,2014-05-31,2014-03-01,H0\n")
    with pytest.raises(TableError):
        ingest(survey, source, sayer=ANNA)
    assert entries(survey) == 1


def test_a_row_that_left_the_table_leaves_the_survey(survey: Path) -> None:
    ingest(survey, None, sayer=ANNA)
    table = survey / "stations.csv"
    table.write_text("\n".join(table.read_text(encoding="utf-8").splitlines()[:-1]) + "\n", encoding="utf-8")
    report = ingest(survey, None, sayer=ANNA)
    assert report.tables == {"stations": (0, 1), "deployments": (0, 1)}
    assert [s.name for s in read(survey).stations] == ["S1", "S2", "S3"]
    assert ingest(survey, None, sayer=ANNA).sentences() == ["Nothing in the tables has changed."]


class Stopping:
    """An executor that does something after so many jobs."""

    def __init__(self, jobs: int, act: Callable[[], None]) -> None:
        self.jobs, self.act = jobs, act

    def map(self, function: Callable[[Job], list[Outcome]], items: object) -> object:
        for n, job in enumerate(items):  # type: ignore[call-overload]
            if n == self.jobs:
                self.act()
            yield function(job)


@pytest.fixture
def small_rounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest_read, "PER_JOB", 2)
    monkeypatch.setattr(ingest_read, "ROUND", 2)


@pytest.mark.usefixtures("small_rounds")
def test_ctrl_c_says_how_far_it_came_and_the_next_run_reads_only_the_rest(survey: Path, source: Path) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(
        StoppedError, match=r"Stopped after 8 of 20 files; nothing is lost\. You stopped it\."
    ):
        ingest(survey, source, sayer=ANNA, executor=Stopping(4, stop))  # type: ignore[arg-type]
    read_again: list[str] = []

    class Counting:
        def map(self, function: Callable[[Job], list[Outcome]], items: object) -> object:
            for job in items:  # type: ignore[attr-defined]
                read_again.extend(found.path for found in job.files)
                yield function(job)

    report = ingest(survey, source, sayer=ANNA, executor=Counting())  # type: ignore[arg-type]
    assert len(read_again) == 12
    assert report.tally.added == 20
    assert adds_up(report)
    assert verify(survey).sound


@pytest.mark.usefixtures("small_rounds")
def test_a_stopped_ingest_in_place_that_goes_on_with_copying_copies_every_file(
    survey: Path, source: Path
) -> None:
    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(StoppedError):
        ingest(survey, source, IngestOptions(in_place=True), sayer=ANNA, executor=Stopping(4, stop))  # type: ignore[arg-type]
    assert ingest(survey, source, sayer=ANNA).tally.added == 20
    shutil.rmtree(source)
    found = verify(survey)
    assert (found.sound, found.files, found.elsewhere) == (True, 20, 0)


@pytest.mark.usefixtures("small_rounds")
def test_a_card_taken_out_stops_it_and_putting_it_back_goes_on(survey: Path, source: Path) -> None:
    def take_out() -> None:
        source.rename(source.with_name("drawer"))

    with pytest.raises(
        StoppedError, match=r"Stopped after 8 of 20 files; nothing is lost.*was the card removed"
    ):
        ingest(survey, source, sayer=ANNA, executor=Stopping(4, take_out))  # type: ignore[arg-type]
    source.with_name("drawer").rename(source)
    assert ingest(survey, source, sayer=ANNA).tally.added == 20
    assert verify(survey).sound


@pytest.mark.usefixtures("small_rounds")
def test_a_full_disk_stops_it_and_room_lets_it_go_on(
    survey: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = 0

    def write(self: object, data: bytes) -> int:
        nonlocal written
        written += 1
        if written > 9:
            raise SurveyDiskError(28, "No space left on device")
        return int(self._file.write(data))  # type: ignore[attr-defined]

    with monkeypatch.context() as patch:
        patch.setattr("pardus.app.reading._Tagged.write", write)
        with pytest.raises(StoppedError, match=r"Stopped after 9 of 20 files.*No space left on device"):
            ingest(survey, source, sayer=ANNA)
    assert not list((survey / ".incoming").glob("*.part"))
    report = ingest(survey, source, sayer=ANNA)
    assert report.tally.added == 20
    assert adds_up(report)
    assert verify(survey).sound


def test_a_full_database_disk_stops_the_saying_and_nothing_is_read_again(
    survey: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ingest(survey, None, sayer=ANNA)
    with monkeypatch.context() as patch:
        transactions = 0
        begin = SqliteStore.transaction

        def transaction(self: SqliteStore) -> object:
            nonlocal transactions
            transactions += 1
            if transactions == 4:  # the tables and two deployments were said
                self._db.execute(
                    f"PRAGMA max_page_count = {self._db.execute('PRAGMA page_count').fetchone()[0]}"
                )
            return begin(self)

        patch.setattr(SqliteStore, "transaction", transaction)
        with pytest.raises(StoppedError, match=r"Stopped after 20 of 20 files; nothing is lost.*is full"):
            ingest(survey, source, sayer=ANNA)
    assert len(read(survey).media) == 10
    report = ingest(survey, source, sayer=ANNA, executor=Stopping(0, lambda: pytest.fail("read again")))  # type: ignore[arg-type]
    assert report.tally.added == 20
    assert adds_up(report)
    assert verify(survey).sound


def test_a_file_that_cannot_be_read_is_counted_and_the_rest_goes_on(
    survey: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = reading.read_file

    def read_file(root: Path, found: object, copy_to: object = None) -> object:
        if str(found.path).endswith("S2/DCIM/100RECNX/RCNX0003.JPG"):  # type: ignore[attr-defined]
            raise OSError(5, "Input/output error")
        return really(root, found, copy_to)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(reading, "read_file", read_file)
        report = ingest(survey, source, sayer=ANNA)
    assert (report.tally.added, report.tally.scan.ignored) == (19, {"unreadable": 1})
    assert adds_up(report)
    assert ingest(survey, source, sayer=ANNA).tally.added == 1


def test_a_copy_that_is_not_what_was_read_is_never_put_in_its_place(
    survey: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("pardus.app.reading.file_hash", lambda path: "0" * 64)
        with pytest.raises(StoppedError, match="the copy differs from what was read"):
            ingest(survey, source, sayer=ANNA)
    assert not (survey / "media").exists()


def test_a_second_ingest_into_the_same_survey_is_told(survey: Path, source: Path) -> None:
    with Staging(survey), pytest.raises(SurveyError, match=r"Another ingest into .* is running"):
        ingest(survey, source, sayer=ANNA)
    assert ingest(survey, source, sayer=ANNA).tally.added == 20


def test_another_card_in_the_same_place_is_not_mixed_up_with_the_first(survey: Path, source: Path) -> None:
    _unknown_station(source)
    assert ingest(survey, source, sayer=ANNA).held == 5
    shutil.rmtree(source)
    card(source, ["S3"], per_station=2)
    report = ingest(survey, source, sayer=ANNA)
    assert (report.tally.scan.total, report.held) == (2, 0)
    assert adds_up(report)


def test_processes_give_the_same_log_as_one_process(tmp_path: Path, source: Path) -> None:
    logs = []
    for workers in (0, 2):
        survey = small_survey(tmp_path / f"survey{workers}")
        if workers:
            with Processes(workers) as executor:
                ingest(survey, source, sayer=ANNA, executor=executor)
        else:
            ingest(survey, source, sayer=ANNA)
        with open_survey(survey) as store:
            logs.append(
                [(e.kind, {k: v for k, v in e.payload.items() if k != "ingest"}) for e in store.entries()]
            )
    assert logs[0] == logs[1]


def test_progress_ends_at_the_number_of_files(survey: Path, source: Path) -> None:
    told: list[tuple[int, int | None]] = []
    ingest(survey, source, sayer=ANNA, tell=lambda done, total: told.append((done, total)))
    assert told[-1] == (20, 20)
    assert told == sorted(told)


def test_a_folder_that_is_not_there_is_named(survey: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="found nothing"):
        ingest(survey, tmp_path / "nowhere", sayer=ANNA)


def test_stations_of_a_layout_with_cameras_are_matched(tmp_path: Path) -> None:
    survey = small_survey(tmp_path / "survey", small_config(layout="station/camera"))
    table = survey / "stations.csv"
    text = "Station,x,y,Setup,Retrieval,Serial,Cam\nS1,650000,4770000,2014-03-01,2014-05-31,H0,A\n"
    table.write_text(text + "S1,650000,4770000,2014-03-01,2014-05-31,H1,B\n", encoding="utf-8")
    toml = survey / "survey.toml"
    toml.write_text(
        toml.read_text(encoding="utf-8").replace('serial = "Serial"', 'serial = "Serial", camera = "Cam"'),
        encoding="utf-8",
    )
    for n, camera in enumerate("AB"):
        where = tmp_path / "card" / "S1" / camera
        where.mkdir(parents=True)
        (where / "1.JPG").write_bytes(photo(n, FIRST, serial=f"H{n}"))
    (tmp_path / "card" / "S1" / "C").mkdir()
    (tmp_path / "card" / "S1" / "C" / "1.JPG").write_bytes(photo(9, FIRST))
    report = ingest(survey, tmp_path / "card", sayer=ANNA)
    assert (report.tally.added, report.held, codes(report)["no-camera"]) == (2, 1, "error")
    assert len({m.deployment for m in read(survey).media}) == 2


def test_reading_without_copying_writes_nothing(source: Path, tmp_path: Path) -> None:
    files = tuple(item for item in scan(source) if isinstance(item, Found))
    outcomes = read_files(Job(source, None, files))
    assert all(o.facts and o.aside is None for o in outcomes)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["card"]


def _of(report: IngestReport, code: str) -> Finding:
    return next(finding for finding in report.findings if finding.code == code)


def test_a_station_that_no_table_has_is_named_with_those_that_are_there(survey: Path, source: Path) -> None:
    _unknown_station(source)
    found = _of(ingest(survey, source, sayer=ANNA), "no-station")
    assert "'S9' (5)" in found.message
    assert "'S1'" in found.message
    assert "--station" in found.remedy


def test_stations_in_another_folder_level_are_answered_with_the_layout(
    survey: Path, source: Path, tmp_path: Path
) -> None:
    (tmp_path / "years").mkdir()
    source.rename(tmp_path / "years" / "2014")
    found = _of(ingest(survey, tmp_path / "years", sayer=ANNA), "no-station")
    assert "'2014' (" in found.message
    assert 'layout = "*/station" into survey.toml' in found.remedy


def test_a_survey_without_stations_says_so(source: Path, tmp_path: Path) -> None:
    new_survey(tmp_path / "bare", small_config(tables={}), ANNA)
    found = _of(ingest(tmp_path / "bare", source, sayer=ANNA), "no-station")
    assert "The survey has no stations yet" in found.message
    assert "[tables.stations]" in found.remedy
