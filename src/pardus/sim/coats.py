"""Coats: for each animal two different flanks, grown by reaction and diffusion.

Two morphogens react and diffuse over the flattened flank (Turing 1952; the reaction is Gray and Scott's,
1984; patterns by feed and kill rate: Pearson 1993). As in the two-stage account of the leopard's pattern
(Liu, Liaw & Maini 2006) a first, coarse pattern sets where rosettes are, and a second, finer one breaks
their rings into parts. Stripes are one stage that spreads faster up and down than along the body.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from pardus.sim.streams import stream

F32 = NDArray[np.floating[Any]]

LEFT, BOTTOM, LENGTH, HEIGHT = -1.24, -0.02, 2.08, 0.90
"""The flank's plane, metres: along the body from the tail's tip to the nose, and up from the ground."""
TEXEL = 0.002
_COARSE, _FINE = 0.0072, 0.004


@dataclass(frozen=True, slots=True)
class Look:
    """Colours (0 to 1, red green blue) of a species' coat."""

    back: tuple[float, float, float]
    flank: tuple[float, float, float]
    belly: tuple[float, float, float]
    mark: tuple[float, float, float]
    inside: tuple[float, float, float]


LOOKS = {
    "leopard": Look(
        (0.74, 0.55, 0.30), (0.86, 0.70, 0.45), (0.95, 0.91, 0.83), (0.075, 0.055, 0.045), (0.68, 0.47, 0.24)
    ),
    "tiger": Look(
        (0.74, 0.42, 0.16), (0.84, 0.55, 0.27), (0.95, 0.91, 0.84), (0.07, 0.05, 0.045), (0.70, 0.42, 0.18)
    ),
}


def make_coat(seed: int, animal: str, flank: str, species: str = "leopard") -> NDArray[np.uint8]:
    """Return one flank as (row, column, 3) albedo, row 0 at the ground, column 0 at the tail's tip.

    The texel is 2 mm. The same seed, animal and flank give the same coat; another flank another one.
    """
    rng = stream(seed, "coat", species, animal, flank)
    shape = (round(HEIGHT / TEXEL), round(LENGTH / TEXEL))
    coarse_shape = (round(HEIGHT / _COARSE), round(LENGTH / _COARSE))
    fine_shape = (round(HEIGHT / _FINE), round(LENGTH / _FINE))
    if species == "tiger":
        marks = _stripes(rng, coarse_shape, shape)
        inside = np.zeros(shape, np.float32)
    else:
        marks, inside = _rosettes(rng, coarse_shape, fine_shape, shape)
    return _paint(rng, marks, inside, LOOKS[species], shape)


def _grid(shape: tuple[int, int]) -> tuple[F32, F32]:
    """Return (x, z) metres on the body's plane of each texel."""
    z = BOTTOM + (np.arange(shape[0], dtype=np.float32) + 0.5) * (HEIGHT / shape[0])
    x = LEFT + (np.arange(shape[1], dtype=np.float32) + 0.5) * (LENGTH / shape[1])
    return np.broadcast_to(x, shape), np.broadcast_to(z[:, None], shape)


def _step(x: F32, low: float, high: float) -> F32:
    t = np.clip((x - low) / (high - low), 0, 1)
    out: F32 = (t * t * (3 - 2 * t)).astype(np.float32)
    return out


def torso_share(x: F32, z: F32) -> F32:
    """Return where rosettes grow (1) and where plain spots do (0): not on legs, head and tail."""
    out: F32 = _step(z, 0.33, 0.43) * _step(x, -0.66, -0.52) * (1 - _step(x, 0.36, 0.48))
    return out


def _fine_scale(x: F32, z: F32) -> F32:
    """Return the local size of the fine pattern: small in the face and on the feet, coarse on the tail."""
    size = 0.98 - 0.22 * torso_share(x, z) - 0.20 * (1 - _step(z, 0.08, 0.30))
    size = size - 0.40 * _step(x, 0.44, 0.60)
    return np.where(x < -0.6, 1.05, size).astype(np.float32)


