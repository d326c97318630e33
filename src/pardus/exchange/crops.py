"""Flank crops that may leave: the animal cut out along its silhouette, on grey, as a new picture without metadata."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image

from pardus.model.errors import MediaError
from pardus.model.language import _

MOST_SIDE = 640
"""Longest side of a crop, pixels."""
SHARES = (0.05, 0.97)
"""Least and most of its frame that a silhouette fills; one that fills more was never cut."""
_MOST_PIXELS = 50_000_000
_GREY = 128
_OUTSIDE_OR_INSIDE = [0] * 128 + [255] * 128


@dataclass(frozen=True, slots=True)
class Crop:
    """A flank as it leaves. picture: JPEG, grey outside the outline. outline: PNG of one bit a pixel, as large."""

    picture: bytes
    outline: bytes


def shown(alpha: np.ndarray) -> float:
    """Return the share of a frame that a silhouette fills. alpha: (row, column), 0..255."""
    return float((alpha >= 128).mean())


def cut(data: bytes) -> Crop:
    """Return a crop as fresh files. data: a PNG with an alpha channel that is the animal's silhouette.

    The pixels outside the silhouette are replaced before encoding, so nothing of the background is under them. Raises
    MediaError if the picture has no silhouette, or one that shows everything or next to nothing.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP", "TIFF")) as picture:
            if picture.width * picture.height > _MOST_PIXELS:
                raise MediaError(_("The crop has more than {n} pixels.").format(n=_MOST_PIXELS))
            if "A" not in picture.getbands():
                raise MediaError(
                    _("The crop has no silhouette (alpha channel): its background would leave with it.")
                )
            rgba = picture if picture.mode == "RGBA" else picture.convert("RGBA")
            rgba.load()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(_("The crop can't be read: {reason}.").format(reason=error)) from error
    animal = rgba.getchannel("A").point(_OUTSIDE_OR_INSIDE)
    share, (low, high) = animal.histogram()[255] / (rgba.width * rgba.height), SHARES
    if not low <= share <= high:
        raise MediaError(
            _(
                "The silhouette shows {share:.0%} of the crop; expected between {low:.0%} and {high:.0%}."
            ).format(share=share, low=low, high=high)
        )
    box = animal.getbbox()
    animal = animal.crop(box)
    out = Image.new("RGB", animal.size, (_GREY, _GREY, _GREY))
    out.paste(rgba.crop(box).convert("RGB"), mask=animal)
    out.thumbnail((MOST_SIDE, MOST_SIDE), Image.Resampling.LANCZOS)
    outline = animal.resize(out.size, Image.Resampling.NEAREST).convert("1", dither=Image.Dither.NONE)
    files = io.BytesIO(), io.BytesIO()
    out.save(files[0], "JPEG", quality=90, exif=b"", icc_profile=None)
    outline.save(files[1], "PNG", optimize=True)
    return Crop(*(file.getvalue() for file in files))
