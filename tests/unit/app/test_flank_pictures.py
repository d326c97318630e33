"""Flanks are cut out of the survey's pictures, looked at by a person, and only then leave."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pardus.app import exchange_contents
from pardus.app.exchange_pack import Packed, pack
from pardus.app.executor import Executor, Processes, Serial
from pardus.app.flank_pictures import accept_pictures, checked_pictures, propose_pictures
from pardus.app.survey_folder import open_survey
from pardus.exchange.pictures import wanted
from pardus.model.language import speaking
from pardus.model.media import Media
from pardus.model.observation import Box, Observation
from pardus.model.record import to_record
from pardus.model.survey import Survey
from pardus.store.blobs import blob_path
from tests.fixtures.partners import SETUP, Party, parties, put_silhouettes
from tests.unit.app.test_exchange import opened, sent

BOX = Box(0.2, 0.25, 0.6, 0.5)
GROUND = (40, 200, 60)


def cat(seed: int) -> bytes:
    """A spotted ellipse on loud green ground, with the station's name in the file."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:240, 0:320].astype(float)
    pixels = np.clip(np.array(GROUND) + rng.normal(0, 12, (240, 320, 3)), 0, 255)
    inside = ((x - 160) / 84) ** 2 + ((y - 118) / 46) ** 2 < 1
    coat = np.array([190, 140, 80]) + rng.normal(0, 6, (240, 320, 3))
    for cx, cy in rng.uniform((85, 80), (235, 155), (40, 2)):
        coat[(x - cx) ** 2 + (y - cy) ** 2 < 16] = (30, 20, 15)
    pixels[inside] = np.clip(coat[inside], 0, 255)
    exif = Image.Exif()
    exif[0x010E] = "KP-07"
    out = io.BytesIO()
    Image.fromarray(pixels.astype(np.uint8)).save(out, "JPEG", quality=92, exif=exif)
    return out.getvalue()


def add(party: Party, *seen: Observation, pictures: dict[str, bytes]) -> None:
    """Say pictures and what is on them; media ids are keys of `pictures`."""
    with open_survey(party.folder, write=True) as store, store.transaction():
        media = []
        for name, data in pictures.items():
            digest = hashlib.sha256(data).hexdigest()
            path = blob_path(party.folder, digest)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            media.append(Media(f"llnp:{name}", digest, len(data), "image", "image/jpeg", (f"KP-07/{name}.jpg",),
                               "llnp:KP-07-a", SETUP, SETUP, "exif-original", width=320, height=240))  # fmt: skip
        party.sayer.say(store, "media-added", {"ingest": "i", "media": [to_record(m) for m in media]})
        party.sayer.say(store, "observations-made", {"observations": [to_record(o) for o in seen]})


def named(n: int, media: str, **more: object) -> Observation:
    fields: dict[str, object] = {"flank": "left", "individual": "llnp:F01", "box": BOX, **more}
    return Observation(f"llnp:pic{n}", "llnp:KP-07-a", SETUP, SETUP, media=(media,),
                       scientific_name="Panthera pardus", **fields)  # type: ignore[arg-type] # fmt: skip


@pytest.fixture
def pair(tmp_path: Path) -> list[Party]:
    one, two = parties(tmp_path)
    add(one, named(1, "llnp:m1"), named(2, "llnp:m2", flank="right", box=None),
        Observation("llnp:machine2", "llnp:KP-07-a", SETUP, SETUP, media=("llnp:m2",), box=BOX, method="machine"),
        pictures={"m1": cat(1), "m2": cat(2)})  # fmt: skip
    return [one, two]


