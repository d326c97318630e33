"""Packages between partners, from one survey into another's: what leaves, what is refused, what is taken back."""

from __future__ import annotations

import json
import socket
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from pardus.app.exchange_open import Opened, accept, open_package, overview, partner_surveys
from pardus.app.exchange_pack import pack, withdraw
from pardus.app.exchange_state import known
from pardus.app.survey_folder import open_survey
from pardus.app.undo import undo
from pardus.exchange.archive import Archive
from pardus.model.errors import PackageError, SurveyError
from pardus.model.observation import Observation
from pardus.model.record import to_record
from tests.fixtures.partners import SETUP, Party, parties, put_silhouettes


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)


def sent(sender: Party, receiver: Party, tier: str = "T2", name: str = "p") -> Path:
    path = sender.folder.parent / f"{name}.pardus"
    pack(sender.folder, path, tier, [receiver.id], keys=sender.keys, sayer=sender.sayer)
    return path


def opened(receiver: Party, path: Path) -> Opened:
    return open_package(receiver.folder, path, keys=receiver.keys, sayer=receiver.sayer)


def take(receiver: Party, path: Path) -> str:
    done = opened(receiver, path)
    accept(receiver.folder, done.hash, sayer=receiver.sayer)
    return done.hash


def names_known(receiver: Party) -> set[str]:
    with open_survey(receiver.folder) as store:
        return {row.key for _origin, row in known(receiver.folder, store).rows("individuals")}


def codes(error: pytest.ExceptionInfo[PackageError]) -> set[str]:
    return {f.code for f in error.value.findings}


