from __future__ import annotations

from datetime import date

from pardus.history.build import USED, build
from pardus.model.observation import Observation
from pardus.model.survey import Session
from tests.fixtures.field import at, deployment, individual, seen, survey

A = deployment("A", at(1), at(11))
B = deployment("B", at(1), at(11))


def test_a_family_of_four_adds_exactly_one() -> None:
    alone = [seen(n, A, at(2 + n, 20), f"F{n}", "both") for n in range(1, 4)]
    family = [
        seen(11, B, at(4, 20), "F9", "left", sex="female", group="g"),
        seen(12, B, at(4, 20), "C1", "left", life_stage="juvenile", mother="park:F9", group="g"),
        seen(13, B, at(4, 20), "C2", "right", life_stage="juvenile", mother="park:F9", group="g"),
        seen(14, B, at(4, 20), "", "right", life_stage="juvenile", group="g"),
    ]
    before, after = build(survey([A, B], alone)), build(survey([A, B], alone + family))
    assert after.sessions[0].n_animals == before.sessions[0].n_animals + 1
    assert after.sessions[0].n_detections == before.sessions[0].n_detections + 1
    assert after.sessions[0].not_used == {"cub": 3}
    assert after.records == {USED: 4, "cub": 3}
    (litter,) = after.families.litters
    assert (litter.mother, litter.cubs, litter.names) == ("park:F9", 3, ("park:C1", "park:C2"))


def test_cubs_alone_prove_breeding_but_are_no_detection_of_their_mother() -> None:
    cubs = [seen(1, A, at(3), "C1", life_stage="juvenile", mother="park:F1", count=2)]
    found = build(survey([A], cubs))
    assert found.sessions[0].n_animals == 0
    assert found.families.breeding_females() == ("park:F1",)
    assert found.families.cubs() == 2


def nine_females_with_sixteen_cubs() -> list[Observation]:
    """Raw events: every mother twice, not all of her cubs each time, at two stations, stills and video."""
    litters = [1, 2, 2, 3, 1, 2, 2, 1, 2]
    found: list[Observation] = []
    for n, cubs in enumerate(litters):
        mother = f"F{n}"
        for visit, (camera, shown) in enumerate([(A, cubs), (B, max(1, cubs - 1))]):
            when = at(2 + n % 8, 2 + visit * 6 + n / 10)
            key = f"g{n}-{visit}"
            found.append(seen(len(found), camera, when, mother, "left", sex="female", group=key))
            found += [
                seen(len(found) + c, camera, when, "", life_stage="juvenile", group=key) for c in range(shown)
            ]
    return found


def test_nine_breeding_females_with_sixteen_cubs_from_raw_events() -> None:
    extra = [
        seen(500, A, at(5, 23), "F20", "left", sex="female"),  # a female without cubs
        seen(501, A, at(6, 23), "M1", "left", sex="male"),
        seen(502, B, at(7, 23), "", life_stage="juvenile"),  # a cub whose mother is not known
    ]
    found = build(survey([A, B], nine_females_with_sixteen_cubs() + extra))
    assert len(found.families.breeding_females()) == 9
    assert found.families.cubs() == 16
    unknown = [x for x in found.families.litters if not x.mother]
    assert [(x.cubs, x.stations) for x in unknown] == [(1, ("park:B",))]
    assert found.sessions[0].n_animals == 11


def test_a_named_cub_met_alone_belongs_to_the_litter_it_was_seen_in() -> None:
    records = [
        seen(1, A, at(3), "F1", sex="female", group="g"),
        seen(2, A, at(3), "C1", life_stage="juvenile", group="g"),
        seen(3, B, at(5), "C1", life_stage="juvenile"),
    ]
    (litter,) = build(survey([A, B], records)).families.litters
    assert (litter.mother, litter.cubs, len(litter.visits)) == ("park:F1", 1, 2)


def test_a_cub_promoted_to_adult_keeps_its_track() -> None:
    """Cub 1 of the first winter is F8 of the next one: one id, a dated statement, no rename."""
    early = deployment("A", at(1), at(11))
    late = deployment("A", at(366), at(376), "2")
    records = [
        seen(1, early, at(3), "F1", "left", sex="female", group="g"),
        seen(2, early, at(3), "cub", "left", life_stage="juvenile", mother="park:F1", group="g"),
        seen(3, late, at(368), "cub", "left"),
    ]
    promoted = individual(
        "cub",
        ("lifeStage", "juvenile", date(2025, 8, 1)),
        ("lifeStage", "adult", date(2026, 11, 1)),
        ("name", "F8", date(2026, 11, 1)),
    )
    winters = (
        Session("2025", date(2025, 12, 1), date(2025, 12, 10)),
        Session("2026", date(2026, 12, 1), date(2026, 12, 10)),
    )
    found = build(survey([early, late], records, [promoted], sessions=winters))
    assert [h.animals for h in found.sessions] == [("park:F1",), ("park:cub",)]
    track = [
        v.event
        for v in found.visits
        if "park:cub" in {r.observation.individual for r in (*v.records, *v.cubs)}
    ]
    assert [e.start for e in track] == [at(3), at(368)]


def test_age_classes_are_decided_on_the_date_that_is_set() -> None:
    records = [seen(1, A, at(3), "X", "left")]
    grown = individual(
        "X", ("lifeStage", "juvenile", date(2025, 1, 1)), ("lifeStage", "adult", date(2025, 12, 5))
    )
    assert build(survey([A], records, [grown])).sessions[0].n_animals == 0
    found = build(survey([A], records, [grown], decided_on=date(2025, 12, 5)))
    assert found.sessions[0].n_animals == 1


def test_subadults_count_by_rule() -> None:
    records = [seen(1, A, at(3), "X", "left", life_stage="subadult"), seen(2, A, at(4), "Y", "left")]
    assert build(survey([A], records)).sessions[0].n_animals == 2
    found = build(survey([A], records, life_stages=("adult", "")))
    assert found.sessions[0].animals == ("park:Y",)
    assert found.sessions[0].not_used == {"life-stage": 1}


def test_records_that_disagree_about_an_age_are_named() -> None:
    records = [
        seen(1, A, at(3), "X", "left", life_stage="juvenile"),
        seen(2, A, at(4), "X", "left", life_stage="adult"),
    ]
    found = build(survey([A], records))
    assert [f.code for f in found.findings] == ["life-stage-conflict"]
    assert found.sessions[0].n_animals == 0
    stated = individual("X", ("lifeStage", "adult", date(2025, 11, 1)))
    settled = build(survey([A], records, [stated]))
    assert settled.findings == ()
    assert settled.sessions[0].n_animals == 1


def test_pairs_and_a_mother_with_her_grown_young_are_associations() -> None:
    records = [
        seen(1, A, at(3), "F1", sex="female"),
        seen(2, A, at(3, 0.01), "M1", sex="male"),
        seen(3, B, at(5), "F1", sex="female"),
        seen(4, B, at(5, 0.01), "M1", sex="male"),
        seen(5, B, at(7), "F1", sex="female", group="g"),
        seen(6, B, at(7), "F2", life_stage="subadult", group="g"),
        seen(7, B, at(8), "M1", sex="male"),
        seen(8, B, at(8), "X"),
    ]
    found = build(survey([A, B], records, [individual("F1", mother_of=["F2"])])).families.associations
    assert [(a.one, a.other, a.kind, a.times) for a in found] == [
        ("park:F1", "park:F2", "mother-young", 1),
        ("park:F1", "park:M1", "pair", 2),
        ("park:M1", "park:X", "unknown", 1),
    ]
