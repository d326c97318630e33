"""Hostile and broken packages: each is refused by name, leaves nothing, opens no socket, costs little memory."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from pardus.app.camtrapdp import export_package
from pardus.app.exchange_open import open_package
from pardus.app.exchange_state import load_agreement
from pardus.exchange.archive import Limits
from pardus.exchange.keys import PrivateKeys, encrypt, make_keys
from pardus.exchange.manifest import Manifest, PackedFile
from pardus.exchange.payload import write_rows
from pardus.model.errors import PackageError
from tests.fixtures.partners import NOW, Party, parties
from tests.unit.app.test_exchange import no_network  # noqa: F401
from tests.unit.exchange.test_merge import row

MOST_MEMORY = 300 << 20
LIMITS = Limits(file=4 << 20, total=8 << 20)
TOTALS = b'{"sessions": []}'


@dataclass(slots=True)
class Crafted:
    """A package of T0 as a partner's own pardus would make it; each attack changes one thing."""

    one: Party
    two: Party
    files: dict[str, bytes] = field(default_factory=lambda: {"totals.json": TOTALS})
    changes: dict[str, object] = field(default_factory=dict)
    keys: PrivateKeys | None = None
    listed: dict[str, bytes] | None = None
    seal_to: tuple[Party, ...] = ()

    def manifest(self) -> Manifest:
        listed = self.files if self.listed is None else self.listed
        packed = tuple(
            PackedFile(n, len(b), hashlib.sha256(b).hexdigest()) for n, b in sorted(listed.items())
        )
        plain = Manifest(
            package="p", origin=self.one.id, key=self.one.keys.public().fingerprint, sequence=1, previous="",
            created=NOW.isoformat(), tier="T0", recipients=(self.two.id,), purpose="x",
            agreement=load_agreement(self.two.folder).hash, files=packed,
        )  # fmt: skip
        return replace(plain, **self.changes)  # type: ignore[arg-type]

    def zip(
        self, edit: Callable[[zipfile.ZipFile], object] | None = None, data: bytes | None = None
    ) -> bytes:
        data = self.manifest().to_bytes() if data is None else data
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("manifest.json", data)
            archive.writestr("manifest.sig", (self.keys or self.one.keys).sign(data))
            for name, body in self.files.items():
                archive.writestr(name, body)
            if edit:
                edit(archive)
        out = buffer.getvalue()
        return encrypt(out, tuple(p.keys.public() for p in self.seal_to)) if self.seal_to else out


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> list[Party]:
    return parties(tmp_path_factory.mktemp("hostile"))


def extra(name: str, body: bytes = b"x") -> Callable[[Crafted], bytes]:
    """A file whose name is in the archive only, or (where a manifest may say it) in both."""

    def make(c: Crafted) -> bytes:
        c.files = {**c.files, name: body}
        return c.zip()

    return make


def link(target: str) -> Callable[[Crafted], bytes]:
    def make(c: Crafted) -> bytes:
        info = zipfile.ZipInfo("totals2.json")
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        return c.zip(lambda z: z.writestr(info, target))

    return make


def device(c: Crafted) -> bytes:
    info = zipfile.ZipInfo("tty")
    info.external_attr = (stat.S_IFCHR | 0o666) << 16
    return c.zip(lambda z: z.writestr(info, b""))


def bomb(c: Crafted) -> bytes:
    return c.zip(lambda z: z.writestr("bomb.csv", b"\0" * (64 << 20), zipfile.ZIP_DEFLATED))


def big(c: Crafted) -> bytes:
    return c.zip(lambda z: z.writestr("big.csv", b"\0" * (5 << 20)))


def many(c: Crafted) -> bytes:
    c.files |= {f"f{n}": b"" for n in range(300)}
    return c.zip()


def lying_size(c: Crafted) -> bytes:
    data = bytearray(c.zip())
    at = data.rfind(b"PK\x01\x02")  # the last entry of the directory: make its size a gigabyte
    data[at + 20 : at + 28] = struct.pack("<2I", 1 << 30, 1 << 30)
    return bytes(data)


def twice(c: Crafted) -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return c.zip(lambda z: z.writestr("totals.json", b"{}"))


def flipped(c: Crafted) -> bytes:
    data = c.zip()
    return data.replace(TOTALS, TOTALS.replace(b"sessions", b"sessionz")).replace(
        struct.pack("<I", zlib.crc32(TOTALS)),
        struct.pack("<I", zlib.crc32(TOTALS.replace(b"sessions", b"sessionz"))),
    )