def _smooth_noise(rng: np.random.Generator, shape: tuple[int, int], texels: float) -> F32:
    """Return noise of mean about 0 and sd 1 whose patches are about `texels` wide."""
    step = max(1, int(texels))
    small = (shape[0] // step + 2, shape[1] // step + 2)
    noise = ndimage.gaussian_filter(rng.standard_normal(small, dtype=np.float32), 1.0, mode="nearest")
    if step > 1:
        noise = np.asarray(Image.fromarray(noise).resize(shape[::-1], Image.Resampling.BICUBIC))
    out: F32 = (noise / max(float(noise.std()), 1e-6))[: shape[0], : shape[1]]
    return out


def _rosettes(
    rng: np.random.Generator, coarse: tuple[int, int], fine: tuple[int, int], shape: tuple[int, int]
) -> tuple[F32, F32]:
    """Return how much each texel is mark, and how much it lies inside a rosette."""
    size = np.full(coarse, float(rng.uniform(0.94, 1.06)), np.float32)
    first = _react(rng, size, 1.0, 1.0, 0.0350, 0.0632, 3000)
    second = _react(rng, _fine_scale(*_grid(fine)), 1.0, 1.0, 0.0350, 0.0630, 2400)
    x, z = _grid(shape)
    first = ndimage.gaussian_filter(_resize(first, shape), 7) / 0.25
    second = _resize(second, shape) / 0.30
    first = first + 0.07 * _smooth_noise(rng, shape, 5)
    torso = torso_share(x, z)
    wall = 0.50 + 0.05 * _smooth_noise(rng, shape, 25)
    ring = 1 - np.abs(first - wall) / 0.40 + 0.70 * (second - 0.60)
    solid = second + 0.10 * _smooth_noise(rng, shape, 4) - 0.52
    marks = torso * _step(ring, 0.40, 0.62) + (1 - torso) * _step(solid, 0.0, 0.25)
    inside = torso * _step(first - wall, -0.10, 0.25)
    return marks.astype(np.float32), inside.astype(np.float32)


def _stripes(rng: np.random.Generator, coarse: tuple[int, int], shape: tuple[int, int]) -> F32:
    x, z = _grid(coarse)
    scale = 0.80 + 0.20 * torso_share(x, z)
    field = _react(rng, scale.astype(np.float32), 0.45, 1.75, 0.0390, 0.0620, 2600)
    field = _resize(field, shape) / 0.30 + 0.10 * _smooth_noise(rng, shape, 5)
    x, z = _grid(shape)
    thin = 0.50 + 0.18 * (1 - _step(z, 0.30, 0.52)) + 0.25 * _step(x, 0.2, 0.5) * (1 - _step(z, 0.5, 0.6))
    return _step(field - thin, 0.0, 0.14)


def _resize(field: F32, shape: tuple[int, int]) -> F32:
    zoom = (shape[0] / field.shape[0], shape[1] / field.shape[1])
    out: F32 = ndimage.zoom(field, zoom, order=3, mode="nearest", grid_mode=True)
    return out


def _react(
    rng: np.random.Generator, scale: F32, along: float, up: float, feed: float, kill: float, steps: int
) -> F32:
    """Return the second morphogen after `steps` from random seeds. scale: local size of the pattern, <= 1.1."""
    u = np.ones(scale.shape, np.float32)
    v = np.zeros(scale.shape, np.float32)
    feeds = (feed * (1 + 0.02 * _smooth_noise(rng, scale.shape, 8))).astype(np.float32)
    spread = (scale**2).astype(np.float32)
    for share in (0.4, 0.3, 0.3):  # empty places are seeded again, so that the whole flank is patterned
        empty = ndimage.maximum_filter(v, 25) < 0.12
        seeds = ndimage.maximum_filter((rng.random(scale.shape) > 0.994) & empty, 5)
        v[seeds], u[seeds] = 0.5, 0.4
        u, v = _gray_scott(u, v, spread, along, up, feeds, kill, int(steps * share))
    return v


@numba.njit(cache=True, fastmath=True)
def _gray_scott(
    u: F32, v: F32, scale: F32, along: float, up: float, feed: F32, kill: float, steps: int
) -> tuple[F32, F32]:
    rows, columns = u.shape
    a, b, k, one, two = np.float32(along), np.float32(up), np.float32(kill), np.float32(1), np.float32(2)
    du, dv = np.float32(0.19), np.float32(0.095)
    # A frame of one texel repeats the edge (no flow across it), so that the inner loop has no conditions.
    pu, pv = np.ones((rows + 2, columns + 2), np.float32), np.zeros((rows + 2, columns + 2), np.float32)
    pu[1:-1, 1:-1], pv[1:-1, 1:-1] = u, v
    qu, qv = pu.copy(), pv.copy()
    for _round in range(steps):
        pu[0], pu[-1], pv[0], pv[-1] = pu[1], pu[-2], pv[1], pv[-2]
        pu[:, 0], pu[:, -1], pv[:, 0], pv[:, -1] = pu[:, 1], pu[:, -2], pv[:, 1], pv[:, -2]
        for i in range(rows):
            un, uh, us, vn, vh, vs = pu[i], pu[i + 1], pu[i + 2], pv[i], pv[i + 1], pv[i + 2]
            ou, ov, size, food = qu[i + 1], qv[i + 1], scale[i], feed[i]
            for j in range(columns):
                uc, vc = uh[j + 1], vh[j + 1]
                lu = a * (uh[j] + uh[j + 2] - two * uc) + b * (un[j + 1] + us[j + 1] - two * uc)
                lv = a * (vh[j] + vh[j + 2] - two * vc) + b * (vn[j + 1] + vs[j + 1] - two * vc)
                reaction = uc * vc * vc
                ou[j + 1] = uc + du * size[j] * lu - reaction + food[j] * (one - uc)
                ov[j + 1] = vc + dv * size[j] * lv + reaction - (food[j] + k) * vc
        pu, qu = qu, pu
        pv, qv = qv, pv
    return pu[1:-1, 1:-1].copy(), pv[1:-1, 1:-1].copy()


def _paint(
    rng: np.random.Generator, marks: F32, inside: F32, look: Look, shape: tuple[int, int]
) -> NDArray[np.uint8]:
    """Return colours: ground by height, marks, fur, and the face's and tail's own paint."""
    x, z = _grid(shape)
    up = np.where(x >= 0.5, z - 0.10, np.where(x < -0.62, 0.45, z))
    legs = np.exp(-(((x - 0.22) / 0.10) ** 2)) + np.exp(-(((x + 0.36) / 0.15) ** 2))
    high = _step(up, 0.54, 0.76)[..., None]
    low = np.maximum(_step(up, 0.32, 0.46), np.clip(1.1 * legs, 0, 0.9) * _step(z, 0.0, 0.30))[..., None]
    back, flank, belly, mark, within = (
        np.array(c, np.float32) for c in (look.back, look.flank, look.belly, look.mark, look.inside)
    )
    colour = belly + (flank - belly) * low
    colour += (back - colour) * high * 0.8
    tint = 1 + 0.06 * _smooth_noise(rng, shape, 40)[..., None]
    colour = colour * tint
    colour += (within - colour) * (0.75 * inside[..., None])
    blur = ndimage.gaussian_filter(marks, 1.0)[..., None]
    colour += (mark - colour) * np.clip(blur, 0, 1) * 0.96
    head = int((0.40 - LEFT) / TEXEL)
    colour[:, head:] = _face(colour[:, head:], x[:, head:], z[:, head:])
    tip = (1 - _step(x, -1.16, -1.08))[..., None]
    colour += (mark - colour) * tip
    pixels: NDArray[np.uint8] = (np.clip(colour, 0, 1) * 255).astype(np.uint8)
    return pixels


def _face(colour: F32, x: F32, z: F32) -> F32:
    """Paint eye, nose, mouth, white chin and lip, and the dark backs of the ears."""

    def spot(cx: float, cz: float, rx: float, rz: float) -> F32:
        r = np.sqrt(((x - cx) / rx) ** 2 + ((z - cz) / rz) ** 2)
        return (1 - _step(r, 0.65, 1.35))[..., None]

    def put(under: F32, share: F32, rgb: tuple[float, float, float]) -> F32:
        out: F32 = under + (np.array(rgb, np.float32) - under) * share
        return out

    colour = put(colour, spot(0.655, 0.618, 0.075, 0.030) * 0.9, (0.93, 0.90, 0.84))
    colour = put(colour, spot(0.690, 0.652, 0.035, 0.016) * 0.8, (0.93, 0.90, 0.84))
    colour = put(colour, spot(0.735, 0.684, 0.026, 0.020), (0.33, 0.20, 0.18))
    colour = put(colour, spot(0.690, 0.637, 0.045, 0.0045), (0.10, 0.07, 0.06))
    colour = put(colour, spot(0.628, 0.722, 0.024, 0.013), (0.07, 0.05, 0.04))
    colour = put(colour, spot(0.640, 0.700, 0.006, 0.026) * 0.7, (0.07, 0.05, 0.04))
    colour = put(colour, spot(0.631, 0.723, 0.012, 0.008), (0.75, 0.62, 0.25))
    colour = put(colour, spot(0.634, 0.723, 0.005, 0.005), (0.02, 0.02, 0.02))
    colour = put(colour, spot(0.490, 0.815, 0.040, 0.018) * 0.9, (0.06, 0.05, 0.04))
    return put(colour, spot(0.475, 0.800, 0.012, 0.012) * 0.9, (0.90, 0.86, 0.78))
