"""The parameters of `pardus simulate --practice`: one park, few unnamed animals, clear pictures, two faults."""

from __future__ import annotations

from pardus.sim.parameters import Parameters, read_parameters

PRACTICE = """
[landscape]
area_km2 = 100
elongation = 1.0
sea = false

[population]
n = 3
years = 1
breeding_age = 8

[detection]
lambda0_female = 0.05
lambda0_male = 0.05
sigma_female = 2500
sigma_male = 3000
family_share = 0
pair_share = 0
night_share = 0.2

[survey]
days = 40
stations = 4
two_cameras = 0
video = 0
other_visits = 0
blanks = 0
staff = false

[cameras]
lost = 0
half_season = 0
gap = 0
dead_flash = 0
clock_zone = 0
clock_12_hours = 0
clock_reset = 0
clock_drift = 0

[faults]
swapped_cards = 0
duplicated_cards = 0
truncated = 1
zero_byte = 0
not_media = 1
renamed = 0

[pictures]
width = 960
height = 540
burst = 5
difficulty = 0.15

[observers]
tagged = false

[[partner]]
id = "park"
name = "Practice park"
share = 1.0
stations = 1.0
zone = "+10:00"
language = "en"
layout = "station/camera"
table = "csv-utf8"
coordinates = "utm52n"
"""


def practice() -> Parameters:
    """Return the parameters of a small world to learn on: its cards are worked through in ten minutes."""
    return read_parameters(PRACTICE, "practice")
