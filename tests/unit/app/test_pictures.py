"""Pictures for the eye: drawn anew, upright, cut, people blurred; clips frame by frame."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from pardus.app.pictures import AHEAD, CACHE, clip, picture
from pardus.app.survey_folder import open_survey
from pardus.model.deployment import Deployment
from pardus.model.errors import MediaError
from pardus.model.media import Media
from pardus.model.observation import Box
from pardus.model.record import to_record
from pardus.store.blobs import blob_path
from tests.fixtures.cards import clip as make_clip
from tests.fixtures.desk import browser, make_desk
from tests.fixtures.small_survey import ANNA, small_survey

AT = datetime(2014, 3, 3, tzinfo=UTC)


@pytest.fixture
def survey(tmp_path: Path) -> Path:
    folder = small_survey(tmp_path / "survey")
    with open_survey(folder, write=True) as store, store.transaction():
        camera = Deployment("llnp:D1", "llnp:S1", "A", AT, None)
        ANNA.say(store, "deployments-declared", {"deployments": [to_record(camera)]})
    return folder


def put(folder: Path, content: bytes, kind: str = "image", **observation: Any) -> str:
    """Put a file into a survey, with an observation on it; return its id."""
    sha = hashlib.sha256(content).hexdigest()
    place = blob_path(folder, sha)
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    media = Media(
        f"llnp:{sha[:20]}", sha, len(content), kind, "image/jpeg", ("a.jpg",), "llnp:D1", timestamp=AT
    )
    with open_survey(folder, write=True) as store, store.transaction():
        ANNA.say(store, "media-added", {"ingest": "i", "media": [to_record(media)]})
        if observation:
            row = {"id": f"llnp:o{sha[:6]}", "deployment": "llnp:D1", "media": [media.id], **observation}
            ANNA.say(store, "observations-made", {"observations": [row]})
    return media.id


def jpeg(image: Image.Image, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, **options)
    return out.getvalue()


def opened(content: bytes | None) -> Image.Image:
    assert content is not None
    return Image.open(io.BytesIO(content))


def stripes() -> Image.Image:
    """Fine black and white stripes, 640 x 480."""
    rows = np.zeros((480, 640, 3), np.uint8)
    rows[:, ::2] = 255
    return Image.fromarray(rows)


def test_a_picture_is_turned_upright_and_nothing_but_pixels_is_left_of_the_file(survey: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    exif[0x010E] = "43.0685 130.8451 Petrova"
    id_ = put(survey, jpeg(Image.new("RGB", (400, 200), (10, 200, 10)), exif=exif))
    found = picture(survey, id_, width=640)
    assert opened(found).size == (200, 400)
    assert b"Petrova" not in (found or b"")
    assert not opened(found).getexif()


def test_an_animal_is_cut_out_with_a_margin(survey: Path) -> None:
    image = Image.new("RGB", (1000, 1000), (0, 0, 200))
    image.paste((200, 0, 0), (500, 500, 600, 600))
    id_ = put(survey, jpeg(image))
    found = opened(picture(survey, id_, width=1280, box=Box(0.5, 0.5, 0.1, 0.1)))
    assert found.size == (116, 116)
    assert found.getpixel((58, 58))[0] > 150  # type: ignore[index]


@pytest.mark.parametrize(
    "said", [{"type": "human"}, {"type": "vehicle"}, {"scientific_name": "Homo sapiens"}]
)
def test_people_are_blurred(survey: Path, said: dict[str, str]) -> None:
    half = {"x": 0.0, "y": 0.0, "width": 0.4, "height": 1.0}
    id_ = put(survey, jpeg(stripes()), **said, box=half)
    found = np.asarray(opened(picture(survey, id_, width=640)).convert("L"), float)
    assert found[:, 20:200].std() < 12
    assert found[:, 400:600].std() > 60


def test_frames_of_a_clip_are_exact_and_the_next_ones_are_ready(survey: Path) -> None:
    id_ = put(survey, make_clip(frames=24), kind="video")
    facts = clip(survey, id_)
    assert facts is not None
    assert facts.frames == 24
    shown = [picture(survey, id_, width=320, frame=n) for n in (0, 5, 23)]
    assert len({hashlib.sha256(one or b"").digest() for one in shown}) == 3
    kept = len(list((survey / CACHE).glob("*.jpg")))
    assert kept >= AHEAD
    assert picture(survey, id_, width=320, frame=3) is not None
    assert len(list((survey / CACHE).glob("*.jpg"))) == kept  # it was there already
    assert picture(survey, id_, width=320, frame=999) == shown[2]


def test_what_is_not_there_or_no_picture_is_said(survey: Path) -> None:
    assert picture(survey, "llnp:nothing") is None
    assert clip(survey, "llnp:nothing") is None
    id_ = put(survey, b"<svg onload=alert(1)>")
    with pytest.raises(MediaError):
        picture(survey, id_)
    with browser(make_desk(survey)) as anna:
        answer = anna.client.get(f"/picture/{id_}")
        assert answer.headers["content-type"] == "image/svg+xml"
        assert b"onload" not in answer.content
        assert anna.client.get(f"/picture/{id_}?box=nan,0,1,1").status_code == 400
        assert anna.client.get(f"/picture/{id_}?w=9x").status_code == 400
        assert anna.client.get(f"/picture/{id_}?f=-1").status_code == 400
