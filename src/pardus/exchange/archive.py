"""A package as one file: a zip without compression, read by an extractor that takes only what the manifest names."""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pardus.exchange.manifest import MOST_BYTES, MOST_FILES, Manifest
from pardus.model.errors import Finding, PackageError
from pardus.model.language import _

MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
_CHUNK = 1 << 20
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Limits:
    """What a package may cost before it is refused. files: count. file, total: bytes."""

    files: int = MOST_FILES
    file: int = 2 * 2**30
    total: int = 32 * 2**30


def write(target: Path, manifest: bytes, signature: bytes, files: Iterable[tuple[str, Path]]) -> None:
    """Write a package: manifest, signature, then the files in their order. The same input gives the same bytes."""
    with zipfile.ZipFile(target, "x", zipfile.ZIP_STORED, allowZip64=True) as archive:
        for name, data in ((MANIFEST, manifest), (SIGNATURE, signature)):
            archive.writestr(_info(name), data)
        for name, path in files:
            with archive.open(_info(name), "w", force_zip64=True) as out, path.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    out.write(chunk)


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.create_system = 3
    return info


class Archive:
    """An opened package. Close it, or use it in a `with` block. Nothing is written by opening it."""

    def __init__(self, path: Path, limits: Limits | None = None) -> None:
        """Open a package and check its directory. Raises PackageError by name of what is wrong."""
        self._limits = limits or Limits()
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
            raise PackageError(
                _("{file} is not a package: {reason}.").format(file=path.name, reason=error)
            ) from error
        try:
            self._infos = self._directory(path)
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._zip.close()

    def manifest(self) -> tuple[bytes, bytes]:
        """Return the exact bytes of the manifest and of its signature."""
        return self._small(MANIFEST, MOST_BYTES), self._small(SIGNATURE, 1024)

    def extract(self, manifest: Manifest, folder: Path) -> None:
        """Write every file of a trusted manifest below a new empty folder, checking size and hash of each.

        Raises PackageError if the archive does not hold exactly the manifest's files, or one was altered; the folder
        then holds only what was right so far and must be thrown away.
        """
        self._exactly(manifest)
        folder.mkdir(parents=True)
        root = folder.resolve()
        for entry in manifest.files:
            target = root.joinpath(*entry.path.split("/"))
            if root not in target.parents:
                raise PackageError(
                    _("A path leads out of the folder: {path}.").format(path=ascii(entry.path))
                )
            target.parent.mkdir(parents=True, exist_ok=True)
            digest = hashlib.sha256()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(target, flags, 0o644), "wb") as out:
                for chunk in self._chunks(entry.path, entry.bytes):
                    digest.update(chunk)
                    out.write(chunk)
            if digest.hexdigest() != entry.sha256:
                raise PackageError(
                    _("The content of {path} is not what was signed.").format(path=entry.path),
                    [Finding("altered-file", entry.path, _("Its SHA-256 differs from the manifest's."))],
                )

    def _directory(self, path: Path) -> dict[str, zipfile.ZipInfo]:
        infos = self._zip.infolist()
        found: list[Finding] = []

        def fault(code: str, info: zipfile.ZipInfo, message: str) -> None:
            found.append(Finding(code, ascii(info.filename)[:120], message))

        if len(infos) > self._limits.files + 2:
            raise PackageError(
                _("{file}: more than {n} entries.").format(file=path.name, n=self._limits.files),
                [Finding("too-many-files", path.name, str(len(infos)))],
            )
        names: set[str] = set()
        for info in infos:
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.filename in names:
                fault("duplicate-entry", info, _("The same name twice."))
            names.add(info.filename)
            if info.is_dir() or kind not in (0, stat.S_IFREG):
                fault("not-a-file", info, _("A folder, link or device; only plain files are taken."))
            if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
                fault("compressed", info, _("Compressed; packages hold files as they are."))
            if info.flag_bits & 0x1:
                fault("zip-encrypted", info, _("Encrypted inside the zip."))
            if info.file_size > self._limits.file:
                fault("too-large", info, _("Larger than {n} bytes.").format(n=self._limits.file))
        if sum(info.file_size for info in infos) > self._limits.total:
            found.append(Finding("too-large", path.name, _("All files together are too large.")))
        found += self._overlaps(infos)
        for name in (MANIFEST, SIGNATURE):
            if name not in names:
                found.append(Finding("no-manifest", name, _("It is missing.")))
        if found:
            raise PackageError(_("{file} is refused; nothing was written.").format(file=path.name), found)
        return {info.filename: info for info in infos}

    def _overlaps(self, infos: list[zipfile.ZipInfo]) -> list[Finding]:
        """Return entries whose bytes overlap: a way to make a small file look huge."""
        found, end = [], 0
        for info in sorted(infos, key=lambda i: i.header_offset):
            if info.header_offset < end:
                found.append(
                    Finding("overlap", ascii(info.filename)[:120], _("It shares bytes with another entry."))
                )
            end = info.header_offset + 30 + info.compress_size
        return found

    def _exactly(self, manifest: Manifest) -> None:
        listed = {entry.path: entry.bytes for entry in manifest.files}
        there = {n: i.file_size for n, i in self._infos.items() if n not in (MANIFEST, SIGNATURE)}
        found = [
            Finding("missing-file", p, _("Named in the manifest, not in the package."))
            for p in listed.keys() - there
        ]
        found += [
            Finding("extra-file", ascii(p)[:120], _("In the package, not named in the manifest."))
            for p in there.keys() - listed
        ]
        found += [
            Finding(
                "size-differs",
                p,
                _("{found} bytes instead of {expected}.").format(found=there[p], expected=listed[p]),
            )
            for p in listed.keys() & there.keys()
            if listed[p] != there[p]
        ]
        if found:
            raise PackageError(_("The package does not hold exactly what its manifest names."), found)

    def _small(self, name: str, limit: int) -> bytes:
        if self._infos[name].file_size > limit:
            raise PackageError(_("{file} is larger than {limit} bytes.").format(file=name, limit=limit))
        return b"".join(self._chunks(name, self._infos[name].file_size))

    def _chunks(self, name: str, size: int) -> Iterator[bytes]:
        """Yield an entry's bytes, never more than it announced. Raises PackageError if it is broken."""
        left = size
        try:
            with self._zip.open(self._infos[name]) as source:
                while chunk := source.read(_CHUNK):
                    left -= len(chunk)
                    if left < 0:
                        break
                    yield chunk
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
            raise PackageError(
                _("{file} can't be read: {reason}.").format(file=name, reason=error)
            ) from error
        if left:
            raise PackageError(_("{file} is shorter or longer than announced.").format(file=name))
