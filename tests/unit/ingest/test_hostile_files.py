"""Whatever the bytes are, reading a file ends with facts: no crash, no hang, no other exception."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pardus.ingest.read import Facts, image_facts, read_file
from pardus.ingest.riff import riff_date
from pardus.ingest.scan import Found
from tests.fixtures.cards import Shot, avi, clip

PICTURE = Shot(keywords=("Species|Leopard", "individual|2"), text={0x010E: "M2E44L133"}).jpeg()
VIDEOS = {"MP4": clip(), "AVI": avi(idit="WED JAN 10 08:00:00 2024")}


def spoil(data: bytes, seed: int, head: int) -> bytes:
    """Change, drop or repeat some bytes, most of them among the first `head`, where the structure is."""
    rng = np.random.default_rng(seed)
    out = bytearray(data)
    for _change in range(int(rng.integers(1, 12))):
        at = int(rng.integers(0, min(head, len(out)) if rng.random() < 0.8 else len(out)))
        kind = rng.integers(0, 4)
        if kind == 0:
            out[at] = int(rng.integers(0, 256))
        elif kind == 1:
            out[at : at + 4] = rng.bytes(4)
        elif kind == 2:
            del out[at : at + int(rng.integers(1, 64))]
        else:
            out[at:at] = out[at : at + 16]
        if not out:
            out = bytearray(b"\0")
    return bytes(out)


def read_bytes(data: bytes, extension: str) -> Facts:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / f"a.{extension}"
        path.write_bytes(data)
        return read_file(Path(name), Found(path.name, "video", "video/mp4", len(data), 0.0))


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**31))
def test_a_spoilt_picture_gives_facts(seed: int) -> None:
    facts = image_facts(spoil(PICTURE, seed, head=1500))
    assert facts.sha256
    assert set(facts.faults) <= {
        "truncated",
        "overwritten",
        "undecodable",
        "too-many-pixels",
        "damaged-metadata",
    }


def test_metadata_cut_inside_are_noted_and_the_picture_is_kept() -> None:
    at = PICTURE.index(b"Exif") + 14  # where the first table begins
    facts = image_facts(PICTURE[:at] + b"\xff" * 40 + PICTURE[at + 40 :])
    assert facts.faults == ("damaged-metadata",)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 2**31), st.sampled_from(sorted(VIDEOS)))
def test_a_spoilt_video_gives_facts(seed: int, extension: str) -> None:
    facts = read_bytes(spoil(VIDEOS[extension], seed, head=4000), extension)
    assert facts.sha256
    assert set(facts.faults) <= {"truncated", "overwritten", "undecodable"}


@given(st.binary(max_size=300))
def test_random_bytes_are_an_undecodable_picture(data: bytes) -> None:
    assert set(image_facts(data).faults) <= {"undecodable", "truncated"}
    assert image_facts(b"\xff\xd8\xff" + data).faults


@pytest.mark.parametrize("filler", [b"\0" * 8, b"abcd\0\0\0\0"])
def test_an_avi_of_empty_chunks_does_not_hold_up_the_reader(tmp_path: Path, filler: bytes) -> None:
    path = tmp_path / "a.AVI"
    path.write_bytes(b"RIFF\xff\xff\xff\x7fAVI " + filler * 4_000_000)
    start = time.perf_counter()
    assert riff_date(path) == ""
    assert time.perf_counter() - start < 5  # 4 million chunks read one by one would take longer