def test_cut_outs_leave_once_a_person_looked_at_them(pair: list[Party]) -> None:
    one, two = pair
    done = propose_pictures(one.folder)
    assert done.proposed == 2  # by its own box, and by the only box that a machine found
    assert [p.name for p in done.sheets] == ["sheet-01.jpg"]
    before = pack(one.folder, None, "T2", [two.id], keys=one.keys, sayer=one.sayer, preview=True)
    assert before.contents["flank pictures"] == 0
    assert before.left_out["pictures cut out that nobody looked at"] == 2
    assert accept_pictures(one.folder, sayer=one.sayer) == 2
    assert {by for _hash, by, _at in checked_pictures(one.folder).values()} == {"llnp:anna"}
    preview = pack(one.folder, None, "T2", [two.id], keys=one.keys, sayer=one.sayer, preview=True)
    assert preview.contents["flank pictures"] == 2
    crops = opened(two, sent(one, two)).place / "crops"
    assert sorted(p.suffix for p in crops.iterdir()) == [".jpg", ".jpg", ".png", ".png"]
    for path in crops.glob("*.jpg"):
        with Image.open(path) as picture:
            pixels = np.asarray(picture.convert("RGB")).astype(int)
            assert not picture.getexif()
        green = (pixels[..., 1] - pixels[..., 0] > 60) & (pixels[..., 1] - pixels[..., 2] > 60)
        assert green.mean() < 0.002  # the ground
        assert (np.abs(pixels - (190, 140, 80)).max(axis=2) < 50).mean() > 0.3  # the coat


def test_proposing_again_adds_nothing(pair: list[Party]) -> None:
    one, _two = pair
    propose_pictures(one.folder)
    assert (propose_pictures(one.folder).proposed, propose_pictures(one.folder).known) == (0, 2)
    accept_pictures(one.folder, sayer=one.sayer)
    assert propose_pictures(one.folder).proposed == 0


def test_a_picture_changed_after_it_was_looked_at_stays(pair: list[Party]) -> None:
    one, two = pair
    propose_pictures(one.folder)
    accept_pictures(one.folder, sayer=one.sayer)
    path = one.folder / "silhouettes" / "pic1.png"
    path.write_bytes(path.read_bytes() + b"43.068512, 130.845127")
    done = pack(one.folder, None, "T2", [two.id], keys=one.keys, sayer=one.sayer, preview=True)
    assert done.contents["flank pictures"] == 1
    assert [f.code for f in done.findings] == ["crop-left-out"]


def chosen(one: Party, *more: Observation) -> tuple[list[str], dict[str, int]]:
    with open_survey(one.folder) as store:
        found, left = wanted(Survey(store.survey().config, observations=more))
    return [w.observation for w in found], left


def test_only_named_animals_with_a_clear_box_and_flank_are_cut_out(pair: list[Party]) -> None:
    one, _two = pair
    box = {"media": ("llnp:m",), "box": BOX}
    rows = [
        named(1, "llnp:a"),
        named(2, "llnp:b", flank="both"),
        named(3, "llnp:c", box=None),
        replace(named(4, "llnp:d"), individual=""),
        replace(named(5, "llnp:e"), individual="ntlnp:L7"),
        named(6, "llnp:f"),
        Observation("llnp:ranger", "llnp:KP-07-a", SETUP, SETUP, media=("llnp:f",), type="human"),
        named(7, "llnp:g", box=None),
        named(8, "llnp:g", box=None, individual="llnp:F02"),
        Observation("llnp:x", "llnp:KP-07-a", SETUP, SETUP, **{**box, "media": ("llnp:g",)}),  # type: ignore[arg-type]
        replace(named(9, "llnp:h"), scientific_name="Panthera tigris"),
        replace(named(10, "llnp:i"), media=()),
    ]
    assert chosen(one, *rows) == (
        ["llnp:pic1"],
        {"no-flank": 1, "no-box": 1, "people": 1, "whose-box": 2, "no-picture": 1},
    )


