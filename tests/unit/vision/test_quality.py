import numpy as np

from pardus.vision.opencv import cv2
from pardus.vision.quality import Quality, best_frames, judge
from pardus.vision.silhouette import find_silhouette
from tests.unit.vision.test_silhouette import animal


def test_blur_and_darkness_lower_the_grade() -> None:
    image = cv2.resize(animal(), None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    silhouette = find_silhouette(image)
    sharp = judge(image, silhouette)
    blurred = judge(cv2.GaussianBlur(image, (0, 0), 12), silhouette)
    black = judge((image * 0.01).astype(np.uint8), silhouette)
    assert sharp.rank > blurred.rank > 0
    assert sharp.grade == "good"
    assert blurred.grade != "good"
    assert black.grade == "poor"


def test_a_distant_animal_is_poor_however_sharp() -> None:
    assert Quality(5.0, 20, 2, 0).grade == "poor"
    assert Quality(5.0, 20, 2, 0).rank == 0


def test_a_clip_keeps_its_best_frames_a_second_apart_in_time_order() -> None:
    def frame(sharpness: float, broadside: float = 2.0) -> Quality:
        return Quality(sharpness, 100, broadside, 0)

    quality = [frame(0.1), frame(0.9), frame(0.8), frame(0.05, 1.0), frame(0.7), frame(0.001)]
    assert best_frames([0, 0.5, 0.9, 2, 3, 4], quality) == [1, 3, 4]
    assert best_frames([0, 1], [Quality(9, 10, 2, 0)] * 2) == []
