"""A station's own background: forest, trail and grass as its camera sees them, bare and under snow."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

from pardus.sim.raster import View
from pardus.sim.streams import stream

F32 = NDArray[np.floating[Any]]

FAR = 60.0
_TILE = 1024
BARK = ((0.80, 0.79, 0.75), (0.36, 0.31, 0.27), (0.42, 0.36, 0.30), (0.45, 0.32, 0.25), (0.30, 0.28, 0.26))


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What a camera sees when nobody is there. All (row, column, ...), colours 0 to 1.

    bare, snow: reflected colour without and with snow. depth: metres to what is seen. solid: metres to the
    nearest trunk or rock, inf elsewhere. grass: colour and cover of blades before the trail.
    ground: 1 on the ground, 0 above it.
    """

    view: View
    bare: F32
    snow: F32
    depth: F32
    solid: F32
    grass: F32
    ground: F32


def make_view(seed: int, place: str, width: int, height: int) -> View:
    """Return how a station's camera hangs: its field of view, tilt and height."""
    rng = stream(seed, "view", place)
    field = np.radians(rng.uniform(40, 52))
    focal = width / 2 / float(np.tan(field / 2))
    horizon = height * float(rng.uniform(0.24, 0.42))
    return View(width, height, focal, horizon, float(rng.uniform(0.42, 0.60)))


def make_scene(seed: int, place: str, width: int = 1280, height: int = 720, grass: float = 0.5) -> Scene:
    """Return the scene of a camera. place: names it. grass: 0 to 1, how much stands before the trail."""
    view = make_view(seed, place, width, height)
    rng = stream(seed, "scene", place)
    depth, across = _ground_plane(view)
    ground = (depth < FAR).astype(np.float32)
    bare, snow = _floor(rng, depth, across)
    sky = _backdrop(rng, view)
    for image in (bare, snow):
        image *= ground[..., None]
        image += sky * (1 - ground[..., None])
    snow[..., :] += (1 - ground[..., None]) * 0.10 * (1 - snow)
    horizon = sky[max(int(view.horizon) - 6, 0)].mean(axis=0)
    haze = (np.clip(depth / FAR, 0, 1) ** 0.7 * ground)[..., None]
    for image in (bare, snow):
        image += (horizon - image) * haze
    solid = np.full(depth.shape, np.inf, np.float32)
    _rocks(rng, view, bare, snow, solid)
    _trunks(rng, view, bare, snow, solid)
    _thicket(rng, view, bare, snow, 4.6, 14.0, 26)
    cover = _grass_layer(rng, view, int(3 + 26 * grass))
    return Scene(view, bare, snow, np.minimum(depth, solid), solid, cover, ground)


def _between(rng: np.random.Generator, a: tuple[float, ...], b: tuple[float, ...]) -> F32:
    """Return a colour on the way from a to b."""
    t = np.float32(rng.random())
    return np.array(a, np.float32) * (1 - t) + np.array(b, np.float32) * t


@cache
def _tile(number: int) -> F32:
    """Return a tileable noise texture, mean 0, sd 1; the same in every run."""
    rng = stream(0, "tile", number)
    spectrum = np.fft.rfft2(rng.standard_normal((_TILE, _TILE)))
    fy, fx = np.fft.fftfreq(_TILE)[:, None], np.fft.rfftfreq(_TILE)[None]
    spectrum /= (fy**2 + fx**2 + (1.5 / _TILE) ** 2) ** (0.30 + 0.12 * number)
    out = np.fft.irfft2(spectrum).astype(np.float32)
    tile: F32 = (out - out.mean()) / out.std()
    return tile


@numba.njit(cache=True, fastmath=True)
def _sample(tile: F32, x: F32, y: F32, step: float, out: F32) -> None:
    """Write the tile's value at each place (metres / step), bilinear."""
    size = tile.shape[0]
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            u, v = x[i, j] / step, y[i, j] / step
            fu, fv = np.floor(u), np.floor(v)
            a, b = u - fu, v - fv
            iu, iv = int(fu) % size, int(fv) % size
            ju, jv = (iu + 1) % size, (iv + 1) % size
            out[i, j] = (1 - b) * ((1 - a) * tile[iv, iu] + a * tile[iv, ju]) + b * (
                (1 - a) * tile[jv, iu] + a * tile[jv, ju]
            )


