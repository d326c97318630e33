"""Network drives and folders kept in step with other computers are no place for a database."""

from __future__ import annotations

from pathlib import Path

import pytest

from pardus.store import place


@pytest.mark.parametrize(
    "folder", ["OneDrive - Park/leopards", "Dropbox/x", "Яндекс.Диск/x", "坚果云/x", "Mobile Documents/x"]
)
def test_a_synced_folder_is_warned_about(tmp_path: Path, folder: str) -> None:
    (finding,) = place.place_findings(tmp_path / folder)
    assert (finding.code, finding.severity) == ("unsafe-place", "warning")


def test_a_syncthing_folder_is_known_by_its_mark(tmp_path: Path) -> None:
    (tmp_path / ".stfolder").mkdir()
    assert len(place.place_findings(tmp_path / "deep" / "survey")) == 1


def test_an_ordinary_folder_is_fine(tmp_path: Path) -> None:
    assert place.place_findings(tmp_path / "Dropboxes of the field") == []


@pytest.mark.parametrize(
    ("kind", "warned"), [("nfs4", True), ("cifs", True), ("fuse.sshfs", True), ("ext4", False)]
)
def test_a_network_drive_is_warned_about(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, warned: bool
) -> None:
    monkeypatch.setattr(place, "_mounts", lambda: [("/", "ext4"), (str(tmp_path), kind)])
    assert bool(place.place_findings(tmp_path / "survey")) == warned


def test_the_innermost_mount_counts() -> None:
    mounts = [("/", "ext4"), ("/mnt", "nfs"), ("/mnt/usb", "exfat")]
    assert place.file_system(Path("/mnt/usb/survey"), mounts) == "exfat"
    assert place.file_system(Path("/mnt/usbstick"), mounts) == "nfs"
