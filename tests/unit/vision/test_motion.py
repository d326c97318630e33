import numpy as np

from pardus.vision.motion import MotionFinder
from tests.contract.test_finder import burst


def test_what_walks_through_a_burst_is_boxed_and_unchecked() -> None:
    looks = MotionFinder().find(burst())
    for i, look in enumerate(looks[1:-1], 1):
        assert look.reason == ""
        box = look.found[0].box
        middle = (box.x + box.width / 2) * 160
        assert abs(middle - (12 * i + 20)) < 8
        assert look.found[0].unchecked
        assert look.found[0].confidence is None


def test_a_moving_camera_is_not_looked_at() -> None:
    rng = np.random.default_rng(0)
    wide = np.kron(rng.integers(0, 255, (40, 90, 3)), np.ones((4, 4, 1))).astype(np.uint8)
    looks = MotionFinder().find([wide[:, 12 * i : 12 * i + 200] for i in range(8)])
    assert all("moved" in look.reason and not look.found for look in looks)


def test_too_few_frames_say_so_and_nothing_is_called_empty() -> None:
    looks = MotionFinder().find(burst(3))
    assert all("Fewer than 5" in look.reason for look in looks)


def test_a_quiet_burst_has_no_box() -> None:
    rng = np.random.default_rng(1)
    ground = rng.integers(60, 120, (120, 160, 3)).astype(float)
    frames = [
        np.clip(ground * k + rng.normal(0, 3, ground.shape), 0, 255).astype(np.uint8)
        for k in (1, 1.1, 0.9, 1, 1, 1.05)
    ]
    assert all(not look.found and not look.reason for look in MotionFinder().find(frames))


def test_frames_of_two_sizes_are_not_mixed() -> None:
    frames = burst(6)
    frames[2] = frames[2][:100]
    assert all("one size" in look.reason for look in MotionFinder().find(frames))