def noise_at(number: int, x: F32, y: F32, step: float) -> F32:
    """Return noise at places; step: metres per texel of the tile."""
    out = np.empty(x.shape, np.float32)
    _sample(_tile(number), np.ascontiguousarray(x), np.ascontiguousarray(y), step, out)
    return out


def _ground_plane(view: View) -> tuple[F32, F32]:
    """Return metres away and metres across of each pixel's place on the ground; FAR above the horizon."""
    row = np.arange(view.height_px, dtype=np.float32)[:, None]
    column = np.arange(view.width, dtype=np.float32)[None]
    below = np.maximum(row - view.horizon, 1e-3)
    depth = np.minimum(view.focal * view.height / below, FAR) + 0 * column
    across = (column - view.width / 2) * depth / view.focal
    return depth.astype(np.float32), across.astype(np.float32)


def _floor(rng: np.random.Generator, depth: F32, across: F32) -> tuple[F32, F32]:
    """Return the forest floor's colour, bare and snowy."""
    dx, dy = (np.float32(v) for v in rng.uniform(0, 400, 2))
    x, y = across + dx, depth + dy
    fine = noise_at(0, x, y, 0.005) * np.exp(-depth / 9)
    leaf = noise_at(1, x, y, 0.012) * np.exp(-depth / 25)
    patch = noise_at(2, x, y, 0.03)
    dark = _between(rng, (0.22, 0.17, 0.12), (0.34, 0.28, 0.21))
    light = _between(rng, (0.50, 0.39, 0.25), (0.66, 0.56, 0.42))
    green = np.array((0.30, 0.33, 0.18), np.float32)
    mix = np.clip(0.5 + 0.30 * leaf + 0.15 * patch, 0, 1)[..., None]
    bare = dark + (light - dark) * mix
    mossy = np.clip(patch - rng.uniform(0.5, 1.6), 0, 1)[..., None]
    bare += (green - bare) * mossy * 0.7
    trail = rng.uniform(2.9, 3.9) + 0.35 * np.sin(across * rng.uniform(0.3, 0.7) + rng.uniform(0, 6))
    on_trail = np.exp(-(((depth - trail) / rng.uniform(0.35, 0.6)) ** 2))
    packed = (light * 0.92 + 0.03 - bare) * (on_trail * rng.uniform(0.3, 0.75))[..., None]
    bare += packed
    bare *= (1 + 0.30 * fine * (1 - 0.5 * on_trail))[..., None]
    smooth = 1 + 0.05 * noise_at(2, x, y, 0.010) + 0.03 * fine
    snow = np.array((0.80, 0.83, 0.88), np.float32) * smooth[..., None]
    through = np.clip(0.55 * leaf + 0.5 * patch - rng.uniform(0.6, 1.3) + 0.5 * on_trail, 0, 1)[..., None]
    snow += (bare - snow) * through
    return bare.astype(np.float32), snow.astype(np.float32)


def _backdrop(rng: np.random.Generator, view: View) -> F32:
    """Return the far forest and the sky behind it."""
    rows, columns = view.height_px, view.width
    row = np.arange(rows, dtype=np.float32)[:, None, None]
    sky = _between(rng, (0.74, 0.79, 0.86), (0.96, 0.96, 0.95)) * (0.9 + 0.1 * row / rows)
    column = np.arange(columns, dtype=np.float32) / columns
    hill = view.horizon * (
        0.35 + 0.25 * np.sin(2.2 * column * np.pi + rng.uniform(0, 6)) * rng.uniform(0.2, 1)
    )
    x = np.broadcast_to(column * 3.0 + np.float32(rng.uniform(0, 50)), (rows, columns)).astype(np.float32)
    y = np.broadcast_to(row[..., 0] / rows, (rows, columns)).astype(np.float32)
    stems = noise_at(0, x, y * 0.12, 0.004) * 0.6 + noise_at(1, x, y * 0.3, 0.006) * 0.5
    wood = _between(rng, (0.36, 0.32, 0.27), (0.54, 0.52, 0.48))
    wood = wood * (1 + 0.22 * stems)[..., None]
    gap = np.clip((row[..., 0] - hill) / 60 + 0.5 + 0.5 * stems * (row[..., 0] < view.horizon), 0, 1)[
        ..., None
    ]
    return (sky + (wood - sky) * gap).astype(np.float32)