def test_a_catalogue_crosses_the_border_without_places_or_times(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    put_silhouettes(one, ["o00", "o10", "o11"])
    path = sent(one, two)
    done = opened(two, path)
    assert done.difference.counts["individuals"] == (5, 0, 0)
    assert names_known(two) == set()  # kept aside until a person accepts
    accept(two.folder, done.hash, sayer=two.sayer)
    assert names_known(two) == {f"llnp:F0{n}" for n in range(5)}
    rows = (two.folder / "partners" / "llnp" / done.hash[:16] / "catalogue" / "rows.jsonl").read_text()
    for secret in ("KP-", "Kedrovaya", "43.0", "130.8", "2025-12-0", "Petrova", "o00", "human"):
        assert secret not in rows
    assert '"season":"2025-2026"' in rows


def test_crops_show_the_animal_and_nothing_of_the_background(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    put_silhouettes(one, ["o00"])
    done = opened(two, sent(one, two))
    (crop,) = (done.place / "crops").glob("*.jpg")
    with Image.open(crop.with_suffix(".png")) as outline, Image.open(crop) as picture:
        assert (outline.mode, outline.size) == ("1", picture.size)
        assert not outline.info
    with Image.open(crop) as picture:
        assert not picture.getexif()
        pixels = np.asarray(picture.convert("RGB")).astype(int)
    magenta = (pixels[..., 0] > 220) & (pixels[..., 2] > 220) & (pixels[..., 1] < 60)
    assert not magenta.any()
    assert abs(pixels[0, 0] - 128).max() < 40


def test_without_silhouettes_no_picture_leaves_but_flanks_are_known(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    done = opened(two, sent(one, two))
    assert not (done.place / "crops").exists() or not list((done.place / "crops").iterdir())
    assert done.difference.counts["plates"][0] == 9  # F00 left only, the others both


def test_the_preview_names_what_leaves_and_writes_nothing(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    done = pack(one.folder, None, "T2", [two.id], keys=one.keys, sayer=one.sayer, preview=True)
    path = sent(one, two)
    assert overview(one.folder)["packages"][0]["sequence"] == 1  # the preview took no number
    assert done.contents["individuals"] == 5
    assert done.left_out == {"people and vehicles": 1}
    assert [f.path for f in done.manifest.files] == [f.path for f in opened(two, path).manifest.files]


def test_totals_and_cells_tell_neither_animals_nor_stations(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    totals = opened(two, sent(one, two, "T0", "t0"))
    said = json.loads((totals.place / "totals.json").read_text())
    assert said["sessions"][0]["minimum_known_alive"] == 5
    accept(two.folder, totals.hash, sayer=two.sayer)
    cells = opened(two, sent(one, two, "T1", "t1"))
    text = "".join(p.read_text() for p in sorted((cells.place / "camtrapdp").iterdir()))
    assert "cell-215-654" in text
    assert "43.1" in text  # the cell's centre
    for secret in ("KP-", "F01", "43.06", "130.84", "Petrova", ",human,Homo", "T03:", "winter", "HX88"):
        assert secret not in text, secret


def test_exact_tables_come_back_as_a_survey_without_people(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    take(two, sent(one, two, "T3"))
    with open_survey(partner_surveys(two.folder)["llnp"]) as store, open_survey(one.folder) as own:
        there, here = store.survey(), own.survey()
    assert {o.id for o in there.observations} == {o.id for o in here.observations if o.type == "animal"}
    assert {(o.id, o.start, o.individual, o.deployment) for o in there.observations} == {
        (o.id, o.start, o.individual, o.deployment) for o in here.observations if o.type == "animal"
    }
    assert {(s.id, s.latitude) for s in there.stations} == {(s.id, s.latitude) for s in here.stations}
    assert not any(d.setup_by or d.comments for d in there.deployments)
    assert not any(o.comments for o in there.observations)


def test_nobody_sees_more_than_was_agreed(tmp_path: Path) -> None:
    one, two = parties(tmp_path, tier="T1")
    with pytest.raises(PackageError) as error:
        sent(one, two, "T2")
    assert codes(error) == {"tier"}
    with pytest.raises(PackageError) as error:
        pack(one.folder, None, "T0", ["wcs"], keys=one.keys, sayer=one.sayer)
    assert "no partner" in str(error.value)


def test_an_agreement_that_has_ended_packs_nothing(tmp_path: Path) -> None:
    one, two = parties(tmp_path, until=date(2026, 1, 1))
    with pytest.raises(PackageError) as error:
        sent(one, two)
    assert codes(error) == {"agreement-over"}


def test_an_embargo_holds_the_contents_back(tmp_path: Path) -> None:
    one, two = parties(tmp_path, embargo=date(2026, 9, 1))
    path = sent(one, two)
    with pytest.raises(PackageError) as error:
        opened(two, path)
    assert codes(error) == {"embargo"}
    two.clock.at += timedelta(days=200)
    assert opened(two, path).difference.counts["individuals"] == (5, 0, 0)


def test_a_third_party_can_not_open_it(tmp_path: Path) -> None:
    one, two, three = parties(tmp_path, ("llnp", "ntlnp", "wcs"))
    with pytest.raises(PackageError) as error:
        opened(three, sent(one, two))
    assert codes(error) == {"not-for-us"}
    assert list((three.folder / "quarantine").iterdir()) == []


def test_taking_a_package_twice_changes_nothing(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    path = sent(one, two)
    take(two, path)
    before = overview(two.folder)
    again = opened(two, path)
    assert again.difference.again
    assert again.difference.empty()
    accept(two.folder, again.hash, sayer=two.sayer)
    assert overview(two.folder) == before


def test_an_older_package_is_a_rollback(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    first, second = sent(one, two, name="1"), sent(one, two, name="2")
    take(two, first)
    take(two, second)
    with pytest.raises(PackageError) as error:
        opened(two, first)
    assert codes(error) == {"rollback"}


def test_packages_to_others_leave_no_gap(tmp_path: Path) -> None:
    one, two, three = parties(tmp_path, ("llnp", "ntlnp", "wcs"))
    sent(one, three, name="theirs")
    assert opened(two, sent(one, two, name="ours")).manifest.sequence == 1


def test_withdrawal_hides_the_payload_and_keeps_the_fact(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    path = sent(one, two)
    digest = take(two, path)
    with open_survey(two.folder, write=True) as store, store.transaction():
        fit = {"provenance": {"packages": [digest]}}
        two.sayer.say(store, "fit-made", {"name": "joint", "fit": fit})
    back = tmp_path / "back.pardus"
    withdraw(one.folder, back, [digest[:12]], "a wrong cat", keys=one.keys, sayer=one.sayer)
    done = opened(two, back)
    assert done.withdraws == (digest,)
    moment = two.clock()
    record, stale = accept(two.folder, done.hash, sayer=two.sayer)
    assert record.reason == "a wrong cat"
    assert stale == {"joint": (digest,)}
    assert names_known(two) == set()
    with open_survey(two.folder) as store:  # the log still knows what was known before
        assert len(known(two.folder, store, moment).rows("individuals")) == 5
    assert [p["withdrawn"] for p in overview(two.folder)["packages"]] == [True, False]
    with pytest.raises(PackageError):
        opened(two, path)  # taking it again brings nothing back
    take(two, sent(one, two, name="new"))
    assert len(names_known(two)) == 5


def test_an_acceptance_can_be_undone(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    path = sent(one, two)
    take(two, path)
    with open_survey(two.folder) as store:
        (entry,) = store.entries(["package-accepted"])
    undo(two.folder, entry.id, sayer=two.sayer)
    assert names_known(two) == set()
    take(two, path)
    assert len(names_known(two)) == 5


def test_what_lies_in_partners_is_checked_every_time(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    digest = take(two, sent(one, two))
    rows = two.folder / "partners" / "llnp" / digest[:16] / "catalogue" / "rows.jsonl"
    rows.write_text(rows.read_text().replace("F01", "F91"))
    with pytest.raises(SurveyError) as error:
        names_known(two)
    assert {f.code for f in error.value.findings} == {"accepted-package-changed"}


def test_the_package_of_the_sender_is_encrypted_at_t2_and_plain_at_t0(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    assert sent(one, two, "T2", "a").read_bytes().startswith(b"age-encryption.org")
    with Archive(sent(one, two, "T0", "b")) as archive:
        assert archive.manifest()[0]


def test_ids_that_say_a_place_leave_under_another_name(tmp_path: Path) -> None:
    one, two = parties(tmp_path)
    when = SETUP + timedelta(days=20)
    cat = Observation("llnp:o99", "llnp:KP-07-a", when, when, scientific_name="Panthera pardus",
                      individual="llnp:female KP-07 2025-12-21", flank="left")  # fmt: skip
    with open_survey(one.folder, write=True) as store, store.transaction():
        one.sayer.say(store, "observations-made", {"observations": [to_record(cat)]})
    path = tmp_path / "x.pardus"
    done = pack(one.folder, path, "T2", [two.id], keys=one.keys, sayer=one.sayer)
    assert [f.code for f in done.findings] == ["id-tells"]
    take(two, path)
    (odd,) = names_known(two) - {f"llnp:F0{n}" for n in range(5)}
    assert odd.startswith("llnp:x")