def changed(**changes: object) -> Callable[[Crafted], bytes]:
    def make(c: Crafted) -> bytes:
        c.changes |= changes
        return c.zip()

    return make


def raw_manifest(edit: Callable[[dict[str, object]], object]) -> Callable[[Crafted], bytes]:
    def make(c: Crafted) -> bytes:
        raw = json.loads(c.manifest().to_bytes())
        edit(raw)
        return c.zip(data=json.dumps(raw).encode())

    return make


def swapped_signature(c: Crafted) -> bytes:
    c.keys = c.two.keys
    return c.zip()


def other_keys(c: Crafted) -> bytes:
    c.keys = make_keys(c.one.id)
    c.changes["key"] = c.keys.public().fingerprint
    return c.zip()


def for_somebody_else(c: Crafted) -> bytes:
    c.seal_to = (c.one,)
    return c.zip()


def altered_seal(c: Crafted) -> bytes:
    c.seal_to = (c.two,)
    data = bytearray(c.zip())
    data[-20] ^= 1
    return bytes(data)


def catalogue(
    *rows: object, crop: bytes | None = None, more: dict[str, bytes] | None = None
) -> Callable[[Crafted], bytes]:
    def make(c: Crafted) -> bytes:
        c.changes["tier"] = "T2"
        c.files = {"catalogue/rows.jsonl": write_rows(rows), **(more or {})}  # type: ignore[arg-type]
        if crop is not None:
            c.files["crops/" + "a" * 20 + ".jpg"] = crop
        c.seal_to = (c.two,)
        return c.zip()

    return make


def plain_t2(c: Crafted) -> bytes:
    c.changes["tier"] = "T2"
    c.files = {"catalogue/rows.jsonl": b""}
    return c.zip()


def tables(edit: Callable[[dict[str, bytes]], object]) -> Callable[[Crafted], bytes]:
    """Exact tables of the partner's own survey, with one thing made hostile."""

    def make(c: Crafted) -> bytes:
        place = c.one.folder.parent / f"dp-{os.urandom(4).hex()}"
        export_package(c.one.folder, place)
        files = {f"camtrapdp/{p.name}": p.read_bytes() for p in sorted(place.iterdir())}
        edit(files)
        c.changes["tier"] = "T3"
        c.files = files
        c.seal_to = (c.two,)
        return c.zip()

    return make


