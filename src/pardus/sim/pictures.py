"""A picture: a station's scene, who walks through it, and the camera's light, lens, noise and info bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from pardus.sim import body
from pardus.sim.raster import View, draw, texture
from pardus.sim.scenes import Scene, noise_at
from pardus.sim.streams import stream

F32 = NDArray[np.floating[Any]]
Pixels = NDArray[np.uint8]

BAR = 26


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """Who is in the picture, and how.

    kind: shape of the body. left, right: coats. x: metres right of the middle; away: metres from the camera.
    heading: radians, 0 = to the right, pi = to the left, pi/2 = away from the camera. speed: metres a second.
    ruffle: names how skin and hair lie on this visit; loose: how far they move, 0 = never, 1 = as in life.
    """

    kind: str
    left: Pixels
    right: Pixels
    pose: body.Pose
    x: float
    away: float
    heading: float
    size: float = 1.0
    speed: float = 1.0
    ruffle: int = 0
    loose: float = 1.0


@dataclass(frozen=True, slots=True)
class Light:
    """The light of one picture. night: infrared flash. snow: 0 to 1. exposure: 1 = right. warmth: -1 to 1.

    sun: 0 = overcast, 1 = hard sun through the trees. shutter: seconds. noise: sd of a mid grey, 0 to 1.
    blur: sd of the lens's blur in pixels at 1280 wide. flash: brightness, 1 = right at 3.5 m.
    """

    night: bool
    snow: float = 0.0
    exposure: float = 1.0
    warmth: float = 0.0
    sun: float = 0.0
    shutter: float = 1 / 120
    noise: float = 0.015
    blur: float = 0.6
    flash: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What the truth says of one subject: box (x, y, width, height; 0 to 1), share visible, flank shown.

    visible: of all its pixels, inside and outside the frame, those that nothing hides.
    flank: "left", "right", "front", "rear". box is None when nothing of it is in the frame.
    """

    box: tuple[float, float, float, float] | None
    visible: float
    flank: str


def render(
    scene: Scene,
    subjects: Sequence[Subject],
    light: Light,
    names: tuple[object, ...],
    bar: str = "",
    seed: int = 0,
) -> tuple[Pixels, list[Seen]]:
    """Return a picture (row, column, 3) and what is to be seen of each subject, in the order given.

    names: what this picture is, for its own noise and clouds. bar: text of the info bar, "" = no bar.
    """
    rng = stream(seed, "picture", *names)
    view = scene.view
    base = (
        scene.bare
        if light.snow <= 0
        else scene.bare + (scene.snow - scene.bare) * np.float32(min(light.snow, 1))
    )
    image = _lit(base, scene, light, rng)
    seen: list[Seen] = [Seen(None, 0.0, "")] * len(subjects)
    for i in sorted(range(len(subjects)), key=lambda k: -subjects[k].away):
        seen[i] = _put(image, scene, subjects[i], light, rng)
    grass = scene.grass[..., 3:] * np.float32(1.0 if not light.snow else 0.9)
    blades = scene.grass[..., :3]
    if light.night:
        blades = (blades.mean(axis=2, keepdims=True) * 1.15 * light.flash).astype(np.float32)
    else:
        blades = blades * (_tone(light) * light.exposure)
    image += (blades - image) * grass
    return _expose(image, view, light, rng, bar), seen


def _tone(light: Light) -> F32:
    return np.array((1 + 0.10 * light.warmth, 1.0, 1 - 0.14 * light.warmth), np.float32)


def _lit(base: F32, scene: Scene, light: Light, rng: np.random.Generator) -> F32:
    """Return the scene under this picture's light."""
    if light.night:
        grey = base @ np.array((0.42, 0.38, 0.20), np.float32)
        image = (0.25 + 0.75 * grey) * _flash(scene.depth, light) * 0.95
        return np.repeat(image[..., None], 3, axis=2)
    image = base * (_tone(light) * np.float32(light.exposure))
    if light.sun > 0:
        rows, columns = base.shape[:2]
        image *= _dapple(rng, scene, rows, columns, light.sun)[..., None]
    return image.astype(np.float32)


