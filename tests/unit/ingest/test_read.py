from __future__ import annotations

import hashlib
import io
import pickle
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from pardus.ingest import jpeg
from pardus.ingest.jpeg import decode
from pardus.ingest.makernotes import read_description, read_maker_note
from pardus.ingest.read import Facts, image_facts, read_file
from pardus.ingest.scan import Found, scan
from pardus.ingest.scene import bits_apart, colourfulness, signature
from tests.fixtures.cards import Shot, avi, clip, overwritten, scene, write_card


def only(folder: Path) -> Found:
    (item,) = [item for item in scan(folder) if isinstance(item, Found)]
    return item


def read_one(folder: Path, name: str, content: bytes) -> Facts:
    (folder / name).write_bytes(content)
    return read_file(folder, only(folder))


def test_a_picture_gives_hash_size_dates_and_camera() -> None:
    data = Shot(
        event=70_000, sequence=(2, 3), temperature_c=-23, infrared=True, serial="H600HD09123456"
    ).jpeg()
    facts = image_facts(data)
    assert facts.sha256 == hashlib.sha256(data).hexdigest()
    assert (facts.bytes, facts.width, facts.height, facts.faults) == (len(data), 160, 120, ())
    assert facts.dates.exif_original == "2024:01:10 08:00:00"
    expected = {
        "make": "RECONYX",
        "serial": "H600HD09123456",
        "event": "70000",
        "sequence": "2/3",
        "temperature_c": "-23",
        "trigger": "motion",
        "moon": "full",
        "infrared": "on",
        "label": "CAM1",
        "battery_v": "9.100",
    }
    assert {key: facts.metadata[key] for key in expected} == expected


def test_the_date_of_the_maker_note_is_never_the_picture_s_date() -> None:
    wall = datetime(2021, 4, 11, 20, 43, 10)
    swapped = image_facts(Shot(wall=wall, swapped_note=True).jpeg())
    assert swapped.metadata["maker_note_date"] == "2021-11-04 20:43:10"
    assert swapped.dates.exif_original == "2021:04:11 20:43:10"
    bare = Image.open(io.BytesIO(Shot(wall=wall).jpeg())).getexif()
    del bare.get_ifd(0x8769)[0x9003]
    out = io.BytesIO()
    scene(1).save(out, "JPEG", exif=bare)
    lost = image_facts(out.getvalue())
    assert lost.metadata["maker_note_date"] == "2021-04-11 20:43:10"
    assert lost.dates.exif_original == lost.dates.exif_digitized == ""


def test_a_rotated_picture_has_the_size_as_shown() -> None:
    facts = image_facts(Shot(orientation=6).jpeg())
    assert (facts.width, facts.height, facts.metadata["orientation"]) == (120, 160, "6")


def test_cmyk_grey_and_progressive_pictures_decode() -> None:
    for mode, options in (("CMYK", {}), ("L", {}), ("RGB", {"progressive": True})):
        out = io.BytesIO()
        scene(1).convert(mode).save(out, "JPEG", **options)
        assert image_facts(out.getvalue()).faults == ()


def damaged_copies(data: bytes) -> list[bytes]:
    rng = np.random.default_rng(7)
    cuts = [data[: int(at)] for at in rng.integers(0, len(data), 60)]
    spoiled = []
    for at in rng.integers(700, len(data) - 700, 60):
        copy = bytearray(data)
        copy[at : at + 512] = rng.bytes(512)
        spoiled.append(bytes(copy))
    return cuts + spoiled + [data[:-n] for n in range(1, 5)]


@pytest.mark.parametrize("progressive", [False, True])
def test_the_reduced_decode_finds_every_damage_that_a_full_decode_finds(progressive: bool) -> None:
    data = Shot(size=(320, 240)).jpeg(progressive=progressive)
    for copy in damaged_copies(data):
        try:
            Image.open(io.BytesIO(copy), formats=("JPEG",)).load()
        except Exception:
            assert decode(copy).fault
    assert decode(data).fault == ""


def test_pillow_s_verify_would_have_passed_a_truncated_picture() -> None:
    cut = Shot().jpeg()[:-500]
    Image.open(io.BytesIO(cut)).verify()
    assert decode(cut).fault == "truncated"


def test_bytes_after_the_end_are_no_damage() -> None:
    assert decode(Shot().jpeg() + bytes(3000)).fault == ""


def test_another_file_in_the_middle_is_named_overwritten() -> None:
    assert (
        decode(overwritten(Shot().jpeg(), Shot(place=2, noise=4, size=(320, 240)).jpeg())).fault
        == "overwritten"
    )


@pytest.mark.parametrize("size", [512, 4096])
def test_a_lost_cluster_of_zeros_is_named_overwritten_though_decoders_pass_it(size: int) -> None:
    data = Shot(size=(640, 480)).jpeg()
    for share in (0.3, 0.6):
        at = int(len(data) * share)
        assert decode(data[:at] + bytes(size) + data[at + size :]).fault == "overwritten"


def test_a_black_picture_with_its_own_tables_is_no_lost_cluster() -> None:
    out = io.BytesIO()
    Image.new("RGB", (2048, 1536)).save(out, "JPEG", optimize=True)
    assert bytes(10_000) in out.getvalue()
    assert decode(out.getvalue()).fault == ""


