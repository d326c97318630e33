"""Every family of models recovers what was put in. Slow: run by `python3 dev.py studies`."""

import pytest

from tests.recovery.families import FAMILIES
from tests.recovery.study import run


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_estimates_are_unbiased_and_intervals_cover(family):
    judgements, statuses = run(family, surveys=1000, workers=2)
    assert statuses.get("cannot-say", 0) <= 0.01 * sum(statuses.values())
    outside = [j for j in judgements if not j.passed and j.quantity not in family.weak]
    assert not outside, outside
