from pardus.model.observation import Box
from pardus.vision.flank import by_walking


def walk(*middles: float) -> list[Box]:
    return [Box(m - 0.1, 0.4, 0.2, 0.3) for m in middles]


def test_who_walks_to_the_left_shows_its_left_flank() -> None:
    assert by_walking(walk(0.8, 0.6, 0.3)) == "left"
    assert by_walking(walk(0.2, 0.5)) == "right"


def test_who_hardly_moves_says_nothing() -> None:
    assert by_walking(walk(0.5, 0.52, 0.51)) == ""
    assert by_walking(walk(0.5)) == ""
    assert by_walking([]) == ""
