import numpy as np
import pytest

from pardus.model.errors import MediaError
from pardus.model.observation import Box
from pardus.vision.boxes import beyond, cut, read_image
from pardus.vision.coat import describe
from pardus.vision.opencv import cv2
from pardus.vision.silhouette import find_silhouette, find_trunk, sketch_silhouette


def animal(seed: int = 0, shift: int = 0, light: float = 1.0) -> np.ndarray:
    """A spotted orange ellipse with four legs on green ground, 300 x 400; returns BGR."""
    rng = np.random.default_rng(seed)
    image = np.zeros((300, 400, 3), np.float32)
    image[:] = (60, 110, 70)
    image += rng.normal(0, 6, image.shape)
    body = np.zeros((300, 400), np.uint8)
    cv2.ellipse(body, (200 + shift, 130), (130, 60), 0, 0, 360, 1, -1)
    for x in (110, 140, 260, 290):
        cv2.rectangle(body, (x + shift, 150), (x + 16 + shift, 270), 1, -1)
    image[body > 0] = (60, 140, 220)
    spots = np.random.default_rng(7)
    for _ in range(70):
        x, y = spots.uniform(90, 310), spots.uniform(80, 180)
        cv2.ellipse(
            image, (int(x) + shift, int(y)), (6, 4), float(spots.uniform(0, 180)), 0, 360, (20, 30, 40), 2
        )
    return np.clip(image * light, 0, 255).astype(np.uint8)


def truth(shift: int = 0) -> np.ndarray:
    body = np.zeros((300, 400), np.uint8)
    cv2.ellipse(body, (200 + shift, 130), (130, 60), 0, 0, 360, 1, -1)
    return body > 0


def test_the_trunk_is_inside_the_outline_and_the_ground_is_not() -> None:
    found = find_silhouette(animal()).at((300, 400))
    trunk = truth()
    assert (found & trunk).sum() / trunk.sum() > 0.8
    assert found[:40].mean() == 0
    assert found[200:, 170:240].mean() < 0.1


def test_the_outline_is_the_same_every_time_and_on_grey_pictures() -> None:
    grey = cv2.cvtColor(cv2.cvtColor(animal(), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    first, second = find_silhouette(grey), find_silhouette(grey)
    assert (first.mask == second.mask).all()
    assert (first.at((300, 400)) & truth()).sum() / truth().sum() > 0.6


def test_the_trunk_forgets_legs_and_tail() -> None:
    mask = truth()
    with_legs = mask.copy()
    for x in (110, 140, 260, 290):
        with_legs[150:270, x : x + 12] = True
    trunk = find_trunk(with_legs)
    assert (trunk.x, trunk.y) == pytest.approx((200, 130), abs=4)
    assert (trunk.half_length, trunk.half_height) == pytest.approx((130, 60), rel=0.08)
    assert trunk.angle == pytest.approx(0, abs=0.05)


def test_a_box_of_a_few_pixels_is_refused() -> None:
    with pytest.raises(MediaError, match="at least 16"):
        find_silhouette(np.zeros((8, 100, 3), np.uint8))


def test_nothing_outside_the_silhouette_is_described() -> None:
    image = animal()
    silhouette = find_silhouette(image)
    coat = describe(image, silhouette)
    assert len(coat.grid) > 200
    assert coat.grid.descriptor.shape == (len(coat.grid), 128)
    for patches in (coat.grid, coat.points):
        small = patches.xy * silhouette.trunk.size
        rows, columns = silhouette.mask.shape
        x = np.clip(small[:, 0].astype(int), 0, columns - 1)
        y = np.clip(small[:, 1].astype(int), 0, rows - 1)
        near = cv2.dilate(silhouette.mask.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
        assert near[y, x].all()
    assert (silhouette.widest | ~silhouette.mask).all()
    outside = beyond(silhouette.widest)
    assert not (outside.astype(bool) & silhouette.mask).any()


def test_a_box_is_cut_as_shown_and_a_broken_file_is_named(tmp_path) -> None:  # type: ignore[no-untyped-def]
    image = animal()
    assert cut(image, Box(0.25, 0.5, 0.5, 0.5)).shape == (150, 200, 3)
    assert cut(image, Box(0.9, 0.9, 0.5, 0.5)).shape == (30, 40, 3)
    path = tmp_path / "Снимок 豹.png"
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())
    assert (read_image(path) == image).all()
    path.write_bytes(b"not a picture")
    with pytest.raises(MediaError, match="Снимок"):
        read_image(path)


def test_pixels_outside_the_silhouette_change_no_descriptor() -> None:
    image = animal()
    silhouette = find_silhouette(image)
    other = image.copy()
    outside = ~silhouette.at(image.shape[:2])
    far = cv2.erode(outside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0  # resizing mixes neighbours
    other[far] = np.random.default_rng(3).integers(0, 255, (int(far.sum()), 3))
    one, two = describe(image, silhouette), describe(other, silhouette)
    assert (one.grid.xy == two.grid.xy).all()
    assert np.abs(one.grid.descriptor.astype(int) - two.grid.descriptor).mean() < 0.5
    assert len(one.points) == pytest.approx(len(two.points), abs=3)


def test_an_outline_grows_over_a_part_of_the_body_in_another_light() -> None:
    image = animal().astype(np.float32)
    image[:, 260:] *= 0.75  # the hind part lies in shadow
    found = find_silhouette(np.clip(image, 0, 255).astype(np.uint8)).at((300, 400))
    hind = truth()
    hind[:, :260] = False
    assert (found & hind).sum() / hind.sum() > 0.8


def test_a_sketch_is_close_enough_to_grade_a_frame() -> None:
    image = animal()
    sketch, whole = sketch_silhouette(image), find_silhouette(image)
    one, other = (s.at(image.shape[:2]) for s in (sketch, whole))
    both = (one & other).sum() / (one | other).sum()
    assert both > 0.7
    assert sketch.trunk.size / sketch.scale == pytest.approx(whole.trunk.size / whole.scale, rel=0.2)
    with pytest.raises(MediaError, match="at least 16"):
        sketch_silhouette(np.zeros((8, 100, 3), np.uint8))
