"""Undo, the log as people read it, and clocks put right."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from pardus.app.clock import correct_clock
from pardus.app.ingest import ingest
from pardus.app.log import log
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.app.verify import verify
from pardus.model.clock import ClockCorrection
from pardus.model.errors import ParameterError
from pardus.model.survey import Survey
from tests.fixtures.small_survey import ANNA, card, photo, small_survey

D1 = "llnp:S1_2014-03-01"


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = small_survey(tmp_path / "survey")
    source = card(tmp_path / "card")
    (source / "S2" / "tagged.JPG").write_bytes(
        photo(9, serial="H1", tags=["Individual/F01", "Species/Panthera pardus"])
    )
    ingest(folder, source, sayer=ANNA)
    return folder


def read(survey: Path) -> Survey:
    with open_survey(survey) as store:
        return store.survey()


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def started(survey: Path) -> str:
    return next(line.id for line in log(survey) if line.kind == "ingest-started")


def test_the_log_shows_an_ingest_as_one_line(survey: Path) -> None:
    lines = log(survey)
    assert [line.kind for line in lines] == [
        "survey-created",
        "stations-declared",
        "deployments-declared",
        "ingest-started",
    ]
    assert lines[-1].summary == "21 files: 21 new, 0 known, 0 copies, 0 held back, 0 ignored"
    every = log(survey, every=True)
    assert len(every) == 3 + lines[-1].entries
    assert all(line.counts for line in every)


def test_undoing_an_ingest_takes_all_of_it_back_and_undoing_that_brings_it_back(survey: Path) -> None:
    before = read(survey)
    done = undo(survey, started(survey)[:18], sayer=ANNA)
    assert done.entries == len(log(survey, every=True)) - 4
    after = read(survey)
    assert (after.media, after.observations, after.individuals) == ((), (), ())
    assert len(after.stations) == 4
    assert not log(survey)[3].counts
    assert verify(survey).sound  # the files are still there, and sound
    undo(survey, done.id, sayer=ANNA)
    again = read(survey)
    assert (again.media, again.observations, again.individuals) == (
        before.media,
        before.observations,
        before.individuals,
    )


def test_an_ingest_undone_can_be_made_again(survey: Path, tmp_path: Path) -> None:
    undo(survey, started(survey), sayer=ANNA)
    assert ingest(survey, tmp_path / "card", sayer=ANNA).tally.added == 21
    assert len(read(survey).media) == 21


def test_a_preview_writes_nothing(survey: Path) -> None:
    entries = len(log(survey, every=True))
    assert undo(survey, started(survey), sayer=ANNA, try_only=True).id == ""
    correction = ClockCorrection(D1, "offset", offset_s=3600.0)
    assert correct_clock(survey, correction, sayer=ANNA, try_only=True).entry == ""
    assert len(log(survey, every=True)) == entries
    assert read(survey).corrections == ()


def test_undoing_twice_is_refused_and_says_what_would_bring_it_back(survey: Path) -> None:
    done = undo(survey, started(survey), sayer=ANNA)
    with pytest.raises(ParameterError, match=f"undone already; to bring it back, undo {done.id}"):
        undo(survey, started(survey), sayer=ANNA)


@pytest.mark.parametrize(("entry", "message"), [("0000", "No entry"), ("abc", "No entry"), ("", "No entry")])
def test_an_entry_that_is_not_there_is_named(survey: Path, entry: str, message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        undo(survey, entry, sayer=ANNA)


def test_a_beginning_that_several_entries_share_is_refused(survey: Path) -> None:
    with pytest.raises(ParameterError, match="Several entries begin with"):
        undo(survey, log(survey)[0].id[:4], sayer=ANNA)


def test_an_offset_moves_the_media_of_one_deployment(survey: Path) -> None:
    done = correct_clock(survey, ClockCorrection(D1, "offset", offset_s=-7200.0), sayer=ANNA)
    assert (done.moved, done.after.media, done.after.outside) == (5, 5, 0)
    assert done.before.first is not None
    assert done.after.first == done.before.first - timedelta(hours=2)
    hours = {m.deployment: m.timestamp.hour for m in read(survey).media[::-1] if m.timestamp}
    assert hours[D1] == 10
    assert hours["llnp:S3_2014-03-01"] == 12
    undo(survey, done.entry, sayer=ANNA)
    assert read(survey).media[0].timestamp == done.before.first


def test_a_drift_is_linear_between_its_anchors(survey: Path) -> None:
    correction = ClockCorrection(
        D1,
        "drift",
        wall_1=wall("2014-03-02T12:00"),
        true_1=wall("2014-03-02T12:00"),
        wall_2=wall("2014-03-02T16:00"),
        true_2=wall("2014-03-02T16:01"),
    )
    correct_clock(survey, correction, sayer=ANNA)
    times = [m.timestamp.replace(tzinfo=None).isoformat() for m in read(survey).media[:5] if m.timestamp]
    assert times == [
        "2014-03-02T12:00:00",
        "2014-03-02T13:00:15",
        "2014-03-02T14:00:30",
        "2014-03-02T15:00:45",
        "2014-03-02T16:01:00",
    ]


def test_a_zone_named_later_moves_the_instants_not_the_walls(survey: Path) -> None:
    correct_clock(survey, ClockCorrection(D1, "zone", zone="Asia/Vladivostok"), sayer=ANNA)  # +11 in 2014
    media = read(survey).media[0]
    assert media.wall == wall("2014-03-02T12:00")
    assert media.timestamp == datetime.fromisoformat("2014-03-02T12:00:00+11:00")


def test_bounds_are_those_of_the_cameras_own_time(survey: Path) -> None:
    correction = ClockCorrection(
        D1, "offset", offset_s=60.0, from_wall=wall("2014-03-02T13:00"), to_wall=wall("2014-03-02T15:00")
    )
    assert correct_clock(survey, correction, sayer=ANNA).moved == 2


def test_a_reset_clock_put_right_lifts_the_fault(tmp_path: Path) -> None:
    folder, source = small_survey(tmp_path / "survey"), tmp_path / "card"
    (source / "S1").mkdir(parents=True)
    (source / "S1" / "1.JPG").write_bytes(photo(1, wall("2000-01-01T00:30"), serial="H0"))
    assert ingest(folder, source, sayer=ANNA).tally.undated == 1
    offset = (wall("2014-03-02T12:00") - wall("2000-01-01T00:00")).total_seconds()
    done = correct_clock(folder, ClockCorrection(D1, "offset", offset_s=offset), sayer=ANNA)
    assert (done.before.usable, done.after.usable, done.after.outside) == (0, 1, 0)
    assert read(folder).media[0].faults == ()


@pytest.mark.parametrize(
    ("correction", "message"),
    [
        (ClockCorrection("llnp:S7", "offset", offset_s=1.0), "no deployment llnp:S7"),
        (ClockCorrection(D1, "offset"), "corrects nothing"),
        (ClockCorrection(D1, "zone", zone="Mars"), "no time zone"),
        (ClockCorrection(D1, "drift", wall_1=wall("2014-03-02T12:00")), "two anchors"),
        (
            ClockCorrection(
                D1, "offset", offset_s=1.0, from_wall=wall("2014-03-02T12:00"), to_wall=wall("2014-03-01T12:00")
            ),
            "ends .* before it begins",
        ),
        (
            ClockCorrection(
                D1, "drift", wall_1=wall("2014-03-02T12:00"), true_1=wall("2014-03-02T12:00"),
                wall_2=wall("2014-03-01T12:00"), true_2=wall("2014-03-03T12:00"),
            ),
            "must be later",
        ),
        (
            ClockCorrection(
                D1, "drift", wall_1=wall("2000-01-01T00:00"), true_1=wall("2014-03-02T12:00"),
                wall_2=wall("2014-03-03T12:00"), true_2=wall("2014-03-03T12:00"),
            ),
            "No clock drifts",
        ),
    ],
)  # fmt: skip
def test_a_correction_that_cannot_be_right_is_refused(
    survey: Path, correction: ClockCorrection, message: str
) -> None:
    with pytest.raises(ParameterError, match=message):
        correct_clock(survey, correction, sayer=ANNA)
    assert read(survey).corrections == ()
