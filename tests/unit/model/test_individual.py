"""Sex, age and name are dated statements; a correction changes what is known, not the track."""

from __future__ import annotations

from datetime import date

from pardus.model.individual import Individual, Statement


def test_the_last_statement_that_holds_on_a_date_counts() -> None:
    cub = Individual(
        "llnp:x1",
        (
            Statement("llnp:x1", "lifeStage", "juvenile", date(2024, 6, 1)),
            Statement("llnp:x1", "lifeStage", "subadult", date(2025, 12, 1)),
            Statement("llnp:x1", "name", "Agnes cub 1", date(2024, 6, 1)),
            Statement("llnp:x1", "name", "F8", date(2026, 1, 1)),
        ),
    )
    assert cub.at("lifeStage", date(2024, 5, 31)) == ""
    assert cub.at("lifeStage", date(2025, 1, 1)) == "juvenile"
    assert cub.at("lifeStage", date(2026, 1, 1)) == "subadult"
    assert cub.at("name", date(2026, 6, 1)) == "F8"


def test_a_correction_with_the_same_date_wins() -> None:
    leo = Individual(
        "llnp:x86",
        (
            Statement("llnp:x86", "sex", "female", date(2023, 1, 1)),
            Statement("llnp:x86", "sex", "male", date(2023, 1, 1)),
        ),
    )
    assert leo.at("sex", date(2023, 1, 1)) == "male"
