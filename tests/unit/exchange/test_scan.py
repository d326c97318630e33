"""The scanner finds every planted leak, in any form, and nothing in what the packer makes."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from pardus.app import exchange_contents
from pardus.app.exchange_contents import systems
from pardus.app.exchange_pack import pack
from pardus.app.survey_folder import open_survey
from pardus.exchange.crops import Crop
from pardus.exchange.scan import Scanner, Truth, truth_of
from pardus.model.errors import PackageError
from pardus.model.ids import uuid7
from tests.fixtures.partners import Party, parties, put_silhouettes
from tests.unit.app.test_exchange import opened, sent

LAT, LON = 43.068512, 130.845127
SHOT = datetime(2025, 12, 6, 3, 17, tzinfo=UTC)  # 13:17 in Vladivostok
ZONE = ZoneInfo("Asia/Vladivostok")


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Party]:
    made = parties(tmp_path_factory.mktemp("scan"))
    put_silhouettes(made[0], [f"o{cat}{shot}" for cat in range(5) for shot in range(3)])
    return made


@pytest.fixture(scope="module")
def scanner(pair: list[Party]) -> Scanner:
    with open_survey(pair[0].folder) as store:
        return Scanner(truth_of(store.survey(), systems, ZONE))


def picture(**more: object) -> bytes:
    buffer = io.BytesIO()
    pixels = np.random.default_rng(3).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, **{"format": "JPEG", **more})  # type: ignore[arg-type]
    return buffer.getvalue()


def exif(tag: int, value: object, gps: bool = False) -> bytes:
    made = Image.Exif()
    if gps:
        made.get_ifd(0x8825).update({1: "N", 2: (43.0, 4.0, 6.64), 3: "E", 4: (130.0, 50.0, 42.46)})
    else:
        made[tag] = value
    return made.tobytes()


def png(key: str, text: str, *, zipped: bool = False) -> bytes:
    info = PngImagePlugin.PngInfo()
    info.add_text(key, text, zip=zipped)
    return picture(format="PNG", pnginfo=info)


def pdf(text: str) -> bytes:
    return b"%PDF-1.7\n1 0 obj<</Filter/FlateDecode>>stream\n" + zlib.compress(text.encode()) + b"\nendstream"


def nested(name: str, data: bytes, at: tuple[int, ...] = (2020, 1, 1, 0, 0, 0)) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(name, at), data, zipfile.ZIP_DEFLATED)  # type: ignore[arg-type]
    return buffer.getvalue()


def utm() -> str:
    e, n = list(systems(LAT, LON))[1]
    return f"{e:.0f} {n:.0f}"


def pulkovo() -> str:
    e, n = list(systems(LAT, LON))[4]
    return f"X={n:.1f}; Y={e:.1f}"


def cgcs() -> str:
    e, n = list(systems(LAT, LON))[7]
    return f"{n:.0f},{e:.0f}"


LEAKS: dict[str, Callable[[], tuple[str, bytes]]] = {
    "decimal degrees": lambda: ("a.csv", b"x,43.0685\n"),
    "decimal comma": lambda: ("a.csv", "широта 43,068 долгота 130,845".encode()),
    "degrees, minutes, seconds": lambda: ("a.txt", "43°04'06.6\"N 130°50'42.5\"E".encode()),
    "UTM": lambda: ("a.txt", utm().encode()),
    "SK-42": lambda: ("a.txt", pulkovo().encode()),
    "CGCS2000": lambda: ("a.txt", cgcs().encode()),
    "EXIF GPS": lambda: ("a.jpg", picture(exif=exif(0, "", gps=True))),
    "EXIF date": lambda: ("a.jpg", picture(exif=exif(0x0132, "2025:12:06 13:17:00"))),
    "EXIF comment": lambda: ("a.jpg", picture(exif=exif(0x010E, "station KP-07"))),
    "JPEG comment": lambda: ("a.jpg", picture(comment=b"KP-17 spring")),
    "XMP": lambda: ("a.jpg", picture(xmp=b"<x:xmpmeta><a exif:DateTimeOriginal='2025-12-06'/></x:xmpmeta>")),
    "PNG text": lambda: ("a.png", png("Comment", "6.12.2025")),
    "PNG compressed text": lambda: ("a.png", png("Comment", "Kedrovaya 07 " * 30, zipped=True)),
    "PDF stream": lambda: ("a.pdf", pdf("BT (43.0699, 130.8819) Tj ET")),
    "nested zip": lambda: ("a.zip", nested("x.txt", b"2025-12-06")),
    "date in a zip": lambda: ("a.zip", nested("x.txt", b"", (2025, 12, 6, 13, 17, 0))),
    "UTF-16": lambda: ("a.bin", "at 2025-12-06 13:17".encode("utf-16-le")),
    "file name": lambda: ("crops/20251206_131700.jpg", b""),
    "station in a file name": lambda: ("crops/KP-07_0001.jpg", b""),
    "epoch seconds": lambda: ("a.json", f'{{"t": {int(SHOT.timestamp())}}}'.encode()),
    "epoch milliseconds": lambda: ("a.json", f'{{"t": {int(SHOT.timestamp())}250}}'.encode()),
    "id made when it was taken": lambda: ("log.jsonl", uuid7(SHOT, b"0123456789").encode()),
    "Chinese date": lambda: ("a.txt", "2025年12月6日".encode()),
    "binary doubles": lambda: ("a.npy", b"\x93NUMPY  " + struct.pack("<3x2d", LAT, LON)),
    "binary floats": lambda: ("a.bin", struct.pack(">2f", LON, LAT)),
    "serial of a camera": lambda: ("a.txt", b"made by HX881213"),
    "day and month turned": lambda: ("a.txt", b"12/06/2025"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_planted_leak_is_found(leak: str, scanner: Scanner) -> None:
    name, data = LEAKS[leak]()
    assert [f.code for f in scanner.scan(name, data)][:1] == ["leak"]


HARMLESS = {
    "a season": b'{"season":"2025-2026","years":[2025,2026]}',
    "another place": b"48.480, 135.072",
    "another day": b"2025-07-04",
    "a count": b"43 leopards, 130 days, version 43.1",
    "a hash": b"sha256 20251206aa43068512130845127bb0000000000000000000000000000000ab",
    "sizes": b'{"bytes": 650,"n": 4770}',
}


@pytest.mark.parametrize("what", HARMLESS)
def test_what_tells_nothing_passes(what: str, scanner: Scanner) -> None:
    assert scanner.scan("a.txt", HARMLESS[what]) == []
    assert scanner.scan("a.jpg", picture()) == []


def test_no_byte_of_a_t2_package_tells_a_place_or_a_time(pair: list[Party], scanner: Scanner) -> None:
    one, two = pair
    done = opened(two, sent(one, two))
    files = [p for p in done.place.rglob("*") if p.is_file()]
    assert sum(p.suffix == ".jpg" for p in files) == sum(p.suffix == ".png" for p in files) == 15
    for path in files:
        assert scanner.scan(path.relative_to(done.place).as_posix(), path.read_bytes()) == [], path


def test_a_leak_in_what_would_leave_stops_the_packer(
    pair: list[Party], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, two = pair
    leaky = Crop(picture(exif=exif(0, "", gps=True)), png("Software", "pardus"))
    monkeypatch.setattr(exchange_contents, "cut", lambda data: leaky)
    with pytest.raises(PackageError) as error:
        pack(one.folder, tmp_path / "x", "T2", [two.id], keys=one.keys, sayer=one.sayer)
    assert {f.code for f in error.value.findings} == {"leak"}
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_short_name_in_compressed_pixels_is_chance_and_anywhere_else_a_leak(kind: str) -> None:
    """A station called like any four letters must not stop a package of thousands of pictures."""
    buffer = io.BytesIO()
    pixels = np.random.default_rng(1).integers(0, 256, (300, 400, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(buffer, kind)
    data = buffer.getvalue()
    word = next(w for w in re.findall(rb"(?<![\w\x80-\xff])[a-z]{4}(?![\w\x80-\xff])", data)).decode()
    scanner = Scanner(Truth(names=frozenset({word})))
    assert scanner.scan("a", data) == []
    assert scanner.scan("a", data + f" {word} ".encode())
    at = 2 if kind == "JPEG" else 8 + 25
    note = f" {word} ".encode()
    segment = b"\xff\xfe" + (len(note) + 2).to_bytes(2, "big") + note
    chunk = len(note).to_bytes(4, "big") + b"tEXt" + note + b"0000"
    assert scanner.scan("a", data[:at] + (segment if kind == "JPEG" else chunk) + data[at:])
    assert Scanner(Truth(names=frozenset({"kedrovaya"}))).scan(
        "a", data[:9000] + b" Kedrovaya " + data[9000:]
    )
