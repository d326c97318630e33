"""A package comes back as it was sent; a hostile or broken one is refused by name and writes nothing outside."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pardus.exchange.archive import Archive, Limits, write
from pardus.exchange.keys import PrivateKeys, encrypt, lock, make_keys, public_text, read_public, unlock
from pardus.exchange.manifest import Manifest, PackedFile, path_faults, read_manifest
from pardus.exchange.trust import Known, check, manifest_hash
from pardus.model.errors import PackageError

NOW = datetime(2026, 3, 1, tzinfo=UTC)
CONTENT = {"tables/animals.csv": b"individual\nF01\n", "crops/ab.jpg": b"\xff\xd8picture"}


@pytest.fixture(scope="module")
def sender() -> PrivateKeys:
    return make_keys("llnp")


@pytest.fixture(scope="module")
def receiver() -> PrivateKeys:
    return make_keys("ntlnp")


def manifest(sender: PrivateKeys, **changes: object) -> Manifest:
    files = tuple(PackedFile(p, len(b), hashlib.sha256(b).hexdigest()) for p, b in sorted(CONTENT.items()))
    plain = Manifest(
        package="0192", origin="llnp", key=sender.public().fingerprint, sequence=1, previous="",
        created="2026-02-01T00:00:00+00:00", tier="T2", recipients=("ntlnp",), purpose="matching", agreement="",
        files=files, expires="2027-01-01T00:00:00+00:00",
    )  # fmt: skip
    return replace(plain, **changes)  # type: ignore[arg-type]


def known(sender: PrivateKeys, **changes: object) -> Known:
    plain = Known(me="ntlnp", partners={"llnp": sender.public()}, tiers={"llnp": "T2"})
    return replace(plain, **changes)  # type: ignore[arg-type]


def packed(folder: Path, data: bytes, signature: bytes, content: dict[str, bytes]) -> Path:
    files = []
    for n, (name, body) in enumerate(sorted(content.items())):
        path = folder / f"in{n}"
        path.write_bytes(body)
        files.append((name, path))
    target = folder / "p.pardus"
    write(target, data, signature, files)
    return target


def codes(error: pytest.ExceptionInfo[PackageError]) -> set[str]:
    return {f.code for f in error.value.findings}


def test_a_package_comes_back_as_it_was_sent(tmp_path: Path, sender: PrivateKeys) -> None:
    data = manifest(sender).to_bytes()
    path = packed(tmp_path, data, sender.sign(data), CONTENT)
    with Archive(path) as archive:
        trusted = check(*archive.manifest(), known(sender), NOW)
        archive.extract(trusted, tmp_path / "out")
    assert {p: (tmp_path / "out" / p).read_bytes() for p in CONTENT} == CONTENT


def test_the_same_input_gives_the_same_bytes(tmp_path: Path, sender: PrivateKeys) -> None:
    data = manifest(sender).to_bytes()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    one, two = (packed(tmp_path / x, data, sender.sign(data), CONTENT).read_bytes() for x in "ab")
    assert one == two


@pytest.mark.parametrize("where", ["manifest", "signature", "tables/animals.csv", "crops/ab.jpg"])
def test_one_flipped_bit_is_found_in_every_part(tmp_path: Path, sender: PrivateKeys, where: str) -> None:
    data = manifest(sender).to_bytes()
    signature, content = sender.sign(data), dict(CONTENT)
    if where == "manifest":
        data = data.replace(b"matching", b"matchinh")
    elif where == "signature":
        signature = bytes([signature[0] ^ 1]) + signature[1:]
    else:
        content[where] = bytes([content[where][0] ^ 1]) + content[where][1:]
    path = packed(tmp_path, data, signature, content)
    with Archive(path) as archive, pytest.raises(PackageError) as error:
        archive.extract(check(*archive.manifest(), known(sender), NOW), tmp_path / "out")
    assert codes(error) == {"bad-signature" if where in ("manifest", "signature") else "altered-file"}


@pytest.mark.parametrize(
    ("change", "knows", "code"),
    [
        ({"recipients": ("wcs",)}, {}, "wrong-recipient"),
        ({"expires": "2026-02-15T00:00:00+00:00"}, {}, "expired"),
        ({"not_before": "2026-12-01T00:00:00+00:00"}, {}, "embargo"),
        ({"tier": "T3"}, {}, "tier"),
        ({"sequence": 3}, {}, "gap"),
        ({"sequence": 1}, {"last": {"llnp>ntlnp": (4, "ab" * 32)}}, "rollback"),
        ({"sequence": 5, "previous": "cd" * 32}, {"last": {"llnp>ntlnp": (4, "ab" * 32)}}, "broken-chain"),
        ({"agreement": "ab"}, {"agreement": "cd"}, "agreement"),
        ({"origin": "wcs"}, {}, "unknown-origin"),
    ],
)
def test_terms_are_enforced(
    sender: PrivateKeys, change: dict[str, object], knows: dict[str, object], code: str
) -> None:
    data = manifest(sender, **change).to_bytes()
    with pytest.raises(PackageError) as error:
        check(data, sender.sign(data), known(sender, **knows), NOW)
    assert code in codes(error)


def test_another_partners_key_can_not_speak_for_the_origin(
    sender: PrivateKeys, receiver: PrivateKeys
) -> None:
    data = manifest(sender).to_bytes()
    with pytest.raises(PackageError) as error:
        check(
            data,
            receiver.sign(data),
            known(sender, partners={"llnp": sender.public(), "ntlnp": receiver.public()}),
            NOW,
        )
    assert codes(error) == {"bad-signature"}


def test_the_same_package_twice_is_no_replay(sender: PrivateKeys) -> None:
    data = manifest(sender).to_bytes()
    again = known(sender, last={"llnp>ntlnp": (1, manifest_hash(data))})
    assert check(data, sender.sign(data), again, NOW).sequence == 1


UNSAFE = [
    "../evil", "a/../../evil", "/etc/passwd", "C:/x", "C:\\x", "a\\b", "\\\\host\\share", "a//b", "./a",
    "a/.", ".hidden", "a/..", "con", "tables/NUL.csv", "com1.txt", "LPT9", "a.", "a ", " a", "a\x00b", "a\nb",
    "юникод.csv", "a\u202eb", "x" * 201, "/".join("abcdefghi"), "", "a:b", "~root", "manifest.json", "a*b",
    "a?b", "a|b", "a%2e%2e", "é", "é",
]  # fmt: skip


@pytest.mark.parametrize("path", UNSAFE)
def test_unsafe_names_are_refused_before_anything_is_written(path: str) -> None:
    assert path_faults([path])


def test_names_that_some_systems_take_for_one_are_refused() -> None:
    assert {f.code for f in path_faults(["a/B.csv", "A/b.csv"])} == {"twin-names"}
    assert {f.code for f in path_faults(["a", "a/b"])} == {"file-is-folder"}
    assert path_faults(["tables/animals.csv", "crops/ab.jpg"]) == []


def raw_zip(path: Path, build: Callable[[zipfile.ZipFile], object]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        build(archive)
    return path


def link(archive: zipfile.ZipFile) -> None:
    info = zipfile.ZipInfo("link")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    archive.writestr(info, "/etc/passwd")


HOSTILE: dict[str, Callable[[zipfile.ZipFile], object]] = {
    "not-a-file": link,
    "compressed": lambda z: z.writestr("bomb", b"\0" * 10_000_000, zipfile.ZIP_DEFLATED),
    "too-large": lambda z: z.writestr("big", b"\0" * 2_000_000),
    "no-manifest": lambda z: z.writestr("a", b"x"),
}


@pytest.mark.parametrize("code", HOSTILE)
def test_hostile_archives_are_refused_by_name(tmp_path: Path, code: str) -> None:
    path = raw_zip(tmp_path / "x.zip", HOSTILE[code])
    with pytest.raises(PackageError) as error:
        Archive(path, Limits(file=1_000_000))
    assert code in codes(error)
    assert [p.name for p in tmp_path.iterdir()] == ["x.zip"]


def test_too_many_entries_are_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "x.zip", lambda z: [z.writestr(str(n), b"") for n in range(20)])
    with pytest.raises(PackageError) as error:
        Archive(path, Limits(files=10))
    assert codes(error) == {"too-many-files"}


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_refused(tmp_path: Path) -> None:
    path = raw_zip(tmp_path / "x.zip", lambda z: [z.writestr("a", b) for b in (b"1", b"2")])
    with pytest.raises(PackageError) as error:
        Archive(path)
    assert "duplicate-entry" in codes(error)


def test_entries_that_share_bytes_are_refused(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("a", b"x" * 100)
        archive.writestr("b", b"x" * 100)
        for info in archive.filelist:
            info.header_offset = 0
    path = tmp_path / "x.zip"
    path.write_bytes(buffer.getvalue())
    with pytest.raises(PackageError) as error:
        Archive(path)
    assert "overlap" in codes(error)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ({**CONTENT, "more.csv": b"x"}, "extra-file"),
        ({"crops/ab.jpg": CONTENT["crops/ab.jpg"]}, "missing-file"),
        ({**CONTENT, "crops/ab.jpg": b"longer than it was"}, "size-differs"),
    ],
)
def test_only_what_the_manifest_names_is_taken(
    tmp_path: Path, sender: PrivateKeys, content: dict[str, bytes], code: str
) -> None:
    data = manifest(sender).to_bytes()
    with Archive(packed(tmp_path, data, sender.sign(data), content)) as archive:
        trusted = check(*archive.manifest(), known(sender), NOW)
        with pytest.raises(PackageError) as error:
            archive.extract(trusted, tmp_path / "out")
    assert code in codes(error)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("size", [0, 10, 100])
def test_a_cut_package_is_refused(tmp_path: Path, sender: PrivateKeys, size: int) -> None:
    data = manifest(sender).to_bytes()
    path = packed(tmp_path, data, sender.sign(data), CONTENT)
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(PackageError):
        Archive(path)


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.update(files=[{"path": "../x", "bytes": 1, "sha256": "a" * 64}]),
        lambda d: d.update(files=[{"path": "x", "bytes": -1, "sha256": "a" * 64}]),
        lambda d: d.update(files=[{"path": "x", "bytes": True, "sha256": "a" * 64}]),
        lambda d: d.update(files="all"),
        lambda d: d.update(sequence="1"),
        lambda d: d.update(sequence=0),
        lambda d: d.update(tier="T9"),
        lambda d: d.update(created="yesterday"),
        lambda d: d.update(created="2026-01-01T00:00:00"),
        lambda d: d.update(purpose="a\u202eb"),
        lambda d: d.update(purpose="x" * 5000),
        lambda d: d.update(extra=1),
        lambda d: d.pop("tier"),
        lambda d: d.update(schema="pardus-package-2"),
    ],
)
def test_a_manifest_of_another_shape_is_refused(
    sender: PrivateKeys, change: Callable[[dict[str, object]], None]
) -> None:
    raw = json.loads(manifest(sender).to_bytes())
    change(raw)
    with pytest.raises(PackageError):
        read_manifest(json.dumps(raw).encode())


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[" * 100_000, b"NaN", b'{"schema": NaN}', b"[]", b"1"])
def test_a_manifest_that_is_no_manifest_is_refused(data: bytes) -> None:
    with pytest.raises(PackageError):
        read_manifest(data)


def test_only_the_recipient_can_decrypt(sender: PrivateKeys, receiver: PrivateKeys) -> None:
    sealed = encrypt(b"where the cats are", (receiver.public(),))
    assert receiver.decrypt(sealed) == b"where the cats are"
    with pytest.raises(PackageError):
        sender.decrypt(sealed)
    with pytest.raises(PackageError):
        receiver.decrypt(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_public_keys_travel_as_one_line_and_secrets_are_never_shown(sender: PrivateKeys) -> None:
    assert read_public(public_text(sender.public())) == sender.public()
    assert sender.receiving not in repr(sender)
    for bad in ("", "hello", "pardus-keys-1 llnp 00 age1", public_text(sender.public()) + " more"):
        with pytest.raises(PackageError):
            read_public(bad)


def test_an_expiry_counts_to_the_instant(sender: PrivateKeys) -> None:
    data = manifest(sender, expires=NOW.isoformat()).to_bytes()
    check(data, sender.sign(data), known(sender), NOW - timedelta(seconds=1))
    with pytest.raises(PackageError):
        check(data, sender.sign(data), known(sender), NOW)


def test_own_keys_are_opened_by_their_passphrase_only(sender: PrivateKeys) -> None:
    locked = lock(sender, "снег на хребте")
    assert unlock(locked, "снег на хребте") == sender
    assert sender.signing.hex().encode() not in locked
    for data, passphrase in (
        (locked, "снег на хребтах"),
        (locked.replace(b"a", b"b"), "снег на хребте"),
        (locked[:60], "снег на хребте"),
        (b"", "снег на хребте"),
    ):
        with pytest.raises(PackageError):
            unlock(data, passphrase)
