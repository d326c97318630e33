"""Small quick pictures for the example survey: a forest scene, and in it a drawn animal with its own spots."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

from pardus.sim.streams import stream

Pixels = NDArray[np.uint8]
SIZE = (512, 384)
BAR = 18
_COATS = {
    "Panthera pardus": (206, 172, 116),
    "Cervus nippon": (140, 96, 60),
    "Sus scrofa": (70, 62, 58),
    "Homo sapiens": (60, 80, 120),
}


def scene(seed: int, station: str, night: bool) -> Image.Image:
    """Return the station's own background, the same in every picture of that station."""
    rng = stream(seed, "scene", station)
    width, height = SIZE
    coarse = rng.normal(0, 18, (height // 20, width // 20, 1)) + rng.normal(
        0, 6, (height // 20, width // 20, 3)
    )
    base = np.where(np.arange(height // 20)[:, None, None] < 7, (120, 130, 110), (150, 138, 118)) + coarse
    image = Image.fromarray(np.clip(base, 0, 255).astype(np.uint8)).resize(SIZE, Image.Resampling.BICUBIC)
    draw = ImageDraw.Draw(image)
    for _tree in range(int(rng.integers(4, 9))):
        x, w = float(rng.uniform(0, width)), float(rng.uniform(4, 26))
        grey = int(rng.integers(50, 110))
        draw.polygon(
            [(x, 0), (x + w, 0), (x + w * 1.2, 130 + w * 3), (x - w * 0.2, 130 + w * 3)],
            (grey, grey - 8, grey - 18),
        )
    if night:
        gray = np.asarray(image.convert("L"), dtype=np.float64)
        yy, xx = np.mgrid[0:height, 0:width]
        fall = np.exp(
            -(((xx - width / 2) / (0.5 * width)) ** 2 + ((yy - 0.7 * height) / (0.5 * height)) ** 2)
        )
        image = Image.fromarray(np.clip(gray * (0.12 + 0.75 * fall), 0, 255).astype(np.uint8)).convert("RGB")
    return image


def picture(
    seed: int, station: str, night: bool, animal: str, species: str, flank: str, step: int, bar: str
) -> Pixels:
    """Return one frame (384, 512, 3). animal: who, "" for none. step: 0, 1, 2 ... along its way.

    An animal that shows its left flank walks to the left of the picture.
    """
    image = scene(seed, station, night)
    if species:
        body = _body(seed, animal, species, flank, night)
        rng = stream(seed, "place", station, animal, bar)
        forward = -1 if flank == "left" else 1
        x = int(SIZE[0] / 2 - body.width / 2 + forward * (step - 1) * 55 + rng.uniform(-30, 30))
        image.paste(body, (x, int(rng.uniform(120, 150))), body)
    noise = stream(seed, "noise", station, bar, step).normal(0, 9 if night else 4, (SIZE[1], SIZE[0], 1))
    image = Image.fromarray(np.clip(np.asarray(image) + noise, 0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, SIZE[1] - BAR, SIZE[0], SIZE[1]), (0, 0, 0))
    draw.text((6, SIZE[1] - BAR + 2), bar, (240, 240, 240), ImageFont.load_default(12))
    return np.asarray(image)


def _body(seed: int, animal: str, species: str, flank: str, night: bool) -> Image.Image:
    image = Image.new("RGBA", (250, 150), (0, 0, 0, 0))
    draw = ImageDraw.Draw(image)
    colour = _COATS[species]
    if species == "Homo sapiens":
        draw.rounded_rectangle((100, 30, 145, 110), 14, (*colour, 255))
        draw.ellipse((108, 2, 138, 34), (190, 150, 130, 255))
        draw.rectangle((106, 105, 120, 149), (40, 40, 50, 255))
        draw.rectangle((126, 105, 140, 149), (40, 40, 50, 255))
    else:
        draw.ellipse((50, 40, 200, 100), (*colour, 255))
        draw.ellipse((8, 34, 58, 76), (*colour, 255))
        draw.ellipse((22, 26, 36, 40), (*colour, 255))
        draw.line([(45, 58), (75, 66)], (*colour, 255), 34)
        for x in (70, 92, 160, 182):
            draw.line([(x, 84), (x - 6, 140)], (*colour, 255), 16)
        if species == "Panthera pardus":
            draw.line([(194, 62), (226, 84), (244, 74)], (*colour, 255), 11, joint="curve")
            _rosettes(draw, seed, animal, flank)
    image = image.filter(ImageFilter.GaussianBlur(0.7))
    if night:
        image = Image.merge("RGBA", (*([image.convert("L")] * 3), image.getchannel("A")))
    return image if flank == "left" else image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)


def _rosettes(draw: ImageDraw.ImageDraw, seed: int, animal: str, flank: str) -> None:
    rng = stream(seed, "spots", animal, flank)
    for column in range(11):
        for row in range(4):
            x, y = 58 + 13 * column + rng.uniform(-4, 4), 46 + 13 * row + rng.uniform(-4, 4)
            if ((x - 125) / 72) ** 2 + ((y - 70) / 28) ** 2 < 1:
                turn = float(rng.uniform(0, 360))
                for part in range(int(rng.integers(2, 4))):
                    start = turn + 130 * part
                    draw.arc((x - 5, y - 5, x + 5, y + 5), start, start + 95, (45, 34, 26, 255), 3)
    for _spot in range(40):
        x, angle = float(rng.uniform(10, 56)), float(rng.uniform(0, 2 * math.pi))
        y = 55 + 18 * math.sin(angle)
        draw.ellipse((x, y, x + 3, y + 3), (45, 34, 26, 255))
