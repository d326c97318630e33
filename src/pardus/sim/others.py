"""Other visitors: deer, boar and people, as bodies on the same bones, and their plain coats."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from pardus.sim.coats import BOTTOM, HEIGHT, LEFT, LENGTH, TEXEL
from pardus.sim.streams import stream

SIZES = {"deer": 1.12, "boar": 0.95, "person": 2.0}
"""Size of a body over its model; people are modelled at half their height, to fit the coats' plane."""


@lru_cache(maxsize=4)
def plain_coat(seed: int, species: str, who: object) -> NDArray[np.uint8]:
    """Return the coat (row, column, 3) of a deer, boar or person, the same for both flanks."""
    rng = stream(seed, "plain", species, who)
    shape = (round(HEIGHT / TEXEL), round(LENGTH / TEXEL))
    z = BOTTOM + (np.arange(shape[0], dtype=np.float32)[:, None] + 0.5) * TEXEL
    x = LEFT + (np.arange(shape[1], dtype=np.float32)[None] + 0.5) * TEXEL
    colour = np.zeros((*shape, 3), np.float32)
    if species == "deer":
        colour[:] = np.array((0.45, 0.33, 0.22), np.float32) * rng.uniform(0.85, 1.1)
        colour[(z < 0.30) & (x > -9)] *= 0.85
        rump = (((x + 0.52) / 0.10) ** 2 + ((z - 0.60) / 0.12) ** 2) < 1
        colour[rump] = (0.85, 0.82, 0.75)
    elif species == "boar":
        colour[:] = np.array((0.22, 0.19, 0.17), np.float32) * rng.uniform(0.8, 1.2)
    else:
        jacket, trousers = rng.uniform(0.12, 0.6, 3), rng.uniform(0.10, 0.35, 3)
        colour[:] = jacket
        colour[np.broadcast_to(z < 0.42, shape)] = trousers
        colour[np.broadcast_to(z < 0.05, shape)] = 0.10
        colour[np.broadcast_to(z > 0.745, shape)] = (0.72, 0.54, 0.44)
        colour[np.broadcast_to(z > 0.845, shape)] = rng.uniform(0.1, 0.4, 3)
    fur = ndimage.gaussian_filter(rng.standard_normal(shape, dtype=np.float32), (1.0, 4.0))
    colour *= 1 + (0.10 * fur / fur.std())[..., None]
    return (np.clip(colour, 0, 1) * 255).astype(np.uint8)
