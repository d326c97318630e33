"""Catalogues are matched from the flanks that partners swapped, and the scores lead the questions."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pardus.app.flank_pictures import accept_pictures
from pardus.app.match_catalogues import compare, match_catalogues, read_matches
from pardus.app.reconcile import ReconcileOptions, answer, reconcile
from pardus.app.survey_folder import open_survey
from pardus.model.observation import Observation
from pardus.model.record import to_record
from tests.fixtures.partners import SETUP, Party, parties
from tests.unit.app.test_exchange import sent, take

SHARED, ALONE = 3, 7


def coat(animal: int, shot: int) -> bytes:
    """A cut-out of a spotted animal: the same spots at every shot, another light, noise and size."""
    spots = np.random.default_rng(animal)
    rng = np.random.default_rng(1000 * animal + shot)
    height, width = 150, 260
    y, x = np.mgrid[0:height, 0:width].astype(float)
    body = ((x - 130) / 122) ** 2 + ((y - 75) / 66) ** 2 < 1
    grey = np.full((height, width), 170.0)
    for cx, cy, r in zip(
        spots.uniform(10, 250, 70), spots.uniform(8, 142, 70), spots.uniform(3, 8, 70), strict=True
    ):
        d = np.hypot(x - cx, (y - cy) * spots.uniform(0.7, 1.3))
        grey[(d < r) & (d > 0.4 * r)] = 40
    grey = np.clip(grey * rng.uniform(0.8, 1.1) + rng.normal(0, 6, grey.shape), 0, 255)
    pixels = np.dstack([grey, 0.8 * grey, 0.5 * grey, np.where(body, 255, 0)]).astype(np.uint8)
    size = (round(width * rng.uniform(0.85, 1.1)), round(height * rng.uniform(0.85, 1.1)))
    out = io.BytesIO()
    Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR).save(out, "PNG")
    return out.getvalue()


def fill(party: Party, animals: Sequence[int], shots: Sequence[int]) -> None:
    """Say records of a left flank each, and lay checked cut-outs beside them. Names say nothing of who it truly is."""
    rows = []
    place = party.folder / "silhouettes" / "proposed"
    place.mkdir(parents=True)
    for k, animal in enumerate(animals):
        for shot in shots:
            name = f"x{k}s{shot}"
            rows.append(Observation(f"{party.id}:{name}", f"{party.id}:KP-07-a", SETUP, SETUP, flank="left",
                                    scientific_name="Panthera pardus", individual=f"{party.id}:A{k:02}"))  # fmt: skip
            (place / f"{name}.png").write_bytes(coat(animal, shot))
    with open_survey(party.folder, write=True) as store, store.transaction():
        party.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in rows]})
    accept_pictures(party.folder, sayer=party.sayer)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[Party]:
    made = parties(tmp_path_factory.mktemp("match"))
    fill(made[0], range(SHARED + ALONE), (1, 2))
    fill(made[1], [*range(SHARED), *range(50, 50 + ALONE)], (3, 4))
    take(made[0], sent(made[1], made[0]))
    return made


TRUE = {(f"llnp:A{k:02}", f"ntlnp:A{k:02}") for k in range(SHARED)}


def test_flanks_that_were_swapped_lead_the_questions(two: list[Party]) -> None:
    one, other = two
    matches = match_catalogues(one.folder)
    assert matches.crops == {"llnp": 20, "ntlnp": 20}
    assert matches.calibrated  # 20 animals with two pictures of a flank each
    assert matches.better
    best = sorted(matches.rows, key=lambda key: -matches.rows[key])[:SHARED]
    assert {(a, b) for a, b, _side in best} == TRUE
    assert {side for _a, _b, side in matches.rows} == {"left"}
    kept = read_matches(one.folder)
    assert kept is not None
    assert (kept.inputs, kept.crops, len(kept.rows)) == (matches.inputs, matches.crops, 100)

    state = reconcile(one.folder, ReconcileOptions(most=SHARED))
    assert {(q.one, q.other) for q in state.questions} == TRUE
    assert "matches-stale" not in {f.code for f in state.findings}
    for question in state.questions:  # with pictures of both to look at
        assert len(question.of_one) == len(question.of_other) == 2
        assert all((one.folder / path).is_file() for path in (*question.of_one, *question.of_other))
    for pair in sorted(TRUE):
        answer(one.folder, [pair], "same", sayer=one.sayer)
    (shared,) = reconcile(one.folder).shared
    assert shared.lower >= shared.found == SHARED  # five animals of each side have no pictures, and stay open

    take(one, sent(other, one, name="again"))
    assert "matches-stale" in {f.code for f in reconcile(one.folder).findings}


def test_too_few_pictures_order_the_questions_and_say_no_more(tmp_path: Path) -> None:
    one, other = parties(tmp_path)
    fill(one, range(3), (1,))
    fill(other, [0, 70, 71], (3,))
    take(one, sent(other, one))
    matches = match_catalogues(one.folder)
    assert not matches.calibrated
    assert "0 animals have two pictures" in " ".join(matches.sentences())
    state = reconcile(one.folder)
    assert (state.questions[0].one, state.questions[0].other) == ("llnp:A00", "ntlnp:A00")
    (shared,) = state.shared
    assert shared.upper - shared.lower >= 4  # of up to eight: the scores tell nothing of how many


def test_nothing_to_compare_is_no_error() -> None:
    assert compare([], [], "x").rows == {}
