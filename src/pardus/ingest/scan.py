"""Walk a card or folder in a stable order and say of every file what it is. Nothing is opened for writing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from pardus.ingest.faults import finding
from pardus.ingest.names import MAX_PATH, is_safe, safe, shown, twins
from pardus.model.errors import DataError, Finding
from pardus.model.language import _, ngettext

IMAGES = {".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".jpe": "image/jpeg"}
VIDEOS = {".mp4": "video/mp4", ".m4v": "video/mp4", ".mov": "video/quicktime", ".avi": "video/x-msvideo"}
_HEIC = {".heic", ".heif", ".hif", ".avif"}
_RAW = {".nef", ".cr2", ".cr3", ".arw", ".dng", ".raf", ".orf", ".rw2", ".pef", ".srw", ".raw"}
_OTHER_IMAGES = {".png", ".gif", ".bmp", ".tif", ".tiff", ".webp", ".jp2", ".psd"}
_OTHER_VIDEOS = {".mkv", ".wmv", ".mts", ".m2ts", ".mpg", ".mpeg", ".3gp", ".flv", ".webm", ".asf"}
_SIDECARS = {".xmp", ".thm"}
_SYSTEM = {
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
    ".ds_store",
    "autorun.inf",
    "indexervolumeguid",
    "wpsettings.dat",
}
_SYSTEM_FOLDERS = {"system volume information", "$recycle.bin", ".trashes", ".spotlight-v100", ".fseventsd"}


@dataclass(frozen=True, slots=True)
class Found:
    """A picture or video to be taken.

    path: relative to the scanned folder, '/' between folders, as the system names it (may hold undecodable
    bytes as lone surrogates: open it with `root / path`, show it with `label`). kind: "image" or "video".
    mtime: seconds since 1970, as the file system says. sidecar: relative path of its .xmp or .thm, or "".
    findings: unsafe names and twins (warnings; the file is taken all the same).
    """

    path: str
    kind: str
    mime: str
    bytes: int
    mtime: float
    sidecar: str = ""
    findings: tuple[Finding, ...] = ()

    @property
    def label(self) -> str:
        """The path as it can be shown, logged and written as UTF-8: odd characters escaped."""
        return shown(self.path)


@dataclass(frozen=True, slots=True)
class Ignored:
    """A file (or folder) that is not taken, and why: `reason` is a code of `faults.IGNORED`."""

    path: str
    reason: str
    bytes: int
    message: str = ""

    @property
    def label(self) -> str:
        """The path as it can be shown, logged and written as UTF-8."""
        return shown(self.path)

    @property
    def finding(self) -> Finding:
        """The same as a Finding, with its remedy."""
        return finding(self.reason, self.label, self.message)


@dataclass(slots=True)
class Counts:
    """How many files of each sort a scan saw. `total` is always images + videos + ignored."""

    images: int = 0
    videos: int = 0
    bytes: int = 0
    ignored: dict[str, int] = field(default_factory=dict)

    def add(self, item: Found | Ignored) -> None:
        """Count one item of a scan."""
        if isinstance(item, Ignored):
            self.ignored[item.reason] = self.ignored.get(item.reason, 0) + 1
        elif item.kind == "image":
            self.images += 1
            self.bytes += item.bytes
        else:
            self.videos += 1
            self.bytes += item.bytes

    @property
    def n_ignored(self) -> int:
        """Number of files not taken."""
        return sum(self.ignored.values())

    @property
    def total(self) -> int:
        """Number of files on the card."""
        return self.images + self.videos + self.n_ignored

    def sentence(self) -> str:
        """Say it in one line that adds up."""
        return _("{total} = {images} + {videos} + {ignored}").format(
            total=ngettext("{n} file on the card", "{n} files on the card", self.total).format(n=self.total),
            images=ngettext("{n} image", "{n} images", self.images).format(n=self.images),
            videos=ngettext("{n} video", "{n} videos", self.videos).format(n=self.videos),
            ignored=ngettext("{n} ignored", "{n} ignored", self.n_ignored).format(n=self.n_ignored),
        )


def count(items: Iterable[Found | Ignored]) -> Counts:
    """Count the items of a scan."""
    counts = Counts()
    for item in items:
        counts.add(item)
    return counts


def scan(root: Path) -> Iterator[Found | Ignored]:
    """Yield every file under a folder once, in an order that depends only on the names.

    Folders are walked depth first, names sorted by code point; files of a folder before its subfolders. Memory
    grows with the largest single folder, not with the card. Links are not followed. Raises DataError if the
    folder is not there or is not a folder.
    """
    if not root.is_dir():
        raise DataError(
            _("Expected a folder with pictures and videos, found {what}: {root}.").format(
                what=_("a file") if root.exists() else _("nothing"), root=root
            )
        )
    yield from _folder(root, "")


def _folder(root: Path, relative: str) -> Iterator[Found | Ignored]:
    try:
        with os.scandir(root / relative) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        yield Ignored(
            relative or ".", "unreadable", 0, _("Can't be read: {error}.").format(error=error.strerror)
        )
        return
    by_folded = {entry.name.casefold(): entry.name for entry in found}
    alike = {name: group for group in twins(entry.name for entry in found) for name in group}
    folders = []
    for entry in found:
        path = f"{relative}{entry.name}"
        try:
            if entry.is_symlink():
                yield Ignored(path, "link", 0)
            elif entry.is_dir():
                folders.append(f"{path}/")
            else:
                yield _file(entry, root, path, by_folded, alike.get(entry.name, ()))
        except OSError as error:
            yield Ignored(path, "unreadable", 0, _("Can't be read: {error}.").format(error=error.strerror))
    for folder in folders:
        yield from _folder(root, folder)


def _file(
    entry: os.DirEntry[str], root: Path, path: str, by_folded: dict[str, str], alike: tuple[str, ...]
) -> Found | Ignored:
    status = entry.stat(follow_symlinks=False)
    if not stat.S_ISREG(status.st_mode):
        return Ignored(path, "special-file", 0)
    name = entry.name.casefold()
    stem, extension = PurePosixPath(name).stem, PurePosixPath(name).suffix
    reason = _reason_by_name(name, extension, path)
    if reason:
        return Ignored(path, reason, status.st_size)
    if extension in _SIDECARS:
        described = stem in by_folded or any(f"{stem}{e}" in by_folded for e in (*IMAGES, *VIDEOS))
        return Ignored(path, "sidecar" if described else "not-media", status.st_size)
    mime = IMAGES.get(extension) or VIDEOS.get(extension)
    if mime and status.st_size == 0:
        return Ignored(path, "empty-file", 0)
    with (root / path).open("rb") as file:
        actual = sniff(file.read(16))
    if not mime:
        if actual:
            message = _("Named {extension}, but its content is {actual}.").format(
                extension=extension or _("without extension"), actual=actual
            )
            return Ignored(path, "wrong-extension", status.st_size, message)
        return Ignored(path, "not-media", status.st_size)
    if actual and not _agree(mime, actual):
        message = _("Named {extension}, but its content is {actual}.").format(
            extension=extension, actual=actual
        )
        return Ignored(path, "heic" if actual == "image/heic" else "wrong-extension", status.st_size, message)
    return Found(
        path=path,
        kind="image" if extension in IMAGES else "video",
        mime=actual or mime,
        bytes=status.st_size,
        mtime=status.st_mtime,
        sidecar=_sidecar(entry.name, path, by_folded),
        findings=_name_findings(path, alike),
    )


def _reason_by_name(name: str, extension: str, path: str) -> str:
    if name.startswith("._"):
        return "apple-double"
    folders = path.casefold().split("/")[:-1]
    if name in _SYSTEM or any(folder in _SYSTEM_FOLDERS for folder in folders):
        return "system-file"
    for reason, extensions in (
        ("heic", _HEIC),
        ("raw-photo", _RAW),
        ("other-image", _OTHER_IMAGES),
        ("other-video", _OTHER_VIDEOS),
    ):
        if extension in extensions:
            return reason
    return ""


def _agree(mime: str, actual: str) -> bool:
    quicktime = {"video/mp4", "video/quicktime"}  # the same box format: writers mix the two names freely
    return mime == actual or {mime, actual} <= quicktime


def _sidecar(name: str, path: str, by_folded: dict[str, str]) -> str:
    stem = PurePosixPath(name).stem
    for candidate in (f"{name}.xmp", f"{stem}.xmp", f"{stem}.thm"):
        actual = by_folded.get(candidate.casefold())
        if actual:
            return path.removesuffix(name) + actual
    return ""


def _name_findings(path: str, alike: tuple[str, ...]) -> tuple[Finding, ...]:
    found = []
    if not all(is_safe(part) for part in path.split("/")) or len(path) > MAX_PATH:
        found.append(
            finding(
                "unsafe-name",
                shown(path),
                _("The name can't be used on every system; stored as {safe}.").format(
                    safe="/".join(safe(part) for part in path.split("/"))
                ),
            )
        )
    if alike:
        found.append(
            finding(
                "name-twins",
                shown(path),
                _("Names that differ only in case or composition: {names}.").format(
                    names=", ".join(ascii(name) for name in alike)
                ),
            )
        )
    return tuple(found)


def sniff(head: bytes) -> str:
    """Return the mime type that the first 16 bytes of a file show, or "" if they show none that we know."""
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "video/x-msvideo"
    if head[4:8] == b"ftyp":
        brand = head[8:12]
        if brand in (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif"):
            return "image/heic"
        return "video/quicktime" if brand == b"qt  " else "video/mp4"
    if head[4:8] in (b"moov", b"mdat", b"wide", b"skip", b"free"):
        return "video/quicktime"
    for magic, mime in (
        (b"\x89PNG\r\n\x1a\n", "image/png"),
        (b"GIF8", "image/gif"),
        (b"II*\x00", "image/tiff"),
        (b"MM\x00*", "image/tiff"),
        (b"\x1aE\xdf\xa3", "video/x-matroska"),
    ):
        if head.startswith(magic):
            return mime
    return ""