def _dapple(rng: np.random.Generator, scene: Scene, rows: int, columns: int, sun: float) -> F32:
    """Return light and shade of sun through trees, 1 = mean; on the ground it lies in perspective."""
    view = scene.view
    row = np.arange(2, rows, 4, dtype=np.float32)[:, None]
    column = np.arange(2, columns, 4, dtype=np.float32)[None]
    away = np.minimum(view.focal * view.height / np.maximum(row - view.horizon, 4), 40) + 0 * column
    across = (column - columns / 2) * np.minimum(away, 12) / view.focal
    x, y = (np.float32(v) for v in rng.uniform(0, 900, 2))
    lean = np.float32(rng.uniform(-0.8, 0.8))
    patch = noise_at(2, across + lean * away + x, 0.35 * away + y, 0.03)
    patch = np.tanh(2.2 * (patch - 0.1))
    big = np.asarray(Image.fromarray(patch).resize((columns, rows), Image.Resampling.BILINEAR))
    out: F32 = (1 + np.float32(0.24 * sun) * big).astype(np.float32)
    return out


def _flash(depth: F32, light: Light) -> F32:
    """Return infrared light by distance and by angle from the lamp's axis."""
    rows, columns = depth.shape
    x = (np.arange(columns, dtype=np.float32) - columns / 2) / (0.72 * columns)
    y = (np.arange(rows, dtype=np.float32)[:, None] - rows * 0.52) / (0.80 * rows)
    cone = np.exp(-(x**2 + y**2))
    out: F32 = light.flash * cone * np.minimum(12.0 / (depth**2 + 1.5), 1.15)
    return out


def _put(image: F32, scene: Scene, subject: Subject, light: Light, rng: np.random.Generator) -> Seen:
    """Draw a subject into the picture."""
    view = scene.view
    vertices, normals = body.posed(subject.pose, subject.size, subject.kind)
    surface = body.rest(subject.kind)
    turn = body.turned(subject.heading)
    place = vertices @ turn.T + np.array((subject.x, subject.away, 0.0))
    facing = normals @ turn.T
    screen = view.project(place)
    smear = max(0.0, view.focal * abs(np.cos(subject.heading)) * subject.speed * light.shutter / subject.away)
    whole = screen[:, :2].min(axis=0), screen[:, :2].max(axis=0)
    margin = int(4 + smear)
    rows, columns = image.shape[:2]
    x0, x1 = int(max(0, whole[0][0] - margin)), int(min(columns, whole[1][0] + margin + 1))
    y0, y1 = int(max(0, whole[0][1] - margin)), int(min(rows, whole[1][1] + margin + 1))
    flank = _flank_shown(subject)
    _shadow(image, view, place, light)
    if x1 - x0 < 4 or y1 - y0 < 4:
        return Seen(None, 0.0, flank)
    local = screen - np.array((x0, y0, 0.0))
    attributes = np.concatenate((facing, surface.coat, surface.vertices[:, 1:2]), axis=1)
    depth, pixels = draw((y1 - y0, x1 - x0), local, surface.triangles, attributes)
    albedo = np.zeros((*depth.shape, 3), np.float32)
    hair = _ruffle(pixels, subject)
    texture(subject.left, subject.right, depth, pixels, 3, albedo)
    albedo *= hair[..., None]
    drawn = np.isfinite(depth)
    visible = drawn & (depth < scene.solid[y0:y1, x0:x1])
    area = np.s_[y0:y1, x0:x1]
    colour = _shade(
        albedo, pixels[..., :3], np.where(drawn, depth, 4).astype(np.float32), light, view, x0, y0
    )
    cover = visible.astype(np.float32)
    _blend(image[area], colour, cover, smear, light, view, rng)
    hidden = float((scene.grass[area][..., 3] * visible).sum())
    return Seen(_box(visible, x0, y0, rows, columns), _share(visible, hidden, whole, drawn, view), flank)