def test_of_several_boxes_the_one_named_as_the_animal_is_its(pair: list[Party]) -> None:
    """A finder saw three things; a reviewer said of one of them who it is. Of two such nobody knows which is it."""
    boxes = [Box(0.1 * k, 0.1, 0.1, 0.1) for k in range(3)]
    machine = [
        replace(named(10 + k, "llnp:a", box=box, flank="unknown"), method="machine", individual="")
        for k, box in enumerate(boxes)
    ]
    row = named(1, "llnp:a", box=None)
    assert chosen(pair[0], row, *machine) == ([], {"whose-box": 1})
    machine[1] = replace(machine[1], individual="llnp:F01")
    assert chosen(pair[0], row, *machine) == (["llnp:pic1"], {"no-flank": 1})
    machine[2] = replace(machine[2], individual="llnp:F01")
    assert chosen(pair[0], row, *machine) == ([], {"whose-box": 1, "no-flank": 2})


def test_three_pictures_of_a_flank_and_season_are_enough(pair: list[Party]) -> None:
    rows = [
        replace(named(n, f"llnp:a{n}", box=Box(0.1, 0.1, 0.1 * n, 0.5)), start=SETUP + timedelta(days=n))
        for n in range(1, 6)
    ]
    assert chosen(pair[0], *rows) == (["llnp:pic3", "llnp:pic4", "llnp:pic5"], {"enough": 2})


def test_pictures_of_one_passage_count_once(pair: list[Party]) -> None:
    """They show an animal in one pose and one light: two of them say nothing of how like two passages look."""
    rows = [named(n, f"llnp:a{n}", box=Box(0.1, 0.1, 0.1 * n, 0.5)) for n in range(1, 4)]
    later = replace(named(4, "llnp:a4", box=Box(0.1, 0.1, 0.1, 0.1)), start=SETUP + timedelta(days=3))
    assert chosen(pair[0], *rows, later) == (["llnp:pic3", "llnp:pic4"], {"enough": 2})


def test_a_coat_of_a_few_pixels_is_not_cut_out(pair: list[Party]) -> None:
    one, _two = pair
    far = Image.new("RGB", (320, 240), GROUND)
    with Image.open(io.BytesIO(cat(3))) as near:
        far.paste(near.resize((64, 48)), (128, 96))
    out = io.BytesIO()
    far.save(out, "JPEG", quality=92)
    box = Box(0.4 + BOX.x / 5, 0.4 + BOX.y / 5, BOX.width / 5, BOX.height / 5)
    late = SETUP + timedelta(days=1)
    add(one, replace(named(3, "llnp:m3", box=box), start=late), pictures={"m3": out.getvalue()})
    done = propose_pictures(one.folder)
    assert done.proposed == 2
    (finding,) = done.findings
    assert finding.where == "llnp:pic3"
    assert "expected 32 or more" in finding.message


def test_several_processes_make_the_same_package_and_speak_our_language(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Among the pictures is one that shows its whole frame; it is left out with the reason, whoever finds it."""
    monkeypatch.setattr(exchange_contents, "CUTS_AT_ONCE", 2)
    one, two = parties(tmp_path)
    put_silhouettes(one, ["o10", "o11", "o20", "o21", "o30"])
    place = one.folder / "silhouettes" / "proposed"
    Image.new("RGBA", (60, 40), (90, 80, 70, 255)).save(place / "o31.png")
    accept_pictures(one.folder, sayer=one.sayer)

    def preview(executor: Executor) -> Packed:
        with speaking("ru"):
            return pack(one.folder, None, "T2", [two.id], keys=one.keys, sayer=one.sayer, preview=True,
                        executor=executor)  # fmt: skip

    alone = preview(Serial())
    with Processes(2) as several:
        together = preview(several)
    assert sum(f.path.startswith("crops/") for f in alone.manifest.files) == 10
    assert together.manifest.files == alone.manifest.files
    (finding,) = alone.findings
    assert finding.code == "crop-left-out"
    assert "100" in finding.message
    assert "silhouette" not in finding.message
    assert together.findings == alone.findings
    assert together.left_out == alone.left_out
