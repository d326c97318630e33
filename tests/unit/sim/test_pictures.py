import numpy as np
import pytest

from pardus.sim import body
from pardus.sim.coats import make_coat
from pardus.sim.pictures import Light, Seen, Subject, render
from pardus.sim.scenes import Scene, make_scene

COATS = {(name, flank): make_coat(1, name, flank) for name in ("a", "b") for flank in ("left", "right")}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return make_scene(1, "S1", 640, 360, grass=0.0)


def cat(**changes: object) -> Subject:
    base = {"kind": "cat", "left": COATS["a", "left"], "right": COATS["a", "right"], "pose": body.Pose(0.2),
            "x": 0.0, "away": 3.8, "heading": 0.0}  # fmt: skip
    return Subject(**{**base, **changes})


def shoot(scene: Scene, *subjects: Subject, night: bool = False) -> tuple[np.ndarray, list[Seen]]:
    return render(scene, subjects, Light(night), ("test",), "", 1)


def test_flanks_and_animals_have_different_coats_and_the_same_seed_the_same() -> None:
    assert (make_coat(1, "a", "left") == COATS["a", "left"]).all()
    for other in (COATS["a", "right"], COATS["b", "left"]):
        marks, others = (c[200:340, 330:820].mean(axis=2) < 110 for c in (COATS["a", "left"], other))
        both = np.corrcoef(marks.ravel(), others.ravel())[0, 1]
        assert abs(both) < 0.25


def test_a_coat_is_marked_all_over_the_trunk() -> None:
    for coat in COATS.values():
        marks = coat[200:340, 330:820].mean(axis=2) < 110
        tiles = marks.reshape(7, 20, 7, 70).mean(axis=(1, 3))
        assert 0.12 < marks.mean() < 0.6
        assert (tiles > 0.02).all()


def test_stripes_run_up_and_down_and_rosettes_do_not() -> None:
    def along_over_across(coat: np.ndarray) -> float:
        grey = coat[180:340, 330:820].mean(axis=2)
        return float(np.abs(np.diff(grey, axis=1)).mean() / np.abs(np.diff(grey, axis=0)).mean())

    assert along_over_across(make_coat(1, "t", "left", "tiger")) > 1.6
    assert along_over_across(COATS["a", "left"]) == pytest.approx(1.0, abs=0.25)


def test_an_animal_that_walks_right_shows_its_right_flank(scene: Scene) -> None:
    _image, seen = shoot(scene, cat(heading=0.0), cat(heading=np.pi, away=4.0))
    assert [s.flank for s in seen] == ["right", "left"]
    assert shoot(scene, cat(heading=np.pi / 2))[1][0].flank == "rear"
    assert shoot(scene, cat(heading=-np.pi / 2))[1][0].flank == "front"


def test_the_box_holds_the_animal_and_nothing_else_changes_outside(scene: Scene) -> None:
    empty, _seen = shoot(scene)
    image, seen = shoot(scene, cat(), night=False)
    assert seen[0].box is not None
    x, y, w, _h = seen[0].box
    changed = np.abs(image.astype(int) - empty).max(axis=2) > 40
    rows, columns = np.nonzero(changed)
    inside = (columns / 640 >= x - 0.02) & (columns / 640 <= x + w + 0.02) & (rows / 360 >= y - 0.02)
    assert inside.mean() > 0.97
    assert seen[0].visible == pytest.approx(1, abs=0.05)


def test_a_cut_body_is_less_visible_and_an_absent_one_has_no_box(scene: Scene) -> None:
    half = 320 * 3.8 / scene.view.focal
    cut = shoot(scene, cat(x=half))[1][0]
    gone = shoot(scene, cat(x=4 * half))[1][0]
    assert cut.box is not None
    assert 0.1 < cut.visible < 0.9
    assert gone.box is None
    assert gone.visible == 0


def test_infrared_pictures_are_grey_and_dark_far_away(scene: Scene) -> None:
    image, _seen = shoot(scene, cat(), night=True)
    assert (image[..., 0] == image[..., 1]).all()
    assert image[: int(scene.view.horizon) - 20].mean() < image[-60:].mean() / 2


def test_paws_stand_on_the_ground_in_every_pose() -> None:
    for gait in np.linspace(0, 1, 9):
        vertices, _normals = body.posed(body.Pose(float(gait)))
        assert vertices[:, 2].min() == pytest.approx(0)
        assert 0.75 < vertices[:, 2].max() < 1.1


@pytest.mark.parametrize("kind", ["cat", "deer", "boar", "person"])
def test_bodies_are_closed_surfaces(kind: str) -> None:
    triangles = body.rest(kind).triangles
    edges = np.sort(
        np.concatenate([triangles[:, (0, 1)], triangles[:, (1, 2)], triangles[:, (2, 0)]]), axis=1
    )
    _unique, count = np.unique(edges, axis=0, return_counts=True)
    assert (count % 2 == 0).all()
