"""Is a folder a good place for a database? Network drives and sync folders are not: locks fail, files are swapped."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path, PurePath

from pardus.model.errors import Finding
from pardus.model.language import _

_NETWORK = (
    "9p", "afpfs", "afs", "ceph", "cifs", "davfs", "fuse.davfs", "fuse.rclone", "fuse.sshfs", "glusterfs", "ncpfs",
    "nfs", "nfs4", "smb2", "smb3", "smbfs", "fuse.smbnetfs", "fuse.gvfsd-fuse", "vboxsf",
)  # fmt: skip
_SYNCED = (
    "onedrive", "dropbox", "google drive", "googledrive", "my drive", "icloud drive", "mobile documents", "yandex.disk",
    "yandexdisk", "яндекс.диск", "облако mail.ru", "nextcloud", "owncloud", "nutstore", "坚果云", "baidunetdisk",
    "baidusyncdisk", "百度网盘", "百度云同步盘", "weiyun", "微云", "syncthing", "megasync",
)  # fmt: skip


def place_findings(folder: Path) -> list[Finding]:
    """Return warnings about where a survey lies."""
    folder = folder.resolve()
    names = [part.casefold() for part in folder.parts]
    synced = next((part for part in _SYNCED if any(_is_synced(name, part) for name in names)), "")
    if synced or any((parent / ".stfolder").exists() for parent in (folder, *folder.parents)):
        return [_finding(folder, _("it lies in a folder that a program keeps in step with other computers."))]
    kind = file_system(folder, _mounts())
    if kind in _NETWORK or PurePath(folder).drive.startswith("\\\\"):
        return [_finding(folder, _("it lies on a network drive ({kind}).").format(kind=kind or "UNC"))]
    return []


def file_system(folder: Path, mounts: Iterable[tuple[str, str]]) -> str:
    """Return the type of the file system a folder is on, from (mount point, type) pairs, or ""."""
    best, found = -1, ""
    for point, kind in mounts:
        if folder.is_relative_to(point) and len(point) > best:
            best, found = len(point), kind
    return found


def _is_synced(name: str, sign: str) -> bool:
    return name == sign or name.startswith((f"{sign} ", f"{sign}-"))


def _mounts() -> list[tuple[str, str]]:
    """Return (mount point, type) of every mounted file system, where the system tells (Linux)."""
    try:
        lines = Path("/proc/mounts").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return []
    fields = [line.split(" ") for line in lines]
    return [(f[1].replace("\\040", " "), f[2]) for f in fields if len(f) > 2]


def _finding(folder: Path, why: str) -> Finding:
    return Finding(
        "unsafe-place",
        str(folder),
        _("A survey's database is not safe here: {why}").format(why=why),
        _(
            "Keep the survey on this computer's own disk; give partners packages (`pardus export`) and keep backups."
        ),
        "warning",
    )
