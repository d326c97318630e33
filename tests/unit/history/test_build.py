from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.history.build import USED, build
from pardus.history.records import REASONS, reason_text
from pardus.model.errors import HistoryError, ParameterError
from pardus.model.media import Media
from pardus.model.observation import Observation
from pardus.model.survey import Session, Survey
from tests.fixtures.field import SPECIES, at, deployment, individual, seen, survey

A = deployment("A", at(1), at(11))
B = deployment("B", at(2), at(9), problems=[(at(5), at(7))])


def test_a_history_worked_by_hand() -> None:
    """F1: A on the 2nd (twice in one visit), B on the 3rd and 4th; M1: A on the 8th. Two occasions of 5 days."""
    records = [
        seen(1, A, at(2, 20), "F1", "left", sex="female"),
        seen(2, A, at(2, 20.1), "F1", "right", sex="female"),
        seen(3, B, at(3, 2), "F1", "left"),
        seen(4, B, at(4, 2), "F1", "left"),
        seen(5, A, at(8, 2), "M1", "both"),
    ]
    individuals = [individual("M1", ("sex", "male", date(2026, 5, 1)))]
    counts = build(survey([A, B], records, individuals, occasion_days=5, output="count")).sessions[0]
    assert counts.animals == ("park:F1", "park:M1")
    assert counts.detectors.ids == ("park:A", "park:B")
    np.testing.assert_array_equal(counts.dense(), [[[1, 2], [0, 0]], [[0, 0], [1, 0]]])
    np.testing.assert_array_equal(counts.detectors.usage, [[5, 5], [3, 2]])
    np.testing.assert_array_equal(counts.detectors.xy, [[500_000, 4_800_000], [503_000, 4_800_000]])
    assert counts.kind == "count"
    assert counts.covariates["sex"].tolist() == ["F", "M"]
    binary = build(survey([A, B], records, occasion_days=5)).sessions[0]
    np.testing.assert_array_equal(binary.dense(), np.minimum(counts.dense(), 1))
    assert binary.kind == "proximity"
    assert binary.covariates["sex"].tolist() == ["F", ""]


def test_every_record_is_in_a_history_or_in_one_named_count() -> None:
    undated = Media("park:m9", "0" * 64, 1, "image", "image/jpeg", ("x.jpg",))
    records = [
        seen(1, A, at(2), "F1", "left"),
        seen(2, A, at(2), type="blank", scientific_name=""),
        seen(3, A, at(2), scientific_name="Sus scrofa"),
        seen(4, A, at(2), scientific_name=""),
        seen(5, A, at(2), "F1", media=("park:m9",)),
        replace(seen(6, A, at(2), "F1"), deployment="park:elsewhere"),
        seen(7, A, at(40), "F1"),
        seen(8, A, at(2), "", life_stage="juvenile"),
        seen(9, A, at(3), ""),
        seen(10, A, at(3), "S1", "left", life_stage="subadult"),
        seen(11, B, at(6), "F1"),
        seen(12, A, at(4), "R1", "right"),
        seen(13, A, at(5), "L2", "left"),
    ]
    of = replace(survey([A, B], records, life_stages=("adult", "")), media=(undated,))
    found = build(of)
    assert found.records == {USED: 2, **dict.fromkeys(REASONS, 1)}
    assert sum(found.records.values()) == len(records)
    assert found.sessions[0].not_used == {
        "cub": 1, "unidentified": 1, "life-stage": 1, "outside-operation": 1, "flank": 1,
    }  # fmt: skip
    assert all(reason_text(reason) for reason in REASONS)


def test_a_detection_outside_operation_is_named_not_dropped() -> None:
    records = [
        seen(1, B, at(6, 3), "F1", "left"),  # in the problem period
        seen(2, B, at(10, 3), "F1", "left"),  # after retrieval
        seen(3, B, at(7, 3), "F1", "left"),
    ]
    for days in (1, 5, 10):
        found = build(survey([A, B], records, occasion_days=days))
        assert found.sessions[0].n_detections == 1
        assert found.sessions[0].not_used == {"outside-operation": 2}
        assert [(f.code, f.where) for f in found.findings] == [("detection-outside-operation", "park:B")] * 2
        stated, absent = sorted(f.message for f in found.findings)
        assert "2025-12-06 03:00" in stated
        assert "not working" in stated
        assert "no camera" in absent


def test_unidentified_visits_are_counted_with_their_company() -> None:
    records = [seen(1, A, at(2), "F1"), seen(2, A, at(2, 0.01)), seen(3, A, at(3)), seen(4, A, at(3, 0.1))]
    assert build(survey([A], records)).unidentified() == (2, 1)


def test_a_corrected_sex_changes_no_history() -> None:
    """Leo 86F became 86M: the correction carries the date of the statement it corrects."""
    records = [seen(1, A, at(2), "86", "left"), seen(2, A, at(5), "86", "left")]
    before = build(survey([A], records, [individual("86", ("sex", "female", date(2024, 1, 1)))])).sessions[0]
    said = individual("86", ("sex", "female", date(2024, 1, 1)), ("sex", "male", date(2024, 1, 1)))
    after = build(survey([A], records, [said])).sessions[0]
    assert before.animals == after.animals
    np.testing.assert_array_equal(before.dense(), after.dense())
    assert (before.covariates["sex"].tolist(), after.covariates["sex"].tolist()) == (["F"], ["M"])


