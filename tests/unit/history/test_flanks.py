from __future__ import annotations

from datetime import date

import pytest

from pardus.history.build import USED, build
from pardus.history.flanks import flank_findings, flank_rule, known_sides
from pardus.model.errors import ParameterError
from pardus.model.survey import Survey
from tests.fixtures.field import at, deployment, individual, seen, survey

A = deployment("A", at(1), at(11))


def catalogue(left: int, right: int, both: int = 0, none: int = 0, rule: str = "auto") -> Survey:
    """One record per animal and side."""
    names = (
        [(f"L{n}", ["left"]) for n in range(left)]
        + [(f"R{n}", ["right"]) for n in range(right)]
        + [(f"B{n}", ["left", "right"]) for n in range(both)]
        + [(f"N{n}", ["unknown"]) for n in range(none)]
    )
    shown = [(name, side) for name, sides in names for side in sides]
    return survey(
        [A],
        [seen(n, A, at(2, n / 10), name, side) for n, (name, side) in enumerate(shown)],
        flank_rule=rule,
    )


def counted(of: Survey) -> int:
    return build(of).sessions[0].n_animals


def test_a_catalogue_known_from_one_flank_only_is_not_doubled() -> None:
    assert counted(catalogue(5, 5)) == 5
    assert counted(catalogue(5, 5, rule="all")) == 10
    assert counted(catalogue(7, 0)) == 7
    assert counted(catalogue(0, 7)) == 7


@pytest.mark.parametrize(
    ("left", "right", "rule", "became", "n"),
    [
        (2, 3, "auto", "right+both", 5),
        (3, 2, "auto", "left+both", 5),
        (2, 2, "auto", "left+both", 4),
        (2, 3, "left+both", "left+both", 4),
        (2, 3, "right+both", "right+both", 5),
        (2, 3, "all", "all", 7),
    ],
)
def test_the_rule_takes_one_side_and_the_animals_of_both(
    left: int, right: int, rule: str, became: str, n: int
) -> None:
    found = build(catalogue(left, right, both=2, rule=rule))
    assert found.flank.rule == became
    assert found.sessions[0].n_animals == n
    assert (found.flank.known("left+both"), found.flank.known("right+both")) == (left + 2, right + 2)
    left_out = found.records.get("flank", 0)
    assert left_out == {"left+both": right, "right+both": left, "all": 0}[became]
    assert found.records[USED] + left_out == len(catalogue(left, right, both=2).observations)
    assert found.sessions[0].not_used.get("flank", 0) == left_out


def test_excluded_animals_are_named_with_n_under_both_rules() -> None:
    (finding,) = build(catalogue(3, 1, both=2)).findings
    assert finding.code == "flank-excluded"
    assert finding.where == "park:R0"
    assert "left+both: 5, under right+both: 3" in finding.remedy


def test_taking_all_warns_that_one_cat_may_count_twice() -> None:
    assert [f.code for f in build(catalogue(1, 1, rule="all")).findings] == ["flank-all"]
    assert build(catalogue(1, 0, both=1, rule="all")).findings == ()


def test_animals_of_a_table_without_flanks_are_all_taken() -> None:
    assert counted(catalogue(0, 0, none=4)) == 4


def test_a_side_known_in_another_year_or_from_a_passport_counts() -> None:
    old = deployment("A", at(-400), at(-390))
    of = survey(
        [A, old],
        [
            seen(1, A, at(2), "X1", "right"),
            seen(2, old, at(-395), "X1", "left"),
            seen(3, A, at(3), "X2", "left"),
            seen(4, A, at(3), "X3", "right"),
        ],
        [individual("X3", ("flank", "both", date(2024, 1, 1)))],
        flank_rule="left+both",
    )
    assert known_sides(of)["park:X3"] == {"left", "right"}
    found = build(of)
    assert found.sessions[0].animals == ("park:X1", "park:X2", "park:X3")
    assert found.flank.both == ("park:X1", "park:X3")


def test_one_side_is_chosen_for_all_sessions_together() -> None:
    rule = flank_rule(catalogue(1, 2), ["park:L0", "park:R0", "park:R1"])
    assert rule.rule == "right+both"
    assert [f.code for f in flank_findings(rule)] == ["flank-excluded"]


def test_an_unknown_rule_is_refused() -> None:
    with pytest.raises(ParameterError, match="Flank rule"):
        build(catalogue(1, 1, rule="best"))