def _trunks(rng: np.random.Generator, view: View, bare: F32, snow: F32, solid: F32) -> None:
    """Draw trees from far to near."""
    rows, columns = solid.shape
    count = int(rng.integers(16, 46))
    away = np.sort(np.exp(rng.uniform(np.log(4.7), np.log(34), count)))[::-1]
    for d in away:
        half_view = columns / 2 * d / view.focal
        x = float(rng.uniform(-1.1, 1.1)) * half_view
        wide = float(np.exp(rng.uniform(np.log(0.05), np.log(0.38))))
        colour = np.array(BARK[int(rng.integers(len(BARK)))], np.float32) * float(rng.uniform(0.75, 1.1))
        base = view.horizon + view.focal * view.height / d
        low = int(min(rows, base + 3))
        lean = float(rng.normal(0, 0.05))
        row = np.arange(low, dtype=np.float32)[:, None]
        up = (base - row) * d / view.focal
        middle = columns / 2 + view.focal * (x + lean * up) / d
        half = view.focal * wide / 2 / d * np.clip(1.15 - 0.10 * up + 0.6 * np.exp(-up * 7), 0.3, 2)
        first, last = int(max(0, (middle - half).min())), int(min(columns, (middle + half).max() + 2))
        if last <= first or low < 2:
            continue
        t = (np.arange(first, last, dtype=np.float32)[None] - middle) / np.maximum(half, 0.3)
        cover = np.clip((1 - np.abs(t)) * np.maximum(half, 0.5), 0, 1)[..., None]
        along = (t * wide * 0.5 + np.float32(rng.uniform(0, 50))).astype(np.float32)
        bark = noise_at(0, along, (up * 0.22 + 0 * t).astype(np.float32), 0.004)
        side = float(rng.uniform(-0.5, 0.5))
        shade = 0.62 + 0.38 * np.sqrt(np.clip(1 - t * t, 0, 1)) + side * 0.35 * t
        image = colour * (shade * (1 + 0.20 * bark))[..., None]
        haze = np.float32(1 - np.exp(-d / 28))
        image = image + (np.array((0.66, 0.68, 0.68), np.float32) - image) * haze * 0.75
        area = np.s_[:low, first:last]
        bare[area] += (image - bare[area]) * cover
        drift = np.clip(1 - up / 0.10, 0, 1)[..., None] + np.clip(-(t - 0.1) * side * 3, 0, 0.35)[..., None]
        white = image + (0.84 - image) * np.clip(drift, 0, 0.9)
        snow[area] += (white - snow[area]) * cover
        solid[area] = np.where(cover[..., 0] > 0.5, np.minimum(solid[area], np.float32(d)), solid[area])


def _rocks(rng: np.random.Generator, view: View, bare: F32, snow: F32, solid: F32) -> None:
    rows, columns = solid.shape
    for d in np.sort(rng.uniform(4.4, 14, int(rng.integers(0, 7))))[::-1]:
        size = float(rng.uniform(0.15, 0.7))
        x = float(rng.uniform(-1, 1)) * columns / 2 * d / view.focal
        cx, cy = columns / 2 + view.focal * x / d, view.horizon + view.focal * (view.height - size * 0.2) / d
        rx, ry = view.focal * size / d, view.focal * size * 0.62 / d
        y0, y1 = int(max(0, cy - ry)), int(min(rows, cy + ry * 0.6))
        x0, x1 = int(max(0, cx - rx)), int(min(columns, cx + rx))
        if y1 <= y0 or x1 <= x0:
            continue
        yy, xx = np.mgrid[y0:y1, x0:x1].astype(np.float32)
        u, v = (xx - cx) / rx, (yy - cy) / ry
        rough = noise_at(1, u * size, v * size + np.float32(d), 0.006)
        r = u * u + v * v + 0.10 * rough
        cover = np.clip((1 - r) * 8, 0, 1)[..., None] * np.clip((0.55 - v) * 6, 0, 1)[..., None]
        grey = np.float32(rng.uniform(0.34, 0.52))
        shade = (0.75 - 0.40 * v + 0.12 * rough)[..., None]
        stone = np.array((1.0, 0.97, 0.92), np.float32) * grey * shade
        area = np.s_[y0:y1, x0:x1]
        bare[area] += (stone - bare[area]) * cover
        cap = np.clip(-v * 2 - 0.3 + 0.3 * rough, 0, 1)[..., None]
        snow[area] += (stone + (0.85 - stone) * cap - snow[area]) * cover
        solid[area] = np.where(cover[..., 0] > 0.5, np.float32(d), solid[area])