def test_covariates_are_the_last_stated_by_the_session() -> None:
    said = [
        individual("X", ("collar", "no", date(2025, 1, 1)), ("collar", "yes", date(2026, 1, 1))),
        individual("Y", ("birthYear", "2019", date(2025, 1, 1))),
    ]
    history = build(survey([A], [seen(1, A, at(2), "X"), seen(2, A, at(3), "Y")], said)).sessions[0]
    assert history.covariates["collar"].tolist() == ["no", ""]
    np.testing.assert_array_equal(history.covariates["birthYear"], [np.nan, 2019.0])


def test_a_death_within_the_session_removes_the_animal_from_then_on() -> None:
    records = [seen(1, A, at(2), "X"), seen(2, A, at(3), "Y"), seen(3, A, at(9), "X")]
    dead = individual("X", ("status", "dead", date(2025, 12, 6)))
    found = build(survey([A], records, [dead], occasion_days=5))
    assert found.sessions[0].removed is not None
    assert found.sessions[0].removed.tolist() == [1, -1]
    assert found.findings == ()
    daily = build(survey([A], records, [dead]))
    assert [f.code for f in daily.findings] == ["seen-after-death"]


def test_sessions_are_apart_and_what_lies_between_is_counted() -> None:
    weeks = (
        Session("one", date(2025, 12, 1), date(2025, 12, 3)),
        Session("two", date(2025, 12, 6), date(2025, 12, 8)),
    )
    records = [seen(n, A, at(day, 12), "F1", "left") for n, day in enumerate([1, 4, 5, 7, 8])]
    found = build(survey([A], records, sessions=weeks))
    assert [h.n_detections for h in found.sessions] == [1, 2]
    assert found.records == {USED: 3, "outside-sessions": 2}


def test_overlapping_sessions_unknown_stations_and_outputs_are_refused() -> None:
    two = (
        Session("a", date(2025, 12, 1), date(2025, 12, 5)),
        Session("b", date(2025, 12, 5), date(2025, 12, 9)),
    )
    with pytest.raises(HistoryError, match="overlap"):
        build(survey([A], sessions=two))
    with pytest.raises(HistoryError, match="park:B"):
        build(replace(survey([A, B]), stations=survey([A]).stations))
    with pytest.raises(ParameterError, match="Output"):
        build(survey([A], output="many"))


def test_one_date_for_the_ages_of_many_sessions_is_pointed_out() -> None:
    two = (
        Session("a", date(2025, 12, 1), date(2025, 12, 4)),
        Session("b", date(2025, 12, 5), date(2025, 12, 9)),
    )
    found = build(survey([A], sessions=two, decided_on=date(2025, 12, 1)))
    assert [f.code for f in found.findings] == ["decided-on-many-sessions"]


def test_a_survey_without_records_has_an_empty_history() -> None:
    found = build(survey([A]))
    assert found.sessions[0].n_animals == 0
    assert found.sessions[0].detectors.usage.sum() == 10
    assert build(survey([], sessions=())).sessions == ()


@st.composite
def surveys(draw: st.DrawFn) -> Survey:
    """Two stations with a gap, up to thirty records of four animals, some of them odd."""
    places = [A, B]
    records: list[Observation] = []
    for n in range(draw(st.integers(0, 30))):
        records.append(
            seen(
                n,
                draw(st.sampled_from(places)),
                at(1) + timedelta(minutes=draw(st.integers(-600, 12 * 24 * 60))),
                draw(st.sampled_from(["", "F1", "F2", "M1", "M2"])),
                draw(st.sampled_from(["left", "right", "both", "unknown"])),
                life_stage=draw(st.sampled_from(["", "adult", "juvenile"])),
                scientific_name=draw(st.sampled_from([SPECIES, SPECIES, "Sus scrofa", ""])),
            )
        )
    return survey(places, records, flank_rule=draw(st.sampled_from(["auto", "all", "left+both"])))


@given(surveys(), st.integers(1, 12))
def test_totals_do_not_depend_on_occasion_length(of: Survey, length: int) -> None:
    def counted(days: int) -> tuple[object, ...]:
        of_length = replace(of, config=replace(of.config, occasion_days=days, output="count"))
        found = build(of_length)
        history = found.sessions[0]
        return (
            history.animals,
            history.totals().tolist(),
            history.detectors.usage.sum(axis=1).tolist(),
            found.records,
            history.not_used,
        )

    assert counted(1) == counted(length)


@given(surveys(), st.integers(0, 2**32))
def test_the_order_of_records_and_stations_does_not_matter(of: Survey, seed: int) -> None:
    random = Random(seed)
    observations, deployments = list(of.observations), list(of.deployments)
    random.shuffle(observations)
    random.shuffle(deployments)
    one, other = (
        build(of),
        build(replace(of, observations=tuple(observations), deployments=tuple(deployments))),
    )
    np.testing.assert_array_equal(one.sessions[0].dense(), other.sessions[0].dense())
    np.testing.assert_array_equal(one.sessions[0].detectors.usage, other.sessions[0].detectors.usage)
    assert one.events == other.events
    assert one.records == other.records


@given(surveys())
def test_every_record_is_counted_once(of: Survey) -> None:
    found = build(of)
    assert sum(found.records.values()) == len(of.observations)
    used = sum(found.reasons[v.event.id] == USED for v in found.visits)
    as_counts = build(replace(of, config=replace(of.config, output="count")))
    assert as_counts.sessions[0].n_detections == used
    in_sessions = sum(found.records.get(r, 0) for r in found.sessions[0].not_used)
    assert sum(found.sessions[0].not_used.values()) == in_sessions