def swap(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def edit(files: dict[str, bytes]) -> None:
        assert old in files[f"camtrapdp/{name}"]
        files[f"camtrapdp/{name}"] = files[f"camtrapdp/{name}"].replace(old, new)
        described = json.loads(files["camtrapdp/datapackage.json"])
        for resource in described["resources"]:  # a careful attacker does not leave wrong sums
            resource.pop("bytes", None)
            resource.pop("hash", None)
        files["camtrapdp/datapackage.json"] = json.dumps(described).encode()

    return edit


HOST = "llnp"
ATTACKS: dict[str, tuple[Callable[[Crafted], bytes], str]] = {
    "climbs out": (extra("../evil"), "unsafe-path"),
    "climbs out from within": (extra("a/../../evil"), "unsafe-path"),
    "absolute path": (extra("/etc/evil"), "unsafe-path"),
    "drive letter": (extra("C:/evil"), "unsafe-path"),
    "backslashes": (extra("..\\evil"), "unsafe-path"),
    "UNC share": (extra("//host/share/evil"), "unsafe-path"),
    "device of Windows": (extra("aux.csv"), "device-name"),
    "hidden file": (extra(".bashrc"), "unsafe-path"),
    "trailing dot": (extra("totals.json."), "unsafe-path"),
    "twins by case": (extra("Totals.json"), "twin-names"),
    "twins by normal form": (lambda c: extra("e\u0301")(c), "unsafe-path"),
    "right-to-left name": (extra("a\u202egpj.exe"), "unsafe-path"),
    "symbolic link": (link("/etc/passwd"), "not-a-file"),
    "device node": (device, "not-a-file"),
    "zip bomb": (bomb, "compressed"),
    "too large a file": (big, "too-large"),
    "too many files": (many, "too-many-files"),
    "a size that lies": (lying_size, "too-large"),
    "one name twice": (twice, "duplicate-entry"),
    "a file not named": (lambda c: c.zip(lambda z: z.writestr("more.json", b"x")), "extra-file"),
    "a file missing": (lambda c: setattr(c, "listed", {**c.files, "withdrawn.json": b"{}"}) or c.zip(), "missing-file"),
    "tampered content": (flipped, "altered-file"),
    "cut in the middle": (lambda c: c.zip()[:300], ""),
    "no zip at all": (lambda c: b"<html>not a package</html>", ""),
    "empty file": (lambda c: b"", ""),
    "program in the payload": (extra("run.py", b"import os"), "file-kind"),
    "page in the payload": (extra("index.html", b"<script>"), "file-kind"),
    "pickle in the payload": (extra("model.pkl", b"\x80\x04N."), "file-kind"),
    "vector picture": (extra("map.svg", b"<svg onload=alert(1)>"), "file-kind"),
    "signature of another": (swapped_signature, "bad-signature"),
    "new keys nobody compared": (other_keys, "bad-signature"),
    "unknown sender": (changed(origin="wcs"), "unknown-origin"),
    "expired": (changed(expires=(NOW - timedelta(days=1)).isoformat()), "expired"),
    "embargo": (changed(not_before=(NOW + timedelta(days=9)).isoformat()), "embargo"),
    "not addressed to us": (changed(recipients=("llnp",)), "wrong-recipient"),
    "encrypted to another": (for_somebody_else, "not-for-us"),
    "altered after sealing": (altered_seal, "not-for-us"),
    "a number too far": (changed(sequence=3), "gap"),
    "another agreement": (changed(agreement="ab" * 32), "agreement"),
    "unknown fields": (raw_manifest(lambda raw: raw.update(url="http://evil.example")), ""),
    "a tier we do not have": (raw_manifest(lambda raw: raw.update(tier="T9")), "manifest-tier"),
    "totals that are none": (lambda c: setattr(c, "files", {"totals.json": b"[" * 90_000}) or c.zip(), "not-totals"),
    "animals in the open": (plain_t2, "not-encrypted"),
    "forged authorship": (catalogue(row("ntlnp", 1)), "forged-authorship"),
    "formula in a row": (catalogue(row(HOST, 1, "=cmd|' /C calc'!A0")), "formula"),
    "script in a row": (catalogue(row(HOST, 1, "<img src=x onerror=alert(1)>")), "markup"),
    "huge field in a row": (catalogue(row(HOST, 1, "x" * 30_000)), "huge-field"),
    "an outline without its picture": (
        catalogue(row(HOST, 1), more={"crops/" + "b" * 20 + ".png": b"\x89PNG"}), "not-a-picture"),
    "a crop that is no picture": (catalogue(row(HOST, 1), crop=b"MZ\x90\x00"), "crop-of-nobody"),
    "script in exact tables": (
        tables(swap("deployments.csv", b"Kedrovaya 07", b"=HYPERLINK(1)")),
        "spreadsheet-formula",
    ),
    "address of a schema": (
        tables(swap("datapackage.json", b"https://raw.githubusercontent.com/tdwg", b"http://evil.example/tdwg")),
        "",
    ),
    "rows of another in exact tables": (
        tables(swap("observations.csv", b"llnp:o11,", b"ntlnp:o11,")),
        "forged-authorship",
    ),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_is_refused_by_name(attack: str, pair: list[Party], tmp_path: Path) -> None:
    one, two = pair
    make, code = ATTACKS[attack]
    package = tmp_path / "p.pardus"
    package.write_bytes(make(Crafted(one, two)))
    before = tree(two.folder.parent)
    limits = replace(LIMITS, files=100)
    tracemalloc.start()
    try:
        with pytest.raises(PackageError) as error:
            open_package(two.folder, package, keys=two.keys, sayer=two.sayer, limits=limits)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    codes = {f.code for f in error.value.findings}
    assert code in codes or not code, (codes, str(error.value))
    assert str(error.value)
    assert tree(two.folder.parent) == before
    assert peak < MOST_MEMORY
    assert [p.name for p in tmp_path.iterdir()] == ["p.pardus"]


def tree(folder: Path) -> dict[str, int]:
    """Every file below a folder with its size, but for the database's own journal and the attack's drafts."""
    return {
        str(p.relative_to(folder)): p.stat().st_size
        for p in sorted(folder.rglob("*"))
        if p.is_file()
        and not p.name.startswith("survey.sqlite-")
        and not p.relative_to(folder).parts[0].startswith("dp-")
    }


def test_there_are_forty_and_the_plain_one_is_taken(pair: list[Party], tmp_path: Path) -> None:
    one, two = pair
    assert len(ATTACKS) >= 40
    package = tmp_path / "p.pardus"
    package.write_bytes(Crafted(one, two).zip())
    done = open_package(two.folder, package, keys=two.keys, sayer=two.sayer, limits=LIMITS)
    assert done.manifest.tier == "T0"
