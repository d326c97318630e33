"""The contract of a Matcher, run by the matcher by coat on coats made of random descriptors."""

from pathlib import Path

import numpy as np
import pytest

from pardus.identify.matcher import CoatMatcher, combined, score_parts, side_of
from pardus.identify.patch_index import PatchIndex, marks, picture_of, place_of
from pardus.model.coat import KINDS, Coat, Patches, Picture
from pardus.model.errors import SurveyError

PATCHES = 60


def patches(animal: int, flank: str, rng: np.random.Generator, kind: str) -> Patches:
    """Patches of an animal's flank: the same marks, moved, with noise, half of them replaced."""
    own = np.random.default_rng([animal, len(flank), len(kind)])
    xy = own.uniform(-1, 1, (PATCHES, 2)).astype(np.float32)
    marks = own.gamma(0.6, 20, (PATCHES, 128))
    seen = marks + rng.normal(0, 4, marks.shape)
    new = rng.random(PATCHES) < 0.5
    seen[new] = rng.gamma(0.6, 20, (int(new.sum()), 128))
    shift = rng.uniform(-0.2, 0.2, 2) + rng.normal(0, 0.02, xy.shape)
    return Patches((xy + shift).astype(np.float32), np.clip(seen, 0, 255).astype(np.uint8))


def picture(animal: int, event: str, flank: str, seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    grid, points = (patches(animal, flank, rng, kind) for kind in KINDS)
    return Picture(f"{event}-{flank}-{seed}", event, flank, Coat(grid, points))


@pytest.fixture(scope="module")
def pictures() -> list[Picture]:
    return [
        picture(animal, f"animal {animal} event {event}", flank, 100 * animal + 10 * event + len(flank))
        for animal in range(12)
        for event in range(2)
        for flank in ("left", "right")
    ]


def test_the_same_animal_of_another_event_scores_highest(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    for query in pictures:
        best = matcher.ids[int(np.argmax(matcher.score(query)))]
        assert best.split(" event")[0] == query.id.split(" event")[0]


def test_own_event_and_other_flank_score_nothing(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    query = pictures[0]
    scores = matcher.score(query)
    for score, event, flank in zip(scores, matcher.events, matcher.flanks, strict=True):
        if event == query.event or flank != query.flank:
            assert score == 0


def test_an_unsaid_flank_is_compared_with_all(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    query = picture(3, "new", "left", 5)
    unsaid = Picture("unsaid", "new", "unknown", query.coat)
    assert side_of("unknown") == side_of("front") == "other"
    best = matcher.ids[int(np.argmax(matcher.score(unsaid)))]
    assert best.startswith("animal 3")


def test_a_new_event_is_scored_without_redoing_the_rest(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures[:-4])
    before = matcher.score(pictures[0])
    matcher.add(pictures[-4:])
    matcher.add(pictures)  # known ids change nothing
    assert len(matcher.ids) == len(pictures)
    after = matcher.score(pictures[0])
    assert int(np.argmax(after)) == int(np.argmax(before))
    assert matcher.ids[int(np.argmax(matcher.score(pictures[-1])))].startswith("animal 11")


def test_scores_are_repeatable_and_symmetric_when_averaged(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    scores = combined(score_parts(matcher, pictures))
    assert (scores == scores.T).all()
    assert (matcher.score(pictures[3]) == matcher.score(pictures[3])).all()


def test_marks_that_agree_lie_at_the_same_place_of_the_body(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    query, mate = pictures[0], 2
    assert matcher.events[mate] == "animal 0 event 1"
    pairs = matcher.key_pairs(query, mate)
    assert len(pairs.weight) >= 5
    assert (np.diff(pairs.weight) <= 0).all()
    heavy = pairs.weight > pairs.weight[0] / 4
    shift = pairs.mate[heavy] - pairs.query[heavy]
    assert np.abs(shift - np.median(shift, axis=0)).max() < 0.3


def test_an_index_is_read_as_it_was_written(tmp_path: Path, pictures: list[Picture]) -> None:
    index = PatchIndex.learn([p.coat.grid for p in pictures])
    index.add("left", [0, 1], [pictures[0].coat.grid, pictures[2].coat.grid])
    index.write(tmp_path)
    again = PatchIndex.read(tmp_path)
    for one, other in zip(
        index.search(pictures[4].coat.grid, ["left", "other"]),
        again.search(pictures[4].coat.grid, ["left", "other"]),
        strict=True,
    ):
        assert (one == other).all()
    (tmp_path / "patches.npz").write_bytes(b"damaged")
    with pytest.raises(SurveyError, match="built anew"):
        PatchIndex.read(tmp_path)


def test_a_picture_without_a_single_patch_scores_nothing(pictures: list[Picture]) -> None:
    matcher = CoatMatcher.learn(pictures)
    nothing = Patches(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.uint8))
    assert not matcher.score(Picture("empty", "e", "left", Coat(nothing, nothing))).any()


def test_a_mark_says_whose_patch_it_is_and_where() -> None:
    xy = np.array([[0.5, -1.25], [31.9, 0.0], [99.0, -99.0]], np.float32)
    mark = marks(np.array([7, 2**24, 0]), xy)
    assert picture_of(mark).tolist() == [7, 2**24, 0]
    assert np.abs(place_of(mark[:2]) - xy[:2]).max() <= 0.5 / 1024
    assert place_of(mark[2]).tolist() == [pytest.approx(32, abs=0.01), -32]
    assert (picture_of(np.array([-1])) < 0).all()


@pytest.mark.parametrize("expected", [2_000, 30_000])
def test_a_large_catalogue_keeps_short_codes_and_still_finds_the_animal(
    pictures: list[Picture], expected: int
) -> None:
    matcher = CoatMatcher.learn(pictures[:20], expected)
    matcher.add(pictures)
    assert len(matcher.ids) == len(pictures)
    right = sum(
        matcher.ids[int(np.argmax(matcher.score(query)))].split(" event")[0] == query.id.split(" event")[0]
        for query in pictures
    )
    assert right >= 0.95 * len(pictures)


@pytest.mark.parametrize("expected", [2_000, 30_000])
def test_parts_of_an_index_are_searched_as_one_and_read_as_written(
    tmp_path: Path, pictures: list[Picture], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    coats = [p.coat.grid for p in pictures]
    whole, parted = (PatchIndex.learn(coats, expected * PATCHES) for _ in range(2))
    whole.add("left", range(len(coats)), coats)
    monkeypatch.setattr("pardus.identify.patch_index.SEGMENT", 5 * PATCHES)
    for number, coat in enumerate(coats):
        parted.add("left", [number], [coat])
    parted.write(tmp_path)
    assert len(list(tmp_path.glob("left-*.faiss"))) == -(-len(coats) // 5)
    again = PatchIndex.read(tmp_path)
    assert len(again) == len(parted) == len(whole)
    one, other = whole.search(coats[3], ["left"]), again.search(coats[3], ["left"])
    assert np.allclose(one[0], other[0], atol=1e-5)
    assert (picture_of(one[1][:, 0]) == 3).mean() > 0.9
    assert (picture_of(other[1][:, 0]) == 3).mean() > 0.9
