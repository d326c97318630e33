from __future__ import annotations

import os
from pathlib import Path

import pytest

from pardus.ingest.layout import Place, levels_of, place_of
from pardus.ingest.read import read_file
from pardus.ingest.scan import Found, Ignored, count, scan, sniff
from pardus.model.errors import DataError, ParameterError
from tests.fixtures.cards import Shot, write_card


def test_the_order_of_a_scan_depends_only_on_the_names(tmp_path: Path) -> None:
    for station in ("b", "a", "a b", "A"):
        write_card(tmp_path / station, n=2)
    paths = [item.path for item in scan(tmp_path)]
    assert paths == sorted(paths, key=lambda path: path.split("/"))
    assert [item.path for item in scan(tmp_path)] == paths


def test_a_card_of_twelve_pictures_is_said_in_one_line_that_adds_up(tmp_path: Path) -> None:
    write_card(tmp_path)
    (tmp_path / "Thumbs.db").write_bytes(b"x")
    assert count(scan(tmp_path)).sentence() == "13 files on the card = 12 images + 0 videos + 1 ignored"


def test_links_are_listed_and_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.JPG").write_bytes(Shot().jpeg())
    card = tmp_path / "card"
    card.mkdir()
    (card / "folder").symlink_to(outside)
    (card / "file.JPG").symlink_to(outside / "a.JPG")
    assert [(item.path, item.reason) for item in scan(card) if isinstance(item, Ignored)] == [
        ("file.JPG", "link"),
        ("folder", "link"),
    ]


def test_a_folder_that_can_not_be_read_is_listed_and_the_rest_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path / "good", n=2)
    write_card(tmp_path / "bad", n=2)
    real = os.scandir

    def scandir(path: Path) -> object:
        if "bad" in str(path):
            raise OSError(5, "Input/output error")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    items = list(scan(tmp_path))
    assert [item.path for item in items if isinstance(item, Found)] == [
        "good/DCIM/100RECNX/RCNX0001.JPG",
        "good/DCIM/100RECNX/RCNX0002.JPG",
    ]
    (bad,) = [item for item in items if isinstance(item, Ignored)]
    assert (bad.path, bad.reason, bad.finding.severity) == ("bad/", "unreadable", "error")
    assert "Input/output error" in bad.finding.message


def test_a_folder_that_is_not_there_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="Expected a folder"):
        list(scan(tmp_path / "nothing"))


def test_a_name_that_is_not_unicode_is_taken_and_shown(tmp_path: Path) -> None:
    name = b"\xc1\xe0\xf0\xf1.JPG"  # CP1251, from an old archive
    try:
        (tmp_path / os.fsdecode(name)).write_bytes(Shot().jpeg())
    except OSError:
        pytest.skip("this file system takes only Unicode names")
    (item,) = scan(tmp_path)
    assert isinstance(item, Found)
    assert item.label == "\\xc1\\xe0\\xf0\\xf1.JPG"
    assert read_file(tmp_path, item).faults == ()


def test_a_sidecar_goes_with_its_picture(tmp_path: Path) -> None:
    (tmp_path / "A.JPG").write_bytes(Shot().jpeg())
    (tmp_path / "B.JPG").write_bytes(Shot(place=2).jpeg())
    (tmp_path / "A.JPG.xmp").write_bytes(b"<x/>")
    (tmp_path / "b.xmp").write_bytes(b"<x/>")
    (tmp_path / "c.xmp").write_bytes(b"<x/>")
    items = {item.path: item for item in scan(tmp_path)}
    assert {path: item.sidecar for path, item in items.items() if isinstance(item, Found)} == {
        "A.JPG": "A.JPG.xmp",
        "B.JPG": "b.xmp",
    }
    assert {path: item.reason for path, item in items.items() if isinstance(item, Ignored)} == {
        "A.JPG.xmp": "sidecar",
        "b.xmp": "sidecar",
        "c.xmp": "not-media",
    }


@pytest.mark.parametrize(
    ("head", "mime"),
    [
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"RIFF\0\0\0\0AVI LIST", "video/x-msvideo"),
        (b"RIFF\0\0\0\0WAVE", ""),
        (b"\0\0\0\x18ftypisom", "video/mp4"),
        (b"\0\0\0\x18ftypqt  ", "video/quicktime"),
        (b"\0\0\0\x18ftypheic", "image/heic"),
        (b"", ""),
    ],
)
def test_the_first_bytes_tell_the_type(head: bytes, mime: str) -> None:
    assert sniff(head) == mime


@pytest.mark.parametrize(
    ("path", "layout", "place"),
    [
        ("S1/C2/DCIM/100RECNX/RCNX0001.JPG", "station/camera", Place("S1", "C2")),
        ("S1/DCIM/100EK113/11110007.JPG", "station", Place("S1")),
        ("DCIM/100RECNX/RCNX0001.JPG", "", Place()),
        ("S1/2024-01-10/RCNX0001.JPG", "station/date", Place("S1", date="2024-01-10")),
        ("North/S1/x.JPG", "*/station", Place("S1")),
        ("S1/Leopard/x.JPG", "station/species", Place("S1", species="Leopard")),
        ("StationA__CamL__2009-04-21__00-40-00(1).JPG", "", Place("StationA", "CamL")),
        (
            "LeopardCat/StationA__2009-04-21__00-40-00(2).JPG",
            "species",
            Place("StationA", species="LeopardCat"),
        ),
        ("S9/StationA__CamL__2009-04-21__00-40-00(1).JPG", "station", Place("S9", "CamL")),
    ],
)
def test_a_path_says_where_a_file_belongs(path: str, layout: str, place: Place) -> None:
    assert place_of(path, layout) == place


@pytest.mark.parametrize("layout", ["station/station", "place", "station/camera/zone"])
def test_a_layout_of_unknown_levels_is_refused(layout: str) -> None:
    with pytest.raises(ParameterError, match="folder levels"):
        levels_of(layout)
