from __future__ import annotations

import json

from pardus.app.history import HistoryResult, survey_history
from pardus.history.build import build
from tests.fixtures.field import at, deployment, seen, survey

A, B = deployment("A", at(1), at(11)), deployment("B", at(1), at(11))


def result() -> HistoryResult:
    records = [
        seen(1, A, at(2), "F1", "left", sex="female", group="g"),
        seen(2, A, at(2), "", life_stage="juvenile", group="g"),
        seen(3, B, at(4), "M1", "both", sex="male"),
        seen(4, B, at(5), "R1", "right"),
        seen(5, B, at(6), ""),
    ]
    of = survey([A, B], records)
    return survey_history(of, build(of))


def test_the_json_says_where_every_record_went() -> None:
    said = json.loads(json.dumps(result().as_json(), default=str))
    assert said["records"] == {"used": 2, "cub": 1, "unidentified": 1, "flank": 1}
    assert said["sessions"][0]["animals"] == 2
    assert said["flank_rule"]["excluded"] == ["park:R1"]
    assert said["flank_rule"]["known"] == {"left+both": 2, "right+both": 2, "all": 3}
    assert said["unidentified_visits"] == {"all": 1, "with_an_identified_animal": 0}
    assert [f["kind"] for f in said["families"]] == ["litter"]
    assert [f["code"] for f in said["findings"]] == ["flank-excluded"]


def test_the_files_are_our_tables_and_secr_s() -> None:
    assert set(result().tables) == {
        "detectors.csv", "captures.csv", "usage.csv", "operation.csv", "occasions.csv", "events.csv",
        "not-used.csv", "families.csv", "associations.csv",
        "secr/captures.txt", "secr/traps-1.txt", "secr/read.R",
    }  # fmt: skip
