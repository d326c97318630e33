"""A fit written as JSON and read back is the same fit; what can't be said is null."""

from __future__ import annotations

import json
from dataclasses import replace

from pardus.model.fit import Estimate, from_json
from tests.fixtures.content import fit


def test_json_round_trip_is_identical() -> None:
    unknown = Estimate(
        "D", float("nan"), float("nan"), float("nan"), float("inf"), "animals per 100 km2", note="why"
    )
    before = replace(fit(), estimates=(*fit().estimates, unknown))
    text = json.dumps(before.to_json(), allow_nan=False)
    again = from_json(json.loads(text))
    assert json.dumps(again.to_json(), allow_nan=False) == text
    assert json.loads(text)["estimates"][-1]["estimate"] is None


def test_aicc_uses_the_number_of_animals() -> None:
    one = fit()
    assert one.aic == 2 * 1 + 2 * 321.5
    assert one.aicc == one.aic + 2 * 1 * 2 / (12 - 1 - 1)
