"""The demo's world: a small population across a border, two organisations, one winter."""

from __future__ import annotations

from pardus.sim.parameters import Parameters, read_parameters

SEED = 2026
DEMO = """
[landscape]
area_km2 = 1800
elongation = 1.2
grain = 9000

[population]
n = 36
years = 1
first_year = 2025

[detection]
lambda0_female = 0.024
lambda0_male = 0.024
sigma_female = 3000
sigma_male = 4000
pair_share = 0.05

[survey]
stations = 60
days = 60
spacing_min = 3000
two_cameras = 0.3
other_visits = 0.006
blanks = 0.003

[cameras]
clock_drift = 0
clock_zone = 0

[pictures]
width = 640
height = 360
burst = 2
video_width = 320
video_height = 192
video_seconds = 3
video_fps = 4
difficulty = 0.3

[observers]
false_split = 0.02
false_merge = 0
cannot_tell = 0.05
"""
"""What differs from the defaults: as much as can be drawn and counted within minutes on a laptop."""


def demo_parameters() -> Parameters:
    """Return the parameters of the demo's world."""
    return read_parameters(DEMO, "demo")