def _blades(
    rng: np.random.Generator,
    view: View,
    draw: ImageDraw.ImageDraw,
    x: float,
    d: float,
    tall: float,
    count: int,
) -> None:
    """Draw one tuft of dry grass."""
    scale = view.focal / d
    base_y = view.horizon + scale * view.height
    tone = rng.uniform(0.75, 1.1)
    for _blade in range(count):
        bx = view.width / 2 + scale * (x + float(rng.normal(0, 0.05)))
        height = scale * tall * float(rng.uniform(0.4, 1.0))
        bend = float(rng.normal(0, 0.55)) * height
        points = [
            (bx + bend * s * s, base_y + 2 - height * s * (1 - 0.25 * s * abs(bend) / height))
            for s in (0.0, 0.25, 0.5, 0.75, 1.0)
        ]
        shade = tone * float(rng.uniform(0.7, 1.1))
        colour = tuple(int(min(255, c * shade)) for c in (196, 168, 112))
        draw.line(points, (*colour, 255), max(1, round(scale * 0.0022)), joint="curve")


def _grass_layer(rng: np.random.Generator, view: View, tufts: int) -> F32:
    """Return blades nearer than the trail, (row, column, 4) colour and cover."""
    image = Image.new("RGBA", (view.width, view.height_px), (170, 145, 100, 0))
    draw = ImageDraw.Draw(image)
    for _tuft in range(tufts):
        d = float(rng.uniform(1.1, 2.5))
        x = float(rng.uniform(-1.1, 1.1)) * view.width / 2 * d / view.focal
        _blades(rng, view, draw, x, d, float(rng.uniform(0.12, 0.50)), int(rng.integers(8, 40)))
    out = np.asarray(image, dtype=np.float32) / 255
    blur = 1.3 * view.width / 1280
    soft: F32 = ndimage.gaussian_filter(out, (blur, blur, 0))
    return soft


def _thicket(
    rng: np.random.Generator, view: View, bare: F32, snow: F32, near: float, far: float, count: int
) -> None:
    """Draw grass tufts and thin branches behind the trail."""
    image = Image.new("RGBA", (view.width, view.height_px), (120, 105, 85, 0))
    draw = ImageDraw.Draw(image)
    for d in np.sort(rng.uniform(near, far, count))[::-1]:
        x = float(rng.uniform(-1.1, 1.1)) * view.width / 2 * d / view.focal
        if rng.random() < 0.6:
            _blades(rng, view, draw, x, float(d), float(rng.uniform(0.2, 0.7)), int(rng.integers(10, 40)))
        else:
            _branches(rng, view, draw, x, float(d))
    layer = np.asarray(image, dtype=np.float32) / 255
    cover = layer[..., 3:]
    bare += (layer[..., :3] - bare) * cover
    pale = layer[..., :3] * 0.6 + 0.32
    snow += (pale - snow) * cover


def _branches(rng: np.random.Generator, view: View, draw: ImageDraw.ImageDraw, x: float, d: float) -> None:
    scale = view.focal / d
    grey = float(rng.uniform(0.6, 1.1))
    colour = (int(92 * grey), int(80 * grey), int(70 * grey), 255)
    todo = [(view.width / 2 + scale * x, view.horizon + scale * view.height, -np.pi / 2, 0.55, 0.016)]
    while todo:
        px, py, angle, length, thick = todo.pop()
        for _fork in range(int(rng.integers(2, 4))):
            turn = angle + float(rng.normal(0, 0.45))
            reach = length * float(rng.uniform(0.5, 1.0)) * scale
            qx, qy = px + reach * np.cos(turn), py + reach * np.sin(turn)
            draw.line([(px, py), (qx, qy)], colour, max(1, round(thick * scale)))
            if length > 0.16:
                todo.append((float(qx), float(qy), turn, length * 0.6, thick * 0.6))
