from __future__ import annotations

from pathlib import Path

from pardus.app.outputs import write_files


def test_files_appear_whole_in_their_folders_and_replace_the_old_ones(tmp_path: Path) -> None:
    first = write_files(tmp_path / "out", {"a.csv": "старое\n", "secr/b.txt": "1\n"})
    assert first == (tmp_path / "out/a.csv", tmp_path / "out/secr/b.txt")
    write_files(tmp_path / "out", {"a.csv": "新\n"})
    assert (tmp_path / "out/a.csv").read_bytes() == "新\n".encode()
    assert sorted(p.name for p in (tmp_path / "out").rglob("*")) == ["a.csv", "b.txt", "secr"]
