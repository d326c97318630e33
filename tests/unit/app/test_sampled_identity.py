from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pardus.app.covariate_tables import CovariateTables
from pardus.app.other_files import OtherFiles
from pardus.app.public_edition import public
from pardus.app.report import report
from pardus.app.review import Review
from pardus.app.sampled_identity import _together, sampled_identity
from pardus.app.sampled_record import CAVEAT
from pardus.app.survey_estimate import estimate_survey
from pardus.app.survey_folder import open_survey
from pardus.model.errors import ParameterError, TableError
from pardus.model.fit import Estimate
from pardus.model.language import _, speaking
from pardus.report.book import make
from pardus.report.document import Paragraph
from tests.fixtures.reviewed import reviewed_survey
from tests.fixtures.small_survey import ANNA

EVENTS, ANIMALS = 120, 11


def scores() -> dict[tuple[int, int], float]:
    """Log odds that know who is who, with noise: event n is animal n modulo 11."""
    rng = np.random.default_rng(7)
    return {
        (a, b): float(rng.normal(1.0 if (b - a) % ANIMALS == 0 else -4.0, 1.0))
        for a in range(EVENTS)
        for b in range(a + 1, EVENTS)
    }


def test_sampled_catalogues_keep_what_people_named_apart_and_count_what_waits(tmp_path: Path) -> None:
    changes = {n: {"individual": f"llnp:A{n % ANIMALS}"} for n in range(EVENTS - 24)}
    folder = reviewed_survey(tmp_path / "s", EVENTS, scores(), pictures=1, changes=changes)
    done = sampled_identity(folder, samples=4, seed=1)
    assert done.animals[0] == ANIMALS
    assert done.animals[2] >= ANIMALS - 2  # named animals hardly ever become one
    assert done.errors.individuals == len(Review(folder).groups())
    assert done.errors.false_splits > 3  # 24 events wait to be joined to animals that are known
    nights = OtherFiles(tables=CovariateTables(occasions=tmp_path / "nights.csv"))
    with pytest.raises(TableError, match="no such file"):  # it fits what the command fits
        sampled_identity(folder, samples=1, seed=1, files=nights)


def fit(n: float, se: float) -> Any:
    return SimpleNamespace(estimates=(Estimate("N", n, se, n - 2 * se, n + 2 * se, "animals", "2014"),))


def test_doubt_of_identity_is_added_to_that_of_the_fit() -> None:
    """Rubin's rule by hand: three numbers 40, 44, 48 with standard error 3."""
    (n,) = _together(fit(42, 3), [fit(40, 3), fit(44, 3), fit(48, 3)], 3, 0.95)
    assert (n.plain, n.mean, n.samples) == (42, 44, 3)
    assert n.se_fit == pytest.approx(3)
    assert n.se_identity == pytest.approx((16 * 4 / 3) ** 0.5)
    assert n.se == pytest.approx((9 + 64 / 3) ** 0.5)
    assert n.lower * n.upper == pytest.approx(44**2)


def test_too_few_samples_with_a_number_give_none_but_the_reason() -> None:
    (n,) = _together(fit(42, 3), [fit(40, 3), fit(float("nan"), 3), fit(float("nan"), 3)], 3, 0.95)
    assert n.mean != n.mean
    assert "1 of 3" in n.note


def test_without_compared_pairs_it_says_what_to_run(tmp_path: Path) -> None:
    folder = reviewed_survey(tmp_path / "s", 4, {})
    with pytest.raises(ParameterError, match="pardus identify"):
        sampled_identity(folder)


def test_samples_are_kept_beside_the_estimate_and_reported_with_their_caveat(tmp_path: Path) -> None:
    changes = {n: {"individual": f"llnp:A{n % ANIMALS}"} for n in range(EVENTS - 12)}
    folder = reviewed_survey(tmp_path / "s", EVENTS, scores(), pictures=1, changes=changes)
    estimate_survey(folder, ANNA)
    assert report(folder, with_pictures=False).sampled == ()
    done = sampled_identity(folder, samples=2, seed=1, sayer=ANNA)
    content = report(folder, with_pictures=False)
    assert [(s.session, s.quantity) for s in content.sampled] == [
        (n.session, n.quantity) for n in done.numbers
    ]
    assert content.sampled_animals == done.animals
    assert not any(f.code == "fit-stale" for f in content.findings)
    for made in (content, public(content)):
        section = next(s for s in make(made, ("ru",)).parts[0].sections if s.key == "estimate")
        with speaking("ru"):
            assert any(isinstance(b, Paragraph) and b.text[0].text == _(CAVEAT) for b in section.blocks)
    with open_survey(folder, write=True) as store, store.transaction():
        said = [{"observation": "llnp:o000-0", "about": "individual", "value": "llnp:A5"}]
        ANNA.say(store, "decisions-made", {"decisions": said})
        entries = store.newest(1)[0][0]
    # The estimate is of another state: nothing is kept.
    sampled_identity(folder, samples=2, seed=1, sayer=ANNA)
    with open_survey(folder) as store:
        assert store.newest(1)[0][0] == entries
