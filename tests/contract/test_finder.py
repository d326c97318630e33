"""What every AnimalFinder promises, run by each of ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pardus.vision.finder import AnimalFinder
from pardus.vision.motion import MotionFinder
from pardus.vision.onnx_model import OnnxFinder
from tests.fixtures.tiny_onnx import finder, save


@pytest.fixture(params=["motion", "onnx"])
def one(request: pytest.FixtureRequest, tmp_path: Path) -> AnimalFinder:
    if request.param == "motion":
        return MotionFinder()
    rows = np.array([[16, 16, 48, 48, 0.9, 0]], np.float32)
    return OnnxFinder(save(tmp_path / "m.onnx", finder(64, rows), kind="finder"))


def burst(frames: int = 8) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    ground = rng.integers(60, 120, (120, 160, 3)).astype(np.uint8)
    images = []
    for i in range(frames):
        image = ground.copy()
        image[50:90, 12 * i + 5 : 12 * i + 35] = 220
        images.append(image)
    return images


def test_one_look_for_each_picture_in_order(one: AnimalFinder) -> None:
    looks = one.find(burst())
    assert len(looks) == 8
    assert one.name


def test_boxes_lie_in_the_picture_and_looking_again_gives_the_same(one: AnimalFinder) -> None:
    looks = one.find(burst())
    assert looks == one.find(burst())
    for look in looks:
        for found in look.found:
            assert found.category in ("animal", "human", "vehicle")
            assert 0 <= found.box.x <= found.box.x + found.box.width <= 1.0001
            assert 0 <= found.box.y <= found.box.y + found.box.height <= 1.0001
            assert found.confidence is None or 0 <= found.confidence <= 1


def test_no_pictures_no_looks(one: AnimalFinder) -> None:
    assert one.find([]) == []