def _ruffle(pixels: F32, subject: Subject) -> F32:
    """Move the coat's position (columns 3 and 4) as loose skin and hair do; return the hair's light and dark."""
    rng = stream(subject.ruffle, "ruffle")
    places = [float(v) for v in rng.uniform(0, 50, 8)]
    u, v = pixels[..., 3].copy(), pixels[..., 4].copy()
    for column, (a, b, c, d) in ((3, places[:4]), (4, places[4:])):
        skin = noise_at(2, u + a, v + b, 0.010)
        hair = noise_at(1, 0.5 * u + c, v + d, 0.0016)
        pixels[..., column] += np.float32(subject.loose) * (0.011 * skin + 0.0028 * hair)
    streaks = noise_at(0, 0.35 * u + places[1], v + places[6], 0.0012)
    out: F32 = (1 + 0.08 * streaks).astype(np.float32)
    return out


def _shade(albedo: F32, normal: F32, depth: F32, light: Light, view: View, x0: int, y0: int) -> F32:
    """Return a surface's colour in this light. normal: x right, y away, z up."""
    up = normal[..., 2]
    if light.night:
        grey = albedo @ np.array((0.45, 0.35, 0.20), np.float32)
        facing = np.clip(-normal[..., 1], 0, 1)
        x = (x0 + np.arange(depth.shape[1], dtype=np.float32) - view.width / 2) / (0.72 * view.width)
        y = (y0 + np.arange(depth.shape[0], dtype=np.float32)[:, None] - view.height_px * 0.52) / (
            0.80 * view.height_px
        )
        fall = np.minimum(12.0 / (depth**2 + 1.5), 1.15) * np.exp(-(x**2 + y**2)) * light.flash
        lit = (0.13 + 0.62 * grey) * (0.35 + 0.65 * facing) * fall
        infrared: F32 = np.repeat(lit[..., None], 3, axis=2).astype(np.float32)
        return infrared
    bounce = 0.10 + 0.12 * light.snow
    lamp = 0.64 + 0.26 * up + bounce * np.clip(-up, 0, 1) + 0.10 * np.clip(-normal[..., 1], 0, 1)
    lamp += (
        light.sun * 0.35 * np.clip(0.6 * up + 0.5 * normal[..., 0] - 0.4 * normal[..., 1] - 0.25, -0.25, 1)
    )
    haze = (1 - np.exp(-depth / 60))[..., None]
    shaded = albedo * lamp[..., None] * (_tone(light) * np.float32(light.exposure))
    out: F32 = (shaded + (0.7 * light.exposure - shaded) * haze).astype(np.float32)
    return out


def _blend(
    under: F32, colour: F32, cover: F32, smear: float, light: Light, view: View, rng: np.random.Generator
) -> None:
    """Lay a drawn body over the picture: furry outline, motion blur, lens."""
    fur = _grain(rng, cover.shape)
    soft = ndimage.gaussian_filter(cover, 1.1)
    cover = np.clip((soft - 0.5) * 1.6 + 0.5 + 0.30 * fur * (4 * soft * (1 - soft)), 0, 1).astype(np.float32)
    paint = colour * cover[..., None]
    sigma = light.blur * view.width / 1280
    if smear > 1.2:
        length = round(smear)
        paint = ndimage.uniform_filter1d(paint, length, axis=1, mode="constant")
        cover = ndimage.uniform_filter1d(cover, length, axis=1, mode="constant")
    if sigma > 0.35:
        paint = ndimage.gaussian_filter(paint, (sigma, sigma, 0))
        cover = ndimage.gaussian_filter(cover, sigma)
    under *= 1 - cover[..., None]
    under += paint


@cache
def _noise() -> F32:
    sheet: F32 = stream(0, "sensor").standard_normal((1400, 2200), dtype=np.float32)
    return sheet


def _grain(rng: np.random.Generator, shape: tuple[int, int]) -> F32:
    """Return white noise of a shape, cut from one large sheet at a random place."""
    sheet = _noise()
    while shape[0] > sheet.shape[0] or shape[1] > sheet.shape[1]:
        sheet = np.concatenate((sheet, sheet[:, ::-1]), axis=1)
        sheet = np.concatenate((sheet, sheet[::-1]), axis=0)
    i = int(rng.integers(sheet.shape[0] - shape[0] + 1))
    j = int(rng.integers(sheet.shape[1] - shape[1] + 1))
    cut: F32 = sheet[i : i + shape[0], j : j + shape[1]]
    return cut


