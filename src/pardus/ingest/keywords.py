"""Keyword tags in a picture: XMP and IPTC as digiKam, Lightroom and others write them, as one set of paths.

Hierarchies are kept as "Species|Leopard Cat", whatever separator the program used. Read with defusedxml: files
come from anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_HIERARCHIES = {
    "{http://www.digikam.org/ns/1.0/}TagsList": "/",
    "{http://ns.adobe.com/lightroom/1.0/}hierarchicalSubject": "|",
    "{http://ns.microsoft.com/photo/1.0}LastKeywordXMP": "/",
    "{http://ns.microsoft.com/photo/1.0/}LastKeywordXMP": "/",
    "{http://ns.iview-multimedia.com/mediapro/1.0/}CatalogSets": "|",
}
_FLAT = "{http://purl.org/dc/elements/1.1/}subject"
_DATES = (
    "{http://ns.adobe.com/exif/1.0/}DateTimeOriginal",
    "{http://ns.adobe.com/photoshop/1.0/}DateCreated",
    "{http://ns.adobe.com/exif/1.0/}DateTimeDigitized",
)
_IPTC_KEYWORDS = (2, 25)
_IPTC_CHARSET = (1, 90)


def read_keywords(
    xmp: bytes, iptc: Mapping[tuple[int, int], tuple[bytes, ...]]
) -> tuple[tuple[str, ...], bool]:
    """Return (sorted keywords, damaged). A flat keyword that ends one of the hierarchies is left out.

    damaged: the XMP is there and is not well-formed, or would make a parser fetch or expand things.
    """
    root, damaged = _parse(xmp)
    paths: set[str] = set()
    flat: set[str] = set()
    if root is not None:
        for element in root.iter():
            if element.tag in _HIERARCHIES:
                paths.update(_path(text, _HIERARCHIES[element.tag]) for text in _items(element))
            elif element.tag == _FLAT:
                flat.update(_items(element))
    flat.update(_iptc_keywords(iptc))
    leaves = {path.rpartition("|")[2] for path in paths}
    known = paths | {word for word in flat if word not in leaves}
    return tuple(sorted(word for word in known if word)), damaged


def xmp_date(xmp: bytes) -> str:
    """Return the text of the date at which an XMP packet says the picture was taken, or ""."""
    root, _damaged = _parse(xmp)
    if root is None:
        return ""
    for name in _DATES:
        for element in root.iter():
            text = element.get(name) or (element.text if element.tag == name else None)
            if text and text.strip():
                return text.strip()
    return ""


def _parse(xmp: bytes) -> tuple[Element | None, bool]:
    text = xmp.strip(b"\x00 \r\n\t")
    if not text:
        return None, False
    try:
        return fromstring(text), False
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return None, True


def _items(element: Element) -> Iterable[str]:
    for item in element.iter(f"{_RDF}li"):
        if item.text and item.text.strip():
            yield item.text.strip()


def _path(text: str, separator: str) -> str:
    return "|".join(part.strip() for part in text.split(separator) if part.strip())


def _iptc_keywords(iptc: Mapping[tuple[int, int], tuple[bytes, ...]]) -> Iterable[str]:
    utf8 = iptc.get(_IPTC_CHARSET, (b"",))[0] == b"\x1b%G"
    for raw in iptc.get(_IPTC_KEYWORDS, ()):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "replace") if utf8 else raw.decode("latin-1")
        if text.strip():
            yield text.strip()
