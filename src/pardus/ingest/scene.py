"""What a thumbnail tells: a signature of the background, and whether the picture is without colour (infrared).

Signature: the picture in grey at 9 x 8, each cell compared with its right neighbour (difference hash, 64 bits).
Light changes it little; another scene changes about half of the bits. So the bits apart, as a median over many
pictures, tell camera positions apart; a single pair does not.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

GREY_LIMIT = 1.5
"""Mean distance of both colour channels from neutral (of 127), below which a picture counts as without colour."""


def signature(thumb: Image.Image) -> str:
    """Return the 64-bit difference hash of a picture (L, YCbCr, RGB or CMYK) as 16 hexadecimal digits."""
    grey = thumb.getchannel("Y") if thumb.mode == "YCbCr" else thumb.convert("L")
    cells = grey.resize((9, 8), Image.Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for column in range(8):
            bits = bits << 1 | (cells[row * 9 + column] < cells[row * 9 + column + 1])
    return f"{bits:016x}"


def bits_apart(one: str, other: str) -> int:
    """Return how many of the 64 bits of two signatures differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def colourfulness(thumb: Image.Image) -> float:
    """Return how far the colour channels are from neutral on average (0 = grey, 127 = the most)."""
    if thumb.mode == "L":
        return 0.0
    picture = thumb if thumb.mode == "YCbCr" else thumb.convert("RGB").convert("YCbCr")
    _y, blue, red = picture.resize((32, 24), Image.Resampling.BOX).split()
    off = np.asarray([blue, red], dtype=np.float64) - 128
    return float(np.abs(off).mean())
