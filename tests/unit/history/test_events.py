from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pardus.history.events import Independence, Visit, runs, visits
from pardus.history.records import records
from pardus.model.errors import ParameterError
from pardus.model.survey import Survey
from tests.fixtures.field import at, deployment, individual, seen, survey

LEFT = deployment("A", at(1), at(11), "1")
RIGHT = deployment("A", at(1), at(11), "2")
FAR = deployment("B", at(1), at(11))


def found(of: Survey, minutes: float = 30) -> tuple[Visit, ...]:
    return visits(records(of), Independence(minutes), "park")


def minutes(*values: float) -> list[tuple[object, object]]:
    return [(at(2) + timedelta(minutes=v),) * 2 for v in values]


def test_a_gap_of_the_interval_or_more_begins_a_new_event() -> None:
    times = minutes(0, 20, 49.99, 80)
    assert runs(times, Independence(30)) == [[0, 1, 2], [3]]  # type: ignore[arg-type]


def test_compared_to_the_last_independent_record_a_long_stay_is_cut() -> None:
    times = minutes(0, 20, 40, 60, 75)
    assert runs(times, Independence(30)) == [[0, 1, 2, 3, 4]]  # type: ignore[arg-type]
    assert runs(times, Independence(30, "last-independent-record")) == [[0, 1], [2, 3], [4]]  # type: ignore[arg-type]


def test_an_interval_of_nothing_keeps_every_record() -> None:
    assert runs(minutes(0, 0, 1), Independence(0)) == [[0], [1], [2]]  # type: ignore[arg-type]


def test_records_of_one_instant_are_one_event_unless_kept_apart_as_camtrapr_does() -> None:
    times = minutes(0, 0, 10, 90, 90)
    assert runs(times, Independence(30)) == [[0, 1, 2], [3, 4]]  # type: ignore[arg-type]
    apart = Independence(30, "last-independent-record", keep_simultaneous=True)
    assert runs(times, apart) == [[0], [1, 2], [3], [4]]  # type: ignore[arg-type]


def test_a_video_lasts_to_its_end() -> None:
    start = at(2)
    times = [(start, start + timedelta(minutes=25)), (start + timedelta(minutes=50),) * 2]
    assert runs(times, Independence(30)) == [[0, 1]]


def test_bad_rules_are_refused() -> None:
    with pytest.raises(ParameterError, match="Independence"):
        Independence(-1)
    with pytest.raises(ParameterError, match="Independence"):
        Independence(30, "first")


def test_stills_and_video_of_a_facing_pair_are_one_encounter_with_both_flanks() -> None:
    of = survey(
        [LEFT, RIGHT, FAR],
        [
            seen(1, LEFT, at(2, 20), "F1", "left", media=("park:m1",)),
            seen(2, RIGHT, at(2, 20.01), "F1", "right", media=("park:video",), end=at(2, 20.02)),
            seen(3, LEFT, at(2, 20), "F1", "left", media=("park:m1",)),  # said twice, by another author
            seen(4, FAR, at(2, 20.2), "F1", "left"),
        ],
    )
    one, other = found(of)
    assert one.event.flanks == ("left", "right")
    assert one.event.media == ("park:m1", "park:video")
    assert one.event.observations == ("park:o0001", "park:o0003", "park:o0002")
    assert (one.event.start, one.event.end) == (at(2, 20), at(2, 20.02))
    assert (other.event.station, other.event.flanks) == ("park:B", ("left",))


def test_unidentified_animals_are_kept_and_their_company_named() -> None:
    of = survey(
        [LEFT, FAR],
        [
            seen(1, LEFT, at(2, 20), "F1"),
            seen(2, LEFT, at(2, 20.01)),
            seen(3, FAR, at(2, 20)),
            seen(4, FAR, at(2, 20.3)),
            seen(5, FAR, at(3, 1), scientific_name="Panthera tigris"),
        ],
    )
    company = {(v.event.station, v.event.individual): v.event.companions for v in found(of)}
    assert company == {("park:A", "park:F1"): (), ("park:A", ""): ("park:F1",), ("park:B", ""): ()}


