"""The demo on a tiny world, every step of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from pardus.app.content import Content
from pardus.app.demo import STEPS, TRUTH, Demo, cut_flanks, demo, look_for_animals, tell_apart
from pardus.app.exchange_open import overview
from pardus.app.review import Review
from pardus.app.survey_folder import open_survey
from pardus.app.true_animals import animals_of_catalogues, animals_of_observations
from pardus.model.errors import UsageError
from pardus.model.ids import split
from pardus.sim.parameters import read_parameters
from tests.fixtures.worlds import SMALL, TINY, one_coat, toml_of


@dataclass
class Told:
    done: Demo
    said: list[str]
    pages: list[Content]


SLOW = (look_for_animals, tell_apart, cut_flanks)
QUICK = tuple(step for step in STEPS if step[1] not in SLOW)
"""Every step but those that look at pixels."""


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Told:
    folder = tmp_path_factory.mktemp("demo") / "trial"
    return run(folder, QUICK)


@pytest.mark.slow
def test_the_whole_demo_finds_and_tells_apart_the_animals_in_pictures(tmp_path: Path) -> None:
    told = run(tmp_path / "trial", STEPS)
    assert len(told.said) > len(STEPS)
    for party in told.done.parties:
        state = Review(party.folder).progress()
        assert state.pictures > 10
        assert state.pairs > 0
        assert state.answers > 0
    rows = {b.what: b for b in told.done.beside}
    assert rows["integrated"].lower <= 16 <= rows["integrated"].upper


def run(folder: Path, steps: Sequence[tuple[str, Callable[[Demo], None]]]) -> Told:
    """The demo with one coat for all cats, which makes it quick."""
    said: list[str] = []
    pages: list[Content] = []

    def page(content: Content, languages: Sequence[str]) -> str:
        pages.append(content)
        return f"{content.organisation} {' '.join(languages)}"

    with one_coat():
        done = demo(
            folder,
            page=page,
            parameters=read_parameters(toml_of(SMALL, TINY)),
            seed=3,
            say=said.append,
            steps=steps,
        )
    return Told(done, said, pages)


def test_every_step_is_said_in_its_order(tiny: Told) -> None:
    numbered = [line for line in tiny.said if not line.startswith(" ")]
    assert [line.split(" ")[0] for line in numbered] == [
        f"{n}/{len(QUICK)}" for n in range(1, len(QUICK) + 1)
    ]


def test_what_ingest_held_back_comes_in_after_the_field_staff_answered(tiny: Told) -> None:
    """Both partners have exchanged cards; the second ingest takes what the first held back."""
    for party in tiny.done.parties:
        assert party.ingest is not None
        assert party.ingest.held > 0
        assert any(f.code == "swapped-cards" for f in party.ingest.findings)
    last = [line for line in tiny.said if line.endswith(" held back.")][2:]
    assert [line.split("+")[-1].strip() for line in last] == ["0 held back."] * 2


def test_each_partner_has_a_survey_an_estimate_and_a_report(tiny: Told) -> None:
    assert [p.id for p in tiny.done.parties] == ["ntlnp", "llnp"]
    for party, alone, together in zip(tiny.done.parties, tiny.pages[:2], tiny.pages[2:], strict=True):
        assert alone.organisation == together.organisation == party.id
        assert party.fit is not None
        assert alone.fits
        assert alone.joint is None
        assert together.joint is not None
        assert together.files is not None
        taken = together.files
        assert taken.total == taken.images + taken.videos + taken.ignored
        assert (taken.held, taken.added + taken.duplicates) == (0, taken.images + taken.videos)
        assert party.report is not None
        assert party.together is not None
        assert party.report.read_text(encoding="utf-8") == f"{party.id} en"
        assert party.together.read_text(encoding="utf-8") == f"{party.id} en zh ru"
        with open_survey(party.folder) as store:
            assert len(store.survey().media) > 20


def test_catalogues_then_exact_data_went_both_ways(tiny: Told) -> None:
    for party in tiny.done.parties:
        rows = overview(party.folder)["packages"]
        assert [(r["direction"], r["tier"]) for r in rows] == [
            ("sent", "T2"), ("accepted", "T2"), ("sent", "T3"), ("accepted", "T3"),
        ]  # fmt: skip


def test_a_reviewer_without_error_finds_exactly_the_shared_animals_that_a_flank_connects(tiny: Told) -> None:
    reviewed = tiny.done.reviewed
    assert reviewed is not None
    assert 0 < reviewed.asked < reviewed.pairs
    who = animals_of_catalogues(tiny.done.facts)
    for group in reviewed.state.table.groups:
        assert len({who[i] for i in group}) == 1
    animals = reviewed.state.animals
    findable = {
        who[a]
        for a in animals
        for b in animals
        if who[a] == who[b] and split(a)[0] < split(b)[0] and animals[a].flanks & animals[b].flanks
    }
    assert {who[group[0]] for group in reviewed.state.table.groups} == findable
    assert findable


def test_simulated_people_know_who_is_in_a_picture(tiny: Told) -> None:
    who = animals_of_catalogues(tiny.done.facts)
    for party in tiny.done.parties:
        with open_survey(party.folder) as store:
            survey = store.survey()
        truly = animals_of_observations(survey, tiny.done.facts)
        named = [o for o in survey.observations if o.individual and o.media]
        assert len(named) > 10
        assert all(truly[o.id] == who[o.individual] for o in named)


def test_both_partners_come_to_the_same_joint_table(tiny: Told) -> None:
    assert tiny.done.apart < 1e-9


def test_the_results_stand_beside_the_truth(tiny: Told) -> None:
    rows = {b.what: b for b in tiny.done.beside}
    assert rows["integrated"].truth == 16
    assert rows["integrated, llnp"].truth + rows["integrated, ntlnp"].truth == 16
    assert rows["integrated"].lower <= 16 <= rows["integrated"].upper
    assert all(np.isfinite(b.estimate) for b in rows.values())
    assert rows["llnp alone, N of its mask"].truth <= 16


def test_the_truth_lies_in_no_survey(tiny: Told) -> None:
    for party in tiny.done.parties:
        assert not any(TRUTH in path.name for path in party.folder.rglob("*"))


def test_a_folder_with_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(UsageError, match="no earlier demo"):
        demo(tmp_path, page=lambda content, languages: "")
    assert (tmp_path / "mine.txt").exists()