def _shadow(image: F32, view: View, place: NDArray[np.float64], light: Light) -> None:
    """Darken the ground under a body."""
    if light.night:
        return
    ground = place[::7].copy()
    ground[:, 0] += 0.25 * ground[:, 2] * light.sun
    ground[:, 2] = 0.0
    spot = view.project(ground)
    rows, columns = image.shape[0] // 4, image.shape[1] // 4
    column, row = (spot[:, 0] / 4).astype(int), (spot[:, 1] / 4).astype(int)
    inside = (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    if not inside.any():
        return
    hits = np.zeros((rows, columns), np.float32)
    np.add.at(hits, (row[inside], column[inside]), 1.0)
    soft = ndimage.gaussian_filter(np.minimum(hits, 2), (1.0, 2.5))
    soft = np.clip(soft / max(float(np.quantile(soft[soft > 1e-3], 0.9)), 1e-3), 0, 1)
    top = max(0, int(row[inside].min()) - 4)
    big = np.asarray(
        Image.fromarray(soft[top:]).resize((columns * 4, (rows - top) * 4), Image.Resampling.BILINEAR)
    )
    strength = 0.42 + 0.18 * light.sun
    area = image[top * 4 : top * 4 + big.shape[0], : big.shape[1]]
    area *= (1 - strength * np.clip(big, 0, 1))[..., None]


def _flank_shown(subject: Subject) -> str:
    """Return the flank that faces the camera; from within 30 degrees of its axis it is front or rear."""
    forward = np.sin(subject.heading)
    if forward > np.sin(np.radians(60)):
        return "rear"
    if forward < -np.sin(np.radians(60)):
        return "front"
    return "right" if np.cos(subject.heading) > 0 else "left"


def _box(
    visible: NDArray[np.bool_], x0: int, y0: int, rows: int, columns: int
) -> tuple[float, float, float, float] | None:
    row, column = np.flatnonzero(visible.any(axis=1)), np.flatnonzero(visible.any(axis=0))
    if not len(row):
        return None
    left, top = (x0 + column[0]) / columns, (y0 + row[0]) / rows
    return (
        round(float(left), 4),
        round(float(top), 4),
        round(float((column[-1] - column[0] + 1) / columns), 4),
        round(float((row[-1] - row[0] + 1) / rows), 4),
    )


def _share(
    visible: NDArray[np.bool_],
    hidden: float,
    whole: tuple[NDArray[np.float64], NDArray[np.float64]],
    drawn: NDArray[np.bool_],
    view: View,
) -> float:
    """Return the visible share; what is outside the frame is judged by the box's area."""
    if not drawn.any():
        return 0.0
    low, high = np.maximum(whole[0], 0), np.minimum(whole[1], (view.width, view.height_px))
    inside = np.prod(np.maximum(high - low, 0)) / max(float(np.prod(whole[1] - whole[0])), 1e-9)
    return round(float((visible.sum() - hidden) / drawn.sum() * inside), 3)


def _expose(image: F32, view: View, light: Light, rng: np.random.Generator, bar: str) -> Pixels:
    """Return 8-bit pixels: sensor noise, clipping, info bar."""
    np.clip(image, 0, 1.25, out=image)
    grain = _grain(rng, image.shape[:2])[..., None]
    colour = _grain(rng, image.shape[:2])[..., None] * (0.0 if light.night else 0.4)
    amount = np.float32(light.noise) * np.sqrt(0.25 + image[..., 1:2])
    image += grain * amount
    if not light.night:
        image += colour * amount * np.array((1.0, -0.4, 0.8), np.float32)
    out = (np.clip(image, 0, 1) * 255).astype(np.uint8)
    if bar:
        height = max(10, BAR * view.height_px // 720)
        out[-height:] = _bar(bar, view.width, height)
    return out


def _bar(text: str, width: int, height: int) -> Pixels:
    strip = Image.new("RGB", (width, height), (0, 0, 0))
    font = ImageFont.load_default(max(9, int(height * 0.72)))
    ImageDraw.Draw(strip).text((height * 0.4, height * 0.02), text, (240, 240, 240), font)
    return np.asarray(strip)
