"""A camera's JPEG file: pixels, the camera's EXIF, and the keyword tags a biologist put on it."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Pixels = NDArray[np.uint8]

_ORIGINAL, _DIGITIZED, _EXIF_IFD = 0x9003, 0x9004, 0x8769
_MAKE, _MODEL, _SOFTWARE, _DATE, _SERIAL = 0x010F, 0x0110, 0x0131, 0x0132, 0xA431


@dataclass(frozen=True, slots=True)
class CameraMake:
    """How a camera names itself in its files."""

    make: str
    model: str
    serial: str


def jpeg(
    pixels: Pixels, camera: CameraMake, wall: datetime | None, tags: Sequence[str] = (), quality: int = 80
) -> bytes:
    """Return a JPEG file. pixels: (row, column, 3). wall: the camera's clock; None: it wrote no date.

    tags: hierarchical keywords with "/" between levels ("Individual/Leo 7F").
    """
    exif = Image.Exif()
    exif[_MAKE], exif[_MODEL], exif[_SOFTWARE] = camera.make, camera.model, "1.0"
    ifd = exif.get_ifd(_EXIF_IFD)
    ifd[_SERIAL] = camera.serial
    if wall is not None:
        text = wall.strftime("%Y:%m:%d %H:%M:%S")
        exif[_DATE] = ifd[_ORIGINAL] = ifd[_DIGITIZED] = text
    out = io.BytesIO()
    options = {"xmp": keywords_xmp(tags)} if tags else {}
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, exif=exif, **options)
    return out.getvalue()


def keywords_xmp(tags: Sequence[str]) -> bytes:
    """Return an XMP packet with keywords in the three places where photo managers write them."""
    levels = [[escape(level) for level in tag.split("/")] for tag in tags]
    flat = "".join(f"<rdf:li>{parts[-1]}</rdf:li>" for parts in levels)
    slashed = "".join(f"<rdf:li>{'/'.join(parts)}</rdf:li>" for parts in levels)
    piped = "".join(f"<rdf:li>{'|'.join(parts)}</rdf:li>" for parts in levels)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:digiKam="http://www.digikam.org/ns/1.0/" xmlns:lr="http://ns.adobe.com/lightroom/1.0/">'
        f"<digiKam:TagsList><rdf:Seq>{slashed}</rdf:Seq></digiKam:TagsList>"
        f"<lr:hierarchicalSubject><rdf:Bag>{piped}</rdf:Bag></lr:hierarchicalSubject>"
        f"<dc:subject><rdf:Bag>{flat}</rdf:Bag></dc:subject>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
        '<?xpacket end="w"?>'
    ).encode()