def test_a_video_cut_short_is_truncated_if_its_index_survived(tmp_path: Path) -> None:
    whole = clip(frames=60)
    assert read_one(tmp_path, "a.MP4", whole[: len(whole) * 9 // 10]).faults == (
        "undecodable",
    )  # index at the end
    (tmp_path / "a.MP4").unlink()
    fast = faststart(whole, tmp_path / "fast")
    assert read_one(tmp_path, "b.MP4", fast[: len(fast) * 9 // 10]).faults == ("truncated",)


def faststart(data: bytes, path: Path) -> bytes:
    """The same clip with its index in front, as some cameras write it."""
    source = av.open(io.BytesIO(data))
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    return path.read_bytes()


def test_a_header_that_claims_a_giant_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jpeg, "MAX_PIXELS", 160 * 120 - 1)
    assert decode(Shot().jpeg()).fault == "too-many-pixels"


def test_the_copy_gets_every_byte_that_was_hashed(tmp_path: Path) -> None:
    for name, content in (("a.JPG", Shot().jpeg()), ("b.MP4", clip())):
        folder = tmp_path / name[0]
        folder.mkdir()
        (folder / name).write_bytes(content)
        copy = io.BytesIO()
        facts = read_file(folder, only(folder), copy)
        assert copy.getvalue() == content
        assert facts.copied == len(content)
        assert facts.sha256 == hashlib.sha256(content).hexdigest()


def test_a_file_that_vanishes_is_an_error_of_the_system_and_not_a_fault(tmp_path: Path) -> None:
    (path,) = write_card(tmp_path, n=1)
    found = only(tmp_path)
    path.unlink()
    with pytest.raises(OSError, match="RCNX0001"):
        read_file(tmp_path, found)


def test_files_are_read_alike_in_a_pool_of_processes(tmp_path: Path) -> None:
    write_card(tmp_path, n=4)
    items = [item for item in scan(tmp_path) if isinstance(item, Found)]
    read = partial(read_file, tmp_path)
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        assert list(pool.map(read, items)) == [read(item) for item in items]
    assert pickle.loads(pickle.dumps(read(items[0]))) == read(items[0])


def test_a_video_gives_size_duration_and_container_date(tmp_path: Path) -> None:
    facts = read_one(tmp_path, "a.MP4", clip(frames=20, created=datetime(2024, 1, 10, 8)))
    assert (facts.width, facts.height, facts.faults) == (128, 96, ())
    assert facts.duration_s == pytest.approx(2.0)
    assert facts.dates.container == "2024-01-10T08:00:00.000000Z"


def test_an_avi_gives_the_date_that_the_camera_wrote(tmp_path: Path) -> None:
    facts = read_one(tmp_path, "a.AVI", avi(20, idit="WED JAN 10 08:00:00 2024"))
    assert facts.faults == ()
    assert facts.dates.riff == "WED JAN 10 08:00:00 2024"
    assert facts.duration_s == pytest.approx(2.0)


def test_an_avi_cut_short_is_truncated_and_keeps_its_date(tmp_path: Path) -> None:
    whole = avi(40, idit="WED JAN 10 08:00:00 2024")
    facts = read_one(tmp_path, "a.AVI", whole[: len(whole) * 2 // 3])
    assert facts.faults == ("truncated",)
    assert facts.dates.riff


def test_a_sidecar_gives_date_and_tags(tmp_path: Path) -> None:
    (tmp_path / "a.JPG").write_bytes(Shot(wall=None, note=False, keywords=("Species|Leopard",)).jpeg())
    (tmp_path / "a.JPG.xmp").write_bytes(
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:DateTimeOriginal="2024-01-10T08:00:00"/>'
        b"</rdf:RDF></x:xmpmeta>"
    )
    facts = read_file(tmp_path, only(tmp_path))
    assert facts.dates.sidecar == "2024-01-10T08:00:00"
    assert facts.keywords == ("Species|Leopard",)


def test_two_pictures_of_one_place_have_like_signatures_and_two_places_have_not() -> None:
    here = [image_facts(Shot(noise=i).jpeg()).metadata["scene"] for i in range(6)]
    there = image_facts(Shot(place=2).jpeg()).metadata["scene"]
    assert max(bits_apart(here[0], other) for other in here) <= 6
    assert bits_apart(here[0], there) >= 18
    assert signature(scene(1).convert("L")) == signature(scene(1))


def test_infrared_pictures_have_no_colour() -> None:
    assert colourfulness(scene(1, infrared=True)) < 1.5 < colourfulness(scene(1))
    assert float(image_facts(Shot(infrared=True).jpeg()).metadata["colour"]) < 1.5


def test_a_panthera_description_gives_temperature_and_camera() -> None:
    text = " integtime=307 Vg=132 Temperature=  0.63 ImageCount=630"
    assert read_description(text, "Panthera V4", "CAM41985") == {
        "serial": "CAM41985",
        "temperature_c": "0.63",
        "image_count": "630",
    }


def test_a_bushnell_code_is_kept_whole_and_a_person_s_words_are_kept_as_words() -> None:
    assert read_description("M2E44L133-215R395B315", "BUSHNELL", "") == {"bushnell": "M2E44L133-215R395B315"}
    assert read_description("tree fell over", "BUSHNELL", "") == {"description": "tree fell over"}


@pytest.mark.parametrize("note", [b"", b"RECONYXH2\x00", b"\x01\xf1\x00", b"RECONYXUF\x00\x00", bytes(300)])
def test_a_broken_maker_note_gives_nothing_and_stops_nothing(note: bytes) -> None:
    assert read_maker_note(note) == {}