def test_two_animals_within_two_minutes_were_together_and_half_an_hour_apart_were_not() -> None:
    of = survey(
        [LEFT, RIGHT],
        [
            seen(1, LEFT, at(2, 20), "F1"),
            seen(2, RIGHT, at(2, 20.03), "M1"),
            seen(3, LEFT, at(2, 20.4), "M2"),
            seen(4, LEFT, at(3, 1), "F1", group="g"),
            seen(5, LEFT, at(3, 1.1), "M2", group="g"),
        ],
    )
    company = {(v.event.individual, v.event.start.day): v.event.companions for v in found(of)}
    assert company == {
        ("park:F1", 2): ("park:M1",),
        ("park:M1", 2): ("park:F1",),
        ("park:M2", 2): (),
        ("park:F1", 3): ("park:M2",),
        ("park:M2", 3): ("park:F1",),
    }


def test_cubs_join_the_visit_of_their_mother() -> None:
    of = survey(
        [LEFT, RIGHT],
        [
            seen(1, LEFT, at(2, 20), "F1", sex="female"),
            seen(2, LEFT, at(2, 20.02), life_stage="juvenile", count=2, mother="park:F1"),
            seen(3, RIGHT, at(2, 20.02), life_stage="juvenile", count=1, mother="park:F1"),
            seen(4, LEFT, at(2, 20.01), "M1", sex="male", group="g"),
            seen(5, LEFT, at(5, 3), "M1", sex="male", group="h"),
            seen(6, LEFT, at(5, 3), life_stage="juvenile", group="h"),  # a male is nobody's mother
        ],
    )
    cubs = {(v.event.individual, v.event.start.day): v.event.cubs for v in found(of)}
    assert cubs[("park:F1", 2)] == 2  # the other camera saw one of the two from the other side
    assert cubs[("park:M1", 2)] == cubs[("park:M1", 5)] == 0
    assert cubs[("", 5)] == 1


def test_cubs_in_several_pictures_are_the_most_in_one() -> None:
    of = survey(
        [LEFT],
        [
            seen(1, LEFT, at(2, 20), "F1", group="g", media=("park:m1",)),
            *[
                seen(10 + n, LEFT, at(2, 20.01 * (1 + n / 1e4)), life_stage="juvenile", group="g", media=(m,))
                for n, m in enumerate(["park:m1", "park:m2", "park:m2", "park:m3"])
            ],
        ],
    )
    assert [v.event.cubs for v in found(of)] == [2]


def test_a_cub_s_mother_is_known_from_a_relationship_too() -> None:
    of = survey(
        [LEFT],
        [seen(1, LEFT, at(2, 20), "F1"), seen(2, LEFT, at(2, 20.1), "C1", life_stage="juvenile")],
        [individual("F1", ("sex", "female", date(2020, 1, 1)), mother_of=["C1"])],
    )
    (visit,) = found(of)
    assert (visit.event.individual, visit.event.cubs) == ("park:F1", 1)


offsets = st.lists(st.integers(0, 300), min_size=1, max_size=12)


@given(offsets, st.integers(1, 60), st.randoms(), st.sampled_from(["last-record", "last-independent-record"]))
def test_the_order_of_records_does_not_matter(
    values: list[int], interval: int, random: object, rule: str
) -> None:
    times = minutes(*values)
    shuffled = list(times)
    random.shuffle(shuffled)  # type: ignore[attr-defined]

    def events(of: list[object]) -> list[list[object]]:
        return [[of[i] for i in run] for run in runs(of, Independence(interval, rule))]  # type: ignore[arg-type]

    assert events(times) == events(shuffled)
    assert sum(map(len, events(times))) == len(values)


@given(offsets, st.integers(1, 60))
def test_visits_by_the_last_record_are_further_apart_than_the_interval(
    values: list[int], interval: int
) -> None:
    times = minutes(*values)
    found_runs = runs(times, Independence(interval))  # type: ignore[arg-type]
    for one, other in itertools.pairwise(found_runs):
        assert times[other[0]][0] - times[one[-1]][0] >= timedelta(minutes=interval)  # type: ignore[operator]
    assert len(runs(times, Independence(interval, "last-independent-record"))) >= len(found_runs)  # type: ignore[arg-type]
